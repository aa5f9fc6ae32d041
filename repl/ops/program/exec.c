/* execve(2): the child becomes the program. */
#include "ops/program/program.h"

#include <errno.h>

static const struct field fields[] = {
	{ "argv", FIELD_LIST, offsetof(struct op, exec.argv) },
	{ "envp", FIELD_LIST, offsetof(struct op, exec.envp), .hidden = true },
	{ "cwd", FIELD_STRING, offsetof(struct op, exec.cwd), .hidden = true },
	{ "uid", FIELD_ID, offsetof(struct op, exec.uid), .hidden = true },
	{ "gid", FIELD_ID, offsetof(struct op, exec.gid), .hidden = true },
	{ "program", FIELD_FD, offsetof(struct op, exec.program), .hidden = true },
	{ "stdin", FIELD_FD, offsetof(struct op, exec.stdin_), .hidden = true },
	{ "stdout", FIELD_FD, offsetof(struct op, exec.stdout_), .hidden = true },
	{ "stderr", FIELD_FD, offsetof(struct op, exec.stderr_), .hidden = true },
	{ 0 }
};

const struct hint exec_hints[] = {
	{ ENOENT, "the child's root lacks the program, or what runs it: the loader of a dynamic program, the interpreter after #!",
	  "tree /bin shows what it has; a statically linked program needs no loader" },
	{ EACCES, "not executable: a folder, without the x bit, on a file system mounted noexec, or denied by Landlock's rules", NULL },
	{ ENOEXEC, "the kernel does not know this format: another architecture, or a script without #!", NULL },
	{ ENOTDIR, "a part of the path is not a folder", NULL },
	{ E2BIG, "arguments and environment are too long", NULL },
	{ EINVAL, "the id to run as has no mapping in the child's user namespace", "idmap shows the map" },
	{ ENOMEM, "the pid namespace has lost its init, so no process can start in it", "reset, or unshare pid again" },
	{ EAGAIN, "the limit on processes is reached: ulimit -u, or pids.max of the cgroup", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	return program_become(op, stage, outcome);
}

const struct op_info op_exec = {
	.name = "execve", .man = "execve(2)", .does = "become the program {argv|sh}",
	.call = EXEC_CALL,
	.shell = "exec {argv|sh}",
	.side = IN_CHILD, .starts = STARTS_PROGRAM, .becomes = true, .fields = fields, .hints = exec_hints, .run = run,
};
