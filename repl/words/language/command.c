#include "words/language/command.h"

#include <string.h>

#include "base/message.h"
#include "base/text.h"

const struct command_heading command_groups[GROUPS] = {
	[GROUP_LOOKING] = { "looking", "Looking: nothing is changed" },
	[GROUP_WALLS] = { "walls", "Walls: what a container is made of" },
	[GROUP_RUNNING] = { "running", N_("Running programs") },
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

const struct command *command_called(const char *name)
{
	const struct command *found = command_named(name);

	for (size_t i = 0; !found && i < command_count; i++)
		if (is_called(commands[i], name))
			found = commands[i];
	return found;
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
	return fail_fix(err, "help lists the commands; run %s runs a program in the child, ! one on "
			     "the host",
			vis(name->s));
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
	const struct command *found = command_called(name->s);

	if (found)
		return found;
	size_t matches = begin_with(name->s, false, &found);
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

/* ---- arguments ---- */

const struct arg_spec no_args[] = { { 0 } };

const struct choice *choice_find(const struct choice *choices, const char *name)
{
	for (const struct choice *choice = choices; choice && choice->name; choice++)
		if (strcmp(choice->name, name) == 0)
			return choice;
	return NULL;
}

const struct arg_spec *arg_after(const struct arg_spec *arg, const char *given)
{
	const struct choice *choice = choice_find(arg->choices, given);

	return choice && choice->args ? choice->args : arg + 1;
}

const struct arg_spec *arg_of(const struct command *command, const struct word *args, size_t i)
{
	const struct arg_spec *arg = command->args;
	size_t at = 0;

	while (arg && arg->name && !arg->many && at < i)
		arg = arg_after(arg, args[at++].s);
	if (!arg || !arg->name || (arg->most && i - at >= arg->most))
		return NULL;
	return arg;
}

bool command_parts(const struct command *command)
{
	const struct arg_spec *first = command->args;

	return first && first->choices && first->choices->args;
}

/* ---- usage ---- */

void args_usage(const struct arg_spec *args, struct text *ret)
{
	for (const struct arg_spec *arg = args; arg && arg->name; arg++)
		text_addf(ret, arg->optional ? " [%s%s]" : " %s%s", arg->name, arg->many ? "..." : "");
}

void flag_choices(const struct flag_spec *flag, struct text *ret)
{
	const char *before = "[=";

	if (flag->value || !flag->choices)
		return;
	for (const struct choice *choice = flag->choices; choice->name; choice++, before = "|")
		text_addf(ret, "%s%s", before, choice->name);
	text_add(ret, "]");
}

/* Whether name is one of a list: "learn, audit". */
static bool is_among(const char *list, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = list; (at = strstr(at, name)); at += length)
		if ((at == list || at[-1] == ' ') && (!at[length] || at[length] == ','))
			return true;
	return false;
}

bool flag_fits(const struct flag_spec *flag, const struct choice *choice)
{
	if (flag->of)
		return choice && is_among(flag->of, choice->name);
	if (flag->changes && choice && choice->look)
		return false;
	return !flag->whole || !choice || !choice->args;
}

void command_usage(const struct command *command, const struct choice *choice, struct text *ret)
{
	bool part = choice && choice->args;

	text_add(ret, command->name);
	if (part)
		text_addf(ret, " %s", choice->name);
	args_usage(part ? choice->args : command->args, ret);
	if (!part && command_parts(command))
		text_add(ret, " ...");
	for (const struct flag_spec *flag = command->flags; flag && flag->name; flag++) {
		if (!flag_fits(flag, part ? choice : NULL))
			continue;
		text_add(ret, " [");
		if (flag->letter)
			text_addf(ret, "-%c", flag->letter);
		else
			text_add(ret, flag->name);
		text_addf(ret, "%s%s", flag->value ? " " : "", flag->value ? flag->value : "");
		flag_choices(flag, ret);
		text_add(ret, "]");
	}
}

/* ---- checked words ---- */

static enum extent choice_reach(const struct choice *choices, const char *name)
{
	const struct choice *choice = choice_find(choices, name);

	return choice ? choice->reach : REACH_CHILD;
}

static enum extent flag_reach(const struct words *words, const struct flag_spec *flag,
			      const char *value)
{
	enum extent own = flag->reaches ? flag->reaches(words, value) : flag->reach;
	enum extent chosen = choice_reach(flag->choices, value);

	return chosen > own ? chosen : own;
}

enum extent words_reach(const struct command *command, const struct words *words,
			struct word *furthest)
{
	enum extent ret = command->reach;

	*furthest = words->name;
	for (size_t i = 0; i < words->count; i++) {
		const struct arg_spec *arg = arg_of(command, words->args, i);
		enum extent one = arg ? choice_reach(arg->choices, words->args[i].s) : REACH_CHILD;
		ret = one > ret ? one : ret;
	}
	for (size_t i = 0; i < words->flag_count; i++) {
		const struct flag_spec *flag = words->flags[i].spec;
		enum extent one = flag_reach(words, flag, words->flags[i].value.s);
		if (one <= ret)
			continue;
		ret = one;
		*furthest = (struct word){ flag->name, words->flags[i].value.column, false };
	}
	return ret;
}

/* Whether s lies in the text of a word. */
static bool is_in(const struct word *word, const char *s)
{
	return s >= word->s && s <= word->s + strlen(word->s);
}

int words_column(const struct words *words, const char *s, size_t i)
{
	for (size_t n = 0; s && n < words->flag_count; n++)
		if (is_in(&words->flags[n].value, s))
			return words->flags[n].value.column;
	for (size_t n = 0; s && n < words->count; n++)
		if (is_in(&words->args[n], s))
			return words->args[n].column;
	return i < words->count ? words->args[i].column : words->name.column;
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

bool command_acts(const struct command *command, const struct words *words)
{
	return command->kind == BUILDS && words->choice && words->choice->act;
}

bool is_line_for_child(const char *fix)
{
	size_t length = strcspn(fix, " ,;:");
	const struct command *found = NULL;

	for (size_t i = 0; i < command_count && !found; i++)
		if (strlen(commands[i]->name) == length && strncmp(commands[i]->name, fix, length) == 0)
			found = commands[i];
	return found && found->kind != ACTS && found->group != GROUP_RUNNING &&
	       strncmp(fix + length, " it ", 4) != 0 && strncmp(fix + length, " something ", 11) != 0;
}
