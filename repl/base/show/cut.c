#include "base/show/cut.h"

#include <string.h>

#include "base/text.h"

/* How many bytes of s take no more than so many columns. */
static size_t fitting(const char *s, size_t columns)
{
	size_t end = 0, used = 0, left = strlen(s);

	while (left) {
		uint32_t c = 0;
		size_t length = text_character(s + end, left, &c);
		size_t wide = length ? character_columns(c) : 1;
		if (used + wide > columns)
			break;
		used += wide;
		end += length ? length : 1;
		left -= length ? length : 1;
	}
	return end;
}

void text_add_cut(struct text *text, const char *s, size_t columns, bool utf8)
{
	const char *mark = utf8 ? "…" : "...";
	size_t marks = utf8 ? 1 : 3;

	if (text_columns(s) <= columns) {
		text_add(text, s);
		return;
	}
	text_addn(text, s, fitting(s, columns > marks ? columns - marks : 0));
	text_add(text, mark);
}
