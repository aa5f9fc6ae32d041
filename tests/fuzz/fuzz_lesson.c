/* No file makes the reader of lessons read out of bounds; what is refused is refused with a place,
 * and what is read can be shown. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "lesson/file/lesson.h"
#include "lesson/file/page.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void show(const struct passage *passage)
{
	static const struct page_style style = { .columns = 20 };
	cleanup_page struct page page = { 0 };

	page_add(&page, passage, &style);
	for (size_t i = 0; i < page.text.len; i++)
		if ((unsigned char)page.text.s[i] < ' ' && page.text.s[i] != '\n')
			abort();
	if (page_end(&page, 0, 5) > page.text.len)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct error err = { 0 };
	cleanup_lesson struct lesson *lesson = lesson_parse("x.md", (const char *)bytes, length, &err);

	if (!lesson) {
		if (strncmp(err.what, "x.md:", 5) != 0)
			abort();
		return 0;
	}
	show(&lesson->end);
	for (size_t i = 0; i < lesson->count; i++) {
		show(&lesson->steps[i].text);
		show(&lesson->steps[i].words);
		show(&lesson->steps[i].explain);
	}
	return 0;
}
