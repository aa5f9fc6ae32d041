/* From a file to a lesson. */
#include <cmark.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/path.h"
#include "base/text.h"
#include "lesson/file/front.h"
#include "lesson/file/lesson.h"

enum { STEPS_MOST = 200, LINES_MOST = 200, HINTS_MOST = 20 };

enum block {
	BLOCK_DEMO, BLOCK_TASK, BLOCK_REMEMBER, BLOCK_PREDICT, BLOCK_NEEDS, BLOCK_CHECK, BLOCK_HINT,
	BLOCK_WRONG, BLOCK_SOLUTION, BLOCK_EXPLAIN, BLOCK_PLAIN
};

static const struct {
	const char *word;
	enum block block;
	bool id;
} words[] = {
	{ "demo", BLOCK_DEMO, true },	      { "task", BLOCK_TASK, true },
	{ "remember", BLOCK_REMEMBER, true }, { "predict", BLOCK_PREDICT },
	{ "needs", BLOCK_NEEDS },	      { "check", BLOCK_CHECK },
	{ "hint", BLOCK_HINT },		      { "wrong", BLOCK_WRONG },
	{ "solution", BLOCK_SOLUTION },	      { "explain", BLOCK_EXPLAIN },
	{ "text", BLOCK_PLAIN },	      { "console", BLOCK_PLAIN },
	{ "c", BLOCK_PLAIN },		      { "sh", BLOCK_PLAIN },
	{ "json", BLOCK_PLAIN },
};
enum { WORDS = COUNT(words) };

/* One fenced block. */
struct fence {
	enum block block;
	const char *word;         /* its kind, as written */
	const char *rest;         /* of the info string, behind the kind */
	int rest_column;
	const char *s;            /* what is in it */
	size_t length;
	int line, column;         /* of the fence */
};

struct reader {
	struct lesson *lesson;
	struct error *err;
	const char *s;            /* the file behind the front matter */
	size_t length;
	int first;                /* the line it begins with */
	struct lesson_step *step; /* being read: the prose before it, then its blocks */
	bool begun;               /* it has its demo, task or remember */
	bool solved;              /* it has its solution */
	bool led;                 /* its text has ended, its demo or task comes next */
	int text_line;            /* where the prose that is being gathered begins, 0 for none */
	const char *heading;
};

/* ---- failing ---- */

int lesson_fail(const struct lesson *lesson, int line, int column, struct error *err,
		const char *format, ...)
{
	char what[sizeof(err->what)];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
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

/* ---- bytes ---- */

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

/* ---- the lines of a block ---- */

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

static int read_commands(struct reader *reader, const struct fence *fence,
			 struct lesson_lines *ret)
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
		if (!one->comment && lesson_allows(one->s, reader->err) < 0)
			return lesson_fail_in(lesson, walk.line, fence->column, reader->err);
	}
	if (more == 0 && !ret->count)
		return lesson_fail(lesson, fence->line, fence->column, reader->err, "%s: no commands",
				   fence->word);
	return more;
}

static int read_checks(struct reader *reader, const struct fence *fence)
{
	struct lesson *lesson = reader->lesson;
	struct lesson_step *step = reader->step;
	struct walk walk = walk_of(fence);
	int more;

	step->checks = arena_new(&lesson->arena, LINES_MOST * sizeof(*step->checks));
	while ((more = walk_on(reader, &walk)) > 0) {
		struct lesson_check *one = &step->checks[step->check_count++];
		*one = (struct lesson_check){ NULL, arena_copyn(&lesson->arena, walk.s, walk.length),
					      walk.line, fence->column };
		one->check = check_parse(walk.s, walk.length, 1, &lesson->arena, reader->err);
		if (!one->check)
			return lesson_fail_in(lesson, walk.line, fence->column, reader->err);
	}
	if (more == 0 && !step->check_count)
		return lesson_fail(lesson, fence->line, fence->column, reader->err,
				   "check: no expressions");
	return more;
}

/* ---- blocks ---- */

static int refuse(struct reader *reader, const struct fence *fence, const char *what,
		  const char *fix)
{
	lesson_fail(reader->lesson, fence->line, fence->column, reader->err, "%s: %s", fence->word,
		    what);
	return fix ? fail_fix(reader->err, "%s", fix) : -1;
}

static struct passage passage_of(const struct fence *fence)
{
	return (struct passage){ fence->s, fence->length, fence->line + 1 };
}

static int need_text(struct reader *reader, const struct fence *fence)
{
	return strspn(fence->s, " \n\t") == fence->length ? refuse(reader, fence, "is empty", NULL) : 0;
}

/* The prose gathered so far ends before a line. */
static struct passage end_text(struct reader *reader, int line)
{
	const char *s = reader->s, *end;
	struct passage ret = { NULL, 0, reader->text_line };

	if (!reader->text_line)
		return ret;
	for (int number = reader->first; number < reader->text_line; number++)
		s = (const char *)memchr(s, '\n', reader->length - (size_t)(s - reader->s)) + 1;
	end = s;
	for (int number = reader->text_line; number < line && *end; number++) {
		end += strcspn(end, "\n");
		end += *end == '\n';
	}
	while (end > s && (end[-1] == '\n' || end[-1] == ' '))
		end--;
	ret.length = (size_t)(end - s);
	ret.s = arena_copyn(&reader->lesson->arena, s, ret.length);
	reader->text_line = 0;
	return ret;
}

/* Nothing more belongs to the step: see that it has what it must have. */
static int close_step(struct reader *reader)
{
	struct lesson_step *step = reader->step;
	struct lesson *lesson = reader->lesson;
	static const char fix[] = "what belongs to a task follows it, without prose between";

	if (!reader->begun)
		return 0;
	if (step->kind == STEP_TASK && (!step->check_count || !reader->solved)) {
		lesson_fail(lesson, step->line, 1, reader->err, "task %s has no %s", step->id,
			    step->check_count ? "solution" : "check");
		return fail_fix(reader->err, "%s", fix);
	}
	for (size_t i = 0; i < step->hint_count; i++)
		if (step->hints[i].state && !step->hints[i].wrong.count) {
			lesson_fail(lesson, step->hints[i].text.line - 1, 1, reader->err,
				    "hint if: no wrong block follows it");
			return fail_fix(reader->err, "a wrong block has the commands that lead into "
					"that state, so that the hint can be proven");
		}
	if (lesson->count + 1 == STEPS_MOST)
		return lesson_fail(lesson, step->line, 1, reader->err, "more than %d steps",
				   STEPS_MOST - 1);
	lesson->count++;
	reader->step = &lesson->steps[lesson->count];
	reader->begun = reader->solved = false;
	return 0;
}

static int begin_step(struct reader *reader, const struct fence *fence)
{
	static const enum step_kind kinds[] = {
		[BLOCK_DEMO] = STEP_DEMO, [BLOCK_TASK] = STEP_TASK, [BLOCK_REMEMBER] = STEP_REMEMBER,
	};
	struct lesson *lesson = reader->lesson;
	struct lesson_step *step = reader->step;

	if (!is_id(fence->rest, strlen(fence->rest)))
		return refuse(reader, fence, fence->rest[0] ? "not a valid id" : "an id is missing",
			      "an id is lower-case letters, digits and \"-\": demo first-look");
	int other = lesson_step_called(lesson, fence->rest);
	if (other >= 0) {
		lesson_fail(lesson, fence->line, fence->column, reader->err,
			    "%s: the id %s is taken, by line %d", fence->word, fence->rest,
			    lesson->steps[other].line);
		return -1;
	}
	if (fence->block == BLOCK_REMEMBER && (step->predict.s || step->need_count))
		return refuse(reader, fence, "predict and needs stand before a demo or task", NULL);
	if (fence->block != BLOCK_DEMO && need_text(reader, fence) < 0)
		return -1;
	step->kind = kinds[fence->block];
	step->id = fence->rest;
	step->line = fence->line;
	step->heading = reader->heading;
	if (!reader->led)
		step->text = end_text(reader, fence->line);
	reader->led = false;
	reader->begun = true;
	if (fence->block == BLOCK_DEMO)
		return read_commands(reader, fence, &step->lines);
	step->words = passage_of(fence);
	return 0;
}

static int take_hint(struct reader *reader, const struct fence *fence)
{
	struct lesson_step *step = reader->step;
	struct lesson *lesson = reader->lesson;
	const char *rest = fence->rest;

	if (!step->hints)
		step->hints = arena_new(&lesson->arena, HINTS_MOST * sizeof(*step->hints));
	if (step->hint_count == HINTS_MOST)
		return refuse(reader, fence, "more than 20 in one task", NULL);
	struct lesson_hint *hint = &step->hints[step->hint_count++];
	*hint = (struct lesson_hint){ .text = passage_of(fence) };
	if (need_text(reader, fence) < 0)
		return -1;
	if (!rest[0])
		return 0;
	if (strncmp(rest, "if ", 3) != 0)
		return refuse(reader, fence, "only \"if EXPR\" may follow", NULL);
	hint->state_text = arena_copy(&lesson->arena, rest + 3);
	hint->state = check_parse(rest + 3, strlen(rest + 3), 1, &lesson->arena, reader->err);
	return hint->state ? 0 : lesson_fail_in(lesson, fence->line, fence->rest_column + 3,
						reader->err);
}

static int take_wrong(struct reader *reader, const struct fence *fence)
{
	struct lesson_step *step = reader->step;
	struct lesson_hint *hint = step->hint_count ? &step->hints[step->hint_count - 1] : NULL;

	if (!hint || !hint->state || hint->wrong.count)
		return refuse(reader, fence, "it does not follow a hint if", NULL);
	return read_commands(reader, fence, &hint->wrong);
}

/* Blocks before the demo or task. */
static int take_lead(struct reader *reader, const struct fence *fence)
{
	struct lesson_step *step = reader->step;

	/* Prose behind it would be shown before it. */
	if (reader->text_line || fence->block == BLOCK_PREDICT) {
		if (!reader->led)
			step->text = end_text(reader, fence->line);
		reader->led = true;
	}
	if (fence->block == BLOCK_PREDICT) {
		if (step->predict.s)
			return refuse(reader, fence, "there is one already in this step", NULL);
		step->predict = passage_of(fence);
		return need_text(reader, fence);
	}
	if (step->need_count)
		return refuse(reader, fence, "there is one already in this step", NULL);
	if (need_text(reader, fence) < 0)
		return -1;
	return front_needs(reader->lesson, fence->s, fence->length, fence->line + 1, fence->column,
			   &step->needs, &step->need_count, reader->err);
}

/* Blocks behind it. */
static int take_follower(struct reader *reader, const struct fence *fence)
{
	struct lesson_step *step = reader->step;
	bool task = reader->begun && step->kind == STEP_TASK;
	bool demo = reader->begun && step->kind == STEP_DEMO;

	if (!task && !(demo && (fence->block == BLOCK_CHECK || fence->block == BLOCK_EXPLAIN)))
		return refuse(reader, fence, demo ? "it belongs behind a task, this is a demo" :
						    "it does not follow a task",
			      "what belongs to a task follows it, without prose between");
	switch (fence->block) {
	case BLOCK_CHECK:
		return step->check_count ? refuse(reader, fence, "there is one already", NULL) :
					   read_checks(reader, fence);
	case BLOCK_HINT:
		return take_hint(reader, fence);
	case BLOCK_WRONG:
		return take_wrong(reader, fence);
	case BLOCK_SOLUTION:
		if (reader->solved)
			return refuse(reader, fence, "there is one already", NULL);
		reader->solved = true;
		return read_commands(reader, fence, &step->lines);
	default:
		if (step->explain.s)
			return refuse(reader, fence, "there is one already", NULL);
		step->explain = passage_of(fence);
		return need_text(reader, fence);
	}
}

static int take_fence(struct reader *reader, const struct fence *fence)
{
	switch (fence->block) {
	case BLOCK_PLAIN:
		return 0;
	case BLOCK_DEMO:
	case BLOCK_TASK:
	case BLOCK_REMEMBER:
		return close_step(reader) < 0 ? -1 : begin_step(reader, fence);
	case BLOCK_PREDICT:
	case BLOCK_NEEDS:
		return close_step(reader) < 0 ? -1 : take_lead(reader, fence);
	case BLOCK_CHECK:
	case BLOCK_HINT:
	case BLOCK_WRONG:
	case BLOCK_SOLUTION:
	case BLOCK_EXPLAIN:
		break;
	}
	return take_follower(reader, fence);
}

/* ---- the document ---- */

static int fail_unknown(struct reader *reader, const char *word, int line, int column)
{
	const char *near = NULL;

	for (size_t i = 0; i < WORDS; i++)
		if (text_distance(words[i].word, word, 2) <= 2)
			near = words[i].word;
	lesson_fail(reader->lesson, line, column, reader->err, "unknown kind of block: %s", vis(word));
	if (near)
		return fail_fix(reader->err, "did you mean %s?", near);
	return fail_fix(reader->err, "demo task remember predict needs check hint wrong solution "
			"explain, or text console c sh json for what is only to be read");
}

/* What a fence's info string says. 1: it is one of ours, 0: plain text. */
static int read_info(struct reader *reader, cmark_node *node, struct fence *ret)
{
	const char *info = cmark_node_get_fence_info(node);
	struct arena *arena = &reader->lesson->arena;
	int line = cmark_node_get_start_line(node) + reader->first - 1;
	int column = cmark_node_get_start_column(node);

	*ret = (struct fence){ .block = BLOCK_PLAIN, .line = line, .column = column };
	if (!info || !info[0])
		return 0;
	size_t length = strcspn(info, " ");
	ret->word = arena_copyn(arena, info, length);
	info += length;
	size_t blanks = strspn(info, " ");
	ret->rest = arena_copy(arena, info + blanks);
	ret->rest_column = column + 3 + (int)(length + blanks);
	for (size_t i = 0; i < WORDS; i++) {
		if (strcmp(words[i].word, ret->word) != 0)
			continue;
		ret->block = words[i].block;
		if (ret->rest[0] && !words[i].id && words[i].block != BLOCK_HINT)
			return refuse(reader, ret, "nothing may follow on that line", NULL);
		return ret->block != BLOCK_PLAIN;
	}
	return fail_unknown(reader, ret->word, line, column);
}

/* Text and code below a node, without marks. */
static const char *plain_text(struct reader *reader, cmark_node *node)
{
	cleanup_text struct text text = { 0 };
	cmark_iter *iter = cmark_iter_new(node);
	cmark_event_type event;

	while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
		cmark_node *at = cmark_iter_get_node(iter);
		const char *s = event == CMARK_EVENT_ENTER ? cmark_node_get_literal(at) : NULL;
		if (s)
			text_add_prose(&text, s, strlen(s));
		else if (cmark_node_get_type(at) == CMARK_NODE_SOFTBREAK)
			text_add(&text, " ");
	}
	cmark_iter_free(iter);
	return arena_copy(&reader->lesson->arena, text_of(&text));
}

/* Blocks of ours count only at the top, and HTML that is no comment nowhere. */
static int check_inside(struct reader *reader, cmark_node *top)
{
	cmark_iter *iter = cmark_iter_new(top);
	cmark_event_type event;
	struct fence fence;
	int failed = 0;

	while (!failed && (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
		cmark_node *node = cmark_iter_get_node(iter);
		cmark_node_type type = cmark_node_get_type(node);
		int line = cmark_node_get_start_line(node) + reader->first - 1;
		int column = cmark_node_get_start_column(node);
		if (event != CMARK_EVENT_ENTER)
			continue;
		if (type == CMARK_NODE_CODE_BLOCK && node != top) {
			failed = read_info(reader, node, &fence);
			if (failed > 0)
				failed = refuse(reader, &fence, "it lies inside a list or a quote",
						"begin its line with the fence");
		} else if (type == CMARK_NODE_HTML_BLOCK || type == CMARK_NODE_HTML_INLINE) {
			const char *s = cmark_node_get_literal(node);
			if (s && strncmp(s + strspn(s, " "), "<!--", 4) != 0) {
				if (line < reader->first) /* of inline nodes cmark tells no place */
					line = cmark_node_get_start_line(top) + reader->first - 1;
				failed = lesson_fail(reader->lesson, line, column > 0 ? column : 1,
						     reader->err, "HTML is not shown");
				fail_fix(reader->err, "write it in Markdown; only comments may stand");
			}
		}
	}
	cmark_iter_free(iter);
	return failed < 0 ? -1 : 0;
}

/* Prose: it begins a new step when the one before is whole. */
static int take_prose(struct reader *reader, cmark_node *node)
{
	int line = cmark_node_get_start_line(node) + reader->first - 1;

	if (check_inside(reader, node) < 0 || close_step(reader) < 0)
		return -1;
	if (reader->led) {
		lesson_fail(reader->lesson, line, 1, reader->err,
			    "prose between a predict or needs block and the demo or task");
		return fail_fix(reader->err, "put it before that block");
	}
	if (cmark_node_get_type(node) == CMARK_NODE_HEADING) {
		bool title = cmark_node_get_heading_level(node) == 1;
		/* The title is shown on its own. */
		if (title && !reader->text_line && !reader->lesson->count && !reader->step->text.s)
			return 0;
		reader->heading = plain_text(reader, node);
	}
	if (!reader->text_line)
		reader->text_line = line;
	return 0;
}

static int take_node(struct reader *reader, cmark_node *node)
{
	struct fence fence;

	if (cmark_node_get_type(node) != CMARK_NODE_CODE_BLOCK)
		return take_prose(reader, node);
	int ours = read_info(reader, node, &fence);
	if (ours <= 0)
		return ours < 0 ? -1 : take_prose(reader, node);
	const char *literal = cmark_node_get_literal(node);
	fence.length = strlen(literal ? literal : "");
	fence.s = arena_copyn(&reader->lesson->arena, literal ? literal : "", fence.length);
	return take_fence(reader, &fence);
}

static int read_document(struct reader *reader)
{
	struct lesson *lesson = reader->lesson;
	cmark_node *document = cmark_parse_document(reader->s, reader->length, CMARK_OPT_DEFAULT);
	int failed = 0;

	for (cmark_node *node = cmark_node_first_child(document); node && !failed;
	     node = cmark_node_next(node))
		failed = take_node(reader, node);
	cmark_node_free(document);
	if (failed || close_step(reader) < 0)
		return -1;
	if (reader->step->predict.s || reader->step->need_count)
		return lesson_fail(lesson, reader->first, 1, reader->err,
				   "a predict or needs block stands behind the last step");
	lesson->end = end_text(reader, INT32_MAX);
	if (!lesson->count)
		return lesson_fail(lesson, reader->first, 1, reader->err,
				   "no steps: a step is a block demo ID, task ID or remember ID");
	return 0;
}

/* ---- files ---- */

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
