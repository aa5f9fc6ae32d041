#include "lesson/file/markdown.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/list.h"

/* cmark's own end the program by abort(3). */
static void *zeroed(size_t count, size_t size)
{
	void *ret = calloc(count, size);

	if (!ret)
		out_of_memory();
	return ret;
}

static void *resized(void *was, size_t size)
{
	return list_fit(was, size, 1);
}

static cmark_mem memory = { zeroed, resized, free };

cmark_node *markdown_parse(const char *s, size_t length)
{
	cmark_parser *parser = cmark_parser_new_with_mem(CMARK_OPT_DEFAULT, &memory);

	cmark_parser_feed(parser, s, length);
	cmark_node *ret = cmark_parser_finish(parser);
	cmark_parser_free(parser);
	return ret;
}
