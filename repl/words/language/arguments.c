/* Holding the words of a line against a command's spec. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/message.h"
#include "base/text.h"
#include "snapshot/snapshot.h"
#include "words/language/command.h"

/* The state of one check: what is left to read, and what has been understood. */
struct check {
	const struct command *command;
	const struct word *words;
	size_t count, next;
	struct words *ret;
	struct error *err;
};

/* A wrong word: what is wrong with it, and the usage as the way out. */
__attribute__((format(printf, 4, 5)))
static int refuse(struct check *check, enum error_id id, const struct word *word, const char *format, ...)
{
	char what[sizeof(check->err->what)];
	va_list args;

	va_start(args, format);
	message_print(what, sizeof(what), format, args);
	va_end(args);
	fail_id(check->err, id, 0, "%s: %s", check->command->name, what);
	check->err->column = word->column;
	return command_fix_usage(check->command, check->ret, check->err);
}

static bool is_name(const char *of, const char *name, size_t length)
{
	return of && strlen(of) == length && strncmp(of, name, length) == 0;
}

static const struct flag_spec *flag_called(const struct command *command, const char *name,
					   size_t length)
{
	for (const struct flag_spec *flag = command->flags; flag && flag->name; flag++)
		if (is_name(flag->name, name, length) || is_name(flag->alias, name, length))
			return flag;
	return NULL;
}

static const struct flag_spec *flag_lettered(const struct command *command, char letter)
{
	for (const struct flag_spec *flag = command->flags; flag && flag->name; flag++)
		if (flag->letter == letter)
			return flag;
	return NULL;
}

static int take_flag(struct check *check, const struct flag_spec *spec, const struct word *word,
		     const char *value)
{
	struct words *ret = check->ret;

	if (!spec->many && words_flag(ret, spec->name))
		return refuse(check, ERR_OPTION_TWICE, word, "%s is given twice", spec->name);
	if (!spec->value && !spec->choices && value)
		return refuse(check, ERR_OPTION_VALUE, word, "%s takes no value", spec->name);
	struct word taken = { value ? value : "", word->column };
	if (spec->value && !value) {
		if (check->next == check->count)
			return refuse(check, ERR_OPTION_VALUE, word, "%s needs a value: %s", spec->name,
				      spec->value);
		taken = check->words[check->next++];
	}
	ret->flags[ret->flag_count].spec = spec;
	ret->flags[ret->flag_count++].value = taken;
	return 0;
}

static int unknown_flag(struct check *check, const struct word *word)
{
	for (const struct flag_spec *flag = check->command->flags; flag && flag->name; flag++)
		if (text_distance(flag->name, word->s, 2) <= 2)
			return refuse(check, ERR_OPTION_UNKNOWN, word, "unknown option: %s; did you mean %s?",
				      vis(word->s), flag->name);
	return refuse(check, ERR_OPTION_UNKNOWN, word, "unknown option: %s", vis(word->s));
}

static int take_long(struct check *check, const struct word *word)
{
	size_t length = strcspn(word->s, "=");
	const struct flag_spec *spec = flag_called(check->command, word->s, length);

	if (!spec)
		return unknown_flag(check, word);
	return take_flag(check, spec, word, word->s[length] ? word->s + length + 1 : NULL);
}

/* -it, -v X, -vX. */
static int take_letters(struct check *check, const struct word *word)
{
	for (const char *p = word->s + 1; *p; p++) {
		const struct flag_spec *spec = flag_lettered(check->command, *p);
		if (!spec)
			return unknown_flag(check, word);
		const char *value = spec->value && p[1] ? p + 1 : NULL;
		if (take_flag(check, spec, word, value) < 0)
			return -1;
		if (value)
			break;
	}
	return 0;
}

/* The one that was meant; NULL when none is near enough. In a short name one letter is much. */
static const char *nearest(const struct choice *choices, const char *given)
{
	size_t least = strlen(given) > 4 ? 3 : strlen(given) > 2 ? 2 : 1;
	const char *ret = NULL;

	for (const struct choice *choice = choices; choice->name; choice++) {
		size_t far = text_distance(choice->name, given, least);
		if (far >= least)
			continue;
		least = far;
		ret = choice->name;
	}
	return ret;
}

/* "cpu, memory, pids". */
static void list_choices(const struct choice *choices, struct text *ret)
{
	for (const struct choice *choice = choices; choice->name; choice++)
		text_addf(ret, "%s%s", ret->len ? ", " : "", choice->name);
}

enum { LISTED = 320 /* bytes: more would not fit into an error, nor be read in one */ };

/* id: of an argument that takes choices, or of an option. name: its own. */
static int check_choice(struct check *check, enum error_id id, const char *name,
			const struct choice *choices, const struct word *word)
{
	cleanup_text struct text list = { 0 };

	if (choice_find(choices, word->s))
		return 0;
	const char *near = nearest(choices, word->s);
	list_choices(choices, &list);
	if (near)
		return refuse(check, id, word, "no such %s: %s; did you mean %s?", name, vis(word->s), near);
	if (list.len > LISTED)
		return refuse(check, id, word, "no such %s: %s; help %s lists them all", name, vis(word->s), check->command->name);
	return refuse(check, id, word, "no such %s: %s; one of: %s", name, vis(word->s), text_of(&list));
}

#define NS_TYPES_LISTED "mnt pid uts ipc net user cgroup time all"

static int check_ns_type(struct check *check, const struct word *word)
{
	if (strcmp(word->s, "all") == 0 || ns_type_find(word->s) >= 0)
		return 0;
	const char *meant = NULL;
	size_t least = 3;
	for (int type = 0; type < NS_TYPES; type++) {
		size_t far = text_distance(ns_types[type].name, word->s, 1);
		/* A short name is a better guess than a long one as far away. */
		if (far > 1)
			far = text_distance(ns_types[type].long_name, word->s, 2);
		if (far < least) {
			least = far;
			meant = ns_types[type].name;
		}
	}
	if (meant)
		return refuse(check, ERR_ARGUMENT_CHOICE, word, "no such namespace type: %s; did you mean %s?",
			      vis(word->s), meant);
	return refuse(check, ERR_ARGUMENT_CHOICE, word,
		      "no such namespace type: %s; one of: %s", vis(word->s), NS_TYPES_LISTED);
}

static int check_arg(struct check *check, size_t i)
{
	const struct word *word = &check->ret->args[i];
	const struct arg_spec *spec = arg_of(check->command, check->ret->args, i);
	uint64_t number;

	if (!spec)
		return refuse(check, ERR_ARGUMENT_MANY, word, "one argument too many: %s", vis(word->s));
	for (size_t other = 0; spec->distinct && other < i; other++)
		if (strcmp(check->ret->args[other].s, word->s) == 0)
			return refuse(check, ERR_ARGUMENT_MANY, word, "%s is given twice", vis(word->s));
	switch (spec->kind) {
	case WORD_NS_TYPE:
		return check_ns_type(check, word);
	case WORD_CHOICE:
		return check_choice(check, ERR_ARGUMENT_CHOICE, spec->name, spec->choices, word);
	case WORD_PID:
		/* A name is looked up later: a container, a job, or the host. */
		if (word->s[0] && !strchr("0123456789+-", word->s[0]))
			return 0;
		/* fallthrough */
	case WORD_NUMBER:
		if (!word->s[0])
			return refuse(check, ERR_ARGUMENT_MISSING, word, "%s is empty", spec->name);
		if (!parse_number(word->s, &number) ||
		    (spec->kind == WORD_PID && (number == 0 || number > 4194304)))
			return refuse(check, ERR_ARGUMENT_NUMBER, word, "%s is not a %s", vis(word->s),
				      spec->kind == WORD_PID ? _("process number") : "number");
		return 0;
	case WORD_PATH:
	case WORD_HOST_PATH:
		if (word->s[0] == '\0')
			return refuse(check, ERR_ARGUMENT_MISSING, word, "%s is empty", spec->name);
		if (strlen(word->s) >= 4096)
			return refuse(check, ERR_ARGUMENT_INVALID, word, "%s is longer than a path can be (4095 bytes)",
				      spec->name);
		return 0;
	case WORD_TEXT:
	case WORD_COMMAND:
	case WORD_PROGRAM:
	case WORD_SIGNAL:
	case WORD_CAPABILITY:
	case WORD_CALL:
	case WORD_CHECK:
	case WORD_LESSON:
		return 0;
	}
	return 0;
}

/* The first line of the word's example that the word (and its subcommand) begins; length 0 where none does. */
static const char *example_of(const struct check *check, size_t *length)
{
	const char *name = check->command->name, *choice = check->ret->choice ? check->ret->choice->name : NULL;

	for (const char *s = check->command->example; s && *s; s += *length + (s[*length] == '\n')) {
		*length = strcspn(s, "\n");
		size_t at = strlen(name);
		if (strncmp(s, name, at) != 0 || s[at] != ' ')
			continue;
		if (!choice || (strncmp(s + at + 1, choice, strlen(choice)) == 0 && s[at + 1 + strlen(choice)] == ' '))
			return s;
	}
	*length = 0;
	return NULL;
}

/* Who leaves something out sees best by a whole line what belongs there. */
static int fix_missing(struct check *check)
{
	cleanup_text struct text usage = { 0 };
	size_t length;
	const char *example = example_of(check, &length);

	if (!example)
		return -1;
	command_usage(check->command, check->ret->choice, &usage);
	return fail_fix(check->err, "usage: %s; for example: %.*s", text_of(&usage), (int)length, example);
}

static int fail_missing(struct check *check, const struct arg_spec *arg)
{
	cleanup_text struct text list = { 0 };

	if (arg->kind == WORD_CHOICE)
		list_choices(arg->choices, &list);
	else if (arg->kind == WORD_NS_TYPE)
		text_add(&list, NS_TYPES_LISTED);
	if (list.len)
		refuse(check, ERR_ARGUMENT_MISSING, &check->ret->name, "%s is missing; one of: %s", arg->name,
		       text_of(&list));
	else
		refuse(check, ERR_ARGUMENT_MISSING, &check->ret->name, "%s is missing", arg->name);
	return fix_missing(check);
}

/* A wrong choice, by which what follows it is something else, is said before what is missing behind it. */
static int check_choices(struct check *check)
{
	for (size_t i = 0; i < check->ret->count; i++) {
		const struct arg_spec *spec = arg_of(check->command, check->ret->args, i);
		if (spec && spec->kind == WORD_CHOICE && check_arg(check, i) < 0)
			return -1;
	}
	return 0;
}

/* Optional ones may stand between: mount TYPE [SRC] DST. A subcommand that is given stands before its
 * arguments, whether it had to be or not. */
static int check_count(struct check *check)
{
	const struct words *ret = check->ret;
	const struct arg_spec *arg = check->command->args;
	size_t needed = 0;

	for (size_t i = 0; arg && arg->name; i++) {
		bool given = i < ret->count && choice_find(arg->choices, ret->args[i].s);
		if ((!arg->optional || given) && needed++ >= ret->count)
			return check_choices(check) < 0 ? -1 : fail_missing(check, arg);
		arg = arg_after(arg, i < ret->count ? ret->args[i].s : "");
	}
	return 0;
}

static bool is_flag(const char *word)
{
	return word[0] == '-' && word[1] && !(word[1] >= '0' && word[1] <= '9');
}

/* From here on the words belong to a program, whose options are its own; not so where the word is a choice. */
static bool program_begins(const struct check *check)
{
	const struct arg_spec *spec = arg_of(check->command, check->ret->args, check->ret->count);

	if (spec && check->next < check->count && choice_find(spec->choices, check->words[check->next].s))
		return false;
	return spec && (spec->kind == WORD_PROGRAM || spec->kind == WORD_COMMAND ||
			spec->kind == WORD_CHECK) &&
	       check->next < check->count && !is_flag(check->words[check->next].s);
}

static void take_arg(struct check *check, const struct word *word)
{
	struct words *ret = check->ret;

	ret->args[ret->count++] = *word;
	if (ret->count == 1 && check->command->args)
		ret->choice = choice_find(check->command->args->choices, word->s);
}

/* The word alone: the subcommand that shows, where there is one. */
static void take_bare(struct check *check)
{
	const struct arg_spec *first = check->command->args;

	for (const struct choice *choice = first ? first->choices : NULL; choice && choice->name; choice++)
		if (choice->bare)
			take_arg(check, &(struct word){ choice->name, check->ret->name.column, false });
}

static int read_words(struct check *check)
{
	bool rest = false;

	while (check->next < check->count) {
		rest = rest || program_begins(check);
		const struct word *word = &check->words[check->next++];
		int failed = 0;
		if (!rest && strcmp(word->s, "--") == 0)
			rest = true;
		else if (!rest && strncmp(word->s, "--", 2) == 0)
			failed = take_long(check, word);
		else if (!rest && is_flag(word->s))
			failed = take_letters(check, word);
		else
			take_arg(check, word);
		if (failed)
			return -1;
	}
	if (!check->ret->count)
		take_bare(check);
	return 0;
}

/* The values of options, and whether those of subcommands are with theirs. */
static int check_flags(struct check *check)
{
	const struct words *ret = check->ret;

	for (size_t i = 0; i < ret->flag_count; i++) {
		const struct flag_spec *flag = ret->flags[i].spec;
		const struct word *value = &ret->flags[i].value;
		if (!flag_fits(flag, ret->choice))
			return refuse(check, ERR_OPTION_CONFLICT, value, flag->of ? "%s belongs to %s %s" : "%s is not for %s %s",
				      flag->name, check->command->name, flag->of ? flag->of : ret->choice->name);
		/* Of a switch it may be left out. */
		if (flag->kind == WORD_CHOICE && (flag->value || *value->s) &&
		    check_choice(check, ERR_OPTION_CHOICE, flag->name, flag->choices, value) < 0)
			return -1;
	}
	return 0;
}

int command_accept(const struct command *command, const struct word *words, size_t count,
		  struct arena *arena, struct words *ret, struct error *err)
{
	struct check check = { command, words, count, 1, ret, err };
	size_t letters = 0;

	for (size_t i = 0; i < count; i++)
		letters += strlen(words[i].s);
	*ret = (struct words){ .name = words[0] };
	ret->flags = arena_new(arena, (letters + count) * sizeof(*ret->flags));
	ret->args = arena_new(arena, (count + 1) * sizeof(*ret->args));
	if (read_words(&check) < 0 || check_count(&check) < 0)
		return -1;
	for (size_t i = 0; i < ret->count; i++)
		if (check_arg(&check, i) < 0)
			return -1;
	return check_flags(&check);
}
