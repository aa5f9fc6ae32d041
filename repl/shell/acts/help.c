/* help: what the words mean. */
#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "base/text.h"
#include "base/show/fill.h"
#include "base/show/paint.h"
#include "shell/shell.h"
#include "words/language/command.h"

enum { NAME_COLUMNS = 16, MOST_COLUMNS = 80 };

static size_t width_of(const struct screen *screen)
{
	return screen->columns < MOST_COLUMNS ? screen->columns : MOST_COLUMNS;
}

/* "  NAME        " and what it means. */
static void add_row(const struct screen *screen, const char *name, const char *means,
		    struct text *ret)
{
	size_t columns = text_columns(name);

	text_add(ret, "  ");
	paint(ret, screen->color, PAINT_NAME, name);
	if (columns < NAME_COLUMNS) {
		text_pad(ret, NAME_COLUMNS - columns);
	} else {
		text_add(ret, "\n");
		text_pad(ret, NAME_COLUMNS + 2);
	}
	fill(ret, means, NAME_COLUMNS + 2, width_of(screen));
}

static void help_table(const struct screen *screen, struct text *ret)
{
	for (size_t group = 0; group < GROUPS; group++) {
		paint(ret, screen->color, PAINT_BOLD, command_groups[group].heading);
		text_add(ret, "\n");
		for (size_t i = 0; i < command_count; i++)
			if (commands[i]->group == group)
				add_row(screen, commands[i]->name, commands[i]->summary, ret);
	}
	text_add(ret, "\n");
	fill(ret,
	     "help WORD explains one. You may shorten a word as long as only one begins that "
	     "way; \";\" separates two commands, \"#\" begins a comment, Tab completes.",
	     0, width_of(screen));
}

/* ": ro, rw", behind what is there. */
static void add_choices(const struct choice *choices, struct text *ret)
{
	for (const struct choice *choice = choices; choice && choice->name; choice++)
		text_addf(ret, "%s%s", choice != choices ? ", " : ret->len ? ": " : "", choice->name);
}

static void add_flag(const struct screen *screen, const struct flag_spec *flag, struct text *ret)
{
	cleanup_text struct text name = { 0 }, means = { 0 };

	if (flag->letter)
		text_addf(&name, "-%c, ", flag->letter);
	text_add(&name, flag->name);
	if (flag->value)
		text_addf(&name, " %s", flag->value);
	flag_choices(flag, &name);
	if (flag->of)
		text_addf(&means, "%s: ", flag->of);
	text_add(&means, flag->means);
	if (flag->value && !strchr(flag->value, '|'))
		add_choices(flag->choices, &means);
	add_row(screen, text_of(&name), text_of(&means), ret);
}

static void add_arg(const struct screen *screen, const struct arg_spec *arg, struct text *ret)
{
	cleanup_text struct text means = { 0 };

	text_add(&means, arg->means ? arg->means : "");
	add_choices(arg->choices, &means);
	add_row(screen, arg->name, text_of(&means), ret);
}

/* A row for each subcommand, with what follows it. */
static void add_parts(const struct screen *screen, const struct choice *choices, struct text *ret)
{
	for (const struct choice *choice = choices; choice->name; choice++) {
		cleanup_text struct text name = { 0 }, means = { 0 };
		text_add(&name, choice->name);
		args_usage(choice->args, &name);
		text_add(&means, choice->means);
		for (const struct arg_spec *arg = choice->args; arg->name; arg++) {
			cleanup_text struct text one = { 0 };
			text_add(&one, arg->means ? arg->means : "");
			add_choices(arg->choices, &one);
			text_addf(&means, "%s%s%s%s", one.len ? "; " : "", one.len ? arg->name : "",
				  one.len ? ": " : "", text_of(&one));
		}
		add_row(screen, text_of(&name), text_of(&means), ret);
	}
}


/* Lines as they are typed, indented. */
static void add_lines(const char *s, struct text *ret)
{
	while (*s) {
		size_t length = strcspn(s, "\n");
		text_add(ret, "  ");
		text_addn(ret, s, length);
		text_add(ret, "\n");
		s += length + (s[length] == '\n');
	}
}

static void add_heading(const struct screen *screen, const char *s, struct text *ret)
{
	text_add(ret, "\n");
	paint(ret, screen->color, PAINT_BOLD, s);
	text_add(ret, "\n");
}

static void help_page(const struct screen *screen, const struct command *command, struct text *ret)
{
	cleanup_text struct text usage = { 0 };

	command_usage(command, NULL, &usage);
	paint(ret, screen->color, PAINT_BOLD, "usage: ");
	fill(ret, text_of(&usage), 7, width_of(screen));
	if (command->aliases && command->aliases[0]) {
		text_add(ret, "also:");
		for (const char *const *alias = command->aliases; *alias; alias++)
			text_addf(ret, " %s", *alias);
		text_add(ret, "\n");
	}
	text_add(ret, "\n");
	fill(ret, command->explain ? command->explain : command->summary, 0, width_of(screen));
	if ((command->args && command->args->name) || (command->flags && command->flags->name))
		text_add(ret, "\n");
	if (command_parts(command))
		add_parts(screen, command->args->choices, ret);
	else
		for (const struct arg_spec *arg = command->args; arg && arg->name; arg++)
			add_arg(screen, arg, ret);
	for (const struct flag_spec *flag = command->flags; flag && flag->name; flag++)
		add_flag(screen, flag, ret);
	if (command->example) {
		add_heading(screen, "Example", ret);
		add_lines(command->example, ret);
	}
}

static const struct arg_spec args[] = {
	{ "WORD", WORD_COMMAND, .optional = true, .means = "a command; without it, all are listed" },
	{ 0 }
};
static const char *const aliases[] = { "?", NULL };

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	struct text *ret = &result->output;
	struct error *err = &result->error;
	const struct command *command;

	if (words->count == 0) {
		help_table(&shell->screen, ret);
		return 0;
	}
	command = command_find(&words->args[0], err);
	if (!command)
		return -1;
	help_page(&shell->screen, command, ret);
	return 0;
}

const struct command command_help = {
	.name = "help", .aliases = aliases, .kind = ACTS, .group = GROUP_STORY, .act = act, .tells = true,
	.args = args,
	.summary = "the commands, or one of them explained",
	.explain = "Without a word: all commands in groups. With one: its usage, what it does and "
		"why you would want it, its options, and an example that you can run as it is.",
	.example = "help\nhelp unshare",
};
