/* What a step looks like, whole: the calls, the meaning, the changes, the mistakes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/text.h"
#include "base/show/fill.h"
#include "shell/shell.h"
#include "shell/tell/calls.h"
#include "shell/tell/changes.h"
#include "shell/tell/report.h"

static const char mountinfo_before[] =
	"21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
	"22 21 0:20 / /proc rw,nosuid - proc proc rw\n";
static const char mountinfo_after[] =
	"21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
	"22 21 0:20 / /proc ro,nosuid - proc proc rw\n"
	"30 21 8:1 /a\\040b /test rw,relatime - ext4 /dev/\033[31msda1 rw\n";

static struct shell plain_shell(void)
{
	struct shell shell = { .screen = { .rows = 24, .columns = 80, .utf8 = true } };

	shell.show = SHOW_CHANGES;
	for (int link = 0; link < NS_LINKS; link++)
		shell.session.host.ns[link].id = 100 + (uint64_t)link;
	return shell;
}

static struct reading reading_of(const char *mountinfo)
{
	struct reading reading = { .pid = 5121, .root = "/", .cwd = "/", .uid_map = "",
				   .gid_map = "", .setgroups = "", .slash = { 21, 2, 8, 1 },
				   .top = { 21, 2, 8, 1 } };

	for (int link = 0; link < NS_LINKS; link++)
		reading.ns[link].id = 100 + (uint64_t)link;
	reading.mounts = mounts_parse(mountinfo, NULL);
	return reading;
}

/* mkdir, which was there already, and a bind mount. */
static void bind_plan(struct plan *plan)
{
	struct op *op = plan_add_with(plan, OP_mkdir, PLAN_MAY_EXIST);

	op->mkdir.path = "/test";
	op->mkdir.mode = 0755;
	op = plan_add(plan, OP_mount);
	op->mount.source = "/home";
	op->mount.target = "/test";
	op->mount.flags = MS_BIND | MS_REC;
	plan->meaning = "/test is now another way into /home: the same inodes, no copy. What lay "
			"under /test is hidden, not lost.";
	plan->same_as = "mount --rbind /home /test";
	plan->changes = true;
}

static void test_calls(void **state)
{
	struct shell shell = plain_shell();
	shell.session.at = &shell.session.first;
	struct plan plan = { 0 };
	struct op_outcome outcomes[] = { { .code = EEXIST }, { .code = 0 } };
	cleanup_text struct text text = { 0 };

	(void)state;
	bind_plan(&plan);
	report_calls(&shell, &plan, outcomes, 0, 2, 5121, &text);
	report_meaning(&shell, &plan, true, &text);
	assert_string_equal(text_of(&text),
		" · mkdir(\"/test\", 0755) = EEXIST\n"
		" ✓ mount(\"/home\", \"/test\", NULL, MS_BIND|MS_REC, NULL)\n"
		"     mount(2), same as: mount --rbind /home /test\n"
		"   /test is now another way into /home: the same inodes, no copy. What lay under\n"
		"   /test is hidden, not lost.\n");
	plan_done(&plan);
}

static void test_failed_call_in_ascii(void **state)
{
	struct shell shell = plain_shell();
	shell.session.at = &shell.session.first;
	struct plan plan = { 0 };
	struct op_outcome outcomes[] = { { 0 }, { .code = EPERM, .detail = "the kernel says: no" } };
	cleanup_text struct text text = { 0 };

	(void)state;
	shell.screen.utf8 = false;
	bind_plan(&plan);
	plan.same_as = "x";
	report_calls(&shell, &plan, outcomes, 0, 2, 5121, &text);
	assert_string_equal(text_of(&text),
		" + mkdir(\"/test\", 0755)\n"
		" x mount(\"/home\", \"/test\", NULL, MS_BIND|MS_REC, NULL) = EPERM\n"
		"     mount(2), same as: x\n"
		"     the kernel says: no\n");
	text_clear(&text);
	report_calls(&shell, &plan, NULL, 0, 1, 0, &text);
	assert_string_equal(text_of(&text), " -> mkdir(\"/test\", 0755)\n");
	plan_done(&plan);
}

/* mkdir(2) may find the folder there; that there is no place for it is a failure. */
static void test_mark_says_whether_the_plan_goes_on(void **state)
{
	struct shell shell = plain_shell();
	shell.session.at = &shell.session.first;
	struct plan plan = { .same_as = "x" };
	struct op_outcome outcomes[] = { { .code = ENOENT }, { .code = EPERM } };
	cleanup_text struct text text = { 0 };

	(void)state;
	bind_plan(&plan);
	plan.ops[1].flags = PLAN_MAY_FAIL;
	report_calls(&shell, &plan, outcomes, 0, 2, 5121, &text);
	assert_memory_equal(text.s, " ✗ mkdir(", strlen(" ✗ mkdir("));
	assert_non_null(strstr(text.s, "\n · mount("));
	plan_done(&plan);
}

static void test_hint_beside_a_short_call(void **state)
{
	struct shell shell = plain_shell();
	shell.session.at = &shell.session.first;
	struct plan plan = { .same_as = "hostname box" };
	struct op_outcome outcome = { 0 };
	cleanup_text struct text text = { 0 };

	(void)state;
	plan_add(&plan, OP_sethostname)->sethostname.name = "box";
	report_calls(&shell, &plan, &outcome, 0, 1, 1, &text);
	assert_string_equal(text_of(&text), " ✓ sethostname(\"box\", 3)                "
					    "sethostname(2), same as: hostname box\n");
	plan_done(&plan);
}

static void test_changes(void **state)
{
	struct shell shell = plain_shell();
	shell.session.at = &shell.session.first;
	struct reading before = reading_of(mountinfo_before);
	struct reading after = reading_of(mountinfo_after);
	struct difference difference;
	cleanup_text struct text text = { 0 };

	(void)state;
	after.ns[NS_MNT].id = 7;
	difference_find(&before, &after, &difference);
	report_changes(&shell, &before, &after, &difference, false, &text);
	assert_string_equal(text_of(&text),
		" /proc/5121/ns         own: +mnt  host's: cgroup ipc net pid time user uts\n"
		" /proc/5121/mountinfo  3 mounts, 1 added, 1 changed\n"
		"   + 30 21 8:1 /a\\040b /test rw,relatime - ext4 /dev/\\x1b[31msda1 rw\n"
		"   ~ 22 21 0:20 / /proc ro,nosuid - proc proc rw\n"
		"     was: 22 21 0:20 / /proc rw,nosuid - proc proc rw\n");
	difference_done(&difference);
	reading_done(&before);
	reading_done(&after);
}

static void test_whole_table_when_it_fits(void **state)
{
	struct shell shell = plain_shell();
	shell.session.at = &shell.session.first;
	struct reading before = reading_of(mountinfo_before);
	cleanup_text struct text text = { 0 };

	(void)state;
	shell.show = SHOW_AUTO;
	report_changes(&shell, &before, &before, NULL, false, &text);
	assert_string_equal(text_of(&text),
		" /proc/5121/ns         own: none  host's: cgroup ipc mnt net pid time user uts\n"
		" /proc/5121/mountinfo  2 mounts\n"
		"     21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
		"     22 21 0:20 / /proc rw,nosuid - proc proc rw\n");
	text_clear(&text);
	shell.screen.rows = 3;
	report_changes(&shell, &before, &before, NULL, false, &text);
	assert_null(strstr(text_of(&text), "sda1"));
	reading_done(&before);
}

static void test_missing_walls(void **state)
{
	struct reading host = reading_of(mountinfo_before), child = reading_of(mountinfo_before);
	cleanup_text struct text text = { 0 };

	(void)state;
	child.cap_effective = UINT64_MAX;
	missing_walls(&child, &host, &text);
	assert_string_equal(text_of(&text), "mnt pid uts ipc net cgroup root capabilities");
	for (int link = 0; link < NS_TYPES; link++)
		child.ns[link].id = 1;
	text_clear(&text);
	missing_walls(&child, &host, &text);
	assert_string_equal(text_of(&text), "root");
	child.root = "/srv/box"; /* chroot(2) is no wall */
	child.slash.inode = 3;
	text_clear(&text);
	missing_walls(&child, &host, &text);
	assert_string_equal(text_of(&text), "root");
	child.root = "/";
	child.top = child.slash;
	text_clear(&text);
	missing_walls(&child, &host, &text);
	assert_string_equal(text_of(&text), "");
	reading_done(&host);
	reading_done(&child);
}

static void test_error_points_at_the_column(void **state)
{
	struct shell shell = plain_shell();
	shell.session.at = &shell.session.first;
	struct result result = { .line = "mount 'a b' x", .column = 5, .failed = true };
	cleanup_text struct text text = { 0 };

	(void)state;
	fail(&result.error, ENOENT, "open x");
	fail_why(&result.error, "there is no x, and there has never been one as far as anybody here "
				"can remember");
	result.error.column = 17;
	report_error(&shell, &result, &text);
	assert_string_equal(text_of(&text),
		"stave: open x: ENOENT (No such file or directory)\n"
		"  mount 'a b' x\n"
		"              ^\n"
		"  why: there is no x, and there has never been one as far as anybody here can\n"
		"       remember\n");
}

static void test_fill(void **state)
{
	cleanup_text struct text text = { 0 };

	(void)state;
	text_add(&text, "  why: ");
	fill(&text, "one two three four\n\n  kept   as it is\nfive", 7, 16);
	assert_string_equal(text_of(&text), "  why: one two\n       three\n       four\n\n"
					    "         kept   as it is\n       five\n");
	text_clear(&text);
	fill(&text, "averyveryverylongword b", 0, 8);
	assert_string_equal(text_of(&text), "averyveryverylongword\nb\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_failed_call_in_ascii),
		cmocka_unit_test(test_mark_says_whether_the_plan_goes_on),
		cmocka_unit_test(test_hint_beside_a_short_call),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_whole_table_when_it_fits),
		cmocka_unit_test(test_missing_walls),
		cmocka_unit_test(test_error_points_at_the_column),
		cmocka_unit_test(test_fill),
	};

	return cmocka_run_group_tests_name("shell: reports", tests, NULL, NULL);
}
