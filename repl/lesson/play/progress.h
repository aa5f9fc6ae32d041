/* How far one is in the lessons, kept from one session to the next in
 * $XDG_STATE_HOME/stave/progress (~/.local/state/stave/progress), mode 0600. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct error;
struct progress;

/* Read what is kept; never NULL. Without keep, as in a dry run, nothing is written. Where nothing can be kept (no home folder, or one of another
 * user's), it is forgotten at the end. What cannot be read is put aside under another name. */
struct progress *progress_open(bool keep);
void progress_close(struct progress *progress);

/* Write it: beside the file, fsync(2), rename(2). 0, or -1 with err. */
int progress_save(struct progress *progress, struct error *err);

/* The lesson last played, and in which language; NULL for none. */
const char *progress_last(const struct progress *progress);
const char *progress_language(const struct progress *progress);

/* Of a lesson: the step one stands at, NULL where it was not begun; whether a step is done; whether
 * all of it is; how many are done. */
const char *progress_at(const struct progress *progress, const char *lesson);
bool progress_has(const struct progress *progress, const char *lesson, const char *step);
bool progress_finished(const struct progress *progress, const char *lesson);
size_t progress_count(const struct progress *progress, const char *lesson);

void progress_set(struct progress *progress, const char *lesson, const char *language,
		  const char *step);
void progress_mark(struct progress *progress, const char *lesson, const char *step);
void progress_finish(struct progress *progress, const char *lesson);

/* What the learner expected of a step came true, or not. progress_guesses(): of how many that was so. */
void progress_guess(struct progress *progress, const char *lesson, const char *step, bool right);
size_t progress_guesses(const struct progress *progress, const char *lesson, size_t *right);
void progress_forget(struct progress *progress, const char *lesson);
