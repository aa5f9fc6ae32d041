#include "lesson/file/page.h"

#include <cmark.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/show/fill.h"
#include "base/show/paint.h"
#include "lesson/file/markdown.h"

/* Line breaks in running text: one of the source's, which is a blank unless both sides are wide,
 * and one that was asked for. No printable text has these bytes. */
#define SOFT "\002"
#define HARD "\003"

enum { TAB = 8, NEST_MOST = 20 };

void page_done(struct page *page)
{
	text_done(&page->text);
	free(page->blocks);
	*page = (struct page){ 0 };
}

static void begin_block(struct page *page)
{
	if (page->text.len)
		text_add(&page->text, "\n");
	LIST_ROOM(page->blocks, page->count, page->room);
	page->blocks[page->count++] = page->text.len;
}

/* ---- filling ---- */

/* The length of a colour's escape sequence at s, 0 where there is none: only paint() makes any. */
static size_t escape_at(const char *s)
{
	if (s[0] != '\033')
		return 0;
	return strcspn(s, "m") + 1;
}

static bool is_space(char c)
{
	return c == ' ' || c == SOFT[0] || c == HARD[0];
}

/* What cannot be broken, from s on: its length, columns, first and last character. */
struct run {
	size_t length, columns;
	uint32_t first, last;
};

static struct run next_run(const char *s, size_t length)
{
	struct run run = { 0 };

	while (run.length < length && !is_space(s[run.length])) {
		size_t escape = escape_at(s + run.length);
		uint32_t c = 0;
		if (escape) {
			run.length += escape;
			continue;
		}
		size_t n = text_character(s + run.length, length - run.length, &c);
		if (run.first && fill_breaks(run.last, c))
			break;
		run.first = run.first ? run.first : c;
		run.last = c;
		run.columns += character_columns(c);
		run.length += n ? n : 1;
	}
	return run;
}

/* Append running text; the line's beginning, indent columns, has been written. Ends with a
 * newline. */
static void fill_text(struct text *ret, const char *s, size_t length, size_t indent,
		      size_t width)
{
	size_t at = indent;
	uint32_t last = 0;
	bool blank = false, soft = false;

	while (length) {
		if (*s == HARD[0]) {
			text_add(ret, "\n");
			text_pad(ret, indent);
			at = indent;
			blank = soft = false;
		}
		if (is_space(*s)) {
			blank = blank || *s == ' ';
			soft = soft || *s == SOFT[0];
			s++;
			length--;
			continue;
		}
		struct run run = next_run(s, length);
		bool space = blank || (soft && !(character_columns(last) == 2 && character_columns(run.first) == 2));
		if (at > indent && at + space + run.columns > width) {
			text_add(ret, "\n");
			text_pad(ret, indent);
			at = indent;
		} else if (at > indent && space) {
			text_add(ret, " ");
			at++;
		}
		text_addn(ret, s, run.length);
		at += run.columns;
		last = run.last;
		blank = soft = false;
		s += run.length;
		length -= run.length;
	}
	text_add(ret, "\n");
}

/* ---- inline ---- */

static void add_literal(const char *s, struct text *ret)
{
	text_add_prose(ret, s ? s : "", strlen(s ? s : ""));
}

static void add_mark(bool color, const char *on, const char *plain, struct text *ret)
{
	text_add(ret, color ? on : plain);
}

/* What of an inline node is seen; entering it, or leaving it. */
static void add_inline(cmark_node *node, bool entering, bool color, struct text *ret)
{
	switch (cmark_node_get_type(node)) {
	case CMARK_NODE_TEXT:
		add_literal(cmark_node_get_literal(node), ret);
		break;
	case CMARK_NODE_SOFTBREAK:
		text_add(ret, SOFT);
		break;
	case CMARK_NODE_LINEBREAK:
		text_add(ret, HARD);
		break;
	case CMARK_NODE_CODE:
		add_mark(color, "\033[36m", "`", ret);
		add_literal(cmark_node_get_literal(node), ret);
		add_mark(color, "\033[0m", "`", ret);
		break;
	case CMARK_NODE_STRONG:
		add_mark(color, entering ? "\033[1m" : "\033[0m", "", ret);
		break;
	case CMARK_NODE_LINK:
		/* Where it leads to, unless that is what was read anyway. */
		if (!entering && cmark_node_get_url(node) &&
		    strstr(cmark_node_get_url(node), "://") &&
		    !strstr(text_of(ret), cmark_node_get_url(node))) {
			text_add(ret, " (");
			add_literal(cmark_node_get_url(node), ret);
			text_add(ret, ")");
		}
		break;
	default:
		break;
	}
}

static void add_inlines(cmark_node *block, bool color, struct text *ret)
{
	cmark_iter *iter = cmark_iter_new(block);
	cmark_event_type event;

	while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
		cmark_node *node = cmark_iter_get_node(iter);
		if (node != block)
			add_inline(node, event == CMARK_EVENT_ENTER, color, ret);
	}
	cmark_iter_free(iter);
}

/* ---- blocks ---- */

static void add_code(const char *s, size_t indent, struct text *ret)
{
	while (*s) {
		size_t length = strcspn(s, "\n"), column = 0;
		if (length)
			text_pad(ret, indent);
		for (size_t i = 0; i < length;) {
			size_t n = strcspn(s + i, "\t\n");
			size_t start = ret->len;
			text_add_prose(ret, s + i, n);
			column += n ? text_columns(ret->s + start) : 0;
			i += n;
			if (i < length) {
				text_pad(ret, TAB - column % TAB);
				column += TAB - column % TAB;
				i++;
			}
		}
		text_add(ret, "\n");
		s += length + (s[length] == '\n');
	}
}

static void add_rule(const struct page_style *style, struct text *ret)
{
	text_pad(ret, style->indent);
	for (size_t i = style->indent; i < style->columns; i++)
		text_add(ret, style->utf8 ? "─" : "-");
	text_add(ret, "\n");
}

static void add_filled(cmark_node *node, const struct page_style *style, struct text *ret)
{
	cleanup_text struct text line = { 0 };

	add_inlines(node, style->color, &line);
	fill_text(ret, text_of(&line), line.len, style->indent, style->columns);
}

static void add_block(struct page *page, cmark_node *node, const struct page_style *style,
		      int depth, bool first);

/* The items of a list: a mark, then what is in the item, moved in. */
static void add_list(struct page *page, cmark_node *list, const struct page_style *style, int depth)
{
	bool numbered = cmark_node_get_list_type(list) == CMARK_ORDERED_LIST;
	int number = cmark_node_get_list_start(list);

	for (cmark_node *item = cmark_node_first_child(list); item; item = cmark_node_next(item)) {
		char mark[16];
		snprintf(mark, sizeof(mark), "%s", style->utf8 ? "• " : "- ");
		if (numbered)
			snprintf(mark, sizeof(mark), "%d. ", number++);
		struct page_style inner = *style;
		inner.indent += text_columns(mark);
		text_pad(&page->text, style->indent);
		text_add(&page->text, mark);
		bool first = true;
		for (cmark_node *node = cmark_node_first_child(item); node;
		     node = cmark_node_next(node)) {
			add_block(page, node, &inner, depth + 1, first);
			first = false;
		}
		if (first)
			text_add(&page->text, "\n");
	}
}

/* first: it goes on in a line that has its indentation already. */
static void add_block(struct page *page, cmark_node *node, const struct page_style *style,
		      int depth, bool first)
{
	struct text *ret = &page->text;
	cmark_node_type type = cmark_node_get_type(node);
	struct page_style inner = *style;

	if (depth > NEST_MOST)
		return;
	if (!first && depth && type == CMARK_NODE_CODE_BLOCK)
		text_add(ret, "\n");
	switch (type) {
	case CMARK_NODE_PARAGRAPH:
	case CMARK_NODE_HEADING:
		if (!first)
			text_pad(ret, style->indent);
		if (type == CMARK_NODE_HEADING && style->color)
			text_add(ret, "\033[1m");
		add_filled(node, style, ret);
		if (type == CMARK_NODE_HEADING && style->color)
			text_add(ret, "\033[0m");
		break;
	case CMARK_NODE_CODE_BLOCK:
		if (first && depth)
			text_add(ret, "\n");
		add_code(cmark_node_get_literal(node), style->indent + 4, ret);
		break;
	case CMARK_NODE_LIST:
		if (first && depth)
			text_add(ret, "\n");
		add_list(page, node, style, depth);
		break;
	case CMARK_NODE_BLOCK_QUOTE:
		inner.indent += 4;
		for (cmark_node *at = cmark_node_first_child(node); at; at = cmark_node_next(at))
			add_block(page, at, &inner, depth + 1, false);
		break;
	case CMARK_NODE_THEMATIC_BREAK:
		add_rule(style, ret);
		break;
	default:
		break;
	}
}

/* Append the blocks of a passage, or its blocks of code alone. Returns how many. */
static size_t add_blocks(struct page *page, const struct passage *passage, const struct page_style *style,
			 bool code_only)
{
	size_t count = 0;

	if (!passage->s || !passage->length)
		return 0;
	cmark_node *document = markdown_parse(passage->s, passage->length);
	for (cmark_node *node = cmark_node_first_child(document); node; node = cmark_node_next(node)) {
		cmark_node_type type = cmark_node_get_type(node);
		if (type == CMARK_NODE_HTML_BLOCK || (code_only && type != CMARK_NODE_CODE_BLOCK))
			continue;
		begin_block(page);
		add_block(page, node, style, 0, false);
		count++;
	}
	cmark_node_free(document);
	return count;
}

void page_add(struct page *page, const struct passage *passage, const struct page_style *style)
{
	add_blocks(page, passage, style, false);
}

size_t page_add_drawings(struct page *page, const struct passage *passage, const struct page_style *style)
{
	return add_blocks(page, passage, style, true);
}

void page_add_plain(struct page *page, const char *s)
{
	begin_block(page);
	text_add(&page->text, s);
}

size_t page_end(const struct page *page, size_t from, size_t rows)
{
	size_t end = page->text.len;
	size_t lines = 0, at = from;
	bool taken = false;

	for (size_t i = 0; i < page->count; i++) {
		size_t block_end = i + 1 < page->count ? page->blocks[i + 1] : page->text.len;
		if (page->blocks[i] < from)
			continue;
		for (; at < block_end; at++)
			lines += page->text.s[at] == '\n';
		if (taken && lines > rows)
			return page->blocks[i];
		taken = true;
	}
	return end;
}
