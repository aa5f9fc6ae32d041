#include "base/message/catalog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "base/message/format.h"

enum { CATALOG_MOST = 8 << 20 };

/* The strings of an entry, in the order in which a file has them. */
enum part { CONTEXT, ID, PLURAL, STR, STR_MANY, PARTS };

static const struct keyword { const char *name; enum part part; } keywords[] = {
	{ "msgctxt ", CONTEXT }, { "msgid ", ID },	 { "msgid_plural ", PLURAL },
	{ "msgstr ", STR },	 { "msgstr[0] ", STR },	 { "msgstr[1] ", STR_MANY },
	{ 0 }
};

struct reader {
	const char *path;
	struct arena *arena;
	struct messages *ret;
	struct error *err;
	int line;
	struct text parts[PARTS];
	bool given[PARTS], fuzzy;
	enum part part; /* the one that a string goes on with */
};

static int refuse(const struct reader *reader, const char *what)
{
	return fail_id(reader->err, ERR_CATALOG, 0, "%s:%d: %s", vis(reader->path), reader->line, what);
}

static void forget(struct reader *reader)
{
	for (size_t i = 0; i < PARTS; i++)
		text_clear(&reader->parts[i]);
	memset(reader->given, 0, sizeof(reader->given));
	reader->fuzzy = false;
	reader->part = PARTS;
}

static bool printable(const struct text *text)
{
	const char *s = text_of(text), *end = s + text->len;

	while (s < end) {
		uint32_t c;
		size_t length = text_character(s, (size_t)(end - s), &c);
		if (!length || !(text_printable(c) || c == '\n' || c == '\t'))
			return false;
		s += length;
	}
	return true;
}

static void grow(struct reader *reader)
{
	struct messages *ret = reader->ret, was = *ret;

	if (ret->room && ret->count < ret->room / 2)
		return;
	ret->room = was.room ? was.room * 2 : 1024;
	ret->slots = arena_new(reader->arena, ret->room * sizeof(*ret->slots));
	for (size_t i = 0; i < was.room; i++)
		if (was.slots[i].english)
			*messages_slot(ret, was.slots[i].english) = was.slots[i];
}

/* The entry that has been read joins the catalog. */
static int keep(struct reader *reader)
{
	const struct text *parts = reader->parts;
	const char *id = text_of(&parts[ID]), *plural = text_of(&parts[PLURAL]);

	if (!reader->given[ID] || reader->given[CONTEXT] || reader->fuzzy || !parts[STR].len)
		return 0;
	if (!*id)
		return strcasestr(text_of(&parts[STR]), "charset=utf-8") ?
			       0 : refuse(reader, "the header does not name UTF-8 as the character set");
	for (int i = STR; i <= STR_MANY; i++) {
		if (!printable(&parts[i]))
			return refuse(reader, "a translation has a control character, or is not UTF-8");
		if (parts[i].len && (!formats_agree(id, text_of(&parts[i])) ||
				     (*plural && !formats_agree(plural, text_of(&parts[i])))))
			return refuse(reader, "a translation does not take the arguments of its message");
	}
	grow(reader);
	struct translation *slot = messages_slot(reader->ret, id);
	if (slot->english)
		return refuse(reader, "a message is translated twice");
	*slot = (struct translation){ arena_copy(reader->arena, id),
				      { arena_copy(reader->arena, text_of(&parts[STR])) } };
	if (parts[STR_MANY].len)
		slot->forms[1] = arena_copy(reader->arena, text_of(&parts[STR_MANY]));
	reader->ret->count++;
	return 0;
}

/* The bytes between two quotes. */
static int take_string(struct reader *reader, const char *s, size_t length)
{
	static const char escapes[] = "ntre\"\\", meant[] = "\n\t\r\033\"\\";
	struct text *to = &reader->parts[reader->part];

	while (length && (s[length - 1] == ' ' || s[length - 1] == '\r'))
		length--;
	if (reader->part == PARTS || length < 2 || s[0] != '"' || s[length - 1] != '"')
		return refuse(reader, "not a line of a PO file");
	for (size_t i = 1; i < length - 1; i++) {
		if (s[i] != '\\') {
			text_addn(to, s + i, 1);
			continue;
		}
		const char *escape = i + 1 < length - 1 ? strchr(escapes, s[++i]) : NULL;
		if (!escape || !*escape)
			return refuse(reader, "an escape that PO files do not have");
		text_addn(to, meant + (escape - escapes), 1);
	}
	return 0;
}

/* A line that begins a string: an entry ends where the next begins. */
static int take_keyword(struct reader *reader, const char *s, size_t length)
{
	for (const struct keyword *keyword = keywords; keyword->name; keyword++) {
		size_t size = strlen(keyword->name);
		if (length <= size || memcmp(s, keyword->name, size) != 0)
			continue;
		if (keyword->part <= ID && reader->given[STR]) {
			if (keep(reader) < 0)
				return -1;
			forget(reader);
		}
		reader->given[keyword->part] = true;
		reader->part = keyword->part;
		return take_string(reader, s + size, length - size);
	}
	return take_string(reader, s, length);
}

static int take_line(struct reader *reader, const char *s, size_t length)
{
	if (length && s[0] != '#' && s[0] != '\r')
		return take_keyword(reader, s, length);
	/* Comments go before their entry. */
	if (reader->given[STR]) {
		if (keep(reader) < 0)
			return -1;
		forget(reader);
	}
	if (length > 2 && s[1] == ',' && memmem(s, length, "fuzzy", 5))
		reader->fuzzy = true;
	return 0;
}

static int read_lines(struct reader *reader, const struct text *file)
{
	const char *s = text_of(file), *end = s + file->len;

	forget(reader);
	while (s < end) {
		const char *newline = memchr(s, '\n', (size_t)(end - s));
		size_t length = (size_t)((newline ? newline : end) - s);
		reader->line++;
		if (take_line(reader, s, length) < 0)
			return -1;
		s += length + (newline != NULL);
	}
	return keep(reader);
}

int catalog_read(const char *path, struct arena *arena, struct messages *ret, struct error *err)
{
	cleanup_text struct text file = { 0 };
	struct reader reader = { .path = path, .arena = arena, .ret = ret, .err = err };

	if (read_file(AT_FDCWD, path, CATALOG_MOST, &file) < 0)
		return fail(err, errno, "read %s", vis(path));
	int status = read_lines(&reader, &file);
	for (size_t i = 0; i < PARTS; i++)
		text_done(&reader.parts[i]);
	return status;
}
