/* Markdown as it is read on a terminal. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "lesson/file/lesson.h"

/* What is shown at once: text, and where its blocks begin, so that it can be split between them. */
struct page {
	struct text text;
	size_t *blocks; /* offsets in text */
	size_t count, room;
};

void page_done(struct page *page);
#define cleanup_page __attribute__((cleanup(page_done)))

struct page_style {
	size_t columns; /* paragraphs are filled to so many */
	size_t indent;
	bool color, utf8;
};

/* Append a piece of Markdown, a blank line before each block but the first of the page. A passage
 * without text adds nothing. */
void page_add(struct page *page, const struct passage *passage, const struct page_style *style);

/* The same of its drawings alone, the blocks of code. Returns how many it has. */
size_t page_add_drawings(struct page *page, const struct passage *passage, const struct page_style *style);

/* Append a block of text as it stands, ended by a newline. */
void page_add_plain(struct page *page, const char *s);

/* How many lines from offset on fit rows, as the offset of the first block that does not: at least
 * one block is taken. The length of the text when all fit. */
size_t page_end(const struct page *page, size_t from, size_t rows);
