/* The language of checks: what is read, where mistakes are pointed at, and that the manual for
 * authors has all of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include <fcntl.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/text.h"
#include "lesson/check/check.h"

#define complain(format, ...) \
	do { \
		print_error(format "\n", __VA_ARGS__); \
		assert_true(false); \
	} while (0)

static void reads(const char *expression)
{
	cleanup_arena struct arena arena = { 0 };
	struct error err = { 0 };

	if (!check_parse(expression, strlen(expression), 1, &arena, &err))
		complain("%s: %d: %s", expression, err.column, err.what);
}

/* The mistake is told with its column. */
static void refuses(const char *expression, int column, const char *what)
{
	cleanup_arena struct arena arena = { 0 };
	struct error err = { 0 };

	assert_null(check_parse(expression, strlen(expression), 1, &arena, &err));
	assert_string_equal(err.what, what);
	assert_int_equal(err.column, column);
}

/* The namespaces for a type that is missing as for one that is wrong. */
static void test_a_missing_choice_lists_the_choices(void **state)
{
	static const char *const expressions[] = { "ns", "ns pit own" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		cleanup_arena struct arena arena = { 0 };
		struct error err = { 0 };
		assert_null(check_parse(expressions[i], strlen(expressions[i]), 1, &arena, &err));
		assert_non_null(strstr(err.fix, "cgroup ipc mnt net pid time user uts"));
	}
}

static void test_every_predicate(void **state)
{
	static const char *const examples[] = {
		"ns pid own", "ns network host", "ns net shared with 1", "mount /test present",
		"mount /test absent", "mount /proc type proc", "mount /proc from host",
		"mount /test from /home", "mount /test ro", "mount / propagation private",
		"file /a absent", "file /a present", "file /a folder", "file /a whiteout",
		"file /a contains ''", "file /a contains \"two words\"", "file /a same as /b",
		"pid inside 1", "hostname box", "root own", "root host", "root pivoted", "root chrooted", "cgroup memory own",
		"cgroup cpu 20%", "cgroup cpu 1.5cpus", "cgroup cpu max", "cgroup memory 64M",
		"cgroup pids 20", "cap sys_admin absent", "cap CAP_NET_RAW present",
		"cap chown effective", "cap chown ambient", "cap chown bounded", "nonewprivs",
		"seccomp filter", "seccomp off", "uid inside 0", "gid outside 1000", "net lo up",
		"run 'id -u' prints 0", "run id says root", "run true succeeds", "run false fails",
		"job box running", "job box absent", "host unchanged",
		"ns uts owned by own user", "mount /c alone", "mount /c unites /a /b", "mount /oldroot from host /", "mount /test shows /data",
		"mount /c option upperdir=/rw", "no mount from host", "proc /proc own",
		"file /a regular", "file /a executable", "file /a link", "file /a device", "file /a pipe",
		"file /a socket", "file /a is 'two words'", "file /a owner 0:33",
		"dir /c holds exactly a b c", "dir /c empty", "cwd inside", "cwd outside",
		"clock boottime 864000", "clock monotonic -5", "caps only none",
		"caps only docker -net_raw", "caps bounding only chown CAP_KILL", "seccomp docker",
		"call unshare denied", "call clone allowed as docker", "net forward on", "net forward off",
		"net link x present", "net link x down", "net link x port of br0", "net link x mtu 1500",
		"net link x to y of far", "net addr x none", "net addr x only 10.0.0.1/24 fd00::1/64",
		"net route default absent", "net route default via 10.0.0.1", "net route 10.1.0.0/16 dev x",
		"net neighbour 10.0.0.2 known", "net neighbour fd00::2 permanent", "net rules 2",
		"net rule 'tcp dport 8080' present", "net answers icmp 10.0.0.2", "net answers tcp 10.0.0.2:80",
		"net answers udp [fd00::2]:53", "image a/b:1 present", "image mine absent", "image mine layers 2",
		"image two shares 2 layers with one", "mount / of image mine",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(examples); i++)
		reads(examples[i]);
}

static void test_joined(void **state)
{
	(void)state;
	reads("ns pid own and pid inside 1 or not hostname box");
	reads("not (ns pid own or (ns uts own))");
	reads("( ns pid own )");
	reads("in box ns pid own and in 1 (ns net host or ns uts host)");
	reads("not not in %1 not nonewprivs");
	reads("hostname 'and' and hostname \"(box)\"");
	reads("(hostname \"tub\") or nonewprivs");
	reads("((hostname 'a (b) c'))");
	reads("not (dir /c holds exactly a b) and (caps only none)");
}

static void test_mistakes_are_pointed_at(void **state)
{
	(void)state;
	refuses("", 1, "a predicate is missing at the end");
	refuses("ns", 3, "ns: something is missing at the end");
	refuses("ns pid", 7, "ns: something is missing at the end");
	refuses("ns pit own", 4, "no such namespace type: pit");
	refuses("ns pid mine", 8, "ns: not expected here: mine");
	refuses("ns pid own own", 12, "ns: not expected here: own");
	refuses("ns pid own or", 14, "a predicate is missing at the end");
	refuses("ns pid own or or", 15, "a predicate is missing before or");
	refuses("(ns pid own", 1, "the parenthesis is not closed");
	refuses("ns pid own)", 11, "not expected here: )");
	refuses("weather fine", 1, "no such predicate: weather");
	refuses("ns pid own and weather fine", 16, "no such predicate: weather");
	refuses("pid inside one", 12, "one: not a number");
	refuses("cap everything absent", 5, "no such capability: everything");
	refuses("cgroup cpu much", 12, "much: not a valid CPU quota");
	refuses("cgroup network own", 8, "no such cgroup controller: network");
	refuses("(hostname \"tub\" more)", 17, "hostname: not expected here: more");
	refuses("dir /c holds exactly", 21, "dir: something is missing at the end");
	refuses("caps only chown everything", 17, "no such capability: everything");
	refuses("call mount_it denied", 6, "no such system call: mount_it");
	refuses("clock boottime ten", 16, "ten: not a number of seconds");
	refuses("file /a owner root", 15, "root: not UID:GID");
	refuses("net addr x only 10.0.0.1", 17, "10.0.0.1: not a valid address");
	refuses("net route 10.0.0.1/24 absent", 11, "10.0.0.1/24: not a valid address");
	refuses("net answers icmp 10.0.0.0/8", 18, "10.0.0.0/8: not a valid address");
	refuses("net answers tcp 10.0.0.2", 17, "10.0.0.2: not a valid address");
	refuses("net answers tcp fd00::2:80", 17, "fd00::2:80: not a valid address");
	refuses("net answers tcp 10.0.0.2:0", 17, "10.0.0.2:0: not a valid address");
	refuses("in", 3, "in: no name given: a job, a container or a process number");
	refuses("ns pid own; ns uts own", 13, "a check is one expression, without \";\"");
	refuses("hostname 'box", 10, "the quote ' is not closed");
	refuses("hostname \033", 10, "control character \\x1b in the line");
}

/* However deep it is nested, it is read or refused, and the stack holds. */
static void test_depth_is_bounded(void **state)
{
	cleanup_text struct text text = { 0 };
	cleanup_arena struct arena arena = { 0 };
	struct error err = { 0 };

	(void)state;
	for (int i = 0; i < 20000; i++)
		text_add(&text, "(");
	text_add(&text, "nonewprivs");
	assert_null(check_parse(text.s, text.len, 1, &arena, &err));
	assert_string_equal(err.what, "nested more than 100 deep");
	assert_int_equal(err.column, 101);
}

/* The words that a pattern has in lower case, in order, each in the manual's table. */
static void test_manual_for_authors_has_them_all(void **state)
{
	cleanup_text struct text manual = { 0 };

	(void)state;
	if (read_file(AT_FDCWD, "lessons/AUTHORING.md", 1 << 20, &manual) < 0)
		skip(); /* not run from the top of the tree */
	for (size_t i = 0; check_pattern(i); i++) {
		char start[80], word[64];
		snprintf(word, sizeof(word), "%.*s", (int)strcspn(check_pattern(i), " "),
			 check_pattern(i));
		snprintf(start, sizeof(start), "| `%s", word);
		if (!strstr(text_of(&manual), start))
			complain("lessons/AUTHORING.md does not tell of: %s", check_pattern(i));
		const char *last = strrchr(check_pattern(i), ' ');
		for (const char *s = last ? last + 1 : ""; *s && *s >= 'a'; s += *s == '|') {
			size_t length = strcspn(s, "|");
			snprintf(start, sizeof(start), "%.*s`", (int)length, s);
			if (!strstr(text_of(&manual), start))
				complain("lessons/AUTHORING.md lacks %s of: %s", start,
					 check_pattern(i));
			s += length;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_missing_choice_lists_the_choices),
		cmocka_unit_test(test_every_predicate),
		cmocka_unit_test(test_joined),
		cmocka_unit_test(test_mistakes_are_pointed_at),
		cmocka_unit_test(test_depth_is_bounded),
		cmocka_unit_test(test_manual_for_authors_has_them_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
