/* A drawing of networks: a box for each namespace, one below the other, and wires beside them from one
 * interface to another. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct text;

/* A line of the drawing. Text is fit to print. */
struct drawn_line {
	enum { LINE_TOP, LINE_ROW, LINE_BOTTOM, LINE_BLANK } kind;
	const char *text;
	size_t wire; /* one more than the wire that ends here; 0 for none */
};

/* A wire between two lines; one that leads nowhere has one end. */
struct wire {
	size_t ends[2], count, lane;
};

struct picture {
	struct arena arena;
	struct drawn_line *lines;
	struct wire *wires;
	size_t line_count, line_room, wire_count, wire_room;
};

/* Begin a box with a title, add a row to it, and end it. */
void picture_box(struct picture *picture, const char *title);
void picture_row(struct picture *picture, const char *row);
void picture_end(struct picture *picture);

/* A new wire; and let it end at the last row. A third end is none. */
size_t picture_wire(struct picture *picture);
void picture_end_wire(struct picture *picture, size_t wire);

/* Append the drawing, at most columns wide, and empty it. Wires for which there is no room are left out. */
void picture_print(struct picture *picture, size_t columns, bool utf8, struct text *ret);
