/* The lines of a block: commands, and what they say of themselves; expressions. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "lesson/file/reader.h"
#include "ops/op.h"

/* Goes through the lines of a block that are not blank. */
struct walk {
	const struct fence *fence;
	size_t at, count;
	const char *s; /* the line, of length bytes */
	size_t length;
	int line;      /* its number in the file */
};

static struct walk walk_of(const struct fence *fence)
{
	return (struct walk){ .fence = fence, .line = fence->line };
}

/* Go to the next line: 1, 0 after the last, -1 with err where they are too many. */
static int walk_on(const struct reader *reader, struct walk *walk)
{
	while (walk->at < walk->fence->length) {
		walk->s = walk->fence->s + walk->at;
		walk->length = strcspn(walk->s, "\n");
		walk->at += walk->length + 1;
		walk->line++;
		if (strspn(walk->s, " ") >= walk->length)
			continue;
		if (walk->count == LINES_MOST)
			return lesson_fail(reader->lesson, walk->line, 1, reader->err,
					   "more than %d lines", LINES_MOST);
		walk->count++;
		return 1;
	}
	return 0;
}

/* What a line says of itself in the comment at its end: "fails", "shows WORD...", or both. */
struct remark {
	bool fails;
	const char *shows; /* of length bytes */
	size_t length, bare; /* bare: how many bytes the line has without it */
};

static bool begins(const char **s, const char *end, const char *with)
{
	size_t n = strlen(with);

	if ((size_t)(end - *s) < n || memcmp(*s, with, n) != 0)
		return false;
	*s += n;
	return true;
}

static struct remark remark_of(const char *s, size_t length)
{
	static const char mark[] = " # ";
	const char *end = s + length, *at = NULL;

	while (end > s && end[-1] == ' ')
		end--;
	struct remark ret = { .bare = (size_t)(end - s) };
	for (const char *p = s; (p = memmem(p, (size_t)(end - p), mark, sizeof(mark) - 1)); p++)
		at = p;
	if (!at)
		return ret;
	const char *word = at + sizeof(mark) - 1;
	bool fails = begins(&word, end, "fails");
	bool shows = (!fails || begins(&word, end, ", ")) && begins(&word, end, "shows ");
	if (!shows && (!fails || word != end))
		return ret;
	while (at > s && at[-1] == ' ')
		at--;
	return (struct remark){ fails, word, shows ? (size_t)(end - word) : 0, (size_t)(at - s) };
}

/* "all", or names of calls. */
static int allow_shown(const char *shows, struct error *err)
{
	for (const char *s = shows; *s; s += strcspn(s, " "), s += strspn(s, " ")) {
		size_t length = strcspn(s, " ");
		bool known = length == 3 && memcmp(s, "all", 3) == 0;
		for (int kind = 0; kind < OP_COUNT && !known; kind++)
			known = strlen(op_info((enum op_kind)kind)->name) == length &&
				memcmp(op_info((enum op_kind)kind)->name, s, length) == 0;
		if (known)
			continue;
		fail_id(err, ERR_LESSON_FILE, 0, "shows %.*s: no such call", (int)length, s);
		return fail_fix(err, "the names are those of plan --json; all shows the whole report");
	}
	return 0;
}

int read_commands(struct reader *reader, const struct fence *fence,
			 struct lesson_lines *ret)
{
	struct lesson *lesson = reader->lesson;
	struct walk walk = walk_of(fence);
	int more;

	ret->list = arena_new(&lesson->arena, LINES_MOST * sizeof(*ret->list));
	while ((more = walk_on(reader, &walk)) > 0) {
		struct lesson_line *one = &ret->list[ret->count++];
		struct remark remark = remark_of(walk.s, walk.length);
		*one = (struct lesson_line){
			.s = arena_copyn(&lesson->arena, walk.s, walk.length), .line = walk.line,
			.column = fence->column, .comment = walk.s[strspn(walk.s, " ")] == '#',
			.fails = remark.fails,
			.typed = arena_copyn(&lesson->arena, walk.s, remark.bare),
			.shows = arena_copyn(&lesson->arena, remark.shows, remark.length),
		};
		if (!one->comment &&
		    (lesson_allows(one->s, lesson->own_store, reader->err) < 0 || allow_shown(one->shows, reader->err) < 0))
			return lesson_fail_in(lesson, walk.line, fence->column, reader->err);
	}
	if (more == 0 && !ret->count)
		return lesson_fail(lesson, fence->line, fence->column, reader->err, "%s: no commands",
				   fence->word);
	return more;
}

int read_checks(struct reader *reader, const struct fence *fence, struct lesson_check **ret,
		       size_t *count)
{
	struct lesson *lesson = reader->lesson;
	struct walk walk = walk_of(fence);
	int more;

	*ret = arena_new(&lesson->arena, LINES_MOST * sizeof(**ret));
	while ((more = walk_on(reader, &walk)) > 0) {
		struct lesson_check *one = &(*ret)[(*count)++];
		*one = (struct lesson_check){ NULL, arena_copyn(&lesson->arena, walk.s, walk.length),
					      walk.line, fence->column };
		one->check = check_parse(walk.s, walk.length, 1, &lesson->arena, reader->err);
		if (!one->check)
			return lesson_fail_in(lesson, walk.line, fence->column, reader->err);
	}
	if (more == 0 && !*count)
		return lesson_fail(lesson, fence->line, fence->column, reader->err,
				   "%s: no expressions", fence->word);
	return more;
}
