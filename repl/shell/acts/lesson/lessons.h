/* The words of the lessons, and what the prompt has to know of the one that is played. */
#pragma once

#include <stdbool.h>

#include "words/language/command.h"

struct result;
struct shell;
struct text;

typedef int act_run(struct shell *shell, const struct words *words, struct result *result);

/* What each word of the lessons that has no more to do does, and check without an expression. Returns 0, or -1 with
 * result->error. */
act_run lessons_next, lessons_back, lessons_hint, lessons_solution, lessons_again, lessons_check;

/* What --lang takes. */
extern const struct choice lesson_languages[];

/* Run one of these or another, unless it is one of the lesson's own commands that asks for it; what the lesson
 * says in between goes where output goes. */
int lessons_act(struct shell *shell, const struct words *words, struct result *result, act_run *run);

/* A line without a command at the prompt: on in the lesson. false when none is played. */
bool lessons_enter(struct shell *shell);

/* A command has been carried out; what came of it is result. */
void lessons_heard(struct shell *shell, const struct result *result);

/* Whether a lesson is being played. */
bool lessons_played(const struct shell *shell);

/* The prompt of a question that is asked, NULL when none is. lessons_answer() takes what is typed; false
 * where that is a command, which is to be run. */
const char *lessons_question(const struct shell *shell);
bool lessons_answer(struct shell *shell, const char *line);

/* The lesson that was begun last, in another session perhaps, and is not finished: its name, appended;
 * nothing where there is none. */
void lessons_begun(struct text *ret);

/* Keep a transcript at path. 0, or -1 with err. */
int lessons_log(struct shell *shell, const char *path, struct error *err);

/* Whether one is kept: it wants to know what each step changed. */
bool lessons_logged(const struct shell *shell);

/* The shell ends: progress and transcript are kept. */
void lessons_close(struct shell *shell);
