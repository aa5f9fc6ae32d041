/* Reading along what a program switches on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "shell/terminal/modes.h"

/* What puts the terminal back after the program has printed s, read in pieces of some size. */
static void resets(const char *s, const char *expected)
{
	for (size_t piece = 1; piece <= strlen(s); piece++) {
		struct modes modes = { 0 };
		cleanup_text struct text found = { 0 };
		for (size_t at = 0; at < strlen(s); at += piece)
			modes_read(&modes, s + at,
				   strlen(s) - at < piece ? strlen(s) - at : piece);
		modes_reset(&modes, &found);
		assert_string_equal(text_of(&found), expected);
	}
}

#define PLAIN "\033[0m\033(B\033>"

static void test_modes(void **state)
{
	(void)state;
	resets("plain text, no escapes", "");
	resets("\033[31mred", PLAIN);
	resets("\033[?1049h", "\033[?1049l" PLAIN);
	resets("\033[?1049h...\033[?1049l", PLAIN);
	resets("\033[?25l", "\033[?25h" PLAIN);
	resets("\033[?25l\033[?25h", PLAIN);
	resets("\033[?1000;1006h\033[?2004h", "\033[?1000l\033[?1006l\033[?2004l" PLAIN);
	resets("\033[?1049h\033c", PLAIN);
	resets("\033[?99999999999h\033[?7h\033[?1;2;3;4;5;6;7;8;9;10;11h", "\033[?1l" PLAIN);
	resets("\033[1049h", PLAIN);
	resets("\033[?1049\033[?25l", "\033[?25h" PLAIN);
}

/* What a program that was stopped finds again. */
static void test_again(void **state)
{
	const char *s = "\033[?1049h\033[?25lx\033[?2004h\033[?2004l\033[31m";
	struct modes modes = { 0 };
	cleanup_text struct text found = { 0 };

	(void)state;
	modes_read(&modes, s, strlen(s));
	modes_again(&modes, &found);
	assert_string_equal(text_of(&found), "\033[?25l\033[?1049h");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_modes), cmocka_unit_test(test_again) };

	return cmocka_run_group_tests_name("shell: modes", tests, NULL, NULL);
}
