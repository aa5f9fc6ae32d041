/* Parts of plans: system call filters. libseccomp knows the names and numbers; the program is
 * made here, because libseccomp takes 1 to 2 ms for a policy of this size, and a container has
 * 0.25 ms for all its walls. Calls are looked up by halves, not one after the other, so that a
 * call costs about ten instructions. tests/words/seccomp_test.c holds both against each
 * other. */
#include "words/plans/privilege/seccomp.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/text.h"
#include "image/profile.h"
#include "ops/privilege/filters.h"

enum { NUMBERS = 512 };

/* ---- rules to verdicts ---- */

static bool holds(const struct call_rule *rule, uint64_t caps)
{
	return (!rule->needs || (rule->needs & caps)) && !(rule->unless & caps);
}

/* The rules that may hold for a number, by their places in docker_rules: small, for there are as many as numbers. */
struct judged {
	uint8_t count, rules[COUNT(((struct call_verdict *)NULL)->rules)];
};

static const struct call_rule *rule_at(const struct judged *judged, size_t i)
{
	return &docker_rules[judged->rules[i]];
}

static void add_rule(struct judged *judged, size_t rule)
{
	bool settled = judged->count && rule_at(judged, judged->count - 1U)->tests[0].kind == TEST_NEVER;

	if (!settled && judged->count < COUNT(judged->rules))
		judged->rules[judged->count++] = (uint8_t)rule;
}

/* What is known of all numbers, into a zeroed list; returns the highest that a rule speaks of. */
static int judge(uint64_t caps, struct judged list[NUMBERS])
{
	int last = 0;

	for (size_t i = 0; docker_rules[i].calls; i++)
		for (const struct call *call = docker_rules[i].calls; call->name; call++) {
			int number = call_of(call);
			if (number < 0 || number >= NUMBERS)
				continue;
			last = number > last ? number : last;
			if (holds(&docker_rules[i], caps))
				add_rule(&list[number], i);
		}
	return last;
}

void docker_verdict(int number, uint64_t caps, struct call_verdict *ret)
{
	static const struct call_rule newer = { .code = ENOSYS,
		.why = "newer than the policy: a C library falls back to older calls" };
	struct judged list[NUMBERS] = { 0 };
	int last = judge(caps, list);

	*ret = (struct call_verdict){ .count = 1, .rules = { &newer } };
	if (number > last)
		return;
	ret->count = list[number].count;
	for (size_t i = 0; i < ret->count; i++)
		ret->rules[i] = rule_at(&list[number], i);
}

/* ---- verdicts to a program ---- */

/* The program being made, from its end to its beginning: a jump goes forward, so where it leads is
 * there already, and answers are shared. An instruction is known by its place from the end. */
struct program_text {
	struct sock_filter *list;
	size_t count, room;
	struct { uint32_t k; size_t at; } answers[8];
	size_t answer_count;
};

/* Put an instruction in front of the others; returns its place. */
static size_t put(struct program_text *to, uint16_t code, uint8_t yes, uint8_t no, uint32_t k)
{
	LIST_ROOM(to->list, to->count, to->room);
	to->list[to->count] = (struct sock_filter){ code, yes, no, k };
	return to->count++;
}

/* An instruction that leads to target and lies near enough for a conditional jump, which passes over
 * 255 at most, two more in front of it allowed for. */
static size_t near(struct program_text *to, size_t target)
{
	enum { REACH = 250 };
	size_t passed = to->count - 1 - target;

	return passed <= REACH ? target : put(to, BPF_JMP | BPF_JA, 0, 0, (uint32_t)passed);
}

/* Test what is loaded: go on at yes or at no. */
static size_t put_jump(struct program_text *to, uint16_t test, uint32_t value, size_t yes, size_t no)
{
	yes = near(to, yes);
	no = near(to, no);
	return put(to, BPF_JMP | test | BPF_K, (uint8_t)(to->count - 1 - yes),
		   (uint8_t)(to->count - 1 - no), value);
}

static size_t put_answer(struct program_text *to, uint32_t k)
{
	enum { MOST = COUNT(to->answers) };

	for (size_t i = 0; i < to->answer_count; i++)
		if (to->answers[i].k == k)
			return to->answers[i].at;
	size_t at = put(to, BPF_RET | BPF_K, 0, 0, k);
	if (to->answer_count < MOST) {
		to->answers[to->answer_count].k = k;
		to->answers[to->answer_count++].at = at;
	}
	return at;
}

/* The answer to a call: 0 lets it pass, anything else is its errno. */
static size_t put_code(struct program_text *to, int code)
{
	return put_answer(to, code ? SECCOMP_RET_ERRNO | (uint32_t)code : SECCOMP_RET_ALLOW);
}

/* The lower half of an argument. */
static uint32_t argument_at(unsigned i)
{
	size_t at = offsetof(struct seccomp_data, args) + i * sizeof(uint64_t);

	return (uint32_t)(at + (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0));
}

static size_t put_test(struct program_text *to, const struct call_test *test, size_t yes, size_t no)
{
	switch (test->kind) {
	case TEST_BELOW:
		return put_jump(to, BPF_JGE, test->value, no, yes);
	case TEST_ABOVE:
		return put_jump(to, BPF_JGT, test->value, yes, no);
	case TEST_IS:
		return put_jump(to, BPF_JEQ, test->value, yes, no);
	case TEST_BITS_CLEAR:
		return put_jump(to, BPF_JSET, test->value, no, yes);
	case TEST_NEVER:
		break;
	}
	return yes;
}

/* One rule: its answer where one of its tests holds, otherwise on at next. */
static size_t put_rule(struct program_text *to, const struct call_rule *rule, size_t next)
{
	size_t answer = put_code(to, rule->code), at = next, count = 0;

	if (rule->tests[0].kind == TEST_NEVER)
		return answer;
	while (rule->tests[count].kind != TEST_NEVER)
		count++;
	while (count-- > 0)
		at = put_test(to, &rule->tests[count], answer, at);
	return put(to, BPF_LD | BPF_W | BPF_ABS, 0, 0, argument_at(rule->argument));
}

static size_t put_verdict(struct program_text *to, const struct judged *judged)
{
	size_t at = put_code(to, EPERM);

	for (size_t i = judged->count; i-- > 0;)
		at = put_rule(to, rule_at(judged, i), at);
	return at;
}

/* Neighbouring numbers on which the verdict is the same. */
struct range {
	int first;
	const struct judged *judged;
};

struct ranges {
	struct range *list;
	size_t count, room;
};

/* Whether the answer does not depend on the arguments; which it is. */
static bool is_simple(const struct judged *judged, int *ret)
{
	*ret = judged->count ? rule_at(judged, 0)->code : EPERM;
	return !judged->count || rule_at(judged, 0)->tests[0].kind == TEST_NEVER;
}

static bool same_answer(const struct judged *a, const struct judged *b)
{
	int code, other;

	return is_simple(a, &code) && is_simple(b, &other) && code == other;
}

static struct ranges find_ranges(const struct judged *judged, int last)
{
	struct ranges ret = { 0 };

	for (int number = 0; number <= last; number++) {
		if (ret.count && same_answer(ret.list[ret.count - 1].judged, &judged[number]))
			continue;
		LIST_ROOM(ret.list, ret.count, ret.room);
		ret.list[ret.count++] = (struct range){ number, &judged[number] };
	}
	return ret;
}

/* By halves: the number is below the middle range, or not. */
static size_t put_ranges(struct program_text *to, const struct range *ranges, size_t count)
{
	size_t middle = count / 2;

	if (count == 1)
		return put_verdict(to, ranges[0].judged);
	size_t above = put_ranges(to, ranges + middle, count - middle);
	size_t below = put_ranges(to, ranges, middle);
	return put_jump(to, BPF_JGE, (uint32_t)ranges[middle].first, above, below);
}

/* Another architecture has other numbers: its calls are not judged by ours. The instruction put
 * last is where those of ours go on. */
static void put_head(struct program_text *to)
{
	size_t ours = put(to, BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr));
	size_t others = put_answer(to, SECCOMP_RET_KILL_PROCESS);

	put_jump(to, BPF_JEQ, filter_architecture(), ours, others);
	put(to, BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, arch));
}

static const struct sock_filter *finish(struct program_text *text, struct arena *arena,
					size_t *count)
{
	struct sock_filter *ret = arena_new(arena, text->count * sizeof(*ret));

	for (size_t i = 0; i < text->count; i++)
		ret[i] = text->list[text->count - 1 - i];
	*count = text->count;
	free(text->list);
	return ret;
}

const struct sock_filter *compile_docker(uint64_t caps, struct arena *arena, size_t *count)
{
	struct judged list[NUMBERS] = { 0 };
	int last = judge(caps, list);
	struct ranges ranges = find_ranges(list, last);
	struct program_text text = { 0 };
	size_t known = put_ranges(&text, ranges.list, ranges.count);

	/* x32 calls have bit 30 set, and so are newer than all, too. */
	put_jump(&text, BPF_JGT, (uint32_t)last, put_code(&text, ENOSYS), known);
	put_head(&text);
	free(ranges.list);
	return finish(&text, arena, count);
}

/* Where in docker_rules the first stands that lets a call pass whatever its arguments and the capabilities. */
static size_t passing_rule(void)
{
	size_t i = 0;

	while (docker_rules[i].code || docker_rules[i].needs || docker_rules[i].tests[0].kind != TEST_NEVER)
		i++;
	return i;
}

/* The calls of one architecture that pass. */
static void put_passing(struct program_text *to, const bool *made, const bool *besides)
{
	struct judged list[NUMBERS] = { 0 };
	size_t passes = passing_rule();
	int last = 0;

	for (int number = 0; number < NUMBERS; number++)
		if (made[number] || (besides && besides[number])) {
			add_rule(&list[number], passes);
			last = number;
		}
	struct ranges ranges = find_ranges(list, last);
	size_t known = put_ranges(to, ranges.list, ranges.count);
	put_jump(to, BPF_JGT, (uint32_t)last, put_code(to, EPERM), known);
	put(to, BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr));
	free(ranges.list);
}

const struct sock_filter *compile_profile(const struct profile *profile, const bool *besides, struct arena *arena,
					  size_t *count)
{
	static const bool none[NUMBERS];
	struct program_text text = { 0 };
	size_t places[PROFILE_ARCHITECTURES + 1], next = put_answer(&text, SECCOMP_RET_KILL_PROCESS);
	uint32_t architectures[PROFILE_ARCHITECTURES + 1] = { filter_architecture() };
	const bool *own = none;
	size_t n = 1;

	for (size_t i = 0; i < PROFILE_ARCHITECTURES && profile->of[i].architecture; i++) {
		if (profile->of[i].architecture == architectures[0]) {
			own = profile->of[i].made;
			continue;
		}
		put_passing(&text, profile->of[i].made, NULL);
		architectures[n] = profile->of[i].architecture;
		places[n++] = text.count - 1;
	}
	put_passing(&text, own, besides);
	places[0] = text.count - 1;
	while (n-- > 0)
		next = put_jump(&text, BPF_JEQ, architectures[n], places[n], next);
	put(&text, BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, arch));
	return finish(&text, arena, count);
}

const struct sock_filter *compile_deny(const int *numbers, size_t count, struct arena *arena,
				       size_t *length)
{
	struct program_text text = { 0 };

	size_t denied = put_code(&text, EPERM), next = put_code(&text, 0);
	for (size_t i = count; i-- > 0;)
		next = put_jump(&text, BPF_JEQ, (uint32_t)numbers[i], denied, next);
	put_head(&text);
	return finish(&text, arena, length);
}

/* ---- the plan ---- */

static void plan_filter(struct plan *plan, const struct sock_filter *program, size_t count,
			const char *policy)
{
	struct op *op = plan_add(plan, OP_seccomp);

	op->seccomp.filter.bytes = program;
	op->seccomp.filter.length = count * sizeof(*program);
	op->seccomp.policy = policy;
}

/* What the child's own loop calls: without one of them it could not take a request, answer, or report a
 * program's end. */
static const char *unheard(const struct sock_filter *program, size_t count)
{
	static const char *const needed[] = {
		"recvmsg", "sendmsg", "poll", "ppoll", "read", "close", "wait4", "brk", "mmap",
		"munmap", "uname", "exit_group", "rt_sigreturn",
	};

	for (size_t i = 0; i < COUNT(needed); i++) {
		int number = call_number(needed[i]);
		if (number >= 0 && filter_answers(program, count, filter_architecture(), number,
						  NULL) != SECCOMP_RET_ALLOW)
			return needed[i];
	}
	return NULL;
}

int plan_seccomp(struct plan *plan, const struct sock_filter *program, size_t count,
		 const char *policy, struct error *err)
{
	const char *call = unheard(program, count);

	if (call) {
		fail_id(err, ERR_SECCOMP_NEEDED, 0, "seccomp: the child itself needs %s", call);
		return fail_why(err, "a filter applies to the child as well as to its programs, "
				"and the child uses %s to listen to the shell, to answer or to "
				"end: it would be lost",
				call);
	}
	plan_filter(plan, program, count, policy);
	return 0;
}

static const char dockers[] = DOCKERS_POLICY;

bool is_dockers(const char *policy)
{
	return policy && strcmp(policy, dockers) == 0;
}

void plan_seccomp_docker(struct plan *plan, uint64_t caps)
{
	size_t count;
	const struct sock_filter *program = compile_docker(caps, &plan->arena, &count);

	plan_filter(plan, program, count, dockers);
}
