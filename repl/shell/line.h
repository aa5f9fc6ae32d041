/* The prompt: lines by GNU readline. */
#pragma once

struct shell;

/* Read and run lines until the user leaves. */
void line_loop(struct shell *shell);

struct text;

/* Append the prompt: "stave [mnt pid uts] > ", the walls that stand in brackets. marked: with
 * readline's marks around what has no width. */
void line_prompt(struct shell *shell, bool marked, struct text *ret);
