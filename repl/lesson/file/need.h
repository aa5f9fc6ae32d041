/* What a lesson needs of the machine and of the user. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct error;
struct facts;

/* One need: a row of the table, and a kernel's version for the row that has one. */
struct need {
	const struct need_kind *kind;
	int major, minor;
};

/* The need that word[0..length) names. 0, or -1 with err. */
int need_parse(const char *word, size_t length, struct need *ret, struct error *err);

/* Whether it is met here. If not, err says what is missing (what), why, and what to do about it.
 * facts: those of facts_site() are filled; facts_cgroups() is called when it is needed. */
bool need_met(const struct need *need, struct facts *facts, struct error *err);
