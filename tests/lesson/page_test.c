/* Markdown on a terminal: filled to the window, wide characters counted as two. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "lesson/file/page.h"

static void shows(const char *markdown, size_t columns, const char *expected)
{
	cleanup_page struct page page = { 0 };
	struct passage passage = { markdown, strlen(markdown), 1 };
	struct page_style style = { .columns = columns };

	page_add(&page, &passage, &style);
	assert_string_equal(text_of(&page.text), expected);
}

static void test_paragraphs_are_filled(void **state)
{
	(void)state;
	shows("one two\nthree four\n\nfive\n", 10, "one two\nthree four\n\nfive\n");
	shows("one two\nthree four\n\nfive\n", 20, "one two three four\n\nfive\n");
	shows("hard  \nbreak\n", 20, "hard\nbreak\n");
	shows("*stress* **strong** `code x`\n", 40, "stress strong `code x`\n");
	shows("back\\\\slash and C:\\dir\n", 40, "back\\slash and C:\\dir\n");
}

static void test_lists_and_drawings(void **state)
{
	(void)state;
	shows("- one two three\n- four\n", 10, "- one two\n  three\n- four\n");
	shows("1. a\n2. b\n", 10, "1. a\n2. b\n");
	shows("    +--+\n    |  |\n", 6, "    +--+\n    |  |\n");
	shows("```\na\tb\n```\n", 10, "    a       b\n");
	shows("# Head\n\ntext\n", 20, "Head\n\ntext\n");
	shows("> said\n", 20, "    said\n");
	shows("a\n\n<!-- not shown -->\n\nb\n", 20, "a\n\nb\n");
}

static void test_chinese_breaks_between_characters(void **state)
{
	(void)state;
	shows("容器是一个进程。\n", 8, "容器是一\n个进程。\n");
	/* No stop begins a line, no opening bracket ends one. */
	shows("容器是一，进程\n", 8, "容器是\n一，进程\n");
	shows("容器是（进程）\n", 8, "容器是\n（进程）\n");
	/* A line of the source that ends between two of them makes no blank. */
	shows("容器\n是进程\n", 40, "容器是进程\n");
	shows("容器 is\n进程\n", 40, "容器 is 进程\n");
}

/* An entity can name what a file may not hold. */
static void test_control_characters_are_made_visible(void **state)
{
	(void)state;
	shows("a&#27;[2Jb\n", 40, "a\\x1b[2Jb\n");
	shows("`x`&#x202e;y\n", 40, "`x`\\xe2\\x80\\xaey\n");
}

static void test_pages_end_between_blocks(void **state)
{
	static const char text[] = "a\n\nb\n\nc\n";
	cleanup_page struct page page = { 0 };
	struct page_style style = { .columns = 10 };

	(void)state;
	page_add(&page, &(struct passage){ text, strlen(text), 1 }, &style);
	size_t first = page_end(&page, 0, 4);
	assert_int_equal(first, strlen("a\n\nb\n\n"));
	assert_int_equal(page_end(&page, first, 4), page.text.len);
	assert_int_equal(page_end(&page, 0, 1), strlen("a\n\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paragraphs_are_filled),
		cmocka_unit_test(test_lists_and_drawings),
		cmocka_unit_test(test_chinese_breaks_between_characters),
		cmocka_unit_test(test_control_characters_are_made_visible),
		cmocka_unit_test(test_pages_end_between_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
