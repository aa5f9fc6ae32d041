/* Pages of help. */
#pragma once

#include <stdbool.h>

struct command;
struct concept;
struct context;
struct text;

/* The page of a word: usage, what it does and why, its arguments and options, an example. */
void page_add_word(const struct context *context, const struct command *command, struct text *ret);

/* The page of a concept: the idea, a drawing, the words, the lesson, the manual pages. */
void page_add_concept(const struct context *context, const struct concept *concept, struct text *ret);

/* A page's width: that of the screen, and never more than 80 columns. */
unsigned long page_width(const struct context *context);

/* Whether what stands side by side elsewhere stands one below the other. */
bool page_is_narrow(const struct context *context);

/* "  NAME        " and what it means, filled. */
void page_add_row(const struct context *context, const char *name, const char *means, struct text *ret);

/* A heading with an empty line before it. */
void page_add_heading(const struct context *context, const char *s, struct text *ret);
