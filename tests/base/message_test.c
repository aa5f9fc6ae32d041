/* Messages in the user's language: which one is wanted, how a catalog is read, and that no translation can do
 * what its message could not. */
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

#include "base/arena.h"
#include "base/error.h"
#include "base/message.h"
#include "base/text.h"
#include "base/message/catalog.h"
#include "base/message/format.h"
#include "base/message/language.h"
#include "base/message/printed.h"

#define HEADER "msgid \"\"\nmsgstr \"Content-Type: text/plain; charset=UTF-8\\n\"\n\n"

static const char *const variables[] = { "LC_ALL", "LC_MESSAGES", "LC_CTYPE", "LANG", "LANGUAGE" };

/* An environment as "LANG=zh_CN.UTF-8 LANGUAGE=de:fr", the languages it asks for as "de fr zh_CN". */
static const char *wanted(const char *environment)
{
	static char ret[200];
	char copy[200], *rest = copy;
	struct languages languages;

	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++)
		unsetenv(variables[i]);
	strcpy(copy, environment);
	for (char *word; (word = strsep(&rest, " "));)
		if (*word) {
			*strchr(word, '=') = '\0';
			setenv(word, word + strlen(word) + 1, 1);
		}
	languages_wanted(&languages);
	ret[0] = '\0';
	for (size_t i = 0; i < languages.count; i++)
		snprintf(ret + strlen(ret), sizeof(ret) - strlen(ret), "%s%s", i ? " " : "", languages.names[i]);
	return ret;
}

static void language_is_chosen_as_gettext_does(void **state)
{
	(void)state;
	assert_string_equal(wanted(""), "");
	assert_string_equal(wanted("LANG=zh_CN.UTF-8"), "zh_CN");
	assert_string_equal(wanted("LANG=zh_CN"), "zh_CN");
	assert_string_equal(wanted("LANG=de_DE.utf8@euro"), "de_DE");
	assert_string_equal(wanted("LANG=de_DE.UTF-8 LC_MESSAGES=zh_CN.UTF-8"), "zh_CN");
	assert_string_equal(wanted("LANG=de_DE.UTF-8 LC_MESSAGES=zh_CN.UTF-8 LC_ALL=fr_FR.UTF-8"), "fr_FR");
	/* A variable that is empty is not set. */
	assert_string_equal(wanted("LANG=zh_CN.UTF-8 LC_ALL= LC_MESSAGES= LANGUAGE="), "zh_CN");
	assert_string_equal(wanted("LANG=en_US.UTF-8 LANGUAGE=zh_CN:de"), "zh_CN de en_US");
	/* LANGUAGE counts where the locale is C.UTF-8, and not where it is C, POSIX or none. */
	assert_string_equal(wanted("LANG=C.UTF-8 LANGUAGE=zh_CN:de"), "zh_CN de");
	assert_string_equal(wanted("LANG=C.UTF-8"), "");
	assert_string_equal(wanted("LANG=C LANGUAGE=zh_CN"), "");
	assert_string_equal(wanted("LC_ALL=POSIX LANG=zh_CN.UTF-8 LANGUAGE=zh_CN"), "");
	assert_string_equal(wanted("LANGUAGE=zh_CN"), "");
	/* Texts are UTF-8. */
	assert_string_equal(wanted("LANG=zh_CN.GB18030"), "");
	assert_string_equal(wanted("LANG=zh_CN.UTF-8 LC_CTYPE=zh_CN.GB18030"), "");
	/* A name is no path. */
	assert_string_equal(wanted("LANG=en_US.UTF-8 LANGUAGE=../zh:x:zh"), "zh en_US");
	assert_string_equal(wanted(""), "");
}

static void formats_agree_by_their_arguments(void **state)
{
	static const struct { const char *english, *ours; bool agree; } rows[] = {
		{ "no %s", "%s 没有", true },
		{ "no %s", "没有", false },
		{ "no %s", "%d 没有", false },
		{ "none", "没有 %s", false },
		{ "%s of %zu", "%2$zu 的 %1$s", true },
		{ "%s of %zu", "%zu 的 %s", false },
		{ "%s of %zu", "%2$zu 的 %s", false },
		{ "%s of %s", "%2$s 的", false },
		{ "%-8s %3d", "%s %d", true },
		{ "%d", "%i", true },
		{ "%d", "%ld", false },
		{ "%*d", "%d", false },
		{ "%*d", "%*d", true },
		{ "%.*s", "%.*s", true },
		{ "%d %%", "%d%%", true },
		{ "%d %%", "%d%", false },
		{ "%s", "%n", false },
		{ "%s", "%s%n", false },
		{ "100 % !", "百分之百", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (formats_agree(rows[i].english, rows[i].ours) != rows[i].agree) {
			print_error("%s | %s\n", rows[i].english, rows[i].ours);
			assert_true(false);
		}
}

static void a_conversion_of_any_length_is_none(void **state)
{
	char ours[128] = "%";

	(void)state;
	for (size_t i = 1; i < sizeof(ours) - 2; i++) {
		ours[i] = 'h';
		ours[i + 1] = 'd';
		assert_int_equal(formats_agree("%hhd", ours), i == 2);
	}
}

/* What catalog_read() makes of a file with these bytes: 0, or -1 with err. */
static int read_bytes(const char *bytes, struct arena *arena, struct messages *ret, struct error *err)
{
	char path[] = "/tmp/stave-catalog.XXXXXX";
	int fd = mkstemp(path);

	*ret = (struct messages){ 0 };
	assert_true(fd >= 0 && write(fd, bytes, strlen(bytes)) == (ssize_t)strlen(bytes));
	close(fd);
	int status = catalog_read(path, arena, ret, err);
	unlink(path);
	return status;
}

static void a_catalog_translates_what_it_has(void **state)
{
	cleanup_arena struct arena arena = { 0 };
	cleanup_text struct text text = { 0 };
	struct messages messages;
	struct error err;

	(void)state;
	assert_int_equal(read_bytes(HEADER
		"# a comment\n#: repl/x.c\n#, c-format\nmsgid \"no %s\"\nmsgstr \"没有 %s\"\n\n"
		"msgid \"\"\n\"two \"\n\"lines\\n\"\nmsgstr \"\"\n\"两\"\n\"行\\n\"\r\n\n"
		"msgid \"%zu step\"\nmsgid_plural \"%zu steps\"\nmsgstr[0] \"%zu 步\"\n\n"
		"msgid \"a \\\"q\\\" \\\\ \\t\"\nmsgstr \"引\"\n\n"
		"#, fuzzy, c-format\nmsgid \"guessed\"\nmsgstr \"猜\"\n\n"
		"msgctxt \"menu\"\nmsgid \"open\"\nmsgstr \"打开\"\n\n"
		"#~ msgid \"old\"\n#~ msgstr \"旧\"\n\n"
		"msgid \"bare\"\nmsgstr \"\"\n\n"
		"msgid \"last\"\nmsgstr \"末\"", &arena, &messages, &err), 0);
	assert_string_equal(message("last"), "last");
	messages_use(&messages);
	assert_string_equal(message("two lines\n"), "两行\n");
	assert_string_equal(message("a \"q\" \\ \t"), "引");
	assert_string_equal(message("last"), "末");
	assert_string_equal(message_of(1, "%zu step", "%zu steps"), "%zu 步");
	assert_string_equal(message_of(7, "%zu step", "%zu steps"), "%zu 步");
	/* The rest stays English. */
	static const char *const english[] = { "guessed", "open", "old", "bare", "unknown", "" };
	for (size_t i = 0; i < sizeof(english) / sizeof(*english); i++)
		assert_string_equal(message(english[i]), english[i]);
	/* All that speaks translates its format, and nothing else. */
	text_sayf(&text, "no %s", "bare");
	text_say(&text, "last");
	text_addf(&text, "no %s", "x");
	text_add(&text, "last");
	assert_string_equal(text.s, "没有 bare末no xlast");
	fail_id(&err, ERR_CATALOG, 0, "no %s", "last");
	assert_string_equal(err.what, "没有 last");
	fail(&err, 0, "last");
	assert_string_equal(err.what, "last");
	messages_use(NULL);
	assert_string_equal(message_of(1, "%zu step", "%zu steps"), "%zu step");
	assert_string_equal(message_of(0, "%zu step", "%zu steps"), "%zu steps");
}

static void a_catalog_holds_many(void **state)
{
	cleanup_arena struct arena arena = { 0 };
	cleanup_text struct text file = { 0 };
	struct messages messages;
	struct error err;

	(void)state;
	text_add(&file, HEADER);
	for (int i = 0; i < 3000; i++)
		text_addf(&file, "msgid \"m%d\"\nmsgstr \"t%d\"\n\n", i, i);
	assert_int_equal(read_bytes(file.s, &arena, &messages, &err), 0);
	assert_int_equal(messages.count, 3000);
	messages_use(&messages);
	assert_string_equal(message("m0"), "t0");
	assert_string_equal(message("m2999"), "t2999");
	assert_string_equal(message("m3000"), "m3000");
	messages_use(NULL);
}

static void what_cannot_be_used_is_refused_with_its_line(void **state)
{
	static const struct { const char *bytes; int line; } rows[] = {
		{ "<html>\n", 1 },
		{ HEADER "msgid \"a\nmsgstr \"b\"\n", 4 },
		{ HEADER "\"a\"\nmsgid \"b\"\n", 4 },
		{ HEADER "msgid \"\\x41\"\n", 4 },
		{ HEADER "msgid \"no %s\"\nmsgstr \"%n\"\n\n", 6 },
		{ HEADER "msgid \"a\"\nmsgstr \"\\e[2J\"\n\n", 6 },
		{ HEADER "msgid \"a\"\nmsgstr \"\xff\"\n\n", 6 },
		{ HEADER "msgid \"a\"\nmsgstr \"b\"\n\nmsgid \"a\"\nmsgstr \"c\"\n\n", 9 },
		{ "msgid \"\"\nmsgstr \"Content-Type: text/plain; charset=GBK\\n\"\n\n", 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		cleanup_arena struct arena arena = { 0 };
		struct messages messages;
		struct error err;
		char place[20];
		assert_int_equal(read_bytes(rows[i].bytes, &arena, &messages, &err), -1);
		assert_string_equal(err.id, "catalog");
		snprintf(place, sizeof(place), ":%d: ", rows[i].line);
		assert_non_null(strstr(err.what, place));
	}
}

static void what_does_not_fit_ends_with_a_whole_character(void **state)
{
	cleanup_arena struct arena arena = { 0 };
	cleanup_text struct text file = { 0 };
	struct messages messages;
	struct error err;

	(void)state;
	for (size_t ahead = 0; ahead < 3; ahead++) {
		text_clear(&file);
		text_addf(&file, HEADER "msgid \"long\"\nmsgstr \"%.*s", (int)ahead, "aaa");
		for (int i = 0; i < 300; i++)
			text_add(&file, "长");
		text_add(&file, "\"\n");
		assert_int_equal(read_bytes(file.s, &arena, &messages, &err), 0);
		messages_use(&messages);
		fail_why(&err, "long");
		messages_use(NULL);
		assert_true((strlen(err.why) - ahead) % 3 == 0 && strlen(err.why) > 500);
	}
}

static void what_was_printed_in_english_is_recognized(void **state)
{
	static const struct { const char *printed, *ours; } rows[] = {
		{ "not here", "不在这里" },
		{ "3 entries, 20 bytes", "20 字节，3 个条目" },
		{ "-3 entries, x bytes", "-3 entries, x bytes" },       /* not what %llu prints */
		{ "the kernel says: no such device", "内核说：没有设备" }, /* what %s stood for is a message, too */
		{ "the kernel says: ", "内核说：" },
		{ "/a: 1 cannot be opened", "打不开 /a: 1" },
		{ "/a cannot be opened twice", "/a cannot be opened twice" },
		{ "not here; the kernel says: x; y", "不在这里；内核说：x; y" },
		{ "100%", "100%" }, { "%s", "%s" }, { "", "" },
		{ "12: x", "12: x" },                                   /* "%d: %s" has too few letters */
		{ "a very long line that no message has", "a very long line that no message has" },
	};
	cleanup_arena struct arena arena = { 0 };
	struct messages messages;
	struct error err;

	(void)state;
	assert_int_equal(read_bytes(HEADER
		"msgid \"not here\"\nmsgstr \"不在这里\"\n\n"
		"msgid \"%zu entries, %llu bytes\"\nmsgstr \"%2$llu 字节，%1$zu 个条目\"\n\n"
		"msgid \"the kernel says: %s\"\nmsgstr \"内核说：%s\"\n\n"
		"msgid \"no such device\"\nmsgstr \"没有设备\"\n\n"
		"msgid \"%s cannot be opened\"\nmsgstr \"打不开 %s\"\n\n"
		"msgid \"%d: %s\"\nmsgstr \"%d 号 %s\"\n\n"
		"msgid \"; \"\nmsgstr \"；\"\n", &arena, &messages, &err), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		cleanup_text struct text text = { 0 };
		message_printed(rows[i].printed, &text);
		assert_string_equal(text_of(&text), rows[i].printed);
		text_clear(&text);
		messages_use(&messages);
		message_printed(rows[i].printed, &text);
		messages_use(NULL);
		assert_string_equal(text_of(&text), rows[i].ours);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(language_is_chosen_as_gettext_does),
		cmocka_unit_test(formats_agree_by_their_arguments),
		cmocka_unit_test(a_conversion_of_any_length_is_none),
		cmocka_unit_test(a_catalog_translates_what_it_has),
		cmocka_unit_test(a_catalog_holds_many),
		cmocka_unit_test(what_cannot_be_used_is_refused_with_its_line),
		cmocka_unit_test(what_was_printed_in_english_is_recognized),
		cmocka_unit_test(what_does_not_fit_ends_with_a_whole_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
