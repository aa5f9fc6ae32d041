/* Proving a lesson: its solutions reach its checks, which fail before them, its hints fire where
 * they should, and the host is as it was. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct lesson;
struct stage;
struct error;
struct text;

/* What was proven. Steps that this machine cannot play are listed in skipped, a line each. */
struct proof {
	size_t commands, checks, hints, attacks;
	struct text *skipped;
	struct text *left; /* on the host, by a lesson that is not proven */
};

/* How its tasks are attacked: by what its author wrote as cheat and also; or by that and by all that
 * can be thought of for any task. */
enum attacks { ATTACK_WRITTEN, ATTACK_ALL };

/* Play all of the lesson on a child that has nothing, and try to reach each task by what is not its
 * way. family: this process's parent, in whose other descendants other lessons are proven. 0, or -1 with err: what
 * begins with the place in the file. */
int prove(const struct stage *stage, const struct lesson *lesson, enum attacks attacks, pid_t family,
	  struct proof *ret, struct error *err);
