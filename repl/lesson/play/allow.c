/* What a lesson may type: a lesson is somebody else's text, and its commands reach the child
 * alone. */
#include <string.h>

#include "base/error.h"
#include "base/message.h"
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
		return refuse(word, err, _("it names a file of the host outside the lesson's folder"));
	for (; *s; s += strcspn(s, "/"), s += *s == '/')
		if (strncmp(s, "..", 2) == 0 && (s[2] == '/' || !s[2]))
			return refuse(word, err, _("it leads out of the lesson's folder"));
	return 0;
}

static const char *const beyond[] = {
	[REACH_SHELL] = "it is a word of the shell, not of the child",
	[REACH_STORE] = "it reaches the store, which outlives the session; store: own gives the lesson one",
	[REACH_HOST] = "it reaches the host",
};

static bool is_within(enum extent reach, bool own_store)
{
	return reach == REACH_CHILD || (reach == REACH_STORE && own_store);
}

/* What it is at work is known by its name; a number is a process of the host's. */
static int check_pid(const struct command *command, const struct word *word, struct error *err)
{
	if (command->kind != BUILDS || word->s[strspn(word->s, "0123456789")])
		return 0;
	return refuse(word, err, _("it names a process of the host"));
}

static int check_value(const struct command *command, enum word_kind kind, const struct word *word,
		       struct error *err)
{
	return kind == WORD_PID ? check_pid(command, word, err) :
	       kind == WORD_HOST_PATH ? check_host_path(word, err) : 0;
}

static int check_words(const struct command *command, const struct words *words, bool own_store,
		       struct error *err)
{
	struct word furthest;
	enum extent reach = words_reach(command, words, &furthest);

	if (!is_within(reach, own_store))
		return refuse(&furthest, err, beyond[reach]);
	for (size_t i = 0; i < words->flag_count; i++)
		if (check_value(command, words->flags[i].spec->kind, &words->flags[i].value, err) < 0)
			return -1;
	for (size_t i = 0; i < words->count; i++) {
		const struct arg_spec *spec = arg_of(command, words->args, i);
		if (spec && check_value(command, spec->kind, &words->args[i], err) < 0)
			return -1;
	}
	return 0;
}

/* plan: its arguments are a command. */
static bool takes_command(const struct command *command)
{
	return command->args && command->args->kind == WORD_COMMAND && command->args->many;
}

/* A line as it is checked. */
struct checked {
	struct arena arena;
	bool own_store;
};

static int check_command(const struct word *list, size_t count, bool planned,
			 struct checked *checked, struct error *err)
{
	/* "@NAME WORD...": a line for one of several children. */
	if (!planned && list[0].s[0] == '@' && !list[0].quoted && count > 1)
		return check_command(list + 1, count - 1, planned, checked, err);
	const struct command *command = command_find(&list[0], err);
	struct words words;

	if (!command)
		return -1;
	if (!is_within(command->reach, checked->own_store))
		return refuse(&list[0], err, beyond[command->reach]);
	if (command_accept(command, list, count, &checked->arena, &words, err) < 0 ||
	    check_words(command, &words, checked->own_store, err) < 0)
		return -1;
	if (!takes_command(command))
		return 0;
	return planned ? refuse(&list[0], err, _("plan cannot show its own plan")) :
			 check_command(words.args, words.count, true, checked, err);
}

int lesson_allows(const char *line, bool own_store, struct error *err)
{
	struct checked checked = { .own_store = own_store };
	struct statement *list;
	size_t count;

	int failed = words_split(line, strlen(line), &checked.arena, &list, &count, err);
	for (size_t i = 0; !failed && i < count; i++)
		failed = check_command(list[i].words, list[i].count, false, &checked, err);
	arena_done(&checked.arena);
	return failed;
}
