#include "lesson/file/front.h"

#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "base/text.h"

enum { TITLE_COLUMNS = 60, SUMMARY_COLUMNS = 70, MOST_MINUTES = 60, LIST_MOST = 16 };

/* One "key: value". */
struct entry {
	const char *key, *value;
	size_t key_length, value_length;
	int line, column; /* of the value */
};

bool is_id(const char *s, size_t length)
{
	if (!length || length > LESSON_ID || s[0] < 'a' || s[0] > 'z')
		return false;
	for (size_t i = 0; i < length; i++)
		if (!(s[i] >= 'a' && s[i] <= 'z') && !(s[i] >= '0' && s[i] <= '9') && s[i] != '-')
			return false;
	return true;
}

/* Call each for every item of a list separated by commas. */
typedef int each_item(struct lesson *lesson, const char *s, size_t length, int line, int column,
		      void *context, struct error *err);

static int read_list(struct lesson *lesson, const char *s, size_t length, int line, int column,
		     each_item *each, void *context, struct error *err)
{
	size_t at = 0;

	while (at < length) {
		const char *comma = memchr(s + at, ',', length - at);
		size_t end = comma ? (size_t)(comma - s) : length, from = at, to = end;
		while (from < to && (s[from] == ' ' || s[from] == '\n'))
			from++;
		while (to > from && (s[to - 1] == ' ' || s[to - 1] == '\n'))
			to--;
		if (from == to)
			return lesson_fail(lesson, line, column + (int)at, err,
					   "a comma needs a word before and behind it");
		if (each(lesson, s + from, to - from, line, column + (int)from, context, err) < 0)
			return -1;
		at = end + 1;
		if (comma && at >= length)
			return lesson_fail(lesson, line, column + (int)end, err,
					   "a comma needs a word before and behind it");
	}
	return 0;
}

struct needs {
	struct need *list;
	size_t count;
};

static int add_need(struct lesson *lesson, const char *s, size_t length, int line, int column,
		    void *context, struct error *err)
{
	struct needs *needs = context;

	if (needs->count == LIST_MOST)
		return lesson_fail(lesson, line, column, err, "more than %d needs", LIST_MOST);
	if (need_parse(s, length, &needs->list[needs->count], err) < 0) {
		err->column = 1;
		return lesson_fail_in(lesson, line, column, err);
	}
	needs->count++;
	return 0;
}

int front_needs(struct lesson *lesson, const char *s, size_t length, int line, int column,
		struct need **ret, size_t *count, struct error *err)
{
	struct needs needs = { arena_new(&lesson->arena, LIST_MOST * sizeof(*needs.list)), 0 };

	if (read_list(lesson, s, length, line, column, add_need, &needs, err) < 0)
		return -1;
	*ret = needs.list;
	*count = needs.count;
	return 0;
}

static int add_after(struct lesson *lesson, const char *s, size_t length, int line, int column,
		     void *context, struct error *err)
{
	(void)context;
	if (!is_id(s, length))
		return lesson_fail(lesson, line, column, err, "%s: not a valid name for a lesson",
				   vis(arena_copyn(&lesson->arena, s, length)));
	if (lesson->after_count == LIST_MOST)
		return lesson_fail(lesson, line, column, err, "after: more than %d lessons",
				   LIST_MOST);
	lesson->after[lesson->after_count++] = arena_copyn(&lesson->arena, s, length);
	return 0;
}

/* ---- keys ---- */

static int set_line(struct lesson *lesson, const struct entry *entry, size_t most,
		    const char **ret, struct error *err)
{
	const char *value = arena_copyn(&lesson->arena, entry->value, entry->value_length);
	size_t columns = text_columns(value);

	if (columns > most)
		return lesson_fail(lesson, entry->line, entry->column, err,
				   "%.*s: %zu columns wide, and %zu are the most",
				   (int)entry->key_length, entry->key, columns, most);
	*ret = value;
	return 0;
}

static int set_title(struct lesson *lesson, const struct entry *entry, struct error *err)
{
	return set_line(lesson, entry, TITLE_COLUMNS, &lesson->title, err);
}

static int set_summary(struct lesson *lesson, const struct entry *entry, struct error *err)
{
	return set_line(lesson, entry, SUMMARY_COLUMNS, &lesson->summary, err);
}

static int set_minutes(struct lesson *lesson, const struct entry *entry, struct error *err)
{
	const char *value = arena_copyn(&lesson->arena, entry->value, entry->value_length);
	uint64_t number;

	if (!parse_number(value, &number) || number < 1 || number > MOST_MINUTES)
		return lesson_fail(lesson, entry->line, entry->column, err,
				   "minutes: %s: not a number from 1 to %d", vis(value), MOST_MINUTES);
	lesson->minutes = (int)number;
	return 0;
}

static int set_needs(struct lesson *lesson, const struct entry *entry, struct error *err)
{
	return front_needs(lesson, entry->value, entry->value_length, entry->line, entry->column,
			   &lesson->needs, &lesson->need_count, err);
}

static int set_after(struct lesson *lesson, const struct entry *entry, struct error *err)
{
	lesson->after = arena_new(&lesson->arena, LIST_MOST * sizeof(*lesson->after));
	lesson->after_line = entry->line;
	return read_list(lesson, entry->value, entry->value_length, entry->line, entry->column,
			 add_after, NULL, err);
}

/* What it may have of its own is one word. */
static int set_store(struct lesson *lesson, const struct entry *entry, struct error *err)
{
	lesson->own_store = entry->value_length == 3 && memcmp(entry->value, "own", 3) == 0;
	if (lesson->own_store)
		return 0;
	lesson_fail(lesson, entry->line, entry->column, err, "store: %s: not own",
		    vis(arena_copyn(&lesson->arena, entry->value, entry->value_length)));
	return fail_fix(err, "leave the line out for a lesson without images of its own");
}

static const struct {
	const char *name;
	int (*set)(struct lesson *lesson, const struct entry *entry, struct error *err);
	bool must;
} keys[] = {
	{ "title", set_title, true },
	{ "summary", set_summary, true },
	{ "minutes", set_minutes, true },
	{ "needs", set_needs, false },
	{ "after", set_after, false },
	{ "store", set_store, false },
};
enum { KEYS = COUNT(keys) };

static int set_key(struct lesson *lesson, const struct entry *entry, bool *given,
		   struct error *err)
{
	for (size_t i = 0; i < KEYS; i++) {
		if (strlen(keys[i].name) != entry->key_length ||
		    memcmp(keys[i].name, entry->key, entry->key_length) != 0)
			continue;
		if (given[i])
			return lesson_fail(lesson, entry->line, 1, err, "%s is given twice",
					   keys[i].name);
		given[i] = true;
		return keys[i].set(lesson, entry, err);
	}
	lesson_fail(lesson, entry->line, 1, err, "unknown key: %s",
		    vis(arena_copyn(&lesson->arena, entry->key, entry->key_length)));
	return fail_fix(err, "one of: title, summary, minutes, needs, after, store");
}

static int read_entry(struct lesson *lesson, const char *s, size_t length, int line,
		      struct entry *ret, struct error *err)
{
	const char *colon = memchr(s, ':', length);

	if (!colon) {
		lesson_fail(lesson, line, 1, err, "no \"key: value\" in the front matter");
		return fail_fix(err, "a line \"---\" ends it");
	}
	size_t at = (size_t)(colon - s) + 1;
	while (at < length && s[at] == ' ')
		at++;
	while (length > at && s[length - 1] == ' ')
		length--;
	*ret = (struct entry){ s, s + at, (size_t)(colon - s), length - at, line, (int)at + 1 };
	if (at == length)
		return lesson_fail(lesson, line, (int)at, err, "%s has no value",
				   vis(arena_copyn(&lesson->arena, s, ret->key_length)));
	return 0;
}

int front_read(struct lesson *lesson, const char *s, size_t length, size_t *body, int *line,
	       struct error *err)
{
	bool given[KEYS] = { 0 }, open = false;
	size_t at = 0;

	for (int number = 1; at < length; number++) {
		const char *end = memchr(s + at, '\n', length - at);
		size_t n = end ? (size_t)(end - (s + at)) : length - at;
		bool mark = n == 3 && memcmp(s + at, "---", 3) == 0;
		struct entry entry;
		if (number == 1 && !mark)
			break;
		if (number > 1 && mark) {
			*body = at + n + (end != NULL);
			*line = number + 1;
			open = true;
			break;
		}
		if (number > 1 && (read_entry(lesson, s + at, n, number, &entry, err) < 0 ||
				   set_key(lesson, &entry, given, err) < 0))
			return -1;
		at += n + 1;
	}
	if (at == 0)
		return lesson_fail(lesson, 1, 1, err, "the first line is not \"---\": no front matter");
	if (!open)
		return lesson_fail(lesson, 1, 1, err, "the front matter is not ended by a line \"---\"");
	for (size_t i = 0; i < KEYS; i++)
		if (keys[i].must && !given[i])
			return lesson_fail(lesson, 1, 1, err, "the front matter has no %s",
					   keys[i].name);
	return 0;
}
