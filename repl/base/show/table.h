/* Screens of aligned columns. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/show/paint.h"

struct text;

struct cell {
	const char *s;
	bool painted;
	enum paint paint;
};

/* Cells are added row by row; columns is how many make a row. Zero-initialised but for columns.
 * right: a bit for each column that is to stand at its right edge, as numbers do. */
struct table {
	size_t columns;
	unsigned right;
	const size_t *most; /* widths that columns but the last may take, or NULL: after a cell
			     * that is wider the row goes on below */
	bool cut; /* what does not fit the last column is cut off instead of going on below */
	struct arena arena;
	struct cell *cells;
	size_t count, room;
};

/* The next cell. The text must be fit to print: foreign text through vis(). */
void table_add(struct table *table, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Paint the last cell. */
void table_paint(struct table *table, enum paint color);

/* A row of words in PAINT_DIM, ended by NULL. */
void table_head(struct table *table, const char *const *words);

/* Append all rows, indented, with two blanks between columns and none at the end of a line; then
 * empty the table. What goes beyond width columns of the terminal in the last cell of a row goes
 * on below the cell's beginning, unless that is too far right; 0: never. */
void table_print(struct table *table, bool color, size_t indent, size_t width, struct text *ret);

/* Empty a table that is not to be printed. */
void table_done(struct table *table);

/* One sentence or more, filled to the width and indented. */
void table_note(const char *note, size_t indent, size_t width, struct text *ret);
