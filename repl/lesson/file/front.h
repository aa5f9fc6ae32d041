/* The front matter of a lesson: "---", "key: value" lines, "---". CommonMark has none, so this is
 * read here, and strictly. No other room includes it. */
#pragma once

#include "lesson/file/lesson.h"

/* Fill the lesson's fields from the text. *body is where the rest begins, *line its line. 0, or -1
 * with err. */
int front_read(struct lesson *lesson, const char *s, size_t length, size_t *body, int *line,
	       struct error *err);

/* A list of needs, separated by commas, that begins in a column of a line. 0, or -1 with err. */
int front_needs(struct lesson *lesson, const char *s, size_t length, int line, int column,
		struct need **ret, size_t *count, struct error *err);

/* Whether s may be an id or a lesson's name: lower-case letters, digits and "-", a letter first. */
bool is_id(const char *s, size_t length);
