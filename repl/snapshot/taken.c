#include "snapshot/taken.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/text.h"
#include "base/process/subids.h"

enum { FIELDS = 4 /* of a line, as many as are looked at */, MOST_DIGITS = 24 };

/* A line's fields, between colons: not ended by NUL, and perhaps empty. */
struct line {
	struct field { const char *s; size_t length; } fields[FIELDS];
	size_t count;
};

void taken_done(struct taken *taken)
{
	free(taken->list);
	*taken = (struct taken){ 0 };
}

static void add(struct taken *taken, unsigned long first, unsigned long count)
{
	if (count == 0 || first > UINT32_MAX)
		return;
	LIST_ROOM(taken->list, taken->count, taken->room);
	taken->list[taken->count++] = (struct taken_range){
		first, count > UINT32_MAX - first ? (unsigned long)UINT32_MAX + 1 : first + count };
}

/* The next line of text from *at on, which moves behind it. A NUL is a character as any other. */
static bool next_line(const struct text *text, size_t *at, struct line *ret)
{
	if (*at >= text->len)
		return false;
	const char *s = text->s + *at, *all = text->s + text->len;
	const char *newline = memchr(s, '\n', (size_t)(all - s)), *end = newline ? newline : all;
	*at = (size_t)(end - text->s) + 1;
	for (ret->count = 0; ret->count < FIELDS; s++) {
		const char *colon = memchr(s, ':', (size_t)(end - s));
		const char *stop = colon ? colon : end;
		ret->fields[ret->count++] = (struct field){ s, (size_t)(stop - s) };
		if (!colon)
			break;
		s = stop;
	}
	return true;
}

/* A number as shadow's tools read it: in any base of strtoul(3), with blanks around it. */
static bool number(const struct line *line, size_t i, unsigned long *ret)
{
	char digits[MOST_DIGITS], *end;

	if (i >= line->count || line->fields[i].length >= sizeof(digits))
		return false;
	memcpy(digits, line->fields[i].s, line->fields[i].length);
	digits[line->fields[i].length] = '\0';
	const char *begin = digits + strspn(digits, " \t");
	errno = 0;
	*ret = strtoul(begin, &end, 0);
	return isdigit((unsigned char)*begin) && errno == 0 && end[strspn(end, " \t\r")] == '\0';
}

void taken_add_subids(struct taken *taken, const struct text *subids, const char *passwd, uid_t uid)
{
	unsigned long first, count;
	struct line line;
	char name[256];

	subids_name(passwd, uid, name, sizeof(name));
	for (size_t at = 0; next_line(subids, &at, &line);)
		if (number(&line, 1, &first) && number(&line, 2, &count) &&
		    !subids_owns(line.fields[0].s, line.fields[0].length, name, uid))
			add(taken, first, count);
}

void taken_add_passwd(struct taken *taken, const struct text *passwd)
{
	unsigned long id;
	struct line line;

	for (size_t at = 0; next_line(passwd, &at, &line);) {
		if (number(&line, 2, &id))
			add(taken, id, 1);
		if (number(&line, 3, &id))
			add(taken, id, 1);
	}
}

void taken_add_group(struct taken *taken, const struct text *group)
{
	unsigned long id;
	struct line line;

	for (size_t at = 0; next_line(group, &at, &line);)
		if (number(&line, 2, &id))
			add(taken, id, 1);
}

void taken_add_map(struct taken *taken, const struct text *map)
{
	unsigned long first, count;

	for (const char *line = text_of(map); *line; line += *line == '\n') {
		if (sscanf(line, " %*u %lu %lu", &first, &count) == 2 && first > 0)
			add(taken, first, count);
		line += strcspn(line, "\n");
	}
}

bool taken_none(const struct taken *taken, unsigned long first, unsigned long count)
{
	for (size_t i = 0; i < taken->count; i++)
		if (first < taken->list[i].end && taken->list[i].first < first + count)
			return false;
	return true;
}
