#include "words/topics/page.h"

#include <string.h>

#include "base/message.h"
#include "base/text.h"
#include "base/show/fill.h"
#include "base/show/paint.h"
#include "words/language/command.h"
#include "words/topics/concepts.h"

/* On a narrow screen, what a name means stands below it. */
enum { NAME_COLUMNS = 16, MOST_COLUMNS = 80, NARROW = 48 };

unsigned long page_width(const struct context *context)
{
	return context->columns < MOST_COLUMNS ? context->columns : MOST_COLUMNS;
}

bool page_is_narrow(const struct context *context)
{
	return page_width(context) < NARROW;
}

/* "  NAME        " and what it means. */
void page_add_row(const struct context *context, const char *name, const char *means,
		    struct text *ret)
{
	size_t columns = text_columns(name), width = page_width(context);
	size_t room = page_is_narrow(context) ? 2 : NAME_COLUMNS;

	text_add(ret, "  ");
	paint(ret, context->color, PAINT_NAME, name);
	if (columns < room) {
		text_pad(ret, room - columns);
	} else {
		text_add(ret, "\n");
		text_pad(ret, room + 2);
	}
	fill(ret, means, room + 2, width);
}

/* ": ro, rw", behind what is there. */
static void add_choices(const struct choice *choices, struct text *ret)
{
	for (const struct choice *choice = choices; choice && choice->name; choice++)
		text_addf(ret, "%s%s", choice != choices ? ", " : ret->len ? ": " : "", choice->name);
}

static void add_flag(const struct context *context, const struct flag_spec *flag, struct text *ret)
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
	text_add(&means, _(flag->means));
	if (flag->value && !strchr(flag->value, '|'))
		add_choices(flag->choices, &means);
	page_add_row(context, text_of(&name), text_of(&means), ret);
}

static void add_arg(const struct context *context, const struct arg_spec *arg, struct text *ret)
{
	cleanup_text struct text means = { 0 };

	text_add(&means, arg->means ? _(arg->means) : "");
	add_choices(arg->choices, &means);
	page_add_row(context, arg->name, text_of(&means), ret);
}

/* A row for each subcommand, with what follows it. */
static void add_parts(const struct context *context, const struct choice *choices, struct text *ret)
{
	for (const struct choice *choice = choices; choice->name; choice++) {
		cleanup_text struct text name = { 0 }, means = { 0 };
		text_add(&name, choice->name);
		args_usage(choice->args, &name);
		text_add(&means, _(choice->means));
		for (const struct arg_spec *arg = choice->args; arg->name; arg++) {
			cleanup_text struct text one = { 0 };
			text_add(&one, arg->means ? _(arg->means) : "");
			add_choices(arg->choices, &one);
			text_addf(&means, "%s%s%s%s", one.len ? _("; ") : "", one.len ? arg->name : "",
				  one.len ? ": " : "", text_of(&one));
		}
		page_add_row(context, text_of(&name), text_of(&means), ret);
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

void page_add_heading(const struct context *context, const char *s, struct text *ret)
{
	text_add(ret, "\n");
	paint(ret, context->color, PAINT_BOLD, s);
	text_add(ret, "\n");
}

void page_add_word(const struct context *context, const struct command *command, struct text *ret)
{
	cleanup_text struct text usage = { 0 };

	command_usage(command, NULL, &usage);
	paint(ret, context->color, PAINT_BOLD, _("usage: "));
	fill(ret, text_of(&usage), 7, page_width(context));
	if (command->aliases && command->aliases[0]) {
		text_say(ret, "also:");
		for (const char *const *alias = command->aliases; *alias; alias++)
			text_addf(ret, " %s", *alias);
		text_add(ret, "\n");
	}
	text_add(ret, "\n");
	fill(ret, _(command->explain ? command->explain : command->summary), 0, page_width(context));
	if ((command->args && command->args->name) || (command->flags && command->flags->name))
		text_add(ret, "\n");
	if (command_parts(command) && command->args->kind != WORD_CHOICE)
		page_add_row(context, command->args->name, _(command->args->means), ret);
	if (command_parts(command))
		add_parts(context, command->args->choices, ret);
	else
		for (const struct arg_spec *arg = command->args; arg && arg->name; arg++)
			add_arg(context, arg, ret);
	for (const struct flag_spec *flag = command->flags; flag && flag->name; flag++)
		add_flag(context, flag, ret);
	if (command->example) {
		page_add_heading(context, _("Example"), ret);
		add_lines(command->example, ret);
	}
}


void page_add_concept(const struct context *context, const struct concept *concept, struct text *ret)
{
	paint(ret, context->color, PAINT_BOLD, concept->name);
	text_add(ret, "\n");
	fill(ret, _(concept->summary), 0, page_width(context));
	text_add(ret, "\n");
	fill(ret, _(concept->idea), 0, page_width(context));
	if (concept->drawing[0]) {
		text_add(ret, "\n");
		text_add(ret, concept->drawing);
	}
	text_add(ret, "\n");
	page_add_row(context, _("words"), concept->words, ret);
	page_add_row(context, _("lesson"), concept->lesson, ret);
	page_add_row(context, _("to read"), concept->pages, ret);
}
