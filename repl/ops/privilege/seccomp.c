/* seccomp(2): from now on a filter checks each system call of this process and of its descendants. A
 * second filter runs in addition to the first: the stricter answer counts. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <unistd.h>

#include "base/syscalls.h"
#include "base/text.h"
#include "ops/op.h"

static const struct field fields[] = {
	{ "filter", FIELD_BYTES, offsetof(struct op, seccomp.filter) },
	{ "policy", FIELD_STRING, offsetof(struct op, seccomp.policy), .hidden = true },
	{ 0 }
};

static const struct hint hints[] = {
	{ EACCES, "a filter could mislead a setuid program, so loading one needs no_new_privs, or "
		  "CAP_SYS_ADMIN in the process's user namespace",
	  "nonewprivs, and then the filter" },
	{ EINVAL, "the kernel has no filters (CONFIG_SECCOMP_FILTER)",
	  "container --security-opt seccomp=unconfined does without one" },
	{ ENOSYS, "seccomp(2) came with Linux 3.17, and needs CONFIG_SECCOMP",
	  "container --security-opt seccomp=unconfined does without one" },
	{ ENOMEM, "all filters of a process together may have at most 32768 instructions", "undo takes filters back" },
	{ EFAULT, "the address of the program is not valid", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	const struct op_bytes *filter = &op->seccomp.filter;
	struct sock_fprog program = {
		.len = (unsigned short)(filter->length / sizeof(struct sock_filter)),
		.filter = (struct sock_filter *)filter->bytes,
	};

	(void)stage, (void)outcome;
	if (filter->length / sizeof(struct sock_filter) > BPF_MAXINSNS) {
		errno = EINVAL;
		return -1;
	}
	return sys_seccomp(&program);
}

/* By a function: the kernel is given a number of instructions, the field has bytes. */
static void call(const struct op *op, pid_t pid, struct text *text)
{
	(void)pid;
	text_addf(text, "seccomp(SECCOMP_SET_MODE_FILTER, 0, {len=%zu, filter=",
		  op->seccomp.filter.length / sizeof(struct sock_filter));
	text_add_c(text, op->seccomp.policy);
	text_add(text, "})");
}

const struct op_info op_seccomp = {
	.name = "seccomp", .man = "seccomp(2)",
	.does = "filter each system call by {policy}",
	.side = IN_CHILD, .gives_up = true, .rule = true, .fields = fields, .hints = hints, .run = run, .call_by = call,
};
