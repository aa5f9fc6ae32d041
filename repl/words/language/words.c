#include "words/language/words.h"

#include <string.h>

#include "base/message.h"
#include "base/text.h"

/* A line being read. cooked has room for the whole line: no word is longer than its text. */
struct reader {
	const char *s;
	size_t length, at;
	struct arena *arena;
	char *cooked;
	size_t used;
	struct error *err;
};

static int refuse(struct reader *reader, size_t at, const char *what)
{
	fail_id(reader->err, ERR_LINE_SYNTAX, 0, "%s", what);
	reader->err->column = (int)at + 1;
	return -1;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool at_end(const struct reader *reader)
{
	return reader->at >= reader->length;
}

static int refuse_control(struct reader *reader, size_t at)
{
	unsigned char c = (unsigned char)reader->s[at];

	fail_id(reader->err, ERR_LINE_SYNTAX, 0, "control character \\x%02x in the line", c);
	reader->err->column = (int)at + 1;
	return fail_fix(reader->err, "write it as $'\\x%02x'", c);
}

/* Control characters come in by accident or by malice; to mean one, write it as $'\x1b'. */
static int check_bytes(struct reader *reader)
{
	for (size_t i = 0; i < reader->length; i++) {
		unsigned char c = (unsigned char)reader->s[i];
		if (c == 0)
			return refuse(reader, i, _("NUL byte in the line"));
		if ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7f)
			return refuse_control(reader, i);
	}
	return 0;
}

static void take(struct reader *reader, char c)
{
	reader->cooked[reader->used++] = c;
}

/* '...': at stands after the opening quote. */
static int read_plain(struct reader *reader, size_t open)
{
	while (!at_end(reader)) {
		char c = reader->s[reader->at++];
		if (c == '\'')
			return 0;
		take(reader, c);
	}
	return refuse(reader, open, _("the quote ' is not closed"));
}

/* "...": a backslash takes only what would have a meaning of its own in sh(1). */
static int read_double(struct reader *reader, size_t open)
{
	while (!at_end(reader)) {
		char c = reader->s[reader->at++];
		if (c == '"')
			return 0;
		if (c == '\\' && !at_end(reader) && strchr("\"\\$`", reader->s[reader->at]))
			c = reader->s[reader->at++];
		take(reader, c);
	}
	return refuse(reader, open, _("the quote \" is not closed"));
}

static int hex(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *found = c ? strchr(digits, c) : NULL;

	return found ? (int)(found - digits) % 16 : -1;
}

/* What follows a backslash in $'...'. */
static int read_escape(struct reader *reader)
{
	size_t at = reader->at - 1;
	char c = at_end(reader) ? '\0' : reader->s[reader->at++];

	switch (c) {
	case 'n':
		take(reader, '\n');
		return 0;
	case 't':
		take(reader, '\t');
		return 0;
	case '\\':
	case '\'':
		take(reader, c);
		return 0;
	case 'x':
		break;
	default:
		return refuse(reader, at, _("$'...' knows \\n, \\t, \\\\, \\' and \\xNN"));
	}
	int high = reader->at + 1 < reader->length ? hex(reader->s[reader->at]) : -1;
	int low = high >= 0 ? hex(reader->s[reader->at + 1]) : -1;
	if (low < 0 || high * 16 + low == 0)
		return refuse(reader, at, _("\\x takes two hexadecimal digits that are not 00"));
	take(reader, (char)(high * 16 + low));
	reader->at += 2;
	return 0;
}

/* $'...': at stands after the opening quote. */
static int read_escaped(struct reader *reader, size_t open)
{
	while (!at_end(reader)) {
		char c = reader->s[reader->at++];
		if (c == '\'')
			return 0;
		if (c != '\\')
			take(reader, c);
		else if (read_escape(reader) < 0)
			return -1;
	}
	return refuse(reader, open, _("the quote $' is not closed"));
}

/* One word, from its first byte to the blank, ";" or end behind it. */
static int read_word(struct reader *reader, struct word *ret)
{
	size_t start = reader->at;
	char *word = reader->cooked + reader->used;
	bool quoted = false;
	int failed = 0;

	while (!failed && !at_end(reader) && !is_blank(reader->s[reader->at]) &&
	       reader->s[reader->at] != ';') {
		size_t at = reader->at++;
		char c = reader->s[at];
		quoted = quoted || strchr("'\"\\$", c);
		if (c == '\n')
			failed = refuse_control(reader, at);
		else if (c == '\'')
			failed = read_plain(reader, at);
		else if (c == '"')
			failed = read_double(reader, at);
		else if (c == '$' && !at_end(reader) && reader->s[reader->at] == '\'')
			failed = (reader->at++, read_escaped(reader, at));
		else if (c == '\\' && at_end(reader))
			failed = refuse(reader, at, _("a backslash with nothing after it"));
		else
			take(reader, c == '\\' ? reader->s[reader->at++] : c);
	}
	take(reader, '\0');
	*ret = (struct word){ word, (int)start + 1, quoted };
	return failed;
}

static void skip_blanks(struct reader *reader)
{
	while (!at_end(reader) && is_blank(reader->s[reader->at]))
		reader->at++;
	if (!at_end(reader) && reader->s[reader->at] == '#')
		reader->at = reader->length;
}

static void end_statement(struct reader *reader, struct statement *statement, size_t end)
{
	size_t start = (size_t)statement->words[0].column - 1;

	while (end > start + 1 && is_blank(reader->s[end - 1]))
		end--;
	statement->column = (int)start + 1;
	statement->text = arena_copyn(reader->arena, reader->s + start, end - start);
}

/* "!CMD": two words, the mark and the rest of the line as it stands. */
static void read_host(struct reader *reader, struct statement *statement)
{
	size_t start = reader->at++, end = reader->length;

	while (!at_end(reader) && is_blank(reader->s[reader->at]))
		reader->at++;
	while (end > reader->at && is_blank(reader->s[end - 1]))
		end--;
	statement->words[0] = (struct word){ "!", (int)start + 1 };
	statement->count = 1;
	if (end > reader->at)
		statement->words[statement->count++] = (struct word){
			arena_copyn(reader->arena, reader->s + reader->at, end - reader->at),
			(int)reader->at + 1
		};
	reader->at = reader->length;
	end_statement(reader, statement, end);
}

/* The words up to ";" or the end. Where a word begins, "#" begins a comment. */
static int read_statement(struct reader *reader, struct statement *statement)
{
	size_t end = reader->at;

	if (reader->s[reader->at] == '!') {
		read_host(reader, statement);
		return 0;
	}
	while (!at_end(reader) && reader->s[reader->at] != ';') {
		if (read_word(reader, &statement->words[statement->count]) < 0)
			return -1;
		statement->count++;
		end = reader->at;
		skip_blanks(reader);
	}
	end_statement(reader, statement, end);
	return 0;
}

int words_split(const char *s, size_t length, struct arena *arena, struct statement **ret,
		size_t *count, struct error *err)
{
	struct reader reader = { .s = s, .length = length, .arena = arena, .err = err };

	if (length > LINE_BYTES)
		return fail_id(err, ERR_LINE_LONG, 0, "line longer than 64 KiB");
	if (check_bytes(&reader) < 0)
		return -1;
	/* Each word takes a byte of text and one that ends it, but the last. */
	size_t most = length / 2 + 1;
	struct word *words = arena_new(arena, (most + 1) * sizeof(*words));
	struct statement *list = arena_new(arena, most * sizeof(*list));
	size_t found = 0;
	reader.cooked = arena_new(arena, length + 2);
	for (skip_blanks(&reader); !at_end(&reader); skip_blanks(&reader)) {
		if (reader.s[reader.at] == ';') {
			reader.at++;
			continue;
		}
		list[found].words = words;
		if (read_statement(&reader, &list[found]) < 0)
			return -1;
		words += list[found++].count;
	}
	*ret = list;
	*count = found;
	return 0;
}

enum unclosed words_unclosed(const char *s, size_t length)
{
	bool word = false; /* within one, where # is not a comment */
	char quote = '\0';

	for (size_t i = 0; i < length; i++) {
		char c = s[i];
		if (c == '\\' && quote != '\'') {
			if (++i == length)
				return OPEN_BACKSLASH;
			word = true;
		} else if (quote) {
			/* $'...' alone knows a backslash among those that ' opens. */
			quote = c == (quote == '$' ? '\'' : quote) ? '\0' : quote;
		} else if (c == '\'' || c == '"') {
			quote = c == '\'' && i && s[i - 1] == '$' ? '$' : c;
			word = true;
		} else if (c == '#' && !word) {
			const char *end = memchr(s + i, '\n', length - i);
			i = end ? (size_t)(end - s) : length;
		} else {
			word = !is_blank(c) && c != ';' && c != '\n';
		}
	}
	return quote ? OPEN_QUOTE : CLOSED;
}

void words_unfinished(const char *s, size_t length, struct arena *arena, struct unfinished *ret)
{
	struct error unused = { 0 };
	struct reader reader = { .s = s, .length = length, .arena = arena, .err = &unused };
	struct word *words = arena_new(arena, (length / 2 + 2) * sizeof(*words));
	size_t last_end = 0;

	*ret = (struct unfinished){ .words = words, .partial = "" };
	/* A word may lack its closing quote, but still takes one byte to end it. */
	reader.cooked = arena_new(arena, 2 * length + 2);
	for (skip_blanks(&reader); !at_end(&reader); skip_blanks(&reader)) {
		if (reader.s[reader.at] == ';') {
			reader.at++;
			ret->count = 0;
			continue;
		}
		if (ret->count == 0 && reader.s[reader.at] == '!') {
			ret->host = true;
			return;
		}
		/* What cannot be read ends where it went wrong: the cursor stands there. */
		read_word(&reader, &words[ret->count++]);
		last_end = reader.at;
	}
	if (ret->count && last_end == length)
		ret->partial = words[--ret->count].s;
}
