#include "base/message/printed.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/message.h"
#include "base/text.h"

enum {
	PARTS = 8,   /* conversions in a format */
	LETTERS = 5, /* a format with fewer of its own would be found in everything */
	DEPTH = 2,   /* parts of parts */
};

/* What a format's conversions stand for in a line. */
struct match {
	const char *at[PARTS];
	size_t length[PARTS], count, letters;
};

/* The end of a conversion that begins at "%"; *type is its last letter. */
static const char *conversion_end(const char *s, char *type)
{
	s += strcspn(s + 1, "diouxXcsp%") + 1;
	*type = *s;
	return *s ? s + 1 : s;
}

static bool is_number(const char *s, size_t length)
{
	return length && strspn(s, "-0123456789") >= length;
}

/* Where the length bytes of piece are, in s: at its start, or behind a part, first or (the last piece) at the
 * end. NULL where they are not. */
static const char *piece_in(const char *s, const char *piece, size_t length, bool behind_part)
{
	size_t left = strlen(s);

	if (!behind_part)
		return strncmp(s, piece, length) == 0 ? s : NULL;
	if (piece[length])
		return memmem(s, left, piece, length);
	return left >= length && memcmp(s + left - length, piece, length) == 0 ? s + left - length : NULL;
}

/* Whether s is what format prints, and with which parts. Each part ends where the text behind it is first
 * found, the last at the end. */
static bool is_output(const char *s, const char *format, struct match *match)
{
	char type = 0;

	*match = (struct match){ 0 };
	for (bool behind_part = false;; behind_part = true) {
		size_t length = strcspn(format, "%");
		const char *found = piece_in(s, format, length, behind_part);
		if (!found)
			return false;
		if (behind_part) {
			size_t part = (size_t)(found - s);
			if (type != 's' && !is_number(s, part))
				return false;
			match->length[match->count++] = part;
		}
		for (size_t i = 0; i < length; i++)
			match->letters += isalpha((unsigned char)format[i]) != 0;
		s = found + length;
		format += length;
		if (!*format)
			return !*s;
		format = conversion_end(format, &type);
		if (type == '%' || type == '\0' || match->count == PARTS)
			return false;
		match->at[match->count] = s;
	}
}

static void translate(const char *printed, int depth, struct text *ret);

static void fill_in(const char *format, const struct match *match, int depth, struct text *ret)
{
	size_t next = 0;

	while (*format) {
		size_t length = strcspn(format, "%");
		text_addn(ret, format, length);
		format += length;
		if (!*format)
			break;
		/* "%2$s": a translation may move them. */
		char *end;
		unsigned long place = strtoul(format + 1, &end, 10);
		size_t i = *end == '$' && place ? place - 1 : next++;
		char type;
		format = conversion_end(format, &type);
		if (i >= match->count)
			continue;
		cleanup_text struct text part = { 0 };
		text_addn(&part, match->at[i], match->length[i]);
		translate(text_of(&part), depth + 1, ret);
	}
}

/* The catalog's format that prints this, the one with most letters of its own. */
static const struct translation *format_of(const char *printed, struct match *ret)
{
	const struct messages *messages = messages_used();
	const struct translation *best = NULL;
	struct match match;

	ret->letters = LETTERS - 1;
	for (size_t i = 0; messages && i < messages->room; i++) {
		const struct translation *slot = &messages->slots[i];
		if (!slot->english || !strchr(slot->english, '%') ||
		    !is_output(printed, slot->english, &match) || match.letters <= ret->letters)
			continue;
		*ret = match;
		best = slot;
	}
	return best;
}

static void translate(const char *printed, int depth, struct text *ret)
{
	const char *whole = message(printed), *joint = strstr(printed, "; ");
	struct match match = { 0 };
	const struct translation *format = whole == printed && *printed ? format_of(printed, &match) : NULL;

	if (format && depth < DEPTH) {
		fill_in(format->forms[0], &match, depth, ret);
	} else if (whole == printed && joint && !depth) {
		cleanup_text struct text first = { 0 };
		text_addn(&first, printed, (size_t)(joint - printed));
		translate(text_of(&first), depth + 1, ret);
		text_add(ret, _("; "));
		translate(joint + 2, depth, ret);
	} else {
		text_add(ret, whole);
	}
}

void message_printed(const char *printed, struct text *ret)
{
	translate(printed, 0, ret);
}
