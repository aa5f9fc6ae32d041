#include "words/network/draw.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "base/show/cut.h"
#include "base/text.h"

/* A box is so wide, and beside it is room for wires, each in a lane of two columns. */
enum { MOST_COLUMNS = 80, BOX_SHARE = 70 /* percent */, LANE = 2, MOST_LANES = 16 };

/* What lines are made of. */
enum stroke { ACROSS, DOWN, FROM_BOX, TURN_DOWN, TURN_UP, CROSS, TOP_LEFT, TOP_RIGHT, BOTTOM_LEFT, BOTTOM_RIGHT };
static const char *const strokes[2][10] = {
	{ "-", "|", "+", "+", "+", "+", "+", "+", "+", "+" },
	{ "─", "│", "├", "┐", "┘", "┼", "┌", "┐", "└", "┘" },
};

static struct drawn_line *add_line(struct picture *picture, int kind, const char *text)
{
	LIST_ROOM(picture->lines, picture->line_count, picture->line_room);
	struct drawn_line *line = &picture->lines[picture->line_count++];
	*line = (struct drawn_line){ .kind = kind, .text = arena_copy(&picture->arena, text) };
	return line;
}

void picture_box(struct picture *picture, const char *title)
{
	add_line(picture, LINE_TOP, title);
}

void picture_row(struct picture *picture, const char *row)
{
	add_line(picture, LINE_ROW, row);
}

void picture_end(struct picture *picture)
{
	add_line(picture, LINE_BOTTOM, "");
}

size_t picture_wire(struct picture *picture)
{
	LIST_ROOM(picture->wires, picture->wire_count, picture->wire_room);
	picture->wires[picture->wire_count] = (struct wire){ 0 };
	return picture->wire_count++;
}

void picture_end_wire(struct picture *picture, size_t wire)
{
	struct wire *one = &picture->wires[wire];

	if (one->count == 2 || !picture->line_count)
		return;
	one->ends[one->count++] = picture->line_count - 1;
	picture->lines[picture->line_count - 1].wire = wire + 1;
}

/* ---- lanes ---- */

/* Whether a wire that has its lane passes a line, its ends among them. */
static bool passes(const struct wire *wire, size_t line)
{
	return wire->count == 2 && wire->lane < MOST_LANES && line >= wire->ends[0] && line <= wire->ends[1];
}

static bool is_free(const struct picture *picture, size_t before, size_t lane)
{
	const struct wire *one = &picture->wires[before];

	for (size_t i = 0; i < picture->wire_count; i++) {
		const struct wire *other = &picture->wires[i];
		if (i != before && other->count == 2 && other->lane == lane && other->ends[0] <= one->ends[1] &&
		    other->ends[1] >= one->ends[0])
			return false;
	}
	return true;
}

/* The nearest lane that is free all the way; none is MOST_LANES. */
static void find_lanes(struct picture *picture, size_t lanes)
{
	for (size_t i = 0; i < picture->wire_count; i++)
		picture->wires[i].lane = MOST_LANES;
	for (size_t i = 0; i < picture->wire_count; i++) {
		size_t lane = 0;
		while (picture->wires[i].count == 2 && lane < lanes && !is_free(picture, i, lane))
			lane++;
		picture->wires[i].lane = picture->wires[i].count == 2 && lane < lanes ? lane : MOST_LANES;
	}
}

/* ---- printing ---- */

static void add_across(const char *const *stroke, size_t count, struct text *ret)
{
	while (count--)
		text_add(ret, stroke[ACROSS]);
}

/* The line inside its box, width columns with both edges. */
static void print_box(const struct drawn_line *line, const char *const *stroke, size_t width, bool wired,
		      struct text *ret)
{
	cleanup_text struct text text = { 0 };

	text_add_cut(&text, line->text, width - 5, stroke == strokes[true]);
	if (line->kind == LINE_TOP || line->kind == LINE_BOTTOM) {
		bool top = line->kind == LINE_TOP;
		text_add(ret, stroke[top ? TOP_LEFT : BOTTOM_LEFT]);
		size_t took = text.len ? text_columns(text.s) + 3 : 0;
		if (took) {
			add_across(stroke, 1, ret);
			text_addf(ret, " %s ", text.s);
		}
		add_across(stroke, width - 2 - took, ret);
		text_add(ret, stroke[top ? TOP_RIGHT : BOTTOM_RIGHT]);
		return;
	}
	text_addf(ret, "%s %s", stroke[DOWN], text_of(&text));
	text_pad(ret, width - 3 - text_columns(text_of(&text)));
	text_add(ret, stroke[wired ? FROM_BOX : DOWN]);
}

/* What stands in a lane of this line: own is the lane of the wire that ends here. */
static void print_lane(const struct picture *picture, size_t line, size_t lane, const struct wire *own,
		       const char *const *stroke, struct text *ret)
{
	bool passed = false, reached = own && own->lane > lane;

	for (size_t i = 0; i < picture->wire_count; i++)
		passed = passed || (picture->wires[i].lane == lane && passes(&picture->wires[i], line));
	if (own && own->lane == lane)
		text_addf(ret, "%s%s", stroke[ACROSS], stroke[own->ends[0] == line ? TURN_DOWN : TURN_UP]);
	else if (reached)
		text_addf(ret, "%s%s", stroke[ACROSS], stroke[passed ? CROSS : ACROSS]);
	else
		text_addf(ret, " %s", passed ? stroke[DOWN] : " ");
}

void picture_print(struct picture *picture, size_t columns, bool utf8, struct text *ret)
{
	size_t all = columns > MOST_COLUMNS || columns < 40 ? MOST_COLUMNS : columns;
	size_t width = all * BOX_SHARE / 100, lanes = (all - width - 1) / LANE;
	const char *const *stroke = strokes[utf8];

	find_lanes(picture, lanes < MOST_LANES ? lanes : MOST_LANES);
	for (size_t i = 0; i < picture->line_count; i++) {
		const struct drawn_line *line = &picture->lines[i];
		const struct wire *own = line->wire ? &picture->wires[line->wire - 1] : NULL;
		cleanup_text struct text row = { 0 };
		if (own && own->lane == MOST_LANES)
			own = NULL;
		text_add(&row, " ");
		print_box(line, stroke, width - 1, own, &row);
		for (size_t lane = 0; lane < lanes && lane < MOST_LANES; lane++)
			print_lane(picture, i, lane, own, stroke, &row);
		while (row.len && row.s[row.len - 1] == ' ')
			row.s[--row.len] = '\0';
		text_addf(ret, "%s\n", text_of(&row));
	}
	arena_done(&picture->arena);
	free(picture->lines);
	free(picture->wires);
	*picture = (struct picture){ 0 };
}
