/* The Markdown of a lesson: its prose, and which of its fenced blocks are ours. */
#include <cmark.h>
#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "base/text.h"
#include "lesson/file/markdown.h"
#include "lesson/file/reader.h"

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
	{ "json", BLOCK_PLAIN },	      { "riddle", BLOCK_RIDDLE, true },
	{ "state", BLOCK_STATE },	      { "setup", BLOCK_SETUP },
	{ "cheat", BLOCK_CHEAT },	      { "also", BLOCK_ALSO },
};
enum { WORDS = COUNT(words) };

static int fail_unknown(struct reader *reader, const char *word, int line, int column)
{
	const char *near = NULL;
	size_t least = 3;

	for (size_t i = 0; i < WORDS; i++) {
		size_t far = text_distance(words[i].word, word, 2);
		near = far < least ? words[i].word : near;
		least = far < least ? far : least;
	}
	lesson_fail(reader->lesson, line, column, reader->err, "unknown kind of block: %s", vis(word));
	if (near)
		return fail_fix(reader->err, "did you mean %s?", near);
	return fail_fix(reader->err, "demo task riddle remember predict needs state setup check "
			"hint wrong cheat also solution explain, or text console c sh json for what is only to be read");
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
		if (ret->rest[0] && !words[i].id && words[i].block != BLOCK_HINT &&
		    words[i].block != BLOCK_PREDICT)
			return refuse_fence(reader, ret, "nothing may follow on that line", NULL);
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

/* Blocks of ours count only at the top, and HTML that is not a comment nowhere. */
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
				failed = refuse_fence(reader, &fence, "it lies inside a list or a quote",
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
			    "prose between a predict, needs, state or setup block and the demo or task");
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

/* The line of the file that has a number, behind the blanks that may stand before a fence. */
static const char *fence_line(const struct reader *reader, int number)
{
	const char *s = reader->s;

	for (int line = reader->first; line < number && *s; line++)
		s += strcspn(s, "\n"), s += *s == '\n';
	return s + strspn(s, " ");
}

/* A fence that is not closed goes to the end of the file: CommonMark 4.5. */
static int check_closed(struct reader *reader, cmark_node *node)
{
	int line = cmark_node_get_start_line(node) + reader->first - 1;
	int last = cmark_node_get_end_line(node) + reader->first - 1;
	const char *open = fence_line(reader, line), *end = fence_line(reader, last);
	char mark[2] = { *open, '\0' };

	bool closed = last > line && strspn(end, mark) >= strspn(open, mark);
	/* One that has lost its end is closed by that of the next block, whose beginning lies in it. */
	for (int inner = line + 1; inner < last && closed; inner++)
		closed = strspn(fence_line(reader, inner), mark) < strspn(open, mark);
	if ((*open != '`' && *open != '~') || closed)
		return 0;
	lesson_fail(reader->lesson, line, cmark_node_get_start_column(node), reader->err,
		    "the fence is not closed");
	return fail_fix(reader->err, "a line with the same marks alone closes it");
}

static int take_node(struct reader *reader, cmark_node *node)
{
	struct fence fence;

	if (cmark_node_get_type(node) != CMARK_NODE_CODE_BLOCK)
		return take_prose(reader, node);
	if (check_closed(reader, node) < 0)
		return -1;
	int ours = read_info(reader, node, &fence);
	if (ours <= 0)
		return ours < 0 ? -1 : take_prose(reader, node);
	const char *literal = cmark_node_get_literal(node);
	fence.length = strlen(literal ? literal : "");
	fence.s = arena_copyn(&reader->lesson->arena, literal ? literal : "", fence.length);
	return take_fence(reader, &fence);
}

int read_document(struct reader *reader)
{
	struct lesson *lesson = reader->lesson;
	cmark_node *document = markdown_parse(reader->s, reader->length);
	int failed = 0;

	for (cmark_node *node = cmark_node_first_child(document); node && !failed;
	     node = cmark_node_next(node))
		failed = take_node(reader, node);
	cmark_node_free(document);
	if (failed || close_step(reader) < 0)
		return -1;
	if (reader->step->predict.s || reader->step->need_count || reader->step->state_count ||
	    reader->step->setup.count)
		return lesson_fail(lesson, reader->first, 1, reader->err,
				   "a predict, needs, state or setup block follows the last step");
	lesson->end = end_text(reader, INT32_MAX);
	if (!lesson->count)
		return lesson_fail(lesson, reader->first, 1, reader->err,
				   "no steps: a step is a block demo ID, task ID or remember ID");
	return 0;
}
