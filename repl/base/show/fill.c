#include "base/show/fill.h"

#include <string.h>

#include "base/text.h"

/* What may not begin a line, and what may not end one, in Chinese text. */
static bool is_among(uint32_t c, const uint32_t *list)
{
	while (*list && *list != c)
		list++;
	return *list;
}

bool fill_breaks(uint32_t before, uint32_t after)
{
	static const uint32_t closing[] = { 0x3001, 0x3002, 0xff0c, 0xff1a, 0xff1b, 0xff01, 0xff1f,
					    0xff09, 0x300d, 0x300f, 0x300b, 0x3009, 0x201d, 0x2019,
					    0x3011, 0xff5e, 0x2026, 0x2014, ',', '.', ')', ':', ';',
					    0 };
	static const uint32_t opening[] = { 0xff08, 0x300c, 0x300e, 0x300a, 0x3008, 0x201c, 0x2018,
					    0x3010, '(', 0 };

	return (character_columns(before) == 2 || character_columns(after) == 2) && !is_among(after, closing) &&
	       !is_among(before, opening);
}

/* How much of a word, whose length is not 0, cannot be broken. */
static size_t run_length(const char *s, size_t length)
{
	uint32_t last = 0, c;
	size_t run = 0;

	while (run < length) {
		size_t n = text_character(s + run, length - run, &c);
		if (n && run && fill_breaks(last, c))
			break;
		last = n ? c : last;
		run += n ? n : 1;
	}
	return run;
}

/* A run, the blanks before it, and where the line stands after it. */
static size_t put_run(struct text *ret, const char *s, size_t length, size_t blanks, size_t at,
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
		size_t run = word ? run_length(s, word) : 1;
		if (word)
			at = put_run(ret, s, run, blanks, at, indent, width);
		blanks = word ? 0 : blanks + 1;
		s += run;
		length -= run;
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
