/* The difference of two readings: by number within one life, by meaning across lives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <string.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/text.h"
#include "snapshot/reading.h"

static const char before_text[] =
	"20 1 0:1 / / rw - ext4 root rw\n"
	"21 20 0:2 / /proc rw - proc proc rw\n"
	"22 20 0:3 / /a rw shared:1 - tmpfs a rw\n"
	"23 20 0:4 / /b rw - tmpfs b rw\n";

/* A reading that is nothing but a mount table. */
static void with_mounts(struct reading *reading, uint64_t ns, const char *text)
{
	*reading = (struct reading){ .mounts = mounts_parse(text, NULL) };
	reading->ns[NS_MNT].id = ns;
}

static void tell_change(const struct mount_change *change, struct text *ret)
{
	static const char marks[] = { '+', '-', '~' };
	const struct mount *mount = change->after ? change->after : change->before;

	assert_true(!change->before == (change->change == CHANGE_ADDED));
	assert_true(!change->after == (change->change == CHANGE_REMOVED || change->change == CHANGE_HIDDEN));
	text_addf(ret, "%c%s ", marks[change->change], mount->point);
	if (change->change == CHANGE_CHANGED)
		text_addf(ret, "(%s %s) ", change->before->point, change->before->propagation);
}

static void differ_by(uint64_t ns, const char *after_text, const char *expected)
{
	cleanup_text struct text found = { 0 };
	struct reading before, after;
	struct difference difference;

	with_mounts(&before, 7, before_text);
	with_mounts(&after, ns, after_text);
	difference_find(&before, &after, &difference);
	for (size_t i = 0; i < difference.mount_count; i++)
		tell_change(&difference.mounts[i], &found);
	assert_int_equal(difference.ns[NS_MNT], ns && ns != 7);
	difference_done(&difference);
	reading_done(&before);
	reading_done(&after);
	assert_string_equal(text_of(&found), expected);
}

static void test_mounts_by_id(void **state)
{
	(void)state;
	differ_by(7, before_text, "");
	differ_by(7, "", "-/ -/proc -/a -/b ");
	/* Added in between, removed, and another order. */
	differ_by(7, "20 1 0:1 / / rw - ext4 root rw\n"
		     "30 20 0:9 / /n rw - tmpfs n rw\n"
		     "23 20 0:4 / /b rw - tmpfs b rw\n"
		     "22 20 0:3 / /a rw shared:1 - tmpfs a rw\n", "-/proc +/n ");
	/* Moved, made private, remounted. Another peer group alone is no change. */
	differ_by(7, "20 1 0:1 / / ro - ext4 root rw\n"
		     "21 20 0:2 / /p rw - proc proc rw\n"
		     "22 20 0:3 / /a rw - tmpfs a rw\n"
		     "23 20 0:4 / /b rw - tmpfs b rw,size=4k\n",
		  "~/ (/ private) ~/p (/proc private) ~/a (/a shared) ~/b (/b private) ");
	differ_by(7, "20 1 0:1 / / rw - ext4 root rw\n"
		     "21 20 0:2 / /proc rw - proc proc rw\n"
		     "22 20 0:3 / /a rw shared:8 - tmpfs a rw\n"
		     "23 20 0:4 / /b rw - tmpfs b rw\n", "");
	/* The id was given to another file system, which is another mount. */
	differ_by(7, "20 1 0:1 / / rw - ext4 root rw\n"
		     "21 20 0:2 / /proc rw - proc proc rw\n"
		     "22 20 0:3 / /a rw shared:1 - tmpfs a rw\n"
		     "23 20 0:5 / /b rw - tmpfs b rw\n", "-/b +/b ");
}

static void test_mounts_of_a_new_namespace(void **state)
{
	(void)state;
	/* All ids are new, nothing else is. */
	differ_by(8, "50 1 0:1 / / rw - ext4 root rw\n"
		     "51 50 0:2 / /proc rw - proc proc rw\n"
		     "52 50 0:3 / /a rw shared:1 - tmpfs a rw\n"
		     "53 50 0:4 / /b rw - tmpfs b rw\n", "");
	differ_by(8, "50 1 0:1 / / rw - ext4 root rw\n"
		     "52 50 0:3 / /a rw - tmpfs a rw\n"
		     "53 50 0:4 / /b rw - tmpfs b rw\n"
		     "54 53 0:9 / /b rw - tmpfs over rw\n", "-/proc ~/a (/a shared) +/b ");
}

static void test_mounts_of_a_namespace_whose_id_was_not_read(void **state)
{
	(void)state;
	/* The same: a mount has moved to where another one was. */
	differ_by(0, "22 1 0:3 / / rw shared:1 - tmpfs a rw\n"
		     "23 22 0:4 / /proc rw - tmpfs b rw\n", "-/ -/proc ~/ (/a shared) ~/proc (/b private) ");
	/* Another: copies under new ids. */
	differ_by(0, "40 1 0:1 / / rw - ext4 root rw\n"
		     "41 40 0:2 / /proc rw - proc proc rw\n"
		     "42 40 0:3 / /a rw shared:1 - tmpfs a rw\n"
		     "43 40 0:4 / /b rw - tmpfs b rw\n", "");
}

static void test_unreadable_tables(void **state)
{
	struct reading before, after = { 0 };
	struct difference difference;

	(void)state;
	with_mounts(&before, 7, before_text);
	difference_find(&before, &after, &difference);
	assert_int_equal(difference.mount_count, 0);
	difference_done(&difference);
	difference_find(&after, &before, &difference);
	assert_int_equal(difference.mount_count, 0);
	difference_done(&difference);
	reading_done(&before);
}

static void test_the_rest(void **state)
{
	struct reading a = { .pid = 5, .root = "/", .cwd = "/", .uid_map = "", .gid_map = "" };
	struct reading b = { .pid = 6, .root = "/x", .cwd = "/y", .uid_map = "0 0 1",
			     .gid_map = "0 1 1", .hostname = "box", .cap_ambient = 4,
			     .no_new_privs = 1, .seccomp = 2 };
	struct difference difference;

	(void)state;
	reading_parse_cgroups("0::/\n", &a);
	reading_parse_cgroups("0::/box\n", &b);
	difference_find(&a, &b, &difference);
	assert_true(difference.pid && difference.root && difference.cwd && difference.uid_map &&
		    difference.gid_map && difference.hostname && difference.caps &&
		    difference.no_new_privs && difference.seccomp && difference.cgroup);
	difference_done(&difference);
	difference_find(&b, &b, &difference);
	assert_false(difference.pid || difference.root || difference.cwd || difference.uid_map ||
		     difference.gid_map || difference.hostname || difference.caps ||
		     difference.no_new_privs || difference.seccomp || difference.cgroup);
	difference_done(&difference);
	reading_done(&a);
	reading_done(&b);
}

/* A child as it is read, and the host it belongs to. */
static void fill(struct reading *reading, uint64_t first_ns, const char *mounts,
		 const char *cgroups)
{
	*reading = (struct reading){ .root = "/", .cwd = "/", .uid_map = "0 1000 1",
				     .gid_map = "0 1000 1", .setgroups = "deny", .levels = 2 };
	for (int link = 0; link < NS_LINKS; link++)
		reading->ns[link].id = first_ns + (link < NS_TYPES ? link : link == NS_PID_FOR_CHILDREN ?
						   NS_PID : NS_TIME);
	reading->mounts = mounts_parse(mounts, NULL);
	reading_parse_cgroups(cgroups, reading);
}

static const char overlay[] =
	"40 1 0:9 / / rw,relatime - overlay overlay rw,lowerdir=/run/stave-11/2/a:/b2,"
	"upperdir=/run/stave-11/3/up\n"
	"41 40 0:2 net:[4026532281] /ns rw - nsfs nsfs rw\n"
	"42 40 0:3 / /a rw master:4 - tmpfs lower rw\n"
	"43 42 0:4 / /a rw master:5 - tmpfs upper rw\n";

static void test_equal_across_lives(void **state)
{
	cleanup_text struct text text = { 0 };
	struct reading a, b, host;

	(void)state;
	fill(&host, 100, before_text, "4:cpu:/\n0::/user.slice\n");
	fill(&a, 200, overlay, "4:cpu:/stave-11-1\n0::/user.slice\n");
	fill(&b, 300, "70 1 0:5 / / rw,relatime - overlay overlay rw,lowerdir=/run/stave-4711/2/a:/b2,"
		      "upperdir=/run/stave-4711/17/up\n"
		      "71 70 0:8 net:[4026531999] /ns rw - nsfs nsfs rw\n"
		      "72 70 0:7 / /a rw master:9 - tmpfs lower rw\n"
		      "73 72 0:6 / /a rw master:1 - tmpfs upper rw\n",
	     "4:cpu:/stave-4711-23\n0::/user.slice\n");
	a.pid = 11;
	b.pid = 12;
	size_t lines = reading_differs(&a, &b, &host, &text);
	assert_string_equal(text_of(&text), "");
	assert_int_equal(lines, 0);
	assert_int_equal(reading_differs(&a, &a, &host, &text), 0);
	reading_done(&a);
	reading_done(&b);
	reading_done(&host);
}

/* One thing changed in a copy of the child makes just these lines. */
static void changed(void (*change)(struct reading *), const char *expected)
{
	cleanup_text struct text text = { 0 };
	struct reading a, b, host;

	fill(&host, 100, before_text, "4:cpu:/\n0::/user.slice\n");
	fill(&a, 200, overlay, "4:cpu:/stave-11-1\n0::/user.slice\n");
	fill(&b, 300, overlay, "4:cpu:/stave-11-1\n0::/user.slice\n");
	change(&b);
	size_t lines = reading_differs(&a, &b, &host, &text);
	assert_string_equal(text_of(&text), expected);
	assert_int_equal(lines, 1);
	reading_done(&a);
	reading_done(&b);
	reading_done(&host);
}

static void host_net(struct reading *reading) { reading->ns[NS_NET].id = 100 + NS_NET; }
static void no_child_yet(struct reading *reading) { reading->ns[NS_PID_FOR_CHILDREN].id = 0; }
static void other_next(struct reading *reading) { reading->ns[NS_PID_FOR_CHILDREN].id = 999; }
static void other_root(struct reading *reading) { reading->root = "/x\033"; }
static void other_name(struct reading *reading) { strcpy(reading->hostname, "box"); }
static void other_map(struct reading *reading) { reading->uid_map = "0 0 1\n"; }
static void deeper(struct reading *reading) { reading->levels = 3; }
static void fewer_caps(struct reading *reading) { reading->cap_effective = 0x2a; }
static void other_uid(struct reading *reading) { reading->uid[1] = 7; }
static void left_group(struct reading *reading) { reading->cgroups[0].path = "/"; }
static void no_group(struct reading *reading)
{
	reading->cgroups[0] = reading->cgroups[1];
	reading->cgroup_count = 1;
}
static void is_private(struct reading *reading)
{
	reading->mounts->list[2].propagation = "private";
}
static void other_layer(struct reading *reading)
{
	reading->mounts->list[0].super = "rw,lowerdir=/run/stave-11/2/a:/b3,"
					 "upperdir=/run/stave-11/3/up";
}
static void gone(struct reading *reading) { reading->mounts->count--; }

static void test_each_difference_is_told(void **state)
{
	(void)state;
	changed(host_net, "ns net: own / the host's\n");
	changed(no_child_yet, "ns pid_for_children: own / none\n");
	changed(other_next, "ns pid_for_children: own / not its own\n");
	changed(other_root, "root: / / /x\\x1b\n");
	changed(other_name, "hostname:  / box\n");
	changed(other_map, "uid_map: 0 1000 1 / 0 0 1\\n\n");
	changed(deeper, "levels of pid namespaces: 2 / 3\n");
	changed(fewer_caps, "CapEff: 0 / 2a\n");
	changed(other_uid, "effective uid: 0 / 7\n");
	changed(left_group, "cgroup cpu: stave-N-N / the host's\n");
	changed(no_group, "cgroup cpu: stave-N-N / none\n");
	changed(is_private, "mount /a: tmpfs lower / rw slave rw / tmpfs lower / rw private rw\n");
	changed(other_layer, "mount /: overlay overlay / rw,relatime private "
			     "rw,lowerdir=/run/stave-N/N/a:/b2,upperdir=/run/stave-N/N/up / "
			     "overlay overlay / rw,relatime private "
			     "rw,lowerdir=/run/stave-N/N/a:/b3,upperdir=/run/stave-N/N/up\n");
	changed(gone, "mount /a: tmpfs upper / rw slave rw / none\n");
}

static void test_order_of_a_stack(void **state)
{
	cleanup_text struct text text = { 0 };
	struct reading a, b;

	(void)state;
	with_mounts(&a, 1, "1 0 0:1 / /a rw - tmpfs x rw\n2 1 0:2 / /a rw - tmpfs y rw\n"
			   "3 0 0:3 / /b rw - tmpfs z rw\n");
	with_mounts(&b, 1, "3 0 0:3 / /b rw - tmpfs z rw\n1 0 0:1 / /a rw - tmpfs y rw\n"
			   "2 1 0:2 / /a rw - tmpfs x rw\n");
	assert_int_equal(reading_differs(&a, &b, &a, &text), 2);
	reading_done(&b);
	with_mounts(&b, 1, "3 0 0:3 / /b rw - tmpfs z rw\n1 0 0:1 / /a rw - tmpfs x rw\n"
			   "2 1 0:2 / /a rw - tmpfs y rw\n");
	assert_int_equal(reading_differs(&a, &b, &a, &text), 0);
	reading_done(&a);
	reading_done(&b);
}

/* What one of the two could not be read of is no difference. */
static void test_what_is_unread_says_nothing(void **state)
{
	static char map[] = "0 0 1\n", slash[] = "/";
	cleanup_text struct text text = { 0 };
	struct reading a, b;

	(void)state;
	with_mounts(&a, 1, "1 0 0:1 / /a rw - tmpfs x rw\n");
	a.uid_map = a.gid_map = map;
	a.root = a.cwd = slash;
	a.levels = 1;
	a.cap_effective = 7;
	for (enum ns_link link = 0; link < NS_LINKS; link++)
		a.ns[link].id = 100 + link;
	b = a;
	b.mounts = NULL;
	b.uid_map = b.gid_map = NULL;
	b.maps_unread = true;
	b.root = b.cwd = NULL;
	b.levels = 0;
	b.cap_effective = 0;
	for (enum ns_link link = 0; link < NS_LINKS; link++) {
		b.ns[link].id = 0;
		b.ns[link].code = EMFILE;
	}
	assert_int_equal(reading_differs(&a, &b, &a, &text), 0);
	b.ns[NS_UTS].code = ENOENT;
	assert_int_equal(reading_differs(&a, &b, &a, &text), 1);
	reading_done(&a);
}

/* A first mount of cgroup2, anywhere, lists a hierarchy that all had been at the root of. */
static void test_v2_that_is_not_listed(void **state)
{
	cleanup_text struct text text = { 0 };
	struct reading a, b;

	(void)state;
	fill(&a, 100, before_text, "4:cpu:/\n");
	fill(&b, 100, before_text, "4:cpu:/\n0::/\n");
	assert_int_equal(reading_differs(&a, &b, &a, &text), 0);
	assert_int_equal(reading_differs(&b, &a, &a, &text), 0);
	b.cgroups[1].path = "/box";
	assert_int_equal(reading_differs(&a, &b, &a, &text), 1);
	assert_string_equal(text_of(&text), "cgroup v2: the host's / box\n");
	reading_done(&a);
	reading_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mounts_by_id),
		cmocka_unit_test(test_mounts_of_a_new_namespace),
		cmocka_unit_test(test_mounts_of_a_namespace_whose_id_was_not_read),
		cmocka_unit_test(test_unreadable_tables),
		cmocka_unit_test(test_the_rest),
		cmocka_unit_test(test_equal_across_lives),
		cmocka_unit_test(test_each_difference_is_told),
		cmocka_unit_test(test_order_of_a_stack),
		cmocka_unit_test(test_what_is_unread_says_nothing),
		cmocka_unit_test(test_v2_that_is_not_listed),
	};

	return cmocka_run_group_tests_name("snapshot: difference", tests, NULL, NULL);
}
