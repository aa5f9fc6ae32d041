/* Reading lessons: what a file says, and that a broken one gets one error with its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/error.h"
#include "base/list.h"
#include "base/text.h"
#include "lesson/file/lesson.h"

#define complain(format, ...) \
	do { \
		print_error(format "\n", __VA_ARGS__); \
		assert_true(false); \
	} while (0)

#define FRONT "---\ntitle: T\nsummary: s\nminutes: 5\n---\n"
#define DEMO "```demo first\nns\n```\n"
#define TASK "```task t\nDo it.\n```\n"
#define CHECK "```check\nns uts own\n```\n"
#define SOLUTION "```solution\nunshare user uts\n```\n"

static struct lesson *parse(const char *s, struct error *err)
{
	return lesson_parse("lessons/en/07-x.md", s, strlen(s), err);
}

static void refuses(const char *s, const char *what)
{
	struct error err = { 0 };
	cleanup_lesson struct lesson *lesson = parse(s, &err);

	assert_null(lesson);
	assert_string_equal(err.what, what);
}

static void test_whole_lesson(void **state)
{
	static const char file[] =
		"---\ntitle: A title: two\nsummary: s\nminutes: 12\n"
		"needs: namespaces, kernel 5.12\nafter: one, two\n---\n"
		"# Heading\n\nFirst.\n\n"
		"```predict\nWhat?\n```\n"
		"```demo first-look\n# comment\nns\nmount proc /proc  # fails\n```\n"
		"```explain\nBecause.\n```\n"
		"## Second\n\nProse.\n\n    drawing\n\n" TASK CHECK
		"```hint\nPlain.\n```\n"
		"```hint if ns user own\nTied.\n```\n"
		"```wrong\nunshare user\n```\n" SOLUTION
		"```remember end\nThis.\n```\n\nLast words.\n";
	struct error err = { 0 };
	cleanup_lesson struct lesson *lesson = parse(file, &err);

	(void)state;
	assert_string_equal(err.what, "");
	assert_non_null(lesson);
	assert_string_equal(lesson->name, "x");
	assert_int_equal(lesson->number, 7);
	assert_string_equal(lesson->title, "A title: two");
	assert_int_equal(lesson->minutes, 12);
	assert_int_equal(lesson->need_count, 2);
	assert_int_equal(lesson->after_count, 2);
	assert_string_equal(lesson->after[1], "two");
	assert_int_equal(lesson->count, 3);
	const struct lesson_step *step = lesson->steps;
	assert_int_equal(step->kind, STEP_DEMO);
	assert_string_equal(step->id, "first-look");
	assert_string_equal(step->text.s, "First.");
	assert_string_equal(step->predict.s, "What?\n");
	assert_string_equal(step->explain.s, "Because.\n");
	assert_int_equal(step->lines.count, 3);
	assert_true(step->lines.list[0].comment);
	assert_false(step->lines.list[1].fails);
	assert_true(step->lines.list[2].fails);
	assert_int_equal(step->lines.list[2].line, 18);
	step++;
	assert_int_equal(step->kind, STEP_TASK);
	assert_string_equal(step->heading, "Second");
	assert_string_equal(step->text.s, "## Second\n\nProse.\n\n    drawing");
	assert_string_equal(step->words.s, "Do it.\n");
	assert_int_equal(step->check_count, 1);
	assert_int_equal(step->hint_count, 2);
	assert_null(step->hints[0].state);
	assert_string_equal(step->hints[1].state_text, "ns user own");
	assert_string_equal(step->hints[1].wrong.list[0].s, "unshare user");
	assert_string_equal(step->lines.list[0].s, "unshare user uts");
	step++;
	assert_int_equal(step->kind, STEP_REMEMBER);
	assert_string_equal(lesson->end.s, "Last words.");
}

static void test_front_matter_mistakes(void **state)
{
	(void)state;
	refuses("", "lessons/en/07-x.md:1:1: the first line is not \"---\": no front matter");
	refuses("# A lesson\n", "lessons/en/07-x.md:1:1: the first line is not \"---\": no front matter");
	refuses("---\ntitle: T\n",
		"lessons/en/07-x.md:1:1: the front matter is not ended by a line \"---\"");
	refuses("---\ntitle: T\n---\n" DEMO, "lessons/en/07-x.md:1:1: the front matter has no summary");
	refuses("---\ntitle: T\nstore: mine\n---\n", "lessons/en/07-x.md:3:8: store: mine: not own");
	refuses("---\ntitle: T\ncolour: red\n---\n", "lessons/en/07-x.md:3:1: unknown key: colour");
	refuses("---\ntitle: T\ntitle: U\n---\n", "lessons/en/07-x.md:3:1: title is given twice");
	refuses("---\ntitle:\n---\n", "lessons/en/07-x.md:2:6: title has no value");
	refuses("---\nminutes: many\n---\n",
		"lessons/en/07-x.md:2:10: minutes: many: not a number from 1 to 60");
	refuses("---\nneeds: root, luck\n---\n", "lessons/en/07-x.md:2:14: unknown need: luck");
	refuses("---\nneeds: root,\n---\n",
		"lessons/en/07-x.md:2:12: a comma needs a word before and behind it");
	refuses("---\nafter: Pid\n---\n", "lessons/en/07-x.md:2:8: Pid: not a valid name for a lesson");
}

static void test_broken_bytes(void **state)
{
	static const char nul[] = FRONT "a\0b\n";
	struct error err = { 0 };

	(void)state;
	refuses(FRONT "ab\xff\n", "lessons/en/07-x.md:6:3: byte \\xff is not UTF-8");
	refuses(FRONT "\n  \033[2J\n", "lessons/en/07-x.md:7:3: control character U+001B");
	refuses(FRONT "a\xe2\x80\xae" "b\n", "lessons/en/07-x.md:6:2: control character U+202E");
	assert_null(lesson_parse("x.md", nul, sizeof(nul) - 1, &err));
	assert_string_equal(err.what, "x.md:6:2: a NUL byte");
}

static void test_block_mistakes(void **state)
{
	(void)state;
	refuses(FRONT "Prose.\n", "lessons/en/07-x.md:6:1: no steps: a step is a block demo ID, task ID "
				  "or remember ID");
	refuses(FRONT "```deno x\nns\n```\n", "lessons/en/07-x.md:6:1: unknown kind of block: deno");
	refuses(FRONT "```demo\nns\n```\n", "lessons/en/07-x.md:6:1: demo: an id is missing");
	refuses(FRONT "```demo Look\nns\n```\n", "lessons/en/07-x.md:6:1: demo: not a valid id");
	refuses(FRONT DEMO DEMO, "lessons/en/07-x.md:9:1: demo: the id first is taken, by line 6");
	refuses(FRONT "```demo first\n```\n", "lessons/en/07-x.md:6:1: demo: no commands");
	refuses(FRONT TASK SOLUTION, "lessons/en/07-x.md:6:1: task t has no check");
	refuses(FRONT TASK CHECK, "lessons/en/07-x.md:6:1: task t has no solution");
	refuses(FRONT TASK CHECK "\nProse.\n\n" SOLUTION,
		"lessons/en/07-x.md:6:1: task t has no solution");
	refuses(FRONT TASK CHECK CHECK SOLUTION, "lessons/en/07-x.md:12:1: check: there is one already");
	refuses(FRONT DEMO "```hint\nh\n```\n",
		"lessons/en/07-x.md:9:1: hint: it belongs behind a task, this is a demo");
	refuses(FRONT CHECK, "lessons/en/07-x.md:6:1: check: it does not follow a task");
	refuses(FRONT TASK "```check\nns uts own\nns uts ownn\n```\n" SOLUTION,
		"lessons/en/07-x.md:11:8: ns: not expected here: ownn");
	refuses(FRONT TASK "```hint if ns pit own\nh\n```\n",
		"lessons/en/07-x.md:9:15: no such namespace type: pit");
	refuses(FRONT TASK "```hint if ns pid own\nh\n```\n" CHECK SOLUTION,
		"lessons/en/07-x.md:9:1: hint if: no wrong block follows it");
	refuses(FRONT TASK "```wrong\nns\n```\n",
		"lessons/en/07-x.md:9:1: wrong: it does not follow a hint if");
	refuses(FRONT "- item\n\n  ```demo x\n  ns\n  ```\n",
		"lessons/en/07-x.md:8:3: demo: it lies inside a list or a quote");
	refuses(FRONT "<b>bold</b>\n\n" DEMO, "lessons/en/07-x.md:6:1: HTML is not shown");
	refuses(FRONT "```predict\nq\n```\n\nProse.\n\n" DEMO,
		"lessons/en/07-x.md:10:1: prose between a predict, needs, state or setup block and the demo or task");
	refuses(FRONT DEMO "```predict\nq\n```\n",
		"lessons/en/07-x.md:6:1: a predict, needs, state or setup block follows the last step");
}

/* FRONT, before, count times line with blank ones between, and the end of the block. */
static void blocks_of(const char *before, const char *line, int count, const char *what)
{
	cleanup_text struct text file = { 0 };
	struct error err = { 0 };

	text_addf(&file, "%s%s", FRONT, before);
	for (int i = 0; i < count; i++)
		text_addf(&file, "%s%s\n", i == 1 ? "\n   \n" : "", line);
	text_addf(&file, "```\n%s", strstr(before, "check") ? SOLUTION : "");
	if (what) {
		refuses(text_of(&file), what);
		return;
	}
	cleanup_lesson struct lesson *lesson = parse(text_of(&file), &err);
	assert_non_null(lesson);
	const struct lesson_step *step = &lesson->steps[0];
	int last = step->check_count ? step->checks[count - 1].line :
				       step->lines.list[count - 1].line;
	assert_int_equal(step->check_count ? step->check_count : step->lines.count, count);
	assert_int_equal(last, (step->check_count ? 9 : 6) + count + 2); /* the blank ones count */
}

static void test_many_lines(void **state)
{
	(void)state;
	blocks_of("```demo x\n", "ns", 200, NULL);
	blocks_of("```demo x\n", "ns", 201, "lessons/en/07-x.md:209:1: more than 200 lines");
	blocks_of(TASK "```check\n", "ns pid own", 200, NULL);
	blocks_of(TASK "```check\n", "ns pid own", 201,
		  "lessons/en/07-x.md:212:1: more than 200 lines");
	blocks_of(TASK "```check\n", "  ", 3, "lessons/en/07-x.md:9:1: check: no expressions");
}

static void test_commands_reach_the_child_alone(void **state)
{
	static const char *const refused[] = {
		"!touch /tmp/x", "save /tmp/x", "source x.stave", "set quiet on", "history", "quit",
		"lesson pid", "lessons", "next", "unshare uts; !id", "mount tmpfs /mnt --on-host",
		"bindmount /a /b --from-host", "plan save x", "top", "plan plan ns",
		"volume rm x", "volume create x", "volume prune", "image rm x", "image ls", "commit x",
		"container -v /:/h -- ls", "container -v /home:/h:ro -- ls", "container -v data:/d -- ls",
		"container -v /fresh -- ls", "container --rm -v /:/h -- ls", "container --privileged -- ls",
		"container --net host -- ls", "container --without pid -- ls",
		"container --cap-add sys_admin -- ls", "container --security-opt seccomp=unconfined -- ls",
		"plan container -v /:/h -- ls", "exec 1 ls", "setns 1 mnt", "exec 1 --privileged ls",
		"net veth x y --to 1", "@b save x", "@b !id", "@b", "plan @b unshare net",
	};
	static const char *const refused_too[] = {
		"image export x x.tar", "image import /x.tar x", "image import ../x.tar x", "commit x; save x",
		"container -v /:/h -- ls", "set quiet on", "lesson quit", "!id",
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++)
		if (lesson_allows(refused[i], false, &err) == 0)
			complain("%s is allowed", refused[i]);
	assert_int_equal(lesson_allows("unshare user uts; hostname box", false, &err), 0);
	assert_int_equal(lesson_allows("plan unshare mnt", false, &err), 0);
	assert_int_equal(lesson_allows("undo", false, &err), 0);
	assert_int_equal(lesson_allows("child new b; @b unshare net; @b undo; child rm b", false, &err), 0);
	assert_int_equal(lesson_allows("volume ls; volume inspect x", false, &err), 0);
	assert_int_equal(lesson_allows("container --net none -- ls", false, &err), 0);
	assert_int_equal(lesson_allows("container --rm -v /fresh:ro -- ls", false, &err), 0);
	assert_int_equal(lesson_allows("container --userns --cap-add sys_admin -- ls", false, &err), 0);
	assert_int_equal(lesson_allows("exec box ls; setns box mnt", false, &err), 0);
	assert_int_equal(lesson_allows("commit x; image ls; image rm x; container -v data:/d -- ls", true, &err), 0);
	assert_int_equal(lesson_allows("image import ./x.tar x; volume create x", true, &err), 0);
	for (size_t i = 0; i < COUNT(refused_too); i++)
		if (lesson_allows(refused_too[i], true, &err) == 0)
			complain("%s is allowed to a lesson with a store of its own", refused_too[i]);
	refuses(FRONT "```demo x\nns\n!id\n```\n", "lessons/en/07-x.md:8:1: !: not in a lesson");
	refuses(FRONT "```demo x\nunshare pit\n```\n",
		"lessons/en/07-x.md:7:9: unshare: no such namespace type: pit; did you mean pid?");
}

static void test_files_that_are_no_lessons(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_null(lesson_read("/nowhere/x.md", &err));
	assert_string_equal(err.what, "open /nowhere/x.md");
	assert_null(lesson_read("/dev/null", &err));
	assert_string_equal(err.what, "/dev/null: not a text file");
	assert_null(lesson_read("/", &err));
	assert_string_equal(err.what, "/: not a text file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_lesson),
		cmocka_unit_test(test_front_matter_mistakes),
		cmocka_unit_test(test_broken_bytes),
		cmocka_unit_test(test_block_mistakes),
		cmocka_unit_test(test_many_lines),
		cmocka_unit_test(test_commands_reach_the_child_alone),
		cmocka_unit_test(test_files_that_are_no_lessons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
