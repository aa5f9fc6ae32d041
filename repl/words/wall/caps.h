/* caps learn: which capabilities a program needs. */
#pragma once

#include "words/language/command.h"

/* The subcommand, as choice.act: the shell's, in shell/acts/why, for it runs the program in a sandbox. */
int caps_learn(struct shell *shell, const struct words *words, struct result *result);
