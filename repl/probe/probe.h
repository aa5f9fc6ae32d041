/* probe: what verify sends into the child to try its walls; a program of its own.
 * May include: base.
 * Never: is linked into the shell, or shares code with it.
 * Begin at: list.h, then main.c. */
/* stave-probe: tries to break out of where it is, and says what came of it. Every attempt takes back
 * what it did, or is made so that the kernel's check comes before anything happens: a call that is
 * allowed then fails with EINVAL, ENOENT or the like. */
#pragma once

enum result {
	RESULT_STOPPED, /* by code, or by what detail says */
	RESULT_OPEN,
	RESULT_ABSENT,  /* this machine or kernel has nothing to try it on */
	RESULT_BROKEN,  /* the attempt could not be made; code says why */
};

struct verdict {
	enum result result;
	int code;        /* errno, 0 for none */
	char detail[120];
};

/* Each returns its verdict by one of these, and is run in a process of its own, which may be killed
 * by it. detail may be NULL; it is a printf(3) format. */
void stopped(struct verdict *verdict, int code, const char *detail, ...)
	__attribute__((format(printf, 3, 4)));
void succeeded(struct verdict *verdict, const char *detail, ...)
	__attribute__((format(printf, 2, 3)));
void absent(struct verdict *verdict, const char *detail, ...)
	__attribute__((format(printf, 2, 3)));

/* The name of an errno; "E?" where the C library tells none. */
const char *name_of_errno(int code);

/* The verdict on a call that returned ret: open when it succeeded, or failed with an errno that
 * comes after the check for the right to do it; stopped with EPERM, EACCES, EROFS or ENOSYS. */
void judge(struct verdict *verdict, long ret);

/* The same where any errno means that it was stopped. */
void judge_strictly(struct verdict *verdict, long ret);

/* The right to write: opens path, writes nothing. ENOENT: returns 0 and leaves verdict alone, as it
 * does for what was stopped before; else 1 when it is open. */
int may_write(struct verdict *verdict, const char *path);

/* The right to read, and that there is anything. As may_write(). A folder is read, too. */
int may_read(struct verdict *verdict, const char *path);

/* What the shell said about the host: KEY=VALUE in the environment; NULL, and absent, without it. */
const char *told(struct verdict *verdict, const char *key);

/* Becomes this program again with one argument, its exit status in *status: 0 when it has not
 * what it looks for. -1 with errno. */
int again(const char *argument, int *status);

#define WALL(id)
#define ATTEMPT(id, name, wins) void try_##id(struct verdict *verdict);
#include "probe/list.h"
#undef WALL
#undef ATTEMPT
