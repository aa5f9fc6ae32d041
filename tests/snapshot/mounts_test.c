/* The mount table: what the kernel writes is understood, and paths find their mounts. */
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
#include "base/path.h"
#include "base/text.h"
#include "snapshot/snapshot.h"

/* All that was parsed of a table, in words. */
static void tells(const char *text, const char *expected, unsigned bad_expected)
{
	cleanup_text struct text found = { 0 };
	unsigned bad = 77;
	struct mounts *mounts = mounts_parse(text, &bad);

	for (size_t i = 0; i < mounts->count; i++) {
		const struct mount *m = &mounts->list[i];
		text_addf(&found, "%d %d %u:%u <%s> <%s> <%s> %s <%s> <%s> <%s>\n", m->id, m->parent,
			  m->major, m->minor, m->root, m->point, m->options, m->propagation,
			  m->type, m->source, m->super);
	}
	mounts_free(mounts);
	assert_string_equal(text_of(&found), expected);
	assert_int_equal(bad, bad_expected);
}

static void test_fields(void **state)
{
	(void)state;
	tells("", "", 0);
	tells("36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n",
	      "36 35 98:0 </mnt1> </mnt2> <rw,noatime> slave <ext3> </dev/root> "
	      "<rw,errors=continue>\n", 0);
	/* The last newline may be missing; a blank line is not a mount. */
	tells("1 1 0:1 / / rw - rootfs rootfs rw\n\n2 1 0:2 / /a rw - tmpfs t rw",
	      "1 1 0:1 </> </> <rw> private <rootfs> <rootfs> <rw>\n"
	      "2 1 0:2 </> </a> <rw> private <tmpfs> <t> <rw>\n", 0);
}

static void test_optional_fields(void **state)
{
	(void)state;
	tells("1 0 0:1 / / rw - t s rw\n"
	      "2 1 0:1 / /a rw shared:1 - t s rw\n"
	      "3 1 0:1 / /b rw shared:12 master:7 - t s rw\n"
	      "4 1 0:1 / /c rw master:7 propagate_from:2 - t s rw\n"
	      "5 1 0:1 / /d rw unbindable - t s rw\n"
	      "6 1 0:1 / /e rw later:1 unknown - t s rw\n",
	      "1 0 0:1 </> </> <rw> private <t> <s> <rw>\n"
	      "2 1 0:1 </> </a> <rw> shared <t> <s> <rw>\n"
	      "3 1 0:1 </> </b> <rw> shared,slave <t> <s> <rw>\n"
	      "4 1 0:1 </> </c> <rw> slave <t> <s> <rw>\n"
	      "5 1 0:1 </> </d> <rw> unbindable <t> <s> <rw>\n"
	      "6 1 0:1 </> </e> <rw> private <t> <s> <rw>\n", 0);
}

static void test_escapes(void **state)
{
	(void)state;
	/* " - " in a name comes as \040-\040; a backslash as \134, so "\134040" is no blank. */
	tells("7 1 0:3 /a\\040-\\040b /x\\011y\\012z\\134040 rw - fuse.x\\134 a\\040b rw,o=\\054\n",
	      "7 1 0:3 </a - b> </x\ty\nz\\040> <rw> private <fuse.x\\> <a b> <rw,o=,>\n", 0);
	/* What is no escape stays. */
	tells("7 1 0:3 / /\\9\\04 rw - t \\ rw\n",
	      "7 1 0:3 </> </\\9\\04> <rw> private <t> <\\> <rw>\n", 0);
	/* A source may be empty, and the file system's options may hold blanks. */
	tells("7 1 0:3 / /p rw - tmpfs  rw,a b\n",
	      "7 1 0:3 </> </p> <rw> private <tmpfs> <> <rw,a b>\n", 0);
}

static void test_broken_lines_are_counted(void **state)
{
	static const char *const broken[] = {
		"x", "1", "1 2", "1 2 0:1 / / rw", "1 2 0:1 / / rw -", "1 2 0:1 / / rw - t",
		"1 2 0:1 / / rw - t s", "1 2 0 / / rw - t s rw", "1 2 :1 / / rw - t s rw",
		"a 2 0:1 / / rw - t s rw", "-1 2 0:1 / / rw - t s rw", "1 2 0:1 / / rw t s rw",
		"99999999999 2 0:1 / / rw - t s rw", "0x1 2 0:1 / / rw - t s rw",
		"1 2 0:1 / relative rw - t s rw", "1 2 0:1 / / rw -  s rw",
	};
	char text[200];

	(void)state;
	for (size_t i = 0; i < COUNT(broken); i++) {
		snprintf(text, sizeof(text), "%s\n9 1 0:1 / /q rw - t s rw\n", broken[i]);
		tells(text, "9 1 0:1 </> </q> <rw> private <t> <s> <rw>\n", 1);
	}
}

static void test_lines_are_kept(void **state)
{
	static const char first[] = "1 1 0:1 / / rw - t a\\040b rw";
	static const char second[] = "2 1 0:1 / /\\011 rw shared:9 - t s rw";
	cleanup_text struct text text = { 0 };

	(void)state;
	text_addf(&text, "%s\n%s\n", first, second);
	struct mounts *mounts = mounts_parse(text_of(&text), NULL);
	assert_int_equal(mounts->count, 2);
	assert_string_equal(mounts->list[0].line, first);
	assert_string_equal(mounts->list[1].line, second);
	mounts_free(mounts);
}

static void test_huge_table(void **state)
{
	enum { COUNT = 20000 };
	cleanup_text struct text text = { 0 };

	(void)state;
	text_add(&text, "1 1 0:1 / / rw - ext4 /dev/vda rw\n");
	for (int i = 2; i <= COUNT; i++)
		text_addf(&text, "%d 1 0:%d / /m%d rw - tmpfs t rw\n", i, i, i);
	struct mounts *mounts = mounts_parse(text_of(&text), NULL);
	assert_int_equal(mounts->count, COUNT);
	assert_string_equal(mounts->list[COUNT - 1].point, "/m20000");
	assert_int_equal(mounts_find(mounts, "/m777/x")->id, 777);
	mounts_free(mounts);
}

static const char tree[] =
	"20 1 0:1 / / rw - ext4 root rw\n"
	"21 20 0:2 / /proc rw - proc proc rw\n"
	"22 20 0:3 / /a rw - tmpfs first rw\n"
	"23 22 0:4 / /a/b rw - tmpfs second rw\n"
	"24 22 0:5 / /a rw - tmpfs over rw\n"
	"25 24 0:6 / /a/c rw - tmpfs third rw\n"
	"26 20 0:7 / / rw - tmpfs above-root rw\n";

static void finds(const char *path, int id)
{
	struct mounts *mounts = mounts_parse(tree, NULL);

	assert_int_equal(mounts_find(mounts, path)->id, id);
	mounts_free(mounts);
}

static void test_find(void **state)
{
	(void)state;
	finds("/", 20);
	finds("/etc/passwd", 20);
	finds("/proc", 21);
	finds("/proc/1/ns", 21);
	finds("/process", 20);
	finds("/a", 24);
	finds("/a/c/d", 25);
	/* /a was mounted over: what lay below it is out of reach. */
	finds("/a/b", 24);
}

static void test_at(void **state)
{
	struct mounts *mounts = mounts_parse(tree, NULL);

	(void)state;
	assert_int_equal(mounts_at(mounts, "/")->id, 20);
	assert_int_equal(mounts_at(mounts, "/a")->id, 24);
	assert_null(mounts_at(mounts, "/a/b"));
	assert_null(mounts_at(mounts, "/etc"));
	mounts_free(mounts);
	mounts = mounts_parse("", NULL);
	assert_null(mounts_find(mounts, "/"));
	mounts_free(mounts);
}

static void test_parents_in_a_circle(void **state)
{
	struct mounts *mounts = mounts_parse("1 2 0:1 / /a rw - t s rw\n2 1 0:1 / /a rw - t s rw\n"
					     "3 9 0:1 / / rw - t s rw\n4 4 0:1 / /a rw - t s rw\n",
					     NULL);

	(void)state;
	assert_int_equal(mounts_find(mounts, "/a/b")->id, 3);
	mounts_free(mounts);
}

/* A walk as it is told in one sentence: from the mount with no parent here to what is attached to the last one. */
static const struct mount *walk(const struct mounts *mounts, const char *path, const struct mount *below)
{
	const struct mount *next = NULL;

	for (size_t i = 0; i < mounts->count; i++) {
		const struct mount *mount = &mounts->list[i];
		if (path_inside(mount->point, path) && (below ? mount->parent == below->id : mount->parent == 1) &&
		    (!next || strlen(mount->point) <= strlen(next->point)))
			next = mount;
	}
	return next ? walk(mounts, path, next) : below;
}

static void test_random_tables(void **state)
{
	static const char *const points[] = { "/a", "/a/b", "/a/b/c", "/b" };
	enum { TABLES = 300, ROWS = 60 };

	(void)state;
	srand(7);
	for (int table = 0; table < TABLES; table++) {
		cleanup_text struct text text = { 0 };
		text_add(&text, "2 1 0:1 / / rw - ext4 root rw\n");
		for (int id = 3; id < ROWS; id++)
			text_addf(&text, "%d %d 0:1 / %s rw - t s rw\n", id, 2 + rand() % (id - 2), points[rand() % 4]);
		struct mounts *mounts = mounts_parse(text_of(&text), NULL);
		for (int i = 0; i < 4; i++)
			assert_int_equal(mounts_find(mounts, points[i])->id, walk(mounts, points[i], NULL)->id);
		mounts_free(mounts);
	}
}

/* Of the rows each is looked at once: as many looks as rows for each mount in the pile would take minutes. */
static void test_a_high_pile(void **state)
{
	enum { COUNT = 100000 };
	cleanup_text struct text text = { 0 };

	(void)state;
	alarm(60);
	text_add(&text, "2 1 0:1 / / rw - ext4 /dev/vda rw\n");
	for (int i = 3; i <= COUNT; i++)
		text_addf(&text, "%d %d 0:%d / /m rw - tmpfs t rw\n", i, i - 1, i);
	struct mounts *mounts = mounts_parse(text_of(&text), NULL);
	assert_int_equal(mounts_find(mounts, "/m/x")->id, COUNT);
	mounts_free(mounts);
	alarm(0);
}

static void option_is(const char *name, const char *expected)
{
	static const char line[] = "7 1 0:3 / /u rw - overlay over\\040lay "
		"rw,lowerdir=/a\\054x:/b\\040c,upperdir=/u,userxattr,workdir=";
	cleanup_arena struct arena arena = { 0 };
	struct mounts *mounts = mounts_parse(line, NULL);
	char *found = mount_option(&mounts->list[0], name, &arena);

	if (expected)
		assert_string_equal(found, expected);
	else
		assert_null(found);
	mounts_free(mounts);
}

static void test_options(void **state)
{
	(void)state;
	option_is("lowerdir", "/a,x:/b c");
	option_is("upperdir", "/u");
	option_is("userxattr", "");
	option_is("workdir", "");
	option_is("rw", "");
	option_is("work", NULL);
	option_is("x", NULL);
}

static void test_shared_tables(void **state)
{
	struct mounts *mounts = mounts_parse(tree, NULL);

	(void)state;
	mounts->users++;
	mounts_free(mounts);
	assert_int_equal(mounts->users, 1);
	assert_int_equal(mounts->count, 7);
	mounts_free(mounts);
	mounts_free(NULL);
}

static void test_a_table_grows(void **state)
{
	struct mounts *mounts = mounts_parse("1 0 0:1 / / rw - t s rw\n2 1 0:2 / /a rw - t s rw,x\n", NULL);

	(void)state;
	struct mounts *more = mounts_grow(mounts, "3 1 0:3 / /b rw - t s rw\n4 2 0:2 / /a rw - t s rw,x\n");
	assert_int_equal(mounts->count, 2);
	assert_int_equal(more->count, 4);
	assert_string_equal(more->list[1].point, "/a");
	assert_string_equal(more->list[3].line, "4 2 0:2 / /a rw - t s rw,x");
	/* What grows out of the longest is at its place; two that grow out of one are apart. */
	struct mounts *most = mounts_grow(more, "5 1 0:5 / /c rw - t s rw\n");
	struct mounts *other = mounts_grow(more, "6 1 0:6 / /d rw - t s rw\n");
	assert_ptr_equal(most->list, more->list);
	assert_string_equal(most->list[4].point, "/c");
	assert_string_equal(other->list[4].point, "/d");
	mounts_free(more);
	mounts_free(mounts);
	assert_string_equal(other->list[0].point, "/");
	mounts_free(most);
	assert_string_equal(other->list[3].point, "/a");
	mounts_free(other);
}

static void test_what_disturbs_the_others_lets_no_table_grow(void **state)
{
	struct mounts *mounts = mounts_parse("1 0 0:1 / / rw - t s rw\n2 1 0:2 / /a rw - t s rw,x\n", NULL);

	(void)state;
	/* Below what was there; with options of its file system that the other mount then has as well; broken. */
	assert_null(mounts_grow(mounts, "3 1 0:3 / /a rw - t s rw\n"));
	assert_null(mounts_grow(mounts, "3 1 0:2 / /b rw - t s ro,x\n"));
	assert_null(mounts_grow(mounts, "3 1 0:2\n"));
	assert_int_equal(mounts->count, 2);
	mounts_free(mounts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_optional_fields),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_broken_lines_are_counted),
		cmocka_unit_test(test_lines_are_kept),
		cmocka_unit_test(test_huge_table),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_at),
		cmocka_unit_test(test_random_tables),
		cmocka_unit_test(test_a_high_pile),
		cmocka_unit_test(test_parents_in_a_circle),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_shared_tables),
		cmocka_unit_test(test_a_table_grows),
		cmocka_unit_test(test_what_disturbs_the_others_lets_no_table_grow),
	};

	return cmocka_run_group_tests_name("snapshot: mounts", tests, NULL, NULL);
}
