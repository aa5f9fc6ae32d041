/* What playing and proving a lesson needs of the shell it is done in, and what both do on it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct error;
struct host_state;
struct lesson;
struct lesson_line;
struct lesson_step;
struct session;
struct text;
struct verdict;

struct stage {
	void *context;
	struct session *session;
	/* Run one line. shows: as if it had been typed, the line itself and its reports, which tell
	 * of its calls what lesson_line.shows says; NULL: nothing is printed. *status is that of its
	 * program, or 0. 0, or -1 with err when a command of it failed. */
	int (*run)(void *context, const char *line, const char *shows, int *status, struct error *err);
	/* As witness.run of lesson/check.h. */
	int (*ask)(void *context, const char *whom, const char *command, int *status,
		   struct text *output, struct error *err);
	void (*say)(void *context, const struct text *text);
	/* Whether the user wants it to stop: Ctrl-C. */
	bool (*stopped)(void *context);
	/* No program has run but a lesson's own, which makes the files in memory again that it lost. */
	bool made_again;
};

/* End the child and all jobs, and give the lesson the fresh, empty store that it asks for: what it begins with. The
 * user is asked where files in memory may be his own: -1, ERR_REFUSED and nothing is done where he says no.
 * lesson NULL: none is played any more, and the store is the user's own again. */
int stage_clear(const struct stage *stage, const struct lesson *lesson, struct error *err);

/* Restore the state in which a step begins, its setup done, or, past from[lines] of its own lines,
 * goes on: the demos and solutions before it are played unseen, but for what only looks. *played says how many
 * commands that were (may be NULL). */
int stage_restore(const struct stage *stage, const struct lesson *lesson, size_t step,
		  size_t lines, size_t *played, struct error *err);

/* Run one line of a lesson and hold what came of it against what it says about itself: 0, or -1 with
 * err when it failed and should not, or the other way round. */
int stage_line(const struct stage *stage, const struct lesson *lesson,
	       const struct lesson_line *line, bool shown, struct error *err);

/* Judge all checks of a step. host: what "host unchanged" compares with, NULL for the session's
 * first. ret->holds: all of them do. */
void stage_judge(const struct stage *stage, const struct lesson_step *step,
		 const struct host_state *host, bool lazy, struct verdict *ret);

/* Whether all checks of a step hold, which they should not. */
bool stage_reaches(const struct stage *stage, const struct lesson_step *step, const struct host_state *host);

/* Whether what the step says that it begins with holds; true where it says nothing. */
bool stage_holds(const struct stage *stage, const struct lesson_step *step,
		  const struct host_state *host, struct verdict *ret);

/* The first hint with a state that holds now; -1 for none. */
int stage_hint(const struct stage *stage, const struct lesson_step *step,
	       const struct host_state *host);

/* Look at the host for "host unchanged"; host_done() when it is not needed any more. named: as
 * host_take() of lesson/check/host.h; NULL where a learner's other programs may change files meanwhile. */
int stage_host(const struct stage *stage, const char *named, struct host_state *ret, struct error *err);
