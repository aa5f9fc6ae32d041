#include "base/show/fill.h"

#include <string.h>

#include "base/text.h"

/* One word, the blanks before it, and where the line stands after it. */
static size_t put_word(struct text *ret, const char *s, size_t length, size_t blanks, size_t at,
		       size_t indent, size_t width)
{
	size_t start = ret->len;

	text_addn(ret, s, length);
	size_t columns = text_columns(ret->s + start);
	ret->len = start;
	if (at > indent && at + blanks + columns > width) {
		text_add(ret, "\n");
		text_pad(ret, indent);
		at = indent;
	} else if (at > indent) {
		/* A name may have two in a row. */
		text_pad(ret, blanks);
		at += blanks;
	}
	text_addn(ret, s, length);
	return at + columns;
}

static void fill_line(struct text *ret, const char *s, size_t length, size_t indent, size_t width)
{
	size_t at = indent, blanks = 0;

	if (length && s[0] == ' ') {
		text_addn(ret, s, length);
		return;
	}
	while (length > 0) {
		const char *blank = memchr(s, ' ', length);
		size_t word = blank ? (size_t)(blank - s) : length;
		if (word)
			at = put_word(ret, s, word, blanks, at, indent, width);
		blanks = word ? 0 : blanks;
		blanks += word < length;
		word += word < length;
		s += word;
		length -= word;
	}
}

void fill(struct text *ret, const char *s, size_t indent, size_t width)
{
	while (*s) {
		size_t length = strcspn(s, "\n");
		fill_line(ret, s, length, indent, width);
		text_add(ret, "\n");
		s += length;
		s += *s == '\n';
		if (*s && *s != '\n')
			text_pad(ret, indent);
	}
}
