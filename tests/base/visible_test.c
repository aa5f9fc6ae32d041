/* Foreign text made fit to print: on a screen, as C, as a word of a shell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/list.h"
#include "base/text.h"

struct pair {
	const char *raw, *seen;
};

static void test_what_is_harmless_stays(void **state)
{
	static const char *const plain[] = {
		"", "a", "/home/me/x y", "~!@#$%^&*()_+{}|:<>?`-=[];',.", "\"",
		"Grüße", "日本語", "\xf0\x9f\x90\xb3", "e\xcc\x81", "\xc2\xa0",
		"\xe2\x80\xa7", "\xe2\x80\xaf", "\xef\xbf\xbd", "\xf4\x8f\xbf\xbf",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(plain); i++)
		assert_string_equal(vis(plain[i]), plain[i]);
}

static void test_what_moves_the_cursor_or_lies_is_told(void **state)
{
	static const struct pair pairs[] = {
		{ "\x1b[31mred", "\\x1b[31mred" },
		{ "\x1b]0;pwn\x07", "\\x1b]0;pwn\\x07" },
		{ "a\nb\tc\rd", "a\\nb\\tc\\x0dd" },
		{ "back\\slash", "back\\\\slash" },
		{ "\x7f", "\\x7f" },
		{ "\xc2\x9b" "31m", "\\xc2\\x9b31m" },             /* CSI as one character */
		{ "\x9b" "31m", "\\x9b31m" },                      /* and as a byte */
		{ "\xe2\x80\xae" "cod", "\\xe2\\x80\\xaecod" },     /* right-to-left override */
		{ "\xe2\x80\xaa", "\\xe2\\x80\\xaa" },
		{ "\xe2\x81\xa6", "\\xe2\\x81\\xa6" },
		{ "\xe2\x81\xa9", "\\xe2\\x81\\xa9" },
		{ "\xe2\x80\x8e\xe2\x80\x8f", "\\xe2\\x80\\x8e\\xe2\\x80\\x8f" },
		{ "\xd8\x9c", "\\xd8\\x9c" },
		{ "\xe2\x80\xa8\xe2\x80\xa9", "\\xe2\\x80\\xa8\\xe2\\x80\\xa9" },
		{ "\xef\xbb\xbf", "\\xef\\xbb\\xbf" },
		{ "\xff\xfe", "\\xff\\xfe" },
		{ "\xc0\xaf", "\\xc0\\xaf" },                      /* "/" the long way */
		{ "\xe0\x80\x8a", "\\xe0\\x80\\x8a" },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },             /* half of a pair */
		{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
		{ "\xe2\x82", "\\xe2\\x82" },                      /* cut short */
		{ "\xe2\x82z", "\\xe2\\x82z" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++)
		assert_string_equal(vis(pairs[i].raw), pairs[i].seen);
}

/* No byte that a terminal acts on, and UTF-8 throughout. */
static void assert_printable(const char *s)
{
	cleanup_text struct text again = { 0 };

	text_add_visible(&again, s, strlen(s));
	for (const char *p = s; *p; p++)
		assert_false((unsigned char)*p < 0x20 || *p == 0x7f);
	/* Seeing it twice may only double the backslashes. */
	size_t backslashes = 0;
	for (const char *p = s; *p; p++)
		backslashes += *p == '\\';
	assert_int_equal(again.len, strlen(s) + backslashes);
}

static void test_every_byte_and_random_ones_come_out_printable(void **state)
{
	char bytes[33], seen[16];

	(void)state;
	srand(4711);
	for (int round = 0; round < 20000; round++) {
		size_t length = 1 + (size_t)rand() % 32;
		for (size_t i = 0; i < length; i++)
			bytes[i] = (char)(1 + rand() % 255);
		bytes[length] = '\0';
		assert_printable(vis(bytes));
		assert_printable(visible(seen, sizeof(seen), bytes));
		assert_true(strlen(seen) < sizeof(seen));
		cleanup_text struct text c = { 0 }, sh = { 0 };
		text_add_c(&c, bytes);
		text_add_sh(&sh, bytes);
		assert_printable(c.s);
		assert_printable(sh.s);
	}
}

static void test_what_does_not_fit_is_cut(void **state)
{
	char room[8];

	(void)state;
	assert_string_equal(visible(room, sizeof(room), "1234567"), "1234567");
	assert_string_equal(visible(room, sizeof(room), "12345678"), "1234...");
	assert_string_equal(visible(room, sizeof(room), "123\xc3\xa4x678"), "123...");
	char *long_one = malloc(1 << 20);
	memset(long_one, 'x', (1 << 20) - 1);
	long_one[(1 << 20) - 1] = '\0';
	assert_int_equal(strlen(vis(long_one)), 399);
	free(long_one);
}

static void test_c_literals(void **state)
{
	static const struct pair pairs[] = {
		{ "", "\"\"" },
		{ "/home", "\"/home\"" },
		{ "say \"hi\"", "\"say \\\"hi\\\"\"" },
		{ "a\\b", "\"a\\\\b\"" },
		{ "\x1b[0m", "\"\\x1b[0m\"" },
		{ "\x1b" "cafe", "\"\\x1b\"\"cafe\"" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		cleanup_text struct text text = { 0 };
		text_add_c(&text, pairs[i].raw);
		assert_string_equal(text.s, pairs[i].seen);
	}
	cleanup_text struct text none = { 0 };
	text_add_c(&none, NULL);
	assert_string_equal(none.s, "NULL");
}

static void test_shell_words(void **state)
{
	static const struct pair pairs[] = {
		{ "plain-name_1.2/x", "plain-name_1.2/x" },
		{ "", "''" },
		{ "two words", "'two words'" },
		{ "it's", "'it'\\''s'" },
		{ "$HOME;`id`", "'$HOME;`id`'" },
		{ "a\\b", "'a\\b'" },
		{ "a\nb", "$'a\\nb'" },
		{ "\\\x1b[31m'", "$'\\\\\\x1b[31m\\''" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		cleanup_text struct text text = { 0 };
		text_add_sh(&text, pairs[i].raw);
		assert_string_equal(text.s, pairs[i].seen);
	}
}

/* bash gives back the very bytes that were quoted. */
static void test_a_shell_reads_back_what_was_quoted(void **state)
{
	char bytes[9], read[64];

	(void)state;
	if (access("/bin/bash", X_OK) < 0)
		skip();
	srand(12);
	for (int round = 0; round < 40; round++) {
		for (size_t i = 0; i < 8; i++)
			bytes[i] = (char)(1 + rand() % 255);
		bytes[8] = '\0';
		if (bytes[7] == '\n')
			bytes[7] = 'n';
		cleanup_text struct text command = { 0 };
		text_add(&command, "exec env LC_ALL=C /bin/bash -c \"$(cat <<'END'\nprintf %s ");
		text_add_sh(&command, bytes);
		text_add(&command, "\nEND\n)\"");
		FILE *pipe = popen(command.s, "r");
		assert_non_null(pipe);
		size_t n = fread(read, 1, sizeof(read) - 1, pipe);
		read[n] = '\0';
		pclose(pipe);
		assert_string_equal(read, bytes);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_harmless_stays),
		cmocka_unit_test(test_what_moves_the_cursor_or_lies_is_told),
		cmocka_unit_test(test_every_byte_and_random_ones_come_out_printable),
		cmocka_unit_test(test_what_does_not_fit_is_cut),
		cmocka_unit_test(test_c_literals),
		cmocka_unit_test(test_shell_words),
		cmocka_unit_test(test_a_shell_reads_back_what_was_quoted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
