/* The prompt: which walls stand around the child, and how the last program ended. */
#pragma once

#include <stdbool.h>

struct shell;
struct text;

/* Append the prompt, "stave [mnt pid pivot] > ". Many walls are counted: "stave [8ns pivot] > ".
 * typed: it is the one that a person types behind; its colours are marked as readline wants them,
 * and it tells how the program of the last line ended: "stave [uts] ?1 > ". */
void prompt_add(const struct shell *shell, bool typed, struct text *ret);
