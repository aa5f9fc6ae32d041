/* A plan that is performed a stage at a time, or call by call, as a person asks for it: --step. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct result;
struct shell;
struct step;
struct tracing;

/* How it goes on. */
enum pace {
	PACE_STAGE, /* stage by stage: before each a sentence why, and a question */
	PACE_CALL,  /* call by call to the end of the stage */
	PACE_END,   /* without another question */
};

/* A plan that is watched. */
struct watching {
	struct shell *shell;
	struct result *result;
	enum pace pace; /* of one that is performed a stage at a time */
	struct tracing *tracing; /* of a program that a tracer has started; else NULL */
	int root;       /* that of its container, whose writable layer has a size, while the program runs; -1: it is no such one */
};

/* A plan of the shell's that nothing is known of yet; what comes of it goes into result. Both are borrowed. */
static inline struct watching watch(struct shell *shell, struct result *result)
{
	return (struct watching){ .shell = shell, .result = result, .root = -1 };
}

/* For struct view's before() and after(): whether call i is to be made; what came of it. */
bool stepping_before(struct watching *watching, const struct step *step, size_t i);
void stepping_after(struct watching *watching, const struct step *step, size_t i);
