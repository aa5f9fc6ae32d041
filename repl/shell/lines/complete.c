#include "shell/lines/complete.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/message.h"
#include "base/text.h"
#include "image/busybox.h"
#include "image/image.h"
#include "lesson/check/check.h"
#include "session/session.h"
#include "shell/lines/offer.h"
#include "words/language/words.h"

/* Cut the next slot, such as "own|host" or "PATH", off a predicate's pattern. */
static const char *cut_slot(const char **pattern, struct arena *arena)
{
	size_t length = strcspn(*pattern, " ");
	const char *ret = arena_copyn(arena, *pattern, length);

	*pattern += length + ((*pattern)[length] == ' ');
	return ret;
}

static bool is_free(const char *slot)
{
	return slot[0] >= 'A' && slot[0] <= 'Z';
}

static bool takes(const char *slot, const char *word)
{
	size_t length = strlen(word);

	for (const char *p = slot; *p; p += strcspn(p, "|"), p += *p == '|')
		if (strcspn(p, "|") == length && strncmp(p, word, length) == 0)
			return true;
	return is_free(slot);
}

static void offer_slot(struct finder *finder, const char *slot, struct arena *arena)
{
	if (strcmp(slot, "TYPE") == 0)
		offer_ns_types(finder);
	else if (strcmp(slot, "PATH") == 0)
		offer_paths(finder);
	else if (strcmp(slot, "CAP") == 0 || strncmp(slot, "CAPS", 4) == 0)
		offer_capabilities(finder);
	else if (strcmp(slot, "CALL") == 0)
		offer_calls(finder);
	else if (strcmp(slot, "IMAGE") == 0)
		offer_images(finder);
	for (const char *p = slot; !is_free(slot) && *p; p += strcspn(p, "|"), p += *p == '|')
		offer(finder, arena_copyn(arena, p, strcspn(p, "|")), NULL, false);
}

static bool begins_predicate(const char *word)
{
	return strcmp(word, "and") == 0 || strcmp(word, "or") == 0 || strcmp(word, "not") == 0 ||
	       strcmp(word, "(") == 0;
}

/* Offer what may come next in the predicate that the last words belong to. */
static void offer_predicates(struct finder *finder, const struct word *words, size_t count)
{
	cleanup_arena struct arena arena = { 0 };
	size_t first = count;

	while (first > 0 && !begins_predicate(words[first - 1].s))
		first--;
	for (size_t i = 0; check_pattern(i); i++) {
		const char *pattern = check_pattern(i);
		size_t at = first;
		const char *slot = "";
		while (at < count && *pattern && takes(slot = cut_slot(&pattern, &arena), words[at].s))
			at++;
		/* The last takes as many words as come. */
		bool many = !*pattern && strstr(slot, "...");
		if (at == count && *pattern)
			offer_slot(finder, cut_slot(&pattern, &arena), &arena);
		else if (at <= count && many)
			offer_slot(finder, slot, &arena);
	}
}

/* Where the next word of a command stands. */
struct place {
	const struct arg_spec *arg;    /* its spec; NULL when there is none */
	const struct flag_spec *value; /* or the flag whose value it is */
	bool rest;                     /* no flags any more */
	const char *whom;              /* the process that was named before it */
};

static const struct flag_spec *flag_called(const struct command *command, const char *word)
{
	size_t length = strlen(word);

	for (const struct flag_spec *flag = command->flags; flag && flag->name; flag++)
		if (strcmp(flag->name, word) == 0 || (flag->alias && strcmp(flag->alias, word) == 0) ||
		    (length > 1 && word[0] == '-' && word[1] != '-' && flag->letter &&
		     word[length - 1] == flag->letter))
			return flag;
	return NULL;
}

/* A switch, without and with each value that it may take. */
static void offer_flag(struct finder *finder, const struct flag_spec *flag)
{
	offer(finder, flag->name, NULL, false);
	for (const struct choice *choice = flag->value ? NULL : flag->choices; choice && choice->name; choice++) {
		cleanup_text struct text word = { 0 };
		text_addf(&word, "%s=%s", flag->name, choice->name);
		offer(finder, word.s, choice->means ? _(choice->means) : NULL, false);
	}
}

/* A subcommand among words [1, count) has options of its own. */
static void offer_flags(struct finder *finder, const struct command *command,
			const struct word *words, size_t count)
{
	const struct choice *chosen = NULL;

	for (size_t i = 1; i < count && command->args && !chosen; i++)
		chosen = choice_find(command->args->choices, words[i].s);
	for (const struct flag_spec *flag = command->flags; flag && flag->name; flag++)
		if (!chosen || flag_fits(flag, chosen))
			offer_flag(finder, flag);
}

/* The place of the word after words [1, count). */
static struct place place_of(const struct command *command, const struct word *words, size_t count)
{
	struct place ret = { .arg = command->args };

	for (size_t i = 1; i < count; i++) {
		const struct flag_spec *flag = ret.rest ? NULL : flag_called(command, words[i].s);
		ret.value = NULL;
		if (flag && flag->value && i + 1 == count)
			ret.value = flag;
		else if (flag && flag->value)
			i++;
		else if (!ret.rest && strcmp(words[i].s, "--") == 0)
			ret.rest = true;
		else if (!flag && ret.arg && ret.arg->name) {
			bool begins = ret.arg->kind == WORD_PROGRAM || ret.arg->kind == WORD_COMMAND;
			ret.rest = ret.rest || (begins && !choice_find(ret.arg->choices, words[i].s));
			ret.whom = ret.arg->kind == WORD_PID ? words[i].s : ret.whom;
			ret.arg = ret.arg->many ? ret.arg : arg_after(ret.arg, words[i].s);
		}
	}
	ret.arg = ret.arg && ret.arg->name ? ret.arg : NULL;
	return ret;
}

/* ---- whose files ---- */

/* The folders of an image's layers, the topmost first; none if there is no such image. */
static const char *const *stack_of(const char *name, struct arena *arena)
{
	cleanup_image struct image image = { 0 };
	char busybox[PATH_MAX];
	struct error unseen;

	if (name[0] != '/' && name[0] != '.' && image_find(name, &image, &unseen) == 0) {
		const char **ret = arena_new(arena, (image.layer_count + 1) * sizeof(*ret));
		for (size_t i = 0; i < image.layer_count; i++)
			ret[i] = arena_copy(arena, image.layers[image.layer_count - 1 - i].folder);
		return ret;
	}
	const char **ret = arena_new(arena, 2 * sizeof(*ret));
	if (strcmp(name, "busybox") != 0)
		ret[0] = arena_copy(arena, name);
	else if (image_busybox(false, busybox, sizeof(busybox), &unseen) == 0)
		ret[0] = arena_copy(arena, busybox);
	return ret;
}

/* A command that makes a root from an image takes paths in that image: the one named, or the
 * default. */
static void take_image(struct finder *finder, const struct command *command, const struct word *words,
		       size_t count, struct arena *arena)
{
	for (const struct flag_spec *flag = command->flags; flag && flag->name; flag++) {
		const char *name = "busybox";
		if (flag->offers != OFFERS_IMAGES)
			continue;
		for (size_t i = 1; i + 1 < count && strcmp(words[i].s, "--") != 0; i++)
			if (strcmp(words[i].s, flag->name) == 0)
				name = words[i + 1].s;
		finder->layers = stack_of(name, arena);
	}
}

/* If a process is named, by its pid or as a job or container, paths are that process's. */
static void take_process(struct finder *finder, const struct place *place)
{
	uint64_t number;

	if (!place->whom)
		return;
	if (parse_number(place->whom, &number) && number <= INT32_MAX)
		finder->pid = (pid_t)number;
	else if (finder->session && session_named(finder->session, place->whom))
		finder->pid = session_named(finder->session, place->whom);
}

static const struct command *called(const char *name)
{
	struct error unused;
	struct word word = { name, 1 };

	return command_find(&word, &unused);
}

/* Whether the next word is an argument of the program: one word is there already, and it is not the
 * "--" that ends the options. */
static bool is_argument(const struct word *words, size_t count)
{
	return count > 1 && strcmp(words[count - 1].s, "--") != 0;
}

static void offer_arguments(struct finder *finder, const struct word *words, size_t count)
{
	const struct command *command = called(words[0].s);
	cleanup_arena struct arena arena = { 0 };

	if (!command)
		return;
	const struct place place = place_of(command, words, count);
	const struct arg_spec *arg = place.arg;
	take_image(finder, command, words, count, &arena);
	take_process(finder, &place);
	if (place.value)
		offer_kind(finder, place.value->kind, place.value->offers, place.value->choices);
	else if (finder->partial[0] == '-' && !place.rest)
		offer_flags(finder, command, words, count);
	else if (arg && place.rest && arg->kind == WORD_COMMAND && count > 1)
		offer_arguments(finder, words + 1, count - 1);
	else if (arg && place.rest && arg->kind == WORD_PROGRAM && is_argument(words, count))
		offer_paths(finder); /* an argument of the program: most are paths */
	else if (arg && arg->kind == WORD_CHECK)
		offer_predicates(finder, words + 1, count - 1);
	else if (arg)
		offer_kind(finder, arg->kind, arg->offers, arg->choices);
}

static void offer_line(struct finder *finder, const struct word *words, size_t count)
{
	if (count == 0)
		offer_commands(finder);
	else
		offer_arguments(finder, words, count);
}

/* "@NAME ...": complete with that child's files. */
static void offer_addressed(struct finder *finder, const struct unfinished *unfinished)
{
	const pid_t pid = finder->session ? session_named(finder->session, unfinished->words[0].s) : 0;

	finder->pid = pid;
	offer_line(finder, unfinished->words + 1, unfinished->count - 1);
}

/* ---- the host's line ---- */

/* The last command of a line for the host's shell: what follows the last separator. */
static const char *last_command(const char *s)
{
	const char *ret = s;
	char quote = '\0';

	for (; *s; s++) {
		if (*s == '\\' && quote != '\'' && s[1])
			s++;
		else if (quote)
			quote = *s == quote ? '\0' : quote;
		else if (*s == '\'' || *s == '"')
			quote = *s;
		else if (strchr("|&;(", *s))
			ret = s + 1;
	}
	return ret;
}

/* How many bytes of a word come before the name of a file: ">", "X=". */
static size_t host_prefix(const char *word)
{
	size_t ret = 0;

	for (size_t i = 0; word[i]; i++)
		ret = strchr("<>=", word[i]) ? i + 1 : ret;
	return ret;
}

/* Offer what a shell would: a program first, then files of the host. */
static void offer_host(struct finder *finder, const char *s, size_t length, struct arena *arena)
{
	const char *line = arena_copyn(arena, s, length);
	struct unfinished unfinished;

	line = last_command(line + strspn(line, " \t!"));
	words_unfinished(line, strlen(line), arena, &unfinished);
	finder->pid = 0;
	finder->partial = unfinished.partial + host_prefix(unfinished.partial);
	if (unfinished.count == 0 && finder->partial == unfinished.partial)
		offer_host_programs(finder);
	else
		offer_paths(finder);
}

void complete(const char *s, size_t length, const struct session *session, struct candidates *ret)
{
	cleanup_arena struct arena arena = { 0 };
	struct unfinished unfinished;

	*ret = (struct candidates){ 0 };
	words_unfinished(s, length, &arena, &unfinished);
	struct finder finder = { .partial = unfinished.partial, .session = session, .ret = ret,
				 .pid = session && session->at->child ? session->at->now.pid : 0 };
	if (unfinished.host)
		offer_host(&finder, s, length, &arena);
	else if (unfinished.count == 0 && unfinished.partial[0] == '@')
		offer_children(&finder, "@");
	else if (unfinished.count && unfinished.words[0].s[0] == '@')
		offer_addressed(&finder, &unfinished);
	else
		offer_line(&finder, unfinished.words, unfinished.count);
	candidates_sort(ret);
}
