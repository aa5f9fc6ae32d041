/* A pseudo-terminal of its own for the child: opened in its devpts, made its controlling terminal;
 * the master goes to the shell. The shell's own terminal never enters the container. */
#include <errno.h>
#include <unistd.h>

#include "base/fd.h"
#include "ops/program/program.h"

static const struct field fields[] = {
	{ "rows", FIELD_NUMBER, offsetof(struct op, pty.rows) },
	{ "columns", FIELD_NUMBER, offsetof(struct op, pty.columns) },
	{ 0 }
};

static const struct hint hints[] = {
	{ ENOENT, "there is no /dev/ptmx in the child's root", "mount devpts /dev/pts -o newinstance,ptmxmode=0666" },
	{ ENOSPC, "the limit kernel.pty.max is reached", "!sysctl kernel.pty" },
	{ EACCES, "devpts was mounted with ptmxmode=000", "mount devpts /dev/pts -o newinstance,ptmxmode=0666" },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	cleanup_fd int slave = program_pty(-1, op->pty.rows, op->pty.columns, &outcome->fds[1]);

	(void)stage;
	if (slave < 0)
		return -1;
	return program_take_terminal(slave);
}

const struct op_info op_pty = {
	.name = "ioctl", .man = "pty(7)",
	.does = "open a pseudo-terminal of {rows} rows and {columns} columns",
	.call = "ioctl(ioctl(open(\"/dev/pts/ptmx\"), TIOCGPTPEER), TIOCSCTTY)",
	.part = PART_PREPARES, .side = IN_CHILD, .fields = fields, .hints = hints, .run = run,
};
