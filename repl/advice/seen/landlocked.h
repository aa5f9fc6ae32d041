/* Whether Landlock's rules refuse a file: the steps' own rules are asked, as the kernel asks them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/text.h"

struct plan;

enum { LANDLOCKED_DEEPEST = 64 };

/* One question. denied: a rule set does not allow it; rules says which rules it has. */
struct landlocked {
	pid_t pid;
	uint64_t access;
	struct stat way[LANDLOCKED_DEEPEST]; /* from the file up to the root */
	size_t count;
	bool inside, allowed, denied;
	struct text rules;
};

/* Ask about access (ops/privilege/landlock: LL_EXECUTE, ...) of process pid to path, an absolute one of its root.
 * overrides: it passes over modes, so that these refuse it nothing. */
void landlocked_ask(struct landlocked *at, pid_t pid, const char *path, uint64_t access, bool overrides);

/* Take in what the first count ops of a plan have made of the process, in the order of the steps. */
void landlocked_take(struct landlocked *at, const struct plan *plan, size_t count);

void landlocked_done(struct landlocked *at);
