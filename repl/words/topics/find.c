#include "words/topics/find.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/message.h"
#include "base/text.h"
#include "base/causes/causes.h"
#include "ops/op.h"
#include "snapshot/snapshot.h"
#include "words/foreign/foreign.h"
#include "words/language/command.h"
#include "words/plans/privilege/caps.h"
#include "words/topics/concepts.h"
#include "words/topics/facts.h"
#include "words/topics/page.h"
#include "words/topics/rows.h"

enum { ERRNOS = 134 /* more than any number of Linux's */ };

/* ---- all of them ---- */

struct walk {
	bool (*take)(void *data, const struct topic *topic);
	void *data;
	bool done;
};

static void pass(struct walk *walk, const char *kind, const char *name, const char *means)
{
	const struct topic topic = { kind, name, means };

	if (!walk->done && name && *name)
		walk->done = !walk->take(walk->data, &topic);
}

static void walk_kernel(struct walk *walk)
{
	for (int link = 0; link < NS_TYPES; link++)
		pass(walk, N_("namespace"), ns_types[link].name, ns_types[link].isolates);
	for (size_t i = 0; i < CAPABILITIES; i++)
		pass(walk, N_("capability"), capabilities[i].name, capabilities[i].allows);
	for (const struct facts_of *table = facts_tables; table->said; table++)
		for (const struct fact *fact = table->list; fact->name; fact++)
			pass(walk, table->said, fact->name, fact->means);
	for (int code = 1; code < ERRNOS; code++)
		if (strncmp(errno_name(code), "E", 1) == 0)
			pass(walk, N_("errno"), errno_name(code), errno_text(code));
}

void topics_walk(bool (*take)(void *data, const struct topic *topic), void *data)
{
	struct walk walk = { take, data };
	const struct concept *concept;

	for (size_t i = 0; i < command_count; i++)
		pass(&walk, N_("word"), commands[i]->name, commands[i]->summary);
	for (size_t i = 0; (concept = concept_nth(i)); i++)
		pass(&walk, N_("concept"), concept->name, concept->summary);
	walk_kernel(&walk);
	for (int kind = 0; kind < OP_COUNT; kind++)
		pass(&walk, N_("primitive"), op_info(kind)->name, op_info(kind)->man);
	for (int i = 0; error_row(i); i++)
		pass(&walk, N_("error"), error_row(i)->id, error_row(i)->means);
	for (int i = 0; i < CAUSE_COUNT; i++)
		pass(&walk, N_("cause"), cause_row(i)->id, cause_row(i)->means);
}

/* ---- one of them ---- */

/* Pages of the vocabulary's word and of the concept that is called so: the concept first. */
static bool tell_pages(const struct context *context, const char *name, struct text *ret)
{
	const struct concept *concept = concept_find(name);
	const struct command *command = command_called(name);

	if (concept) {
		page_add_concept(context, concept, ret);
		if (strcmp(concept->name, "mountinfo") == 0)
			rows_add_mountinfo(context, ret);
	}
	if (concept && command)
		page_add_heading(context, _("The word"), ret);
	if (command)
		page_add_word(context, command, ret);
	return concept || command;
}

/* "net veth": the page of the word says what its subcommands do. */
static bool tell_part(const struct context *context, const struct words *words, struct text *ret)
{
	const struct command *command = words->count > 1 ? command_called(words->args[0].s) : NULL;

	if (!command || !command->args || !choice_find(command->args->choices, words->args[1].s))
		return false;
	page_add_word(context, command, ret);
	return true;
}

/* The name without what only says where the thing is: "/proc/self/status", "/sys/fs/cgroup/x/cpu.max",
 * "pids(7)", "CAP_CHOWN". */
static const char *bare(const char *name, struct arena *arena)
{
	const char *section = strrchr(name, '(');
	const char *ret = name;

	if (strncmp(name, "/sys/fs/cgroup/", 15) == 0)
		return strrchr(name, '/') + 1;
	if (strncmp(name, "/proc/", 6) == 0) {
		ret = name + 6;
		size_t pid = strspn(ret, "0123456789");
		pid = strncmp(ret, "self/", 5) == 0 ? 4 : strncmp(ret, "PID/", 4) == 0 ? 3 : pid;
		return pid && ret[pid] == '/' ? ret + pid + 1 : ret;
	}
	if (section && section > name && strlen(section) == 3 && section[2] == ')')
		return arena_copyn(arena, name, (size_t)(section - name));
	return ret;
}

/* The word that is nearest in its letters. */
struct near {
	const char *name, *best;
	size_t least;
};

static bool take_near(void *data, const struct topic *topic)
{
	struct near *near = data;
	size_t far = text_distance(topic->name, near->name, near->least);

	if (far <= near->least && far < strlen(near->name) && (!near->best || far < near->least)) {
		near->best = topic->name;
		near->least = far;
	}
	return true;
}

static int fail_unknown(const struct words *words, const char *name, struct error *err)
{
	struct near near = { .name = name };

	near.least = strlen(near.name) > 4 ? 2 : 1;
	topics_walk(take_near, &near);
	fail_arg(err, ERR_ARGUMENT_INVALID, words, 0, "nothing is called %s", vis(near.name));
	if (near.best)
		return fail_fix(err, "did you mean %s?", near.best);
	return fail_fix(err, "apropos WORD searches all names and what they mean");
}

int topic_tell(const struct context *context, const struct words *words, struct text *ret,
	       struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	const char *name = words_arg(words, 0);

	/* "super options" is one name. */
	for (size_t i = 1; i < words->count; i++)
		name = arena_print(&arena, "%s %s", name, words_arg(words, i));
	if (tell_pages(context, name, ret) || rows_add(context, name, ret) || tell_part(context, words, ret))
		return 0;
	const char *rest = bare(name, &arena);
	if (strncmp(name, "/proc/", 6) == 0 && rows_add_file(context, rest, ret))
		return 0;
	if (rest != name && (rows_add(context, rest, ret) || tell_pages(context, rest, ret)))
		return 0;
	const struct command *command = command_find(&(struct word){ name, words->args[0].column, false }, err);
	if (!command && strcmp(err->id, error_row(ERR_COMMAND_AMBIGUOUS)->id) == 0)
		return -1;
	if (!command)
		return fail_unknown(words, name, err);
	tell_pages(context, command->name, ret);
	return 0;
}

/* ---- searching ---- */

struct search {
	const struct context *context;
	const char *s;
	struct text *ret;
	size_t found;
};

static bool has(const char *text, const char *s)
{
	return strcasestr(text, s) != NULL;
}

static bool take_found(void *data, const struct topic *topic)
{
	struct search *search = data;
	cleanup_text struct text means = { 0 };

	if (!has(topic->name, search->s) && !has(topic->means, search->s) && !has(_(topic->means), search->s) && !has(_(topic->means), search->s))
		return true;
	text_addf(&means, "%s (%s)", _(topic->means), _(topic->kind));
	page_add_row(search->context, topic->name, text_of(&means), search->ret);
	search->found++;
	return true;
}

/* "net veth": the subcommands of a word. */
static void search_parts(struct search *search, const struct command *command)
{
	const struct choice *choice = command->args ? command->args[0].choices : NULL;

	for (; choice && choice->name; choice++) {
		cleanup_text struct text name = { 0 };
		text_addf(&name, "%s %s", command->name, choice->name);
		if (choice->args && choice->means)
			take_found(search, &(const struct topic){ N_("subcommand"), text_of(&name), choice->means });
	}
}

size_t topics_search(const struct context *context, const char *s, struct text *ret)
{
	struct search search = { context, s, ret, 0 };
	const char *name, *instead;

	topics_walk(take_found, &search);
	for (size_t i = 0; i < command_count; i++)
		search_parts(&search, commands[i]);
	for (size_t i = 0; foreign_nth(i, &name, &instead); i++)
		if (instead)
			take_found(&search, &(const struct topic){ N_("another program's work, here"), name, instead });
	return search.found;
}
