/* set: how the shell tells. */
#include <string.h>

#include "shell/shell.h"
#include "words/language/command.h"

static const char *const on_off[] = { "off", "on", NULL };
static const char *const auto_on_off[] = { "auto", "on", "off", NULL };
static const char *const shows[] = { "auto", "changes", "full", NULL };

/* One option: where it lives, as an enum or a bool. values are in the order of the numbers. */
struct option {
	const char *name;
	size_t at;
	bool is_bool;
	const char *const *values;
	const char *means;
};

static const struct option options[] = {
	{ "show", offsetof(struct shell, show), false, shows,
	  "after a step: whole tables where they fit, changes only, or whole tables" },
	{ "color", offsetof(struct shell, color), false, auto_on_off, "colours" },
	{ "marks", offsetof(struct shell, marks), false, auto_on_off,
	  "marks beyond ASCII; auto: as the locale says" },
	{ "echo", offsetof(struct shell, echo), true, on_off,
	  "a script shows its comments too, and its lines even when it is quiet" },
	{ "keep-going", offsetof(struct shell, keep_going), true, on_off,
	  "continue after a command that failed" },
	{ "quiet", offsetof(struct shell, quiet), true, on_off, "print no step reports" },
	{ "next", offsetof(struct shell, next), true, on_off,
	  "at the prompt: what to type next, below each step" },
	{ "dry-run", offsetof(struct shell, dry_run), true, on_off,
	  "show plans, perform nothing" },
	{ 0 }
};

static int value_of(const struct shell *shell, const struct option *option)
{
	const void *at = (const char *)shell + option->at;

	return option->is_bool ? *(const bool *)at : (int)*(const enum choice *)at;
}

static void set_value(struct shell *shell, const struct option *option, int value)
{
	void *at = (char *)shell + option->at;

	if (option->is_bool)
		*(bool *)at = value;
	else
		*(enum choice *)at = (enum choice)value;
	shell_screen(shell);
	/* What was imagined belongs to one dry run. */
	shell->imagining = false;
}

static void show_option(const struct shell *shell, const struct option *option, struct text *ret)
{
	text_addf(ret, "%-12s%-9s%s (", option->name, option->values[value_of(shell, option)],
		  option->means);
	for (const char *const *value = option->values; *value; value++)
		text_addf(ret, "%s%s", value == option->values ? "" : ", ", *value);
	text_add(ret, ")\n");
}

static int set_to(struct shell *shell, const struct option *option, const struct words *words,
		  struct text *ret, struct error *err)
{
	const char *wanted = words_arg(words, 1);
	cleanup_text struct text list = { 0 };

	if (!wanted) {
		show_option(shell, option, ret);
		return 0;
	}
	for (int i = 0; option->values[i]; i++) {
		if (strcmp(option->values[i], wanted) == 0) {
			set_value(shell, option, i);
			return 0;
		}
		text_addf(&list, "%s%s", i ? ", " : "", option->values[i]);
	}
	fail_arg(err, ERR_ARGUMENT_CHOICE, words, 1, "%s cannot be %s", option->name, vis(wanted));
	return fail_fix(err, "one of: %s", text_of(&list));
}

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	struct text *ret = &result->output;
	struct error *err = &result->error;
	cleanup_text struct text list = { 0 };

	for (const struct option *option = options; option->name; option++) {
		if (words->count == 0)
			show_option(shell, option, ret);
		else if (strcmp(option->name, words_arg(words, 0)) == 0)
			return set_to(shell, option, words, ret, err);
		text_addf(&list, "%s%s", option == options ? "" : ", ", option->name);
	}
	if (words->count == 0)
		return 0;
	fail_arg(err, ERR_ARGUMENT_CHOICE, words, 0, "no such option: %s", vis(words_arg(words, 0)));
	return fail_fix(err, "one of: %s", text_of(&list));
}

static const char *const names[] = { "show", "color", "marks", "echo", "keep-going", "quiet",
				     "next", "dry-run", NULL };
static const char *const values[] = { "auto", "on", "off", "changes", "full", NULL };
static const struct arg_spec args[] = {
	{ "NAME", WORD_CHOICE, .optional = true, .choices = names, .means = "the option" },
	{ "VALUE", WORD_TEXT, .optional = true, .choices = values, .means = "the new value" },
	{ 0 }
};


const struct command command_set = {
	.name = "set", .kind = ACTS, .group = GROUP_STORY, .act = act, .reach = REACH_SHELL, .args = args,
	.summary = "show or change how the shell reports",
	.explain = "Without arguments set shows all options with their values and the other "
		"possible values. set show full prints the whole tables of namespaces and mounts "
		"after each step, set show changes only the differences; auto, the default, "
		"prints tables that are small enough for the window. set next off leaves out the "
		"line below each step that names the next one on the way to a container.\n\n"
		"A script that begins with set echo on shows its comments as it runs.",
	.example = "set\nset show full\nunshare uts\nset show auto",
};
