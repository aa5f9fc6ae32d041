/* --check-lessons once more as an ordinary user. */
#pragma once

#include <stdbool.h>

struct shell;

/* Whether this is the program that as_user_prove() of root's has started. */
bool as_user_started(void);

/* Prove the files at paths, NULL at the end, as an ordinary user (uid 65534), who plays each lesson and tries
 * its cheat and also blocks. 0, also where that user cannot read them, which is said; -1 where
 * one is not proven. */
int as_user_prove(struct shell *shell, char *const *paths);
