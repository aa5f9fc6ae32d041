#include "words/language/command.h"

#include <string.h>

#include "base/text.h"

const struct command_heading command_groups[GROUPS] = {
	[GROUP_LOOKING] = { "looking", "Looking: nothing is changed" },
	[GROUP_WALLS] = { "walls", "Walls: what a container is made of" },
	[GROUP_RUNNING] = { "running", "Running programs" },
	[GROUP_LESSONS] = { "lessons", "Lessons: learning it by building it" },
	[GROUP_STORY] = { "story", "The story so far, and the shell itself" },
};

static bool is_called(const struct command *command, const char *name)
{
	if (strcmp(command->name, name) == 0)
		return true;
	for (const char *const *alias = command->aliases; alias && *alias; alias++)
		if (strcmp(*alias, name) == 0)
			return true;
	return false;
}

static int fail_ambiguous(const struct word *name, struct error *err)
{
	cleanup_text struct text could = { 0 };

	for (size_t i = 0; i < command_count; i++)
		if (strncmp(commands[i]->name, name->s, strlen(name->s)) == 0)
			text_addf(&could, "%s%s", could.len ? ", " : "", commands[i]->name);
	fail_id(err, ERR_COMMAND_AMBIGUOUS, 0, "ambiguous command: %s, could be: %s", vis(name->s), text_of(&could));
	err->column = name->column;
	return -1;
}

static int fail_unknown(const struct word *name, struct error *err)
{
	const char *near = NULL;
	size_t least = strlen(name->s) > 4 ? 2 : 1;

	for (size_t i = 0; i < command_count; i++) {
		size_t far = text_distance(commands[i]->name, name->s, least);
		if (far <= least && far < strlen(name->s) && (!near || far < least)) {
			near = commands[i]->name;
			least = far;
		}
	}
	fail_id(err, ERR_COMMAND_UNKNOWN, 0, "unknown command: %s", vis(name->s));
	err->column = name->column;
	if (near)
		return fail_fix(err, "did you mean %s?", near);
	return fail_fix(err, "help lists the commands; !%s runs a program of the host, run %s one of the child's",
			vis(name->s), vis(name->s));
}

/* The words that begin with name. A late one counts only where there is no other: what scripts
 * abbreviate keeps its meaning when words join. */
static size_t begin_with(const char *name, bool late, const struct command **found)
{
	size_t matches = 0;

	for (size_t i = 0; name[0] && i < command_count; i++)
		if (commands[i]->late == late && strncmp(commands[i]->name, name, strlen(name)) == 0) {
			*found = commands[i];
			matches++;
		}
	return matches;
}

const struct command *command_find(const struct word *name, struct error *err)
{
	const struct command *found = NULL;
	size_t matches;

	for (size_t i = 0; i < command_count; i++)
		if (is_called(commands[i], name->s))
			return commands[i];
	matches = begin_with(name->s, false, &found);
	if (!matches)
		matches = begin_with(name->s, true, &found);
	if (matches == 1)
		return found;
	if (matches > 1)
		fail_ambiguous(name, err);
	else
		fail_unknown(name, err);
	return NULL;
}

void command_usage(const struct command *command, struct text *ret)
{
	text_add(ret, command->name);
	for (const struct arg_spec *arg = command->args; arg && arg->name; arg++)
		text_addf(ret, arg->optional ? " [%s%s]" : " %s%s", arg->name, arg->many ? "..." : "");
	for (const struct flag_spec *flag = command->flags; flag && flag->name; flag++) {
		text_add(ret, " [");
		if (flag->letter)
			text_addf(ret, "-%c", flag->letter);
		else
			text_add(ret, flag->name);
		text_addf(ret, "%s%s]", flag->value ? " " : "", flag->value ? flag->value : "");
	}
}

const char *words_flag_nth(const struct words *words, const char *name, size_t i)
{
	for (size_t f = 0; f < words->flag_count; f++)
		if (strcmp(words->flags[f].spec->name, name) == 0 && i-- == 0)
			return words->flags[f].value.s;
	return NULL;
}

const char *words_flag(const struct words *words, const char *name)
{
	return words_flag_nth(words, name, 0);
}

size_t words_number(const struct words *words, size_t i, size_t fallback)
{
	enum { MANY = 1000000 };
	uint64_t number = fallback;

	if (words_arg(words, i))
		parse_number(words_arg(words, i), &number);
	return number < MANY ? (size_t)number : MANY;
}
