/* --check-lessons: proving files of lessons. */
#pragma once

struct shell;

/* Prove the files of lessons, as --check-lessons asks for. Everything has been reported. Returns 0, or
 * -1 when one was not proven. */
int check_lessons(struct shell *shell, char *const *paths);
