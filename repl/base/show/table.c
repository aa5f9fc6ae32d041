#include "base/show/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "base/show/fill.h"

enum { MOST_COLUMNS = 12, LEAST_WIDTH = 16 };

void table_add(struct table *table, const char *format, ...)
{
	va_list args, again;

	LIST_ROOM(table->cells, table->count, table->room);
	va_start(args, format);
	va_copy(again, args);
	int length = vsnprintf(NULL, 0, _(format), args);
	char *s = arena_new(&table->arena, (size_t)(length < 0 ? 0 : length) + 1);
	vsnprintf(s, (size_t)length + 1, _(format), again);
	va_end(again);
	va_end(args);
	table->cells[table->count++] = (struct cell){ .s = s };
}

void table_paint(struct table *table, enum paint color)
{
	table->cells[table->count - 1].painted = true;
	table->cells[table->count - 1].paint = color;
}

void table_head(struct table *table, const char *const *words)
{
	for (; *words; words++) {
		table_add(table, "%s", _(*words));
		table_paint(table, PAINT_DIM);
	}
}

static void print_cell(const struct cell *cell, bool color, struct text *ret)
{
	if (cell->painted)
		paint(ret, color, cell->paint, cell->s);
	else
		text_add(ret, cell->s);
}

/* How many bytes of s fit into width columns, cut at a comma, a blank or by fill_breaks() where there is such
 * a place not too far in front; never inside a character. */
static size_t fitting(const char *s, size_t width)
{
	size_t end = 0, columns = 0, nice = 0, length = strlen(s);
	uint32_t last = 0, c = 0;

	while (end < length) {
		size_t n = text_character(s + end, length - end, &c);
		columns += n ? character_columns(c) : 1;
		if (end && (s[end - 1] == ',' || s[end - 1] == ' ' || fill_breaks(last, c)))
			nice = end;
		if (columns > width)
			return nice > end / 4 ? nice : end;
		end += n ? n : 1;
		last = c;
	}
	return end;
}

static void print_cut(const struct cell *cell, bool color, size_t room, struct text *ret)
{
	cleanup_text struct text text = { 0 };

	text_addn(&text, cell->s, fitting(cell->s, room - 3));
	text_add(&text, "...");
	struct cell piece = { text_of(&text), cell->painted, cell->paint };
	print_cell(&piece, color, ret);
}

/* The last cell of a row, which may take several lines. */
static void print_last(const struct cell *cell, bool color, size_t at, size_t width,
		       struct text *ret)
{
	const char *s = cell->s;

	while (width > at + LEAST_WIDTH && text_columns(s) > width - at) {
		size_t length = fitting(s, width - at);
		if (length == 0)
			break;
		size_t seen = length;
		while (seen > 1 && s[seen - 1] == ' ')
			seen--;
		char *part = text_copyn(s, seen);
		struct cell piece = { part, cell->painted, cell->paint };
		print_cell(&piece, color, ret);
		free(part);
		text_add(ret, "\n");
		text_pad(ret, at);
		s += length;
		s += strspn(s, " ");
	}
	struct cell rest = { s, cell->painted, cell->paint };
	print_cell(&rest, color, ret);
}

/* A cell before the last of a row, and the way to the next column, which begins at next. */
static void print_inner(const struct cell *cell, bool color, size_t width, bool right,
			size_t next, struct text *ret)
{
	size_t columns = text_columns(cell->s), gap = columns < width ? width - columns : 0;

	text_pad(ret, right ? gap : 0);
	print_cell(cell, color, ret);
	if (columns > width) {
		text_add(ret, "\n");
		text_pad(ret, next);
	} else {
		text_pad(ret, (right ? 0 : gap) + 2);
	}
}

static void print_row(const struct table *table, const struct cell *row, const size_t *widths,
		      bool color, size_t indent, size_t width, struct text *ret)
{
	size_t last = table->columns - 1, at = indent;

	while (last > 0 && !row[last].s[0])
		last--;
	text_pad(ret, indent);
	for (size_t i = 0; i < last; i++) {
		at += widths[i] + 2;
		print_inner(&row[i], color, widths[i], (table->right >> i & 1) != 0, at, ret);
	}
	if (table->right >> last & 1)
		text_pad(ret, widths[last] - text_columns(row[last].s));
	if (table->cut && width > at + LEAST_WIDTH && text_columns(row[last].s) > width - at)
		print_cut(&row[last], color, width - at, ret);
	else
		print_last(&row[last], color, at, width, ret);
	text_add(ret, "\n");
}

static void find_widths(const struct table *table, size_t *widths)
{
	for (size_t i = 0; i < table->count; i++) {
		size_t column = i % table->columns, columns = text_columns(table->cells[i].s);
		bool wide = table->most && column + 1 < table->columns &&
			    columns > table->most[column];
		if (columns > widths[column] && !wide)
			widths[column] = columns;
	}
}

void table_done(struct table *table)
{
	free(table->cells);
	arena_done(&table->arena);
	table->cells = NULL;
	table->count = table->room = 0;
}

void table_print(struct table *table, bool color, size_t indent, size_t width, struct text *ret)
{
	size_t widths[MOST_COLUMNS] = { 0 };

	find_widths(table, widths);
	for (size_t i = 0; i + table->columns <= table->count; i += table->columns)
		print_row(table, &table->cells[i], widths, color, indent, width, ret);
	table_done(table);
}

void table_note(const char *note, size_t indent, size_t width, struct text *ret)
{
	struct table table = { .columns = 1 };

	table_add(&table, "%s", _(note));
	table_print(&table, false, indent, width, ret);
}
