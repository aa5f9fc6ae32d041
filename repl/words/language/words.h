/* Splitting a typed line into commands and their words. Quoting is that of sh(1), without its
 * expansions: '...' takes all as it stands, "..." takes \" and \\, a backslash takes the next
 * byte, $'...' knows \n \t \\ \' and \xNN. ";" ends a command, "#" at the start of a word begins
 * a comment, and a command that begins with "!" takes the rest of the line for the host's shell. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "words/language/command.h"

enum { LINE_BYTES = 64 * 1024 }; /* the longest line */

/* One command of a line: its words, and its text as typed, without blanks around it. */
struct statement {
	struct word *words; /* at least one */
	size_t count;
	const char *text;
	int column; /* of text in the line, 1-based */
};

/* What stands before the cursor, for completion. words: the whole words of the command that is
 * being typed; partial: the word at the cursor, its quotes taken away. */
struct unfinished {
	struct word *words;
	size_t count;
	const char *partial;
	bool host; /* it begins with "!": the words are not ours */
};

/* Split s[0..length) into statements that live in arena. Returns 0, or -1 with err and its
 * column: a line longer than LINE_BYTES, a quote that is not closed, a NUL byte or a control
 * character (but for a newline in quotes), a backslash with nothing behind it. */
int words_split(const char *s, size_t length, struct arena *arena, struct statement **ret,
		size_t *count, struct error *err);

/* Whether what begins in s[0..length) goes on in the next line: in a quote that is not closed, the newline
 * belonging to it, or behind a backslash at its end, which joins the lines. s may be several lines. */
enum unclosed { CLOSED, OPEN_QUOTE, OPEN_BACKSLASH };
enum unclosed words_unclosed(const char *s, size_t length);

/* Split what has been typed so far, unclosed quotes and all. Never fails. */
void words_unfinished(const char *s, size_t length, struct arena *arena, struct unfinished *ret);
