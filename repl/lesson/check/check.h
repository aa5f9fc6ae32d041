/* lesson/check: the language of checks: what should hold of the child.
 * May include: session snapshot words/language words/plans/cgroup words/plans/privilege image walls ops base.
 * Never: looks at what was typed.
 * Begin at: check.h, then files.c. */
/* The language of checks: what should hold of the child, judged by readings of the kernel's
 * state. EXPR := EXPR or EXPR | EXPR and EXPR | not EXPR | in WHOM EXPR | ( EXPR ) | predicate.
 * The predicates are the rows of predicates.c. What was typed is never looked at. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct error;
struct host_state;
struct session;
struct text;

/* A parsed expression. It lives in an arena. */
struct check;

/* Parse s[0..length), of which the first byte stands in column of its line (1-based). NULL with
 * err and its column. */
const struct check *check_parse(const char *s, size_t length, int column, struct arena *arena,
				struct error *err);

/* The process that is asked about. run may be NULL: then no program can be run. */
struct witness {
	struct session *session;
	const struct host_state *host; /* as "host unchanged" wants it; NULL: the session's first
					* reading alone */
	bool fenced;                /* the expression is a lesson's: it runs no program in
				     * a process that could still reach the host */
	bool lazy;                  /* what cannot change the answer any more is not looked at */
	bool doubted;               /* it should not hold: an answer is not waited for as long as one may take */
	/* Run a command line as "run" does (whom NULL), or as "exec WHOM" does. Its output goes to
	 * output, its status to *status. -1 with err where it could not be started. */
	int (*run)(void *context, const char *whom, const char *command, int *status,
		   struct text *output, struct error *err);
	void *context;
};

/* What came of one predicate. Strings live in the verdict's arena and are printable. */
struct finding {
	const char *test; /* as written, its not before it: "not hostname box" */
	const char *saw;  /* "the host name is tub" */
	bool holds, looked; /* holds: what stands under the not does */
	bool negated;
};

/* Whether it is as the expression wants it: it holds, or stands under a not and does not. */
static inline bool finding_well(const struct finding *finding)
{
	return finding->looked && finding->holds != finding->negated;
}

/* What came of an expression: its predicates in the order in which they are written. */
struct verdict {
	struct arena arena;
	struct finding *list;
	size_t count, room;
	bool holds;
};

/* Judge. Never fails: what cannot be seen does not hold, and the finding says why. Findings are
 * added to ret, which begins zeroed; ret->holds is that of this expression. */
void check_judge(const struct check *check, const struct witness *witness, struct verdict *ret);
void verdict_done(struct verdict *verdict);
#define cleanup_verdict __attribute__((cleanup(verdict_done)))

/* The patterns of all predicates, "ns TYPE own|host", the last is NULL. */
const char *check_pattern(size_t i);
