/* The shell as the stage of a lesson: its lines are run as if typed, or unseen. */
#pragma once

struct result;
struct shell;
struct stage;
struct words;

void stage_make(struct shell *shell, struct stage *ret);

/* Prove the files of lessons, as --check-lessons asks for. Everything has been told. Returns 0, or
 * -1 when one was not proven. */
int check_lessons(struct shell *shell, char *const *paths);
