/* The spec of the vocabulary: what it says of choices is what holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/list.h"
#include "base/text.h"
#include "walls/walls.h"
#include "words/language/command.h"
#include "words/language/words.h"

#define complain(format, ...) \
	do { \
		print_error(format "\n", ##__VA_ARGS__); \
		assert_true(false); \
	} while (0)

/* What is wrong with a line; without an id when nothing is. */
static struct error judged(const char *line)
{
	cleanup_arena struct arena arena = { 0 };
	struct error err = { 0 };
	struct statement *list;
	struct words words;
	size_t count;

	assert_int_equal(words_split(line, strlen(line), &arena, &list, &count, &err), 0);
	const struct command *command = command_find(&list->words[0], &err);
	assert_non_null(command);
	command_accept(command, list->words, list->count, &arena, &words, &err);
	return err;
}

static void judges(const char *line, const char *id, int column)
{
	struct error err = judged(line);

	assert_string_equal(err.id, id);
	assert_int_equal(err.column, column);
}

static const struct flag_spec *flag_of(const char *name, const char *flag)
{
	struct error err;
	const struct command *command = command_find(&(struct word){ name, 1, false }, &err);

	for (const struct flag_spec *one = command->flags; one->name; one++)
		if (strcmp(one->name, flag) == 0)
			return one;
	return NULL;
}

/* The words for which scripts had been written when others joined: what was enough to name one still is. */
static void test_a_prefix_that_scripts_have_keeps_its_meaning(void **state)
{
	static const char *const words[] = {
		"ns", "mountinfo", "mounts", "status", "walls", "ps", "top", "tree", "layers", "diff", "idmap",
		"unshare", "setns", "mount", "umount", "bindmount", "propagation", "rootfs", "image", "commit", "union",
		"copyup", "whiteout", "opaque", "chroot", "pivot", "hostname", "net", "mask", "readonly", "caps",
		"nonewprivs", "keyring", "seccomp", "landlock", "verify", "cgroup", "limits", "container", "run",
		"shell", "spawn", "exec", "burn", "jobs", "kill", "volume", "check", "lessons", "lesson",
		"next", "back", "hint", "solution", "again", "progress", "steps", "undo", "redo", "reset", "plan",
		"save", "source", "set", "help", "history", "version", "quit",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++)
		for (size_t length = 1; words[i][length - 1]; length++) {
			char prefix[20] = "";
			size_t begin = 0;
			struct error err;
			memcpy(prefix, words[i], length);
			for (size_t n = 0; n < COUNT(words); n++)
				begin += strncmp(words[n], prefix, length) == 0;
			const struct command *found = command_find(&(struct word){ prefix, 1, false }, &err);
			if ((begin == 1 || !words[i][length]) && (!found || strcmp(found->name, words[i]) != 0))
				complain("%s is no longer %s", prefix, words[i]);
		}
}

/* The names stand in the vocabulary twice: as words, and side by side. */
static void test_each_command_is_called_by_its_name_and_its_aliases(void **state)
{
	(void)state;
	for (size_t i = 0; i < command_count; i++) {
		assert_ptr_equal(command_called(commands[i]->name), commands[i]);
		assert_true(command_named(commands[i]->name) == commands[i] || strcmp(commands[i]->name, "!") == 0);
		for (const char *const *alias = commands[i]->aliases; alias && *alias; alias++)
			assert_ptr_equal(command_called(*alias), commands[i]);
	}
	assert_null(command_called("containe"));
	assert_null(command_called(""));
}

/* "learn, audit": each is a subcommand, and has the option; the others have it not. */
static void check_parts(const struct command *command, const struct flag_spec *flag)
{
	size_t named = 0, fitting = 0;

	for (const char *at = flag->of; at && *at; at += strcspn(at, " ") + strspn(at + strcspn(at, " "), " "), named++) {
		char name[40];
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(at, ", "), at);
		const struct choice *choice = choice_find(command->args->choices, name);
		if (!choice || !flag_fits(flag, choice))
			complain("%s %s is not of %s", command->name, flag->name, name);
	}
	for (const struct choice *choice = flag->of ? command->args->choices : NULL; choice && choice->name; choice++)
		fitting += flag_fits(flag, choice);
	assert_int_equal(named, fitting);
}

static void test_every_argument_and_option_of_choices_has_some(void **state)
{
	(void)state;
	for (size_t i = 0; i < command_count; i++) {
		const struct arg_spec *args = commands[i]->args;
		for (const struct arg_spec *arg = args; arg && arg->name; arg++)
			if (arg->kind == WORD_CHOICE && (!arg->choices || !arg->choices->name))
				complain("%s %s has no choices", commands[i]->name, arg->name);
		for (const struct flag_spec *flag = commands[i]->flags; flag && flag->name; flag++) {
			if (flag->kind == WORD_CHOICE && !flag->choices)
				complain("%s %s has no choices", commands[i]->name, flag->name);
			check_parts(commands[i], flag);
			if (flag->reaches && flag->reach == REACH_CHILD)
				complain("%s %s: reaches no further", commands[i]->name, flag->name);
		}
	}
}

/* One row that can be built, looked at or acted on is enough to ask this of all. Two ways are one where the word
 * says by its arguments which. */
static void test_every_subcommand_has_its_arguments_and_one_way_to_do_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < command_count; i++) {
		const struct choice *choices = commands[i]->args ? commands[i]->args->choices : NULL;
		if (!command_parts(commands[i]) || (!choices->build && !choices->look && !choices->act))
			continue;
		for (const struct choice *choice = choices; choice->name; choice++) {
			bool told = choice->build && choice->look && commands[i]->only_looks && commands[i]->runs;
			if (!choice->args || !choice->means ||
			    !!choice->build + !!choice->look + !!choice->act != (told ? 2 : 1))
				complain("%s %s", commands[i]->name, choice->name);
		}
	}
}

static void test_what_is_not_a_choice_is_refused_where_it_stands(void **state)
{
	(void)state;
	judges("container --without moat", "option.choice", 21);
	judges("unshare mnt --propagation=x", "option.choice", 13);
	judges("union --type ext4 /a /b", "option.choice", 14);
	judges("caps drop chown --set all", "option.choice", 23);
	judges("lesson --lang fr", "option.choice", 15);
	judges("set show loud", "argument.choice", 10);
	judges("set show full more", "argument.many", 15);
	judges("cgroup memroy 64M", "argument.choice", 8);
	judges("cgroup cpu", "argument.missing", 1);
	judges("cgroup cpu 1 2 3", "argument.many", 16);
	judges("cgroup io a=1 b c d e f g", "argument.many", 25);
	judges("cgroup pids 20 --high 1M", "option.conflict", 23);
	judges("volume ls --force", "option.conflict", 11);
	judges("image rm a b", "argument.many", 12);
}

static void test_a_bare_word_shows_where_it_can(void **state)
{
	(void)state;
	judges("cgroup", "", 0);
	judges("image", "", 0);
	judges("volume", "", 0);
	judges("volume -q", "", 0);
	judges("net", "", 0);
	/* A subcommand's own argument is no less needed. */
	judges("cgroup cpu", "argument.missing", 1);
	judges("volume rm", "argument.missing", 1);
}

static void test_a_missing_choice_lists_the_choices_as_a_wrong_one_does(void **state)
{
	static const char *const lines[] = { "burn", "propagation" };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		struct error err = judged(lines[i]);
		const struct command *command = command_find(&(struct word){ lines[i], 1, false }, &(struct error){ 0 });
		assert_string_equal(err.id, "argument.missing");
		for (const struct choice *choice = command->args->choices; choice->name; choice++)
			assert_non_null(strstr(err.what, choice->name));
	}
}

static void test_a_flag_may_stand_before_its_subcommand(void **state)
{
	(void)state;
	judges("cgroup --high 48M memory 64M", "", 0);
	judges("volume -q ls", "", 0);
}

static void test_the_walls_to_leave_out_are_those_that_say_so(void **state)
{
	const struct choice *choice = flag_of("container", "--without")->choices;

	(void)state;
	for (enum wall_id id = 0; id < WALLS; id++)
		if (walls[id].omitted)
			assert_string_equal((choice++)->name, walls[id].name);
	assert_null(choice->name);
}

static enum extent reach_of(const char *line)
{
	cleanup_arena struct arena arena = { 0 };
	struct statement *list;
	struct words words;
	struct word unused;
	struct error err;
	size_t count;

	assert_int_equal(words_split(line, strlen(line), &arena, &list, &count, &err), 0);
	const struct command *command = command_find(&list->words[0], &err);
	assert_int_equal(command_accept(command, list->words, list->count, &arena, &words, &err), 0);
	return words_reach(command, &words, &unused);
}

static void test_a_line_reaches_as_far_as_the_furthest_of_its_words(void **state)
{
	(void)state;
	assert_int_equal(reach_of("unshare uts"), REACH_CHILD);
	assert_int_equal(reach_of("set show full"), REACH_SHELL);
	assert_int_equal(reach_of("volume ls"), REACH_CHILD);
	assert_int_equal(reach_of("volume rm x"), REACH_STORE);
	assert_int_equal(reach_of("image export a b"), REACH_HOST);
	assert_int_equal(reach_of("container --net none"), REACH_CHILD);
	assert_int_equal(reach_of("container --net host"), REACH_HOST);
	assert_int_equal(reach_of("container --rm -v /a"), REACH_CHILD);
	assert_int_equal(reach_of("container -v /a"), REACH_STORE);
	assert_int_equal(reach_of("container -v data:/a"), REACH_STORE);
	assert_int_equal(reach_of("container --rm -v /etc:/a"), REACH_HOST);
	assert_int_equal(reach_of("container --cap-add chown"), REACH_HOST);
	assert_int_equal(reach_of("container --userns --cap-add chown"), REACH_CHILD);
	assert_int_equal(reach_of("mount tmpfs /a --on-host"), REACH_HOST);
}

/* A usage that does not fit is not cut. */
static void test_a_fix_ends_where_it_was_to(void **state)
{
	struct error err = judged("container --net f --net g");

	(void)state;
	assert_null(strchr(err.fix, '['));
	err = judged("hostname a b");
	assert_non_null(strstr(err.fix, "[--on-host]"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_prefix_that_scripts_have_keeps_its_meaning),
		cmocka_unit_test(test_every_argument_and_option_of_choices_has_some),
		cmocka_unit_test(test_every_subcommand_has_its_arguments_and_one_way_to_do_it),
		cmocka_unit_test(test_what_is_not_a_choice_is_refused_where_it_stands),
		cmocka_unit_test(test_a_bare_word_shows_where_it_can),
		cmocka_unit_test(test_a_missing_choice_lists_the_choices_as_a_wrong_one_does),
		cmocka_unit_test(test_a_flag_may_stand_before_its_subcommand),
		cmocka_unit_test(test_the_walls_to_leave_out_are_those_that_say_so),
		cmocka_unit_test(test_a_line_reaches_as_far_as_the_furthest_of_its_words),
		cmocka_unit_test(test_a_fix_ends_where_it_was_to),
		cmocka_unit_test(test_each_command_is_called_by_its_name_and_its_aliases),
	};

	return cmocka_run_group_tests_name("words: the spec", tests, NULL, NULL);
}
