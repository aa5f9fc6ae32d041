/* From a file to a lesson. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "lesson/file/front.h"
#include "lesson/file/reader.h"

int lesson_fail(const struct lesson *lesson, int line, int column, struct error *err,
		const char *format, ...)
{
	char what[sizeof(err->what)];
	va_list args;

	va_start(args, format);
	message_print(what, sizeof(what), format, args);
	va_end(args);
	return fail_id(err, ERR_LESSON_FILE, 0, "%s:%d:%d: %s", vis(lesson->path), line, column, what);
}

int lesson_fail_in(const struct lesson *lesson, int line, int column, struct error *err)
{
	int within = err->column > 0 ? err->column - 1 : 0;

	fail_wrap(err, "%s:%d:%d", vis(lesson->path), line, column + within);
	err->column = 0;
	return -1;
}

/* UTF-8 without control characters, so that every text of the lesson can be printed. */
static int check_bytes(const struct lesson *lesson, const char *s, size_t length,
		       struct error *err)
{
	int line = 1;
	size_t begin = 0, at = 0;

	while (at < length) {
		uint32_t c = 0;
		size_t n = text_character(s + at, length - at, &c);
		int column = (int)(at - begin) + 1;
		if (!n)
			return lesson_fail(lesson, line, column, err, "byte \\x%02x is not UTF-8",
					   (unsigned char)s[at]);
		if (c == 0)
			return lesson_fail(lesson, line, column, err, "a NUL byte");
		if (c == '\n') {
			line++;
			begin = at + 1;
		} else if (c != '\t' && !text_printable(c)) {
			return lesson_fail(lesson, line, column, err,
					   "control character U+%04X", (unsigned)c);
		}
		at += n;
	}
	return 0;
}

/* "02-pid.md": number 2, name "pid". */
static void name_by_path(struct lesson *lesson)
{
	const char *file = path_name(lesson->path);
	size_t length = strlen(file);

	if (length > 3 && strcmp(file + length - 3, ".md") == 0)
		length -= 3;
	if (length > 3 && file[0] >= '0' && file[0] <= '9' && file[1] >= '0' && file[1] <= '9' &&
	    file[2] == '-') {
		lesson->number = (file[0] - '0') * 10 + (file[1] - '0');
		file += 3;
		length -= 3;
	}
	lesson->name = arena_copyn(&lesson->arena, file, length);
}

static struct lesson *lesson_new(const char *path)
{
	struct lesson *lesson = calloc(1, sizeof(*lesson));

	if (!lesson)
		out_of_memory();
	lesson->path = arena_copy(&lesson->arena, path);
	name_by_path(lesson);
	return lesson;
}

void lesson_free(struct lesson *lesson)
{
	if (!lesson)
		return;
	arena_done(&lesson->arena);
	free(lesson);
}

/* The text with "\r\n" as "\n". */
static void take_returns(struct text *text)
{
	size_t to = 0;

	for (size_t i = 0; i < text->len; i++)
		if (text->s[i] != '\r' || i + 1 == text->len || text->s[i + 1] != '\n')
			text->s[to++] = text->s[i];
	text->len = to;
	if (text->s)
		text->s[to] = '\0';
}

static int parse(struct lesson *lesson, const char *s, size_t length, bool glance,
		 struct error *err)
{
	struct reader reader = { .lesson = lesson, .err = err, .heading = "" };
	size_t body = 0;

	if (check_bytes(lesson, s, length, err) < 0 ||
	    front_read(lesson, s, length, &body, &reader.first, err) < 0)
		return -1;
	if (glance)
		return 0;
	reader.s = s + body;
	reader.length = length - body;
	lesson->steps = arena_new(&lesson->arena, STEPS_MOST * sizeof(*lesson->steps));
	reader.step = lesson->steps;
	return read_document(&reader);
}

static struct lesson *parse_new(const char *path, const char *s, size_t length, bool glance,
				struct error *err)
{
	struct lesson *lesson = lesson_new(path);
	cleanup_text struct text text = { 0 };
	size_t mark = text_mark(s, length);

	text_addn(&text, s + mark, length - mark);
	take_returns(&text);
	if (parse(lesson, text_of(&text), text.len, glance, err) == 0)
		return lesson;
	lesson_free(lesson);
	return NULL;
}

static struct lesson *read_path(const char *path, bool glance, struct error *err)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	cleanup_text struct text text = { 0 };
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		fail(err, errno, "open %s", vis(path));
		return NULL;
	}
	if (!S_ISREG(st.st_mode)) {
		fail(err, S_ISDIR(st.st_mode) ? EISDIR : 0, "%s: not a text file", vis(path));
		return NULL;
	}
	if (read_fd(fd, LESSON_BYTES, &text) < 0) {
		int code = errno;
		if (code == EFBIG)
			fail_id(err, ERR_LESSON_FILE, 0, "%s:1:1: larger than a lesson can be (%d KiB)", vis(path),
			     LESSON_BYTES / 1024);
		else
			fail(err, code, "read %s", vis(path));
		return NULL;
	}
	return parse_new(path, text_of(&text), text.len, glance, err);
}

struct lesson *lesson_read(const char *path, struct error *err)
{
	return read_path(path, false, err);
}

struct lesson *lesson_glance(const char *path, struct error *err)
{
	return read_path(path, true, err);
}

struct lesson *lesson_parse(const char *path, const char *s, size_t length, struct error *err)
{
	return parse_new(path, s, length, false, err);
}

int lesson_step_called(const struct lesson *lesson, const char *id)
{
	for (size_t i = 0; i < lesson->count; i++)
		if (strcmp(lesson->steps[i].id, id) == 0)
			return (int)i;
	return -1;
}

int lesson_step_meant(const struct lesson *lesson, const char *s, size_t *ret, struct error *err)
{
	int step = lesson_step_called(lesson, s);
	uint64_t number;

	if (step < 0 && parse_number(s, &number) && number && number <= lesson->count)
		step = (int)number - 1;
	if (step < 0) {
		fail_id(err, ERR_LESSON_NONE, 0, "lesson %s has no step %s", lesson->name, vis(s));
		return fail_fix(err, "a number from 1 to %zu, or a name; progress lists them", lesson->count);
	}
	*ret = (size_t)step;
	return 0;
}

const struct need *lesson_lacks(const struct lesson *lesson, const struct lesson_step *step,
				struct facts *facts, struct error *err)
{
	const struct need *list = step ? step->needs : lesson->needs;
	size_t count = step ? step->need_count : lesson->need_count;

	for (size_t i = 0; i < count; i++)
		if (!need_met(&list[i], facts, err))
			return &list[i];
	return NULL;
}
