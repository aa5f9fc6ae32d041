#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/message.h"

void text_done(struct text *text)
{
	free(text->s);
	*text = (struct text){ 0 };
}

char *text_copyn(const char *s, size_t length)
{
	char *copy = strndup(s, length);

	if (!copy)
		out_of_memory();
	return copy;
}

char *text_copy(const char *s)
{
	return text_copyn(s, strlen(s));
}

void text_clear(struct text *text)
{
	text->len = 0;
	if (text->s)
		text->s[0] = '\0';
}

char *text_room(struct text *text, size_t length)
{
	size_t need = text->len + length + 1;

	if (need > text->cap) {
		size_t cap = text->cap ? text->cap : 64;
		while (cap < need)
			cap *= 2;
		char *s = realloc(text->s, cap);
		if (!s)
			out_of_memory();
		text->s = s;
		text->cap = cap;
		s[text->len] = '\0'; /* a text stays one when the room is not used */
	}
	return text->s + text->len;
}

void text_grew(struct text *text, size_t length)
{
	text->len += length;
	text->s[text->len] = '\0';
}

void text_addn(struct text *text, const char *s, size_t length)
{
	memcpy(text_room(text, length), s, length);
	text_grew(text, length);
}

void text_add(struct text *text, const char *s)
{
	text_addn(text, s, strlen(s));
}

static void add_args(struct text *text, const char *format, va_list args)
{
	va_list again;

	va_copy(again, args);
	/* What fits into the room that there is, or the first, is written at once. */
	char *end = text_room(text, 0);
	size_t room = text->cap - text->len;
	int n = vsnprintf(end, room, format, args);
	if (n >= 0 && (size_t)n >= room)
		vsnprintf(text_room(text, (size_t)n), (size_t)n + 1, format, again);
	text_grew(text, n < 0 ? 0 : (size_t)n);
	va_end(again);
}

void text_addf(struct text *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_args(text, format, args);
	va_end(args);
}

void text_say(struct text *text, const char *words)
{
	text_add(text, _(words));
}

const char *text_joint(const struct text *text)
{
	return text->len ? _("; ") : "";
}

void text_sayf(struct text *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_args(text, _(format), args);
	va_end(args);
}

void text_pad(struct text *text, size_t spaces)
{
	memset(text_room(text, spaces), ' ', spaces);
	text_grew(text, spaces);
}

size_t text_character(const char *bytes, size_t length, uint32_t *ret)
{
	const unsigned char *s = (const unsigned char *)bytes;
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2 :
		   (s[0] & 0xf0) == 0xe0 ? 3 : s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : 0;

	if (n == 0 || n > length)
		return 0;
	uint32_t c = n == 1 ? s[0] : s[0] & (0xffU >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3fU);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	*ret = c;
	return n;
}

size_t text_mark(const char *s, size_t length)
{
	static const char mark[] = "\xef\xbb\xbf";

	return length >= 3 && memcmp(s, mark, 3) == 0 ? 3 : 0;
}

bool text_printable(uint32_t c)
{
	if (c < 0x20 || (c >= 0x7f && c < 0xa0))
		return false;
	if (c == 0x061c || c == 0x200e || c == 0x200f || c == 0x2028 || c == 0x2029)
		return false;
	return !(c >= 0x202a && c <= 0x202e) && !(c >= 0x2066 && c <= 0x2069) && c != 0xfeff;
}

/* both: a backslash is doubled, so that what is made visible can be told from what was so. */
static void add_visible(struct text *text, const char *s, size_t length, bool both)
{
	const unsigned char *p = (const unsigned char *)s;

	while (length > 0) {
		uint32_t c = 0;
		size_t n = text_character((const char *)p, length, &c);
		if (n && c == '\\' && both)
			text_add(text, "\\\\");
		else if (n && text_printable(c))
			text_addn(text, (const char *)p, n);
		else if (n && c == '\n')
			text_add(text, "\\n");
		else if (n && c == '\t')
			text_add(text, "\\t");
		else
			for (size_t i = 0; i < (n ? n : 1); i++)
				text_addf(text, "\\x%02x", p[i]);
		p += n ? n : 1;
		length -= n ? n : 1;
	}
}

void text_add_visible(struct text *text, const char *s, size_t length)
{
	add_visible(text, s, length, true);
}

void text_add_prose(struct text *text, const char *s, size_t length)
{
	add_visible(text, s, length, false);
}

enum { ROOM = 400 };

/* What is longer than the room is cut: then no more of it is looked at. A short one takes nothing of the heap. */
static const char *cut(char *to, size_t size, const char *s, bool slashes)
{
	char room[4 * ROOM + 1];
	struct text text = size <= ROOM ? (struct text){ .s = room, .cap = sizeof(room) } : (struct text){ 0 };

	room[0] = '\0'; /* of nothing nothing is added */
	add_visible(&text, s, strnlen(s, size), slashes);
	if (text.len < size) {
		memcpy(to, text_of(&text), text.len + 1);
	} else {
		size_t length = size - 4;
		while (length > 0 && ((unsigned char)text.s[length] & 0xc0) == 0x80)
			length--;
		snprintf(to, size, "%.*s...", (int)length, text.s);
	}
	if (size > ROOM)
		text_done(&text);
	return to;
}

const char *visible(char *to, size_t size, const char *s)
{
	return cut(to, size, s, true);
}

static const char *in_turn(const char *s, bool slashes)
{
	static char rooms[8][ROOM];
	static size_t turn;

	turn = (turn + 1) % 8;
	return cut(rooms[turn], sizeof(rooms[turn]), s ? s : "", slashes);
}

const char *vis(const char *s)
{
	return in_turn(s, true);
}

const char *vis_line(const char *s)
{
	return in_turn(s, false);
}

void text_add_c(struct text *text, const char *s)
{
	if (!s) {
		text_add(text, "NULL");
		return;
	}
	cleanup_text struct text plain = { 0 };
	text_add_visible(&plain, s, strlen(s));
	text_add(text, "\"");
	for (const char *p = text_of(&plain); *p; p++) {
		size_t n = p[0] != '\\' ? 1 : p[1] == 'x' ? 4 : 2;
		if (*p == '"')
			text_add(text, "\\");
		text_addn(text, p, n);
		p += n - 1;
		/* In C, \x goes on for as long as hexadecimal digits follow. */
		if (n == 4 && isxdigit((unsigned char)p[1]))
			text_add(text, "\"\"");
	}
	text_add(text, "\"");
}

void text_add_sh(struct text *text, const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_-+=./,:@%^";
	cleanup_text struct text seen = { 0 };
	size_t backslashes = 0;

	if (s[0] && s[strspn(s, plain)] == '\0') {
		text_add(text, s);
		return;
	}
	for (const char *p = s; *p; p++)
		backslashes += *p == '\\';
	text_add_visible(&seen, s, strlen(s));
	/* $'...' is in POSIX.1-2024; it says what plain quotes cannot. */
	bool odd = seen.len != strlen(s) + backslashes;
	text_add(text, odd ? "$'" : "'");
	for (const char *p = odd ? text_of(&seen) : s; *p; p++)
		if (*p == '\'')
			text_add(text, odd ? "\\'" : "'\\''");
		else
			text_addn(text, p, 1);
	text_add(text, "'");
}

size_t character_columns(uint32_t c)
{
	bool wide = (c >= 0x1100 && c < 0x1160) || (c >= 0x2e80 && c < 0xa4d0) ||
		    (c >= 0xac00 && c < 0xd7a4) || (c >= 0xf900 && c < 0xfb00) ||
		    (c >= 0xfe30 && c < 0xfe70) || (c >= 0xff00 && c < 0xff61) ||
		    (c >= 0x1f300 && c < 0x1f650) || (c >= 0x20000 && c < 0x40000);

	return wide ? 2 : 1;
}

size_t text_columns(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t length = strlen(s), columns = 0;

	while (length > 0) {
		uint32_t c = 0;
		size_t n = text_character((const char *)p, length, &c);
		if (c == 0x1b && length > 1 && p[1] == '[') {
			n = 2 + strspn((const char *)p + 2, "0123456789;");
			n += p[n] != '\0';
		} else if (n) {
			columns += character_columns(c);
		}
		p += n ? n : 1;
		length -= n ? n : 1;
	}
	return columns;
}

bool text_begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

bool parse_number(const char *s, uint64_t *ret)
{
	char *end;

	if (s[0] < '0' || s[0] > '9')
		return false;
	errno = 0;
	unsigned long long n = strtoull(s, &end, 0);
	if (errno || *end)
		return false;
	*ret = n;
	return true;
}

size_t text_distance(const char *a, const char *b, size_t limit)
{
	size_t rows[3][64];
	size_t la = strlen(a), lb = strlen(b);

	if (la >= 63 || lb >= 63 || (la > lb ? la - lb : lb - la) > limit)
		return limit + 1;
	for (size_t j = 0; j <= lb; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];
		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t best = above[j - 1] + (a[i - 1] != b[j - 1]);
			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    above2[j - 2] + 1 < best)
				best = above2[j - 2] + 1;
			row[j] = best;
		}
	}
	size_t found = rows[la % 3][lb];
	return found > limit ? limit + 1 : found;
}
