/* Proving a lesson: its solutions reach its checks, which fail before them, its hints fire where
 * they should, and the host is as it was. */
#pragma once

#include <stddef.h>

struct lesson;
struct stage;
struct error;
struct text;

/* What was proven. Steps that this machine cannot play are listed in skipped, a line each. */
struct proof {
	size_t commands, checks, hints;
	struct text *skipped;
};

/* Play all of the lesson on a child that has nothing. 0, or -1 with err: what begins with the place
 * in the file. */
int prove(const struct stage *stage, const struct lesson *lesson, struct proof *ret,
	  struct error *err);
