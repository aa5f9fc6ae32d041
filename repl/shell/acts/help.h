/* The help pages, all made from the table of commands. */
#pragma once

#include <stddef.h>

struct command;
struct screen;
struct text;

/* All words by group, one line each. */
void help_table(const struct screen *screen, struct text *ret);

/* The page of one word: usage, what it means, its arguments and flags, an example. */
void help_page(const struct screen *screen, const struct command *command, struct text *ret);
