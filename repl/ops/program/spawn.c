/* fork(2) and execve(2): a program beside the child, in the child's world. */
#include "ops/program/program.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/syscalls.h"
#include "base/text.h"
#include "ops/privilege/capability.h"
#include "ops/program/listened.h"

/* What the sanitizers keep of a process is in memory that two would share. */
#ifdef SANITIZED
enum { BESIDE_FLAGS = 0 };
#else
enum { BESIDE_FLAGS = CLONE_VM };
#endif

static const struct field fields[] = {
	{ "argv", FIELD_LIST, offsetof(struct op, spawn.argv) },
	{ "envp", FIELD_LIST, offsetof(struct op, spawn.envp), .hidden = true },
	{ "cwd", FIELD_STRING, offsetof(struct op, spawn.cwd), .hidden = true },
	{ "uid", FIELD_ID, offsetof(struct op, spawn.uid), .hidden = true },
	{ "gid", FIELD_ID, offsetof(struct op, spawn.gid), .hidden = true },
	{ "pty", FIELD_BOOL, offsetof(struct op, spawn.pty), .hidden = true },
	{ "rows", FIELD_NUMBER, offsetof(struct op, spawn.rows), .hidden = true },
	{ "columns", FIELD_NUMBER, offsetof(struct op, spawn.columns), .hidden = true },
	{ "spare", FIELD_FD, offsetof(struct op, spawn.spare), .hidden = true },
	{ "program", FIELD_FD, offsetof(struct op, spawn.program), .hidden = true },
	{ "gate", FIELD_FD, offsetof(struct op, spawn.gate), .hidden = true },
	{ "watched", FIELD_BYTES, offsetof(struct op, spawn.watched), .hidden = true },
	{ "no_new_privs", FIELD_BOOL, offsetof(struct op, spawn.no_new_privs), .hidden = true },
	{ "stdin", FIELD_FD, offsetof(struct op, spawn.stdin_), .hidden = true },
	{ "stdout", FIELD_FD, offsetof(struct op, spawn.stdout_), .hidden = true },
	{ "stderr", FIELD_FD, offsetof(struct op, spawn.stderr_), .hidden = true },
	{ 0 }
};

/* Until the gate opens, or a byte comes that asks for a listener: true. */
static bool wait_at(int gate)
{
	ssize_t got;
	char byte;

	while ((got = read(gate, &byte, 1)) < 0 && errno == EINTR)
		;
	return got == 1;
}

/* A program that is to be traced waits for its tracer: its start is reported before it is known how that
 * ends, and why it could not begin goes back through the gate. Where the filter is refused, as
 * by one around it, the tracer stops it at every call. */
static void wait_for_tracer(const struct op *op, int report)
{
	struct sock_fprog program = {
		.len = (unsigned short)(op->spawn.watched.length / sizeof(struct sock_filter)),
		.filter = (struct sock_filter *)op->spawn.watched.bytes,
	};

	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY); /* where Yama lets only ancestors trace */
	close(report);
	if (wait_at(op->spawn.gate.fd)) {
		if (program_listen(op->spawn.gate.fd) == 0)
			return;
		wait_at(op->spawn.gate.fd); /* for a tracer, then */
	}
	if (program.len && op->spawn.no_new_privs)
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	/* Its tracer takes that for the sign to stop it at every call. */
	if (program.len && sys_seccomp(&program) < 0)
		raise(SIGTRAP);
}

/* In the new process: become the program, or say through report why not. */
static _Noreturn void become(const struct op *op, const struct op_stage *stage, int slave, int report)
{
	struct op_outcome outcome = { 0 };
	struct op program = *op;

	prctl(PR_SET_PDEATHSIG, SIGKILL); /* fork(2) has cleared it */
	if (op->spawn.gate.fd >= 0)
		wait_for_tracer(op, report);
	if (slave < 0 || program_take_terminal(slave) == 0) {
		if (slave >= 0)
			program.spawn.stdin_.fd = program.spawn.stdout_.fd = program.spawn.stderr_.fd = -1;
		/* The report pipe is close-on-exec: its end reports success. */
		program_become(&program, stage, &outcome);
	}
	outcome.code = errno;
	if (write(op->spawn.gate.fd >= 0 ? op->spawn.gate.fd : report, &outcome, sizeof(outcome)) < 0)
		_exit(126);
	_exit(127);
}

/* Read what the new process reports: nothing, once execve(2) has closed the pipe. */
static int read_report(int fd, pid_t pid, struct op_outcome *outcome)
{
	struct op_outcome told;

	if (read(fd, &told, sizeof(told)) != sizeof(told))
		return 0;
	waitpid(pid, NULL, 0);
	memcpy(outcome->detail, told.detail, sizeof(outcome->detail));
	errno = told.code;
	return -1;
}

static void say_difference(uint64_t was, uint64_t is, struct text *ret)
{
	const struct { uint64_t set; const char *sign; } sides[] = {
		{ was & ~is, "-" }, { is & ~was, "+" },
	};

	for (size_t i = 0; i < 2; i++) {
		int count = __builtin_popcountll(sides[i].set);
		if (count)
			text_add(ret, " ");
		if (count > 4)
			text_addf(ret, "%s%d", sides[i].sign, count);
		else
			capability_list(sides[i].set, sides[i].sign, " ", ret);
	}
}

/* What setresuid(2) and execve(2) have made of the capabilities: capabilities(7). */
static void note_sets(const struct op *op, pid_t pid, struct op_outcome *outcome)
{
	cleanup_text struct text effective = { 0 }, permitted = { 0 };
	struct sys_caps own, its;

	/* capget(2) needs no /proc. */
	if (sys_capget(0, &own) < 0 || sys_capget(pid, &its) < 0 ||
	    (own.effective == its.effective && own.permitted == its.permitted))
		return;
	text_addf(&effective, "%#llx", (unsigned long long)its.effective);
	say_difference(own.effective, its.effective, &effective);
	text_addf(&permitted, "%#llx", (unsigned long long)its.permitted);
	say_difference(own.permitted, its.permitted, &permitted);
	outcome_say(outcome, op->spawn.uid == OP_NO_ID ?
			    "execve(2) left the program effective %s, permitted %s" :
			    "setresuid(2) and execve(2) left the program effective %s, permitted %s",
		    text_of(&effective), text_of(&permitted));
}

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	cleanup_fd int slave = -1, master = -1;
	int report[2];

	if (op->spawn.pty) {
		slave = program_pty(op->spawn.spare.fd, op->spawn.rows, op->spawn.columns, &master);
		if (slave < 0)
			return -1;
	}
	if (pipe2(report, O_CLOEXEC) < 0)
		return -1;
	cleanup_fd int in = report[0], out = report[1];
	pid_t pid = fork();
	if (pid < 0)
		return -1;
	if (pid == 0) {
		setsid();
		become(op, stage, slave, out);
	}
	close(steal_fd(&out));
	if (read_report(in, pid, outcome) < 0)
		return -1;
	if (op->spawn.gate.fd < 0)
		note_sets(op, pid, outcome);
	outcome->value = pid;
	outcome->fds[0] = sys_pidfd_open(pid);
	if (outcome->fds[0] < 0)
		return program_take_back(pid, outcome);
	outcome->fds[1] = steal_fd(&master);
	return 0;
}

/* ---- beside the child ---- */

struct beside {
	const struct op *op;
	int report[2];
	int tracers; /* a descriptor that the program's process must not hold */
};

/* It allocates nothing, and its tracer waits for it, or for one of its stops, as long as both have one memory. */
static int live(void *argument)
{
	const struct beside *beside = argument;
	static const struct op_stage stage = { 0 };

	close(beside->report[0]);
	close(beside->tracers);
	setpgid(0, 0);
	become(beside->op, &stage, -1, beside->report[1]);
}

/* The kernel shares out processors by sessions: sched(7), autogroup. In one of its own it would wait for its tracer, and be
 * waited for, behind all others. The stack stays: nobody tells when the program has left it. */
pid_t spawn_beside(const struct op *op, int tracers)
{
	enum { STACK = 65536 };
	struct beside beside = { .op = op, .tracers = tracers };
	char nothing, *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

	if (stack == MAP_FAILED || pipe2(beside.report, O_CLOEXEC) < 0)
		return -1;
	pid_t pid = clone(live, stack + STACK, BESIDE_FLAGS | CLONE_PARENT | SIGCHLD, &beside);
	int code = errno;
	close(beside.report[1]);
	if (pid > 0)
		while (read(beside.report[0], &nothing, 1) < 0 && errno == EINTR)
			continue;
	close(beside.report[0]);
	errno = code;
	return pid;
}

const struct op_info op_spawn = {
	.name = "fork", .man = "execve(2)", .does = "start the program {argv|sh}",
	.call = "fork(); " EXEC_CALL,
	.shell = "{argv|sh}",
	.side = IN_CHILD, .starts = STARTS_PROGRAM, .fields = fields, .hints = exec_hints, .run = run,
};
