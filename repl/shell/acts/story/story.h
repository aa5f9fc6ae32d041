/* shell/acts/story: the words that go back and forth in the story of steps, keep and replay it.
 * May include: shell/lines shell/tell shell/attend session words snapshot ops base.
 * Never: performs an op but through the session.
 * Begin at: undo.c. */
/* What undo, redo and reset tell alike. */
#pragma once

#include <stddef.h>

#include "words/language/command.h"

struct error;
struct result;
struct session;
struct shell;
struct text;
struct words;

/* How many steps: the argument of undo and redo. */
extern const struct arg_spec story_args[];

/* Go that many steps back or forth by go(), session_undo() or session_redo(); word is what is said
 * about each of them. 0, or -1 with result->error. */
int story_go(struct shell *shell, const struct words *words, struct result *result,
	     int (*go)(struct session *session, size_t n, struct text *lost, struct error *err), const char *word);

/* "undone: LINE" for each of the steps from..to. */
void story_name_steps(const struct session *session, const char *word, size_t from, size_t to,
		      struct text *ret);

/* What stands after going back or forth, and what could not be restored (lost, a line each). */
void story_tell(struct shell *shell, const struct text *lost, struct text *ret);

/* The same where going there failed and cost something: what goes is named. Returns -1. */
int story_failed(struct shell *shell, const struct text *lost, struct text *ret);
