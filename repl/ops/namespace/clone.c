/* clone3(2): a new process, in new namespaces and, on cgroup v2, in its group from its first
 * moment on. */
#include <errno.h>
#include <linux/sched.h>

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text.h"
#include "ops/op.h"

const struct flag clone_flags[] = {
	{ "CLONE_NEWUSER", CLONE_NEWUSER },	{ "CLONE_NEWNS", CLONE_NEWNS },
	{ "CLONE_NEWPID", CLONE_NEWPID },	{ "CLONE_NEWUTS", CLONE_NEWUTS },
	{ "CLONE_NEWIPC", CLONE_NEWIPC },	{ "CLONE_NEWNET", CLONE_NEWNET },
	{ "CLONE_NEWCGROUP", CLONE_NEWCGROUP }, { "CLONE_NEWTIME", 0x80 },
	{ "CLONE_INTO_CGROUP", 0x200000000ULL }, { 0 }
};

static const struct field fields[] = {
	{ "flags", FIELD_FLAGS, offsetof(struct op, clone.flags), clone_flags },
	{ "cgroup", FIELD_FD, offsetof(struct op, clone.cgroup), .hidden = true },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "new namespaces need CAP_SYS_ADMIN in the present user namespace",
	  "container makes a user namespace first when you are not root; unshare user does it by hand" },
	{ EAGAIN, "the limit on processes is reached: ulimit -u, or pids.max of the cgroup", NULL },
	{ ENOSPC, "a limit of /proc/sys/user/max_*_namespaces is reached, or 32 levels of nesting",
	  "!grep . /proc/sys/user/max_*" },
	{ ENOMEM, "no memory for another process, or the pid namespace's init is gone", "reset" },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	int pidfd = -1;
	struct clone_args args = {
		/* The shell's signal handlers would run with nothing of theirs in place. */
		.flags = op->clone.flags | CLONE_PIDFD | 0x100000000ULL /* CLONE_CLEAR_SIGHAND */,
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};

	(void)stage;
	if (op->clone.cgroup.fd >= 0) {
		args.flags |= 0x200000000ULL;
		args.cgroup = (uint64_t)op->clone.cgroup.fd;
	}
	long pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid < 0)
		return -1;
	outcome->value = pid;
	outcome->fds[0] = pid ? pidfd : -1;
	return 0;
}

static void call(const struct op *op, pid_t pid, struct text *text)
{
	(void)pid;
	text_add(text, "clone3({flags=");
	op_say_flags(clone_flags, op->clone.flags | (op->clone.cgroup.path ? 0x200000000ULL : 0), text);
	text_add(text, ", exit_signal=SIGCHLD");
	if (op->clone.cgroup.path) {
		text_add(text, ", cgroup=");
		text_add_c(text, op->clone.cgroup.path);
	}
	text_add(text, "})");
}

const struct op_info op_clone = {
	.name = "clone3", .man = "clone(2)",
	.does = "start a new process in new namespaces: {flags}",
	.side = ON_HOST, .forks = true, .fields = fields, .hints = hints, .run = run, .call_by = call,
};
