/* fork(2) and execve(2): a program beside the child, in the child's world. */
#include "ops/program.h"

#include <errno.h>
#include <fcntl.h>

#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"

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
	{ "stdin", FIELD_FD, offsetof(struct op, spawn.stdin_), .hidden = true },
	{ "stdout", FIELD_FD, offsetof(struct op, spawn.stdout_), .hidden = true },
	{ "stderr", FIELD_FD, offsetof(struct op, spawn.stderr_), .hidden = true },
	{ 0 }
};

/* In the new process: become the program, or say through report why not. */
static _Noreturn void become(const struct op *op, int slave, int report)
{
	struct op_outcome outcome = { 0 };
	struct op program = *op;

	setsid();
	if (slave < 0 || program_take_terminal(slave) == 0) {
		if (slave >= 0)
			program.spawn.stdin_.fd = program.spawn.stdout_.fd = program.spawn.stderr_.fd = -1;
		/* The report pipe is close-on-exec: its end tells of success. */
		program_become(&program, &outcome);
	}
	outcome.code = errno;
	if (write(report, &outcome, sizeof(outcome)) < 0)
		_exit(126);
	_exit(127);
}

/* What the new process has to say: nothing, once execve(2) has closed the pipe. */
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

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	cleanup_fd int slave = -1, master = -1;
	int report[2];

	(void)stage;
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
	if (pid == 0)
		become(op, slave, out);
	close(steal_fd(&out));
	if (read_report(in, pid, outcome) < 0)
		return -1;
	outcome->value = pid;
	outcome->fds[0] = (int)syscall(SYS_pidfd_open, pid, 0);
	outcome->fds[1] = steal_fd(&master);
	return outcome->fds[0] < 0 ? -1 : 0;
}

static void say(const struct op *op, pid_t pid, struct text *text)
{
	text_add(text, "fork(); ");
	op_info(OP_exec)->say(op, pid, text);
}

static void shell(const struct op *op, struct text *text)
{
	const char *between = "";

	for (const char *const *arg = op->spawn.argv; *arg; arg++) {
		text_add(text, between);
		text_add_sh(text, *arg);
		between = " ";
	}
}

const struct op_info op_spawn = {
	.name = "fork", .man = "execve(2)", .does = "start the program {argv}",
	.side = IN_CHILD, .fields = fields, .hints = exec_hints, .run = run, .say = say,
	.shell = shell,
};
