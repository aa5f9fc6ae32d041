/* clone3(2): a new process, in new namespaces and, on cgroup v2, in its group from its first
 * moment on. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/syscalls.h"
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

static long by_clone3(const struct op *op, int *pidfd)
{
	struct clone_args args = {
		/* The shell's signal handlers would run with nothing of theirs in place. */
		.flags = op->clone.flags | CLONE_PIDFD | 0x100000000ULL /* CLONE_CLEAR_SIGHAND */,
		.pidfd = (uint64_t)(uintptr_t)pidfd,
		.exit_signal = SIGCHLD,
	};

	if (op->clone.cgroup.fd >= 0) {
		args.flags |= 0x200000000ULL;
		args.cgroup = (uint64_t)op->clone.cgroup.fd;
	}
	return sys_clone3(&args, sizeof(args));
}

static void default_handlers(void)
{
	struct sigaction now;

	for (int number = 1; number < SIGRTMAX; number++)
		if (sigaction(number, NULL, &now) == 0 && now.sa_handler != SIG_IGN)
			signal(number, SIG_DFL);
}

/* The new process enters the group before it makes a namespace of it. */
static int enter_group(const struct op *op, int report)
{
	int code = 0;

	if (op->clone.cgroup.fd >= 0 && write_control(op->clone.cgroup.fd, "cgroup.procs", "0") < 0)
		code = errno;
	if (!code && (op->clone.flags & CLONE_NEWCGROUP) && unshare(CLONE_NEWCGROUP) < 0)
		code = errno;
	if (code && write(report, &code, sizeof(code)) < 0)
		return -1;
	return code ? -1 : 0;
}

/* The same if a filter denies clone3(2) with ENOSYS, because it cannot read flags in memory:
 * docker's does. */
static long by_clone(const struct op *op, int *pidfd)
{
	unsigned long flags = op->clone.flags & ~(uint64_t)CLONE_NEWCGROUP;
	int report[2], code = 0;

	if (pipe2(report, O_CLOEXEC) < 0)
		return -1;
	cleanup_fd int in = report[0], out = report[1];
	long pid = sys_clone(flags | CLONE_PIDFD | SIGCHLD, pidfd);
	if (pid < 0)
		return -1;
	if (pid == 0) {
		default_handlers();
		if (enter_group(op, out) < 0)
			_exit(125);
		return 0;
	}
	close(steal_fd(&out));
	/* Its end reports success. */
	if (read(in, &code, sizeof(code)) != sizeof(code))
		return pid;
	close(*pidfd);
	waitpid((pid_t)pid, NULL, 0);
	errno = code;
	return -1;
}

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	int pidfd = -1;
	long pid = by_clone3(op, &pidfd);

	(void)stage;
	/* clone(2) takes 0x80, CLONE_NEWTIME, for part of a signal's number. */
	if (pid < 0 && errno == ENOSYS && !(op->clone.flags & 0x80)) {
		pid = by_clone(op, &pidfd);
		int code = errno;
		outcome_say(outcome, pid < 0 && code == EPERM ?
			    "clone3(2) is ENOSYS here, so by clone(2), which a filter may refuse" :
			    "clone3(2) is ENOSYS here, so by clone(2)");
		errno = code;
	}
	if (pid < 0)
		return -1;
	outcome->value = pid;
	outcome->fds[0] = pid ? pidfd : -1;
	return 0;
}

const struct op_info op_clone = {
	.name = "clone3", .man = "clone(2)",
	.does = "start a new process in new namespaces: {flags}",
	.call = "clone3({flags={flags?{flags}{cgroup?|}}{flags!{cgroup!0}}{cgroup?CLONE_INTO_CGROUP}, exit_signal=SIGCHLD"
		"{cgroup?, cgroup={cgroup|c}}})",
	.part = PART_PREPARES, .side = ON_HOST, .forks = true, .fields = fields, .hints = hints, .run = run,
};
