/* ns --all: the namespaces of the whole machine, as trees. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/message.h"
#include "base/process/proc.h"
#include "base/process/process_stat.h"
#include "base/show/table.h"
#include "base/text.h"
#include "snapshot/machine/machine.h"
#include "words/language/command.h"
#include "words/machine/machine.h"
#include "words/machine/whose.h"

enum { MOST_HOLDERS = 4, STEP = 2 /* columns that a level is set in by */ };

/* The screen under way. */
struct screen {
	const struct context *context;
	const struct census *census;
	struct table table;
};

/* ---- who holds one ---- */

static const char *comm_of(pid_t pid, char *to, size_t size)
{
	struct process_stat stat = process_stat(pid);

	return visible(to, size, stat.comm);
}

static void add_holder(const struct holder *holder, struct text *text)
{
	char comm[64];

	comm_of(holder->pid, comm, sizeof(comm));
	switch (holder->kind) {
	case HELD_BY_PROCESS:
		text_addf(text, "%d (%s)", holder->pid, comm);
		return;
	case HELD_BY_THREAD:
		text_sayf(text, "thread %d of %d (%s)", holder->number, holder->pid, comm);
		return;
	case HELD_FOR_CHILDREN:
		text_sayf(text, "the next child of %d (%s)", holder->pid, comm);
		return;
	case HELD_BY_FD:
		text_sayf(text, "kept alive by fd %d of %d (%s)", holder->number, holder->pid, comm);
		return;
	case HELD_BY_MOUNT:
		text_sayf(text, "mounted on %s", vis(holder->path));
		return;
	}
}

/* Of many processes the first. What else holds it matters where there is none; a mount always, for it
 * stays when the last one ends. */
static void add_holders(const struct space *space, struct text *text)
{
	size_t told = 0, left = 0;

	for (size_t i = 0; i < space->count; i++) {
		const struct holder *holder = &space->holders[i];
		bool wanted = space->processes ? i == 0 || holder->kind == HELD_BY_MOUNT : true;
		if (!wanted)
			continue;
		if (told == MOST_HOLDERS) {
			left++;
			continue;
		}
		text_add(text, told++ ? ", " : "");
		add_holder(holder, text);
	}
	if (left)
		text_sayf(text, ", and %zu more", left);
	if (!told)
		text_say(text, "kept alive by the namespaces below it");
}

static void add_whose(const struct screen *screen, const struct space *space, struct text *text)
{
	const char *name;
	enum whose whose = space_whose(screen->context, space, &name);

	if (whose == WHOSE_HOST)
		text_say(text, "the host's: ");
	else if (whose == WHOSE_CHILD)
		text_say(text, "the child: ");
	else if (whose == WHOSE_CONTAINER)
		text_sayf(text, "container %s: ", vis(name));
	if (space->type == NS_USER && whose != WHOSE_HOST && !space->uid_code)
		text_sayf(text, "made by uid %u; ", space->uid);
}

static void add_space(struct screen *screen, const struct space *space, size_t depth)
{
	cleanup_text struct text text = { 0 };
	const char *name;
	enum whose whose = space_whose(screen->context, space, &name);

	table_add(&screen->table, "%*s%s %llu", (int)(depth * STEP), "", ns_types[space->type].name,
		  (unsigned long long)space->id);
	table_paint(&screen->table, whose == WHOSE_HOST ? PAINT_DIM : whose == WHOSE_OTHERS ? PAINT_NAME : PAINT_OWN);
	table_add(&screen->table, "%zu", space->processes);
	add_whose(screen, space, &text);
	add_holders(space, &text);
	table_add(&screen->table, "%s", text_of(&text));
}

/* ---- the trees ---- */

/* Whether another of the census holds it in the tree of user namespaces. */
static bool has_owner(const struct screen *screen, const struct space *space)
{
	return space->owner && census_find(screen->census, NS_USER, space->owner);
}

static void add_owned(struct screen *screen, const struct space *user, size_t depth)
{
	const struct census *census = screen->census;

	add_space(screen, user, depth);
	for (int own = 1; own >= 0; own--)
		for (size_t i = 0; i < census->count; i++) {
			const struct space *space = &census->spaces[i];
			if (space->owner != user->id || (space->type != NS_USER) != own)
				continue;
			if (own)
				add_space(screen, space, depth + 1);
			else
				add_owned(screen, space, depth + 1);
		}
}

static void add_owners(struct screen *screen)
{
	const struct census *census = screen->census;
	bool any = false;

	for (size_t i = 0; i < census->count; i++)
		if (census->spaces[i].type == NS_USER && !has_owner(screen, &census->spaces[i]))
			add_owned(screen, &census->spaces[i], 0);
	for (size_t i = 0; i < census->count; i++) {
		const struct space *space = &census->spaces[i];
		if (space->type == NS_USER || has_owner(screen, space))
			continue;
		if (!any) {
			table_add(&screen->table, "owner unknown");
			table_paint(&screen->table, PAINT_MISSING);
			table_add(&screen->table, "-");
			table_add(&screen->table, "%s", errno_name(space->owner_code));
		}
		any = true;
		add_space(screen, space, 1);
	}
}

static void add_within(struct screen *screen, const struct space *pid, size_t depth)
{
	const struct census *census = screen->census;

	add_space(screen, pid, depth);
	for (size_t i = 0; i < census->count; i++)
		if (census->spaces[i].type == NS_PID && census->spaces[i].around == pid->id)
			add_within(screen, &census->spaces[i], depth + 1);
}

static void add_pids(struct screen *screen)
{
	const struct census *census = screen->census;

	for (size_t i = 0; i < census->count; i++) {
		const struct space *space = &census->spaces[i];
		if (space->type == NS_PID && !(space->around && census_find(census, NS_PID, space->around)))
			add_within(screen, space, 0);
	}
}

/* ---- what was not seen ---- */

static void note(const struct screen *screen, const char *words, struct text *ret)
{
	table_note(words, 1, screen->context->columns, ret);
}

static void add_unseen(const struct screen *screen, struct text *ret)
{
	const struct unseen *unseen = &screen->census->unseen;
	cleanup_text struct text text = { 0 };

	if (unseen->processes)
		text_sayf(&text, message_of(unseen->processes,
			  "Could not look into %zu process of %zu: what it alone holds is not shown. ",
			  "Could not look into %zu processes of %zu: what they alone hold is not shown. "),
			  unseen->processes, screen->census->processes);
	if (unseen->descriptors)
		text_sayf(&text, "Could not read the descriptors of %zu. ", unseen->descriptors);
	if (unseen->tables)
		text_sayf(&text, "Could not read the mounts of %zu. ", unseen->tables);
	if (unseen->hidden)
		text_say(&text, "/proc hides processes of others (hidepid). ");
	if (unseen->nested)
		text_say(&text, "This shell is in a pid namespace below the first one: it sees no process "
			 "outside of it. ");
	if (text.len) {
		text.s[--text.len] = '\0';
		note(screen, text_of(&text), ret);
	}
}

static void print(struct screen *screen, struct text *ret)
{
	static const char *const head[] = { N_("NAMESPACE"), N_("PROCESSES"), N_("HELD BY"), NULL };
	const struct context *context = screen->context;
	size_t pids = 0;

	text_sayf(ret, message_of(screen->census->count, " %zu namespace, %zu processes; user namespaces and what they own:\n",
				  " %zu namespaces, %zu processes; user namespaces and what they own:\n"),
		  screen->census->count, screen->census->processes);
	table_head(&screen->table, head);
	add_owners(screen);
	table_print(&screen->table, context->color, 1, context->columns, ret);
	for (size_t i = 0; i < screen->census->count; i++)
		pids += screen->census->spaces[i].type == NS_PID;
	if (pids > 1) {
		text_say(ret, "\n pid namespaces, each within the one around it:\n");
		table_head(&screen->table, head);
		add_pids(screen);
		table_print(&screen->table, context->color, 1, context->columns, ret);
	}
	add_unseen(screen, ret);
}

int ns_all(const struct context *context, const struct words *words, struct text *ret, struct error *err)
{
	cleanup_census struct census census = { 0 };
	struct screen screen = { context, &census, { .columns = 3, .right = 1 << 1 } };

	if (census_take(proc_root(), &census, err) < 0)
		return -1;
	if (words_flag(words, "--json"))
		ns_all_json(context, &census, ret);
	else
		print(&screen, ret);
	return 0;
}
