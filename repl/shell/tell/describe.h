/* All that the program knows of itself, as JSON: what manuals, completions and tests derive from. */
#pragma once

struct text;

/* An option of the program itself. The table is ended by { 0 }. */
struct program_option {
	char letter;       /* 0 for none */
	const char *name, *value; /* value NULL for a switch */
	const char *means;
};

/* Append one object: version, options, words with their options and arguments, primitives with what their
 * errnos mean, ids of errors, exit statuses. Ends with a newline. */
void describe(const struct program_option *options, struct text *ret);
