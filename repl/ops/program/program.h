/* ops/program: primitives that start or end programs.
 * May include: ops/privilege base.
 * Never: waits for a program.
 * Begin at: exec.c. */
/* From a process of Stave's to a program of the learner's: what exec and spawn have in common. */
#pragma once

#include "ops/op.h"

/* Open a pseudo-terminal in the devpts the process sees, of rows by columns (0: leave as it is).
 * Where there is none, spare (a master opened elsewhere, or -1) serves. Returns the slave and
 * sets *master; -1 with errno set. pty(7), devpts. */
int program_pty(int spare, uint64_t rows, uint64_t columns, int *master);

/* Make slave the controlling terminal and descriptors 0, 1, 2 of this process, which becomes a
 * session leader if it is none. 0, or -1 with errno set. */
int program_take_terminal(int slave);

/* Become the program: default signals, the user, the folder, no descriptor but 0, 1, 2; then
 * execve(2), looking along PATH of envp when argv[0] holds no slash. Returns only on failure: -1, errno set, and detail says which part was
 * missing. */
int program_become(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome);

/* Where a program without a slash is looked for: folders with colons between them. */
const char *program_path(const char *const *envp);

/* The template of the call by which a program is become. */
#define EXEC_CALL \
	"{program?execveat(open({program|c}), \"\"}{program!{argv|execve}({argv|first}}, " \
	"{{argv|c}}, envp{program?, AT_EMPTY_PATH})"
/* End a program that was started and that nobody could wait for without pidfd_open(2), and its process with it. -1;
 * errno stays as it was, and detail says which call it was. */
int program_take_back(pid_t pid, struct op_outcome *outcome);

/* In the process that is to trace it, which is its session's leader and has one thread: start the program of a spawn op with a gate
 * and without a terminal, as a child of this process's parent, in this session and in a process group of its own. It shares this
 * process's memory until it begins. The pid, once it waits at the gate; -1 with errno set. tracers: a descriptor that it closes. */
pid_t spawn_beside(const struct op *op, int tracers);

/* What execve(2) and fork(2) of a program may fail with. */
extern const struct hint exec_hints[];
