#include "ops/privilege/filters.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>

#include "ops/plan.h"

uint32_t filter_architecture(void)
{
	return seccomp_arch_native(); /* SCMP_ARCH_* are AUDIT_ARCH_* but for x32 */
}

static uint32_t load(const struct seccomp_data *data, uint32_t at)
{
	uint32_t word = 0;

	if (at <= sizeof(*data) - sizeof(word))
		memcpy(&word, (const char *)data + at, sizeof(word));
	return word;
}

static bool is_true(const struct sock_filter *jump, uint32_t a)
{
	switch (BPF_OP(jump->code)) {
	case BPF_JEQ:
		return a == jump->k;
	case BPF_JGT:
		return a > jump->k;
	case BPF_JGE:
		return a >= jump->k;
	case BPF_JSET:
		return a & jump->k;
	}
	return false;
}

uint32_t filter_answers(const struct sock_filter *program, size_t count, uint32_t architecture,
			int number, const uint64_t arguments[6])
{
	struct seccomp_data data = { .nr = number, .arch = architecture };
	uint32_t a = 0;

	if (arguments)
		memcpy(data.args, arguments, sizeof(data.args));
	for (size_t at = 0; at < count; at++) {
		const struct sock_filter *now = &program[at];
		switch (BPF_CLASS(now->code)) {
		case BPF_LD:
			a = load(&data, now->k);
			break;
		case BPF_ALU:
			a = BPF_OP(now->code) == BPF_AND ? a & now->k : a;
			break;
		case BPF_JMP:
			at += BPF_OP(now->code) == BPF_JA ? now->k :
			      is_true(now, a)		  ? now->jt : now->jf;
			break;
		case BPF_RET:
			return now->k;
		}
	}
	return SECCOMP_RET_KILL_PROCESS;
}

void filters_take(const struct plan *plan, size_t count, struct filters *ret)
{
	for (size_t i = 0; i < count && ret->count < FILTERS_MOST; i++) {
		const struct op *op = &plan->ops[i].op;
		if (op->kind != OP_seccomp)
			continue;
		ret->list[ret->count].program = op->seccomp.filter.bytes;
		ret->list[ret->count].policy = op->seccomp.policy;
		ret->list[ret->count++].count = op->seccomp.filter.length / sizeof(struct sock_filter);
	}
}

uint32_t filters_answer(const struct filters *filters, int number, const uint64_t arguments[6], size_t *by)
{
	uint32_t ret = SECCOMP_RET_ALLOW;

	for (size_t i = 0; i < filters->count; i++) {
		uint32_t one = filter_answers(filters->list[i].program, filters->list[i].count,
					      filter_architecture(), number, arguments);
		if ((int32_t)(one & SECCOMP_RET_ACTION_FULL) >= (int32_t)(ret & SECCOMP_RET_ACTION_FULL))
			continue;
		ret = one;
		if (by)
			*by = i;
	}
	return ret;
}
