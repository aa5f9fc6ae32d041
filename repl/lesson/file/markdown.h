/* Markdown as a tree. */
#pragma once

#include <cmark.h>
#include <stddef.h>

/* The tree of a text, cmark_node_free()d by the caller. Without memory the program ends, out_of_memory(). */
cmark_node *markdown_parse(const char *s, size_t length);
