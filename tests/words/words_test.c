/* Splitting lines: what a person types, what a script holds, and what nobody should type. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/text.h"
#include "words/language/words.h"

/* A line as its statements: words in <>, statements parted by "|". */
static void render(const char *s, size_t length, struct text *ret)
{
	cleanup_arena struct arena arena = { 0 };
	struct statement *list;
	struct error err = { 0 };
	size_t count;

	if (words_split(s, length, &arena, &list, &count, &err) < 0) {
		text_addf(ret, "%d: %s", err.column, err.what);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		text_add(ret, i ? "|" : "");
		for (size_t w = 0; w < list[i].count; w++)
			text_addf(ret, "<%s>", list[i].words[w].s);
	}
}

static void splits(const char *line, const char *expected)
{
	cleanup_text struct text found = { 0 };

	render(line, strlen(line), &found);
	assert_string_equal(text_of(&found), expected);
}

static void test_words(void **state)
{
	(void)state;
	splits("", "");
	splits("   \t ", "");
	splits("unshare uts", "<unshare><uts>");
	splits("  bindmount\t/home   /test ", "<bindmount></home></test>");
	splits("a;b ; c;;", "<a>|<b>|<c>");
	splits(";", "");
	splits("a # b; c", "<a>");
	splits("# all", "");
	splits("a#b", "<a#b>");
	splits("a;#b", "<a>");
}

static void test_quotes(void **state)
{
	(void)state;
	splits("run 'a b' \"c d\" e\\ f", "<run><a b><c d><e f>");
	splits("run ''", "<run><>");
	splits("a'b'\"c\"d", "<abcd>");
	splits("'a\\b;#\"'", "<a\\b;#\">");
	splits("\"a\\\"b\\\\c\\d'\"", "<a\"b\\c\\d'>");
	splits("\"\\$HOME\" $HOME", "<$HOME><$HOME>");
	splits("a\\;b \\# c", "<a;b><#><c>");
	splits("$'a\\nb\\t\\\\\\'\\x41'", "<a\nb\t\\'A>");
	splits("caf\xc3\xa9 'na\xc3\xafve'", "<caf\xc3\xa9><na\xc3\xafve>");
}

static void test_host_takes_the_rest(void **state)
{
	(void)state;
	splits("!ls -l; echo 'x", "<!><ls -l; echo 'x>");
	splits("a; ! date  ", "<a>|<!><date>");
	splits("!", "<!>");
	splits("run !x", "<run><!x>");
}

static void test_mistakes_have_a_column(void **state)
{
	(void)state;
	splits("run 'abc", "5: the quote ' is not closed");
	splits("ns; run \"abc", "9: the quote \" is not closed");
	splits("run $'abc", "5: the quote $' is not closed");
	splits("run x\\", "6: a backslash with nothing after it");
	splits("ns\x01", "3: control character \\x01 in the line");
	splits("a 'b\x1b[2J'", "5: control character \\x1b in the line");
	splits("a\x7f", "2: control character \\x7f in the line");
	splits("a $'\\q'", "5: $'...' knows \\n, \\t, \\\\, \\' and \\xNN");
	splits("a $'\\x4'", "5: \\x takes two hexadecimal digits that are not 00");
	splits("a $'\\x00'", "5: \\x takes two hexadecimal digits that are not 00");
}

static void test_nul_and_length(void **state)
{
	cleanup_text struct text line = { 0 }, found = { 0 };

	(void)state;
	render("ab\0c", 4, &found);
	assert_string_equal(text_of(&found), "3: NUL byte in the line");
	while (line.len < LINE_BYTES)
		text_add(&line, "a ");
	text_clear(&found);
	render(line.s, line.len, &found);
	assert_int_equal(found.len, LINE_BYTES / 2 * 3);
	text_add(&line, "a");
	text_clear(&found);
	render(line.s, line.len, &found);
	assert_string_equal(text_of(&found), "0: line longer than 64 KiB");
}

static void test_columns_and_text(void **state)
{
	static const char line[] = "  ns ;  bindmount '/a b'  /c # why";
	cleanup_arena struct arena arena = { 0 };
	struct statement *list;
	struct error err = { 0 };
	size_t count;

	(void)state;
	assert_int_equal(words_split(line, strlen(line), &arena, &list, &count, &err), 0);
	assert_int_equal(count, 2);
	assert_string_equal(list[0].text, "ns");
	assert_int_equal(list[0].column, 3);
	assert_string_equal(list[1].text, "bindmount '/a b'  /c");
	assert_int_equal(list[1].column, 9);
	assert_int_equal(list[1].words[1].column, 19);
	assert_int_equal(list[1].words[2].column, 27);
}

/* What the cursor stands behind: the words before it, and the one being typed. */
static void before_cursor(const char *line, const char *expected)
{
	cleanup_arena struct arena arena = { 0 };
	cleanup_text struct text found = { 0 };
	struct unfinished unfinished;

	words_unfinished(line, strlen(line), &arena, &unfinished);
	for (size_t i = 0; i < unfinished.count; i++)
		text_addf(&found, "<%s>", unfinished.words[i].s);
	text_addf(&found, "%s[%s]", unfinished.host ? "!" : "", unfinished.partial);
	assert_string_equal(text_of(&found), expected);
}

static void test_unfinished(void **state)
{
	(void)state;
	before_cursor("", "[]");
	before_cursor("uns", "[uns]");
	before_cursor("unshare ", "<unshare>[]");
	before_cursor("unshare u", "<unshare>[u]");
	before_cursor("ns; mount proc /pr", "<mount><proc>[/pr]");
	before_cursor("bindmount '/a b", "<bindmount>[/a b]");
	before_cursor("bindmount /a\\ b", "<bindmount>[/a b]");
	before_cursor("bindmount /a\\", "<bindmount>[/a]");
	before_cursor("!ls; n", "![]");
	before_cursor("ns; !l", "![]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_host_takes_the_rest),
		cmocka_unit_test(test_mistakes_have_a_column),
		cmocka_unit_test(test_nul_and_length),
		cmocka_unit_test(test_columns_and_text),
		cmocka_unit_test(test_unfinished),
	};

	return cmocka_run_group_tests_name("shell: words", tests, NULL, NULL);
}
