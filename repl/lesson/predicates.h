/* The predicates of the language of checks. No file but check.c includes this. */
#pragma once

#include "lesson/check.h"
#include "snapshot/facts.h"
#include "snapshot/snapshot.h"

enum { PREDICATE_WORDS = 8 };

/* Whom a predicate is about: the child, or whoever follows "in". */
struct asked {
	const struct witness *witness;
	const struct facts *facts;
	const struct reading *host;    /* the shell's own, to compare with */
	const struct reading *reading; /* of whom it is about */
	const char *whom;              /* NULL: the child */
};

/* One predicate. pattern: literal words in lower case, "|" between alternatives, and arguments in
 * upper case: TYPE (of namespace), PATH, FSTYPE, SOURCE, TEXT, N, NAME, WHOM, CONTROLLER, SHARE,
 * SIZE, COUNT, CAP, CMD. test: whether it holds for these words (as many as the pattern has); what
 * was seen goes to saw, foreign text in it made visible. */
struct predicate {
	const char *pattern;
	bool (*test)(const struct asked *asked, const char *const *words, struct text *saw);
};

/* Ended by { 0 }. */
extern const struct predicate predicates[];

/* Whether word can stand for the argument called name ("TYPE"). false with err. */
bool argument_fits(const char *name, const char *word, struct error *err);
