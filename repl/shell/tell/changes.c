#include "shell/tell/changes.h"

#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "base/show/paint.h"
#include "shell/shell.h"
#include "shell/tell/calls.h"
#include "shell/tell/mounts.h"
#include "shell/tell/name.h"
#include "shell/tell/rest.h"
#include "snapshot/snapshot.h"
#include "walls/walls.h"
#include "words/language/command.h"

enum { TALL = 45 };

/* The links for the children to come matter only where they have become other than the child's. */
static bool matters(const struct reading *after, enum ns_link link, bool changed)
{
	enum ns_link childs = link == NS_PID_FOR_CHILDREN ? NS_PID : NS_TIME;

	return link < NS_TYPES || (changed && after->ns[link].id != after->ns[childs].id);
}

/* The link names of one side, what is new there marked. */
static void add_links(const struct shell *shell, const struct reading *after,
		      const struct difference *difference, enum standing side, struct text *ret)
{
	const struct reading *host = &shell->session.host;

	for (enum ns_link link = 0; link < NS_LINKS; link++) {
		bool changed = difference && difference->ns[link];
		enum standing its = after->ns[link].id == 0 ? NOT_SEEN : !ns_own(after, host, link) ? NOT_STANDING :
				    after->ns[link].joined ? JOINED : STANDING;
		if ((its == NOT_SEEN && !errno_may_pass(after->ns[link].code)) || !matters(after, link, changed) || its != side)
			continue;
		text_add(ret, changed ? " +" : " ");
		paint(ret, shell->screen.color && difference, changed ? PAINT_ADDED : PAINT_DIM,
		      ns_types[link].name);
	}
}

/* The table that the word ns prints, of the reading at hand. It looks at every process of the
 * machine, so it is shown with set show full, and in windows with room for it. */
static bool report_namespace_table(const struct shell *shell, const struct reading *after,
				   const struct difference *difference, struct text *ret)
{
	const struct word name = { "ns", 1 };
	const struct words words = { .name = name };
	struct context context;
	struct error unused;

	if (shell->show != SHOW_FULL && (shell->show != SHOW_AUTO || shell->screen.rows < TALL))
		return false;
	const struct command *ns = command_find(&name, &unused);
	shell_context(shell, &context);
	context.child = after;
	context.pid = after->pid;
	context.last = difference;
	return ns && ns->look && ns->look(&context, &words, ret, &unused) == 0;
}

static bool is_joined(const struct reading *reading)
{
	for (enum ns_link link = 0; link < NS_TYPES; link++)
		if (reading->ns[link].joined)
			return true;
	return false;
}

static bool has_new(const struct reading *after, const struct difference *difference)
{
	for (enum ns_link link = 0; link < NS_LINKS; link++)
		if (difference->ns[link] && matters(after, link, true))
			return true;
	return false;
}

/* Which are not the host's says which are. */
static void report_same_namespaces(const struct shell *shell, const struct reading *after,
				   struct text *ret)
{
	cleanup_text struct text line = { 0 }, own = { 0 }, joined = { 0 }, unseen = { 0 };

	add_links(shell, after, NULL, STANDING, &own);
	add_links(shell, after, NULL, JOINED, &joined);
	add_links(shell, after, NULL, NOT_SEEN, &unseen);
	report_name(after, "ns", &line);
	text_say(&line, "unchanged");
	if (own.len)
		text_sayf(&line, ", own:%s", own.s);
	if (joined.len)
		text_sayf(&line, ", joined:%s", joined.s);
	if (unseen.len)
		text_sayf(&line, ", could not be read:%s", unseen.s);
	text_say(&line, own.len || joined.len || unseen.len ? "" : ", all the host's");
	paint(ret, shell->screen.color, PAINT_DIM, text_of(&line));
	text_add(ret, "\n");
}

static void report_namespaces(const struct shell *shell, const struct reading *after,
			      const struct difference *difference, struct text *ret)
{
	static const enum standing sides[] = { STANDING, JOINED, NOT_STANDING, NOT_SEEN };
	static const char *const names[] = { N_("own"), N_("joined"), N_("host's"), N_("could not be read") };
	cleanup_text struct text all = { 0 };
	size_t columns = NAME_COLUMNS;

	if (difference && !has_new(after, difference)) {
		if (!is_brief(shell))
			report_same_namespaces(shell, after, ret);
		return;
	}
	report_name(after, "ns", ret);
	for (size_t i = 0; i < COUNT(sides); i++) {
		cleanup_text struct text links = { 0 };
		add_links(shell, after, difference, sides[i], &links);
		/* That nothing is joined goes without saying, and so what is not own beside it. */
		if (!links.len && sides[i] != NOT_STANDING && (sides[i] != STANDING || is_joined(after)))
			continue;
		size_t wide = text_columns(_(names[i])) + 1 + text_columns(links.len ? links.s : _(" none"));
		bool below = all.len && columns + 2 + wide > shell->screen.columns;
		if (below)
			text_add(&all, "\n");
		text_pad(&all, below ? NAME_COLUMNS : all.len ? 2 : 0);
		columns = (below ? NAME_COLUMNS : columns + (all.len ? 2 : 0)) + wide;
		text_addf(&all, "%s:%s", _(names[i]), links.len ? links.s : _(" none"));
	}
	text_addf(ret, "%s\n", text_of(&all));
}

void missing_walls(const struct reading *child, const struct reading *host, struct text *ret)
{
	const struct sides sides = { .child = child, .host = host };
	const char *between = "";

	for (enum wall_id wall = 0; wall < WALLS; wall++)
		if (wall_missing(wall, CONFINED, &sides)) {
			text_addf(ret, "%s%s", between, walls[wall].name);
			between = " ";
		}
}

void report_changes(const struct shell *shell, const struct reading *before,
		    const struct reading *after, const struct difference *difference, bool folded,
		    struct text *ret)
{
	if (!report_namespace_table(shell, after, difference, ret))
		report_namespaces(shell, after, difference, ret);
	report_mounts(shell, after, difference, folded, ret);
	if (difference)
		report_rest(shell, before, after, difference, folded, ret);
}
