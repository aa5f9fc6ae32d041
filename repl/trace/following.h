/* What the files that follow a program by ptrace(2) share: only they include this. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/text.h"
#include "trace/seen.h"

/* A process or thread that is followed. */
struct followed {
	pid_t pid;
	bool halted;      /* by a stop signal */
	bool within;      /* a call has begun and not ended */
	int number;
	uint64_t args[6];
	struct standpoint from;
	unsigned moved;   /* our->moved when from was looked at */
	struct text said; /* of execve(2), whose success leaves nothing of the memory that it was in */
	struct text path;
};

struct following {
	struct seen *seen;
	const struct trace_wish *wish;
	struct followed *list;
	size_t count, room;
	unsigned moved;   /* from 1: how often one of them has changed what a path means */
	size_t last;      /* found last, and mostly looked for next */
	pid_t first;
	bool joins;       /* the program is in the shell's session, not in one of its own */
	bool chosen;      /* the program loads a filter that chooses the calls, before it begins */
	bool began;       /* the program itself runs: what came before was the shell's doing */
	size_t successes; /* that were kept */
};

/* A call that has ended, with this errno or, if it is 0, this value. */
void keep_call(struct following *our, struct followed *it, int code, int64_t value);
