/* The lines of a block: commands and checks. */
#include <string.h>

#include "base/error.h"
#include "lesson/file/reader.h"

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

/* Whether a line ends with the comment "# fails". */
static bool is_to_fail(const char *s, size_t length)
{
	static const char mark[] = " # fails";
	size_t n = sizeof(mark) - 1;

	while (length && s[length - 1] == ' ')
		length--;
	return length > n && memcmp(s + length - n, mark, n) == 0;
}

/* What is shown and run does not tell how it ends. */
static const char *without_mark(const char *s, struct arena *arena)
{
	size_t length = (size_t)(strrchr(s, '#') - s);

	while (length && s[length - 1] == ' ')
		length--;
	return arena_copyn(arena, s, length);
}

int read_commands(struct reader *reader, const struct fence *fence, struct lesson_lines *ret)
{
	struct lesson *lesson = reader->lesson;
	struct walk walk = walk_of(fence);
	int more;

	ret->list = arena_new(&lesson->arena, LINES_MOST * sizeof(*ret->list));
	while ((more = walk_on(reader, &walk)) > 0) {
		struct lesson_line *one = &ret->list[ret->count++];
		*one = (struct lesson_line){
			.s = arena_copyn(&lesson->arena, walk.s, walk.length), .line = walk.line,
			.column = fence->column, .comment = walk.s[strspn(walk.s, " ")] == '#',
			.fails = is_to_fail(walk.s, walk.length),
		};
		one->typed = one->fails ? without_mark(one->s, &lesson->arena) : one->s;
		if (!one->comment && lesson_allows(one->s, reader->err) < 0)
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
