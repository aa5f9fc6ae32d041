/* The prompt: lines by GNU readline. */
#pragma once

#include <stdbool.h>

struct shell;
struct text;

/* Read and run lines until the user leaves. */
void line_loop(struct shell *shell);

/* Append the prompt, with the walls that stand: "stave [mnt pid uts] > ". marked: with readline's
 * marks around what has no width. */
void line_prompt(const struct shell *shell, bool marked, struct text *ret);
