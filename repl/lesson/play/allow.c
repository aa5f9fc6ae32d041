/* What a lesson may type: a lesson is somebody else's text, and its commands reach the child
 * alone. */
#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "base/text.h"
#include "lesson/file/lesson.h"
#include "words/language/words.h"

static int refuse(const struct word *word, struct error *err, const char *why)
{
	fail_id(err, ERR_LESSON_LOCKED, 0, "%s: not in a lesson", vis(word->s));
	err->column = word->column;
	return fail_why(err, "%s", why);
}

/* A path of the host's: only below the folder that the lesson lies in. */
static int check_host_path(const struct word *word, struct error *err)
{
	const char *s = word->s;

	if (s[0] == '/' || s[0] == '~')
		return refuse(word, err, "it names a file of the host's outside of the lesson's folder");
	for (; *s; s += strcspn(s, "/"), s += *s == '/')
		if (strncmp(s, "..", 2) == 0 && (s[2] == '/' || !s[2]))
			return refuse(word, err, "it leads out of the lesson's folder");
	return 0;
}

static const struct arg_spec *spec_of(const struct command *command, size_t i)
{
	for (const struct arg_spec *arg = command->args; arg && arg->name; arg++)
		if (arg->many || i-- == 0)
			return arg;
	return NULL;
}

/* A volume without a name goes with its container, where --rm says so; every other is a folder of the
 * host's or stays in the store. "DST" and "DST:ro" have no source. */
static bool is_lasting_volume(const struct words *words, const char *value)
{
	const char *colon = strchr(value, ':');

	return value[0] != '/' || (colon && colon[1] == '/') || strchr(value, '\\') ||
	       !words_flag(words, "--rm");
}

/* Whether a flag takes a wall away that stands between what runs and the host. In a user namespace of its
 * own a process has no capability over what is the host's. */
static bool reaches_host(const struct words *words, const char *flag, const char *value)
{
	static const char *const always[] = {
		"--on-host", "--from-host", "--without", "--privileged",
	};
	static const char *const with_rights[] = { "--cap-add", "--security-opt" };

	for (size_t i = 0; i < COUNT(always); i++)
		if (strcmp(flag, always[i]) == 0)
			return true;
	for (size_t i = 0; i < COUNT(with_rights); i++)
		if (strcmp(flag, with_rights[i]) == 0 && !words_flag(words, "--userns"))
			return true;
	return (strcmp(flag, "--net") == 0 && strcmp(value, "host") == 0) ||
	       (strcmp(flag, "--volume") == 0 && is_lasting_volume(words, value));
}

static int check_words(const struct command *command, const struct words *words,
		       struct error *err)
{
	for (size_t i = 0; i < words->flag_count; i++) {
		const struct flag_spec *flag = words->flags[i].spec;
		struct word name = { flag->name, words->flags[i].value.column, false };
		if (reaches_host(words, flag->name, words->flags[i].value.s))
			return refuse(&name, err, "it reaches beyond the child");
		if (flag->kind == WORD_HOST_PATH &&
		    check_host_path(&words->flags[i].value, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < words->count; i++) {
		const struct arg_spec *spec = spec_of(command, i);
		/* What it is at work is known by its name; a number is a process of the host's. */
		if (spec && spec->kind == WORD_PID && command->kind == BUILDS &&
		    !words->args[i].s[strspn(words->args[i].s, "0123456789")])
			return refuse(&words->args[i], err, "it names a process of the host's");
		if (spec && spec->kind == WORD_HOST_PATH && check_host_path(&words->args[i], err) < 0)
			return -1;
	}
	return 0;
}

/* Volumes outlive the session: a lesson may look at them. */
static bool keeps_store(const struct command *command, const struct words *words)
{
	const char *what = words_arg(words, 0);

	return strcmp(command->name, "volume") != 0 ||
	       (what && (strcmp(what, "ls") == 0 || strcmp(what, "inspect") == 0));
}

/* plan: its arguments are a command. */
static bool takes_command(const struct command *command)
{
	return command->args && command->args->kind == WORD_COMMAND && command->args->many;
}

static int check_command(const struct word *list, size_t count, bool planned,
			 struct arena *arena, struct error *err)
{
	const struct command *command = command_find(&list[0], err);
	struct words words;

	if (!command)
		return -1;
	if (command->kind == ACTS && command->reach != REACH_CHILD)
		return refuse(&list[0], err, command->reach == REACH_HOST ?
			      "it reaches the host" :
			      "it is a word of the shell, not of the child");
	if (command_accept(command, list, count, arena, &words, err) < 0 ||
	    check_words(command, &words, err) < 0)
		return -1;
	if (!keeps_store(command, &words))
		return refuse(&list[0], err, "it changes what the user keeps in the store");
	if (!takes_command(command))
		return 0;
	return planned ? refuse(&list[0], err, "a plan of a plan says nothing") :
			 check_command(words.args, words.count, true, arena, err);
}

int lesson_allows(const char *line, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	struct statement *list;
	size_t count;

	if (words_split(line, strlen(line), &arena, &list, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (check_command(list[i].words, list[i].count, false, &arena, err) < 0)
			return -1;
	return 0;
}
