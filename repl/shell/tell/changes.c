#include "shell/tell/changes.h"

#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "base/text.h"
#include "base/show/paint.h"
#include "ops/privilege/capability.h"
#include "shell/shell.h"
#include "snapshot/snapshot.h"
#include "walls/walls.h"
#include "words/language/command.h"

enum { NAME_COLUMNS = 23, FEW = 8, TALL = 45 };

/* " /proc/5121/ns        " */
static void add_name(const struct reading *reading, const char *file, struct text *ret)
{
	size_t start = ret->len;

	text_addf(ret, " /proc/%d/%s", reading->pid, file);
	size_t used = ret->len - start;
	text_pad(ret, used < NAME_COLUMNS ? NAME_COLUMNS - used : 2);
}

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
		enum standing its = !ns_own(after, host, link) ? NOT_STANDING :
				    after->ns[link].joined ? JOINED : STANDING;
		if (after->ns[link].id == 0 || !matters(after, link, changed) || its != side)
			continue;
		text_add(ret, changed ? " +" : " ");
		if (changed)
			paint(ret, shell->screen.color, PAINT_GOOD, ns_types[link].name);
		else
			text_add(ret, ns_types[link].name);
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

static void report_namespaces(const struct shell *shell, const struct reading *after,
			      const struct difference *difference, struct text *ret)
{
	static const enum standing sides[] = { STANDING, JOINED, NOT_STANDING };
	static const char *const names[] = { "own", "joined", "host's" };
	cleanup_text struct text all = { 0 };
	size_t columns = NAME_COLUMNS;

	add_name(after, "ns", ret);
	for (size_t i = 0; i < 3; i++) {
		cleanup_text struct text links = { 0 };
		add_links(shell, after, difference, sides[i], &links);
		/* That nothing is joined goes without saying, and so what is not own beside it. */
		if (!links.len && sides[i] != NOT_STANDING && (sides[i] == JOINED || is_joined(after)))
			continue;
		size_t wide = strlen(names[i]) + 1 + text_columns(links.len ? links.s : " none");
		bool below = all.len && columns + 3 + wide > shell->screen.columns;
		if (below)
			text_add(&all, "\n");
		text_pad(&all, below ? NAME_COLUMNS : all.len ? 3 : 0);
		columns = (below ? NAME_COLUMNS : columns + (all.len ? 3 : 0)) + wide;
		text_addf(&all, "%s:%s", names[i], links.len ? links.s : " none");
	}
	text_addf(ret, "%s\n", text_of(&all));
}

/* A line of mountinfo as the kernel wrote it. Its \040 and the like are the kernel's own escapes
 * and stay; what it lets through is made visible. */
static void add_mount_line(const char *line, struct text *ret)
{
	while (*line) {
		size_t length = strcspn(line, "\\");
		text_add_visible(ret, line, length);
		line += length;
		if (*line) {
			text_add(ret, "\\");
			line++;
		}
	}
}

static void add_mount_change(const struct shell *shell, const struct mount_change *change,
			     struct text *ret)
{
	static const struct { const char *mark; enum paint color; } marks[] = {
		[CHANGE_ADDED] = { "+", PAINT_GOOD },
		[CHANGE_REMOVED] = { "-", PAINT_BAD },
		[CHANGE_CHANGED] = { "~", PAINT_WARN },
	};

	text_add(ret, "   ");
	paint(ret, shell->screen.color, marks[change->change].color, marks[change->change].mark);
	text_add(ret, " ");
	add_mount_line(change->change == CHANGE_REMOVED ? change->before->line : change->after->line,
		       ret);
	text_add(ret, "\n");
	if (change->change != CHANGE_CHANGED)
		return;
	text_add(ret, "     was: ");
	add_mount_line(change->before->line, ret);
	text_add(ret, "\n");
}

static size_t count_changes(const struct difference *difference, enum change change)
{
	size_t count = 0;

	for (size_t i = 0; i < difference->mount_count; i++)
		count += difference->mounts[i].change == change;
	return count;
}

static void report_mount_changes(const struct shell *shell, const struct difference *difference,
				 struct text *ret)
{
	size_t few = shell->screen.rows / 3 > FEW ? shell->screen.rows / 3 : FEW;
	size_t shown = difference->mount_count;

	if (shown > few && shell->show != SHOW_FULL)
		shown = few - 1;
	for (size_t i = 0; i < shown; i++)
		add_mount_change(shell, &difference->mounts[i], ret);
	if (shown < difference->mount_count)
		text_addf(ret, "     and %zu more: set show full\n",
			  difference->mount_count - shown);
}

/* Whether the table takes no more than half of the window. */
static bool fits(const struct shell *shell, const struct mounts *mounts)
{
	size_t rows = 0;

	if (shell->show != SHOW_AUTO)
		return shell->show == SHOW_FULL;
	for (size_t i = 0; i < mounts->count; i++)
		rows += 1 + (strlen(mounts->list[i].line) + 5) / shell->screen.columns;
	return rows <= shell->screen.rows / 2;
}

/* The change that a mount of the new table is part of, NULL where it is as it was. */
static const struct mount_change *change_of(const struct difference *difference,
					    const struct mount *mount)
{
	for (size_t i = 0; difference && i < difference->mount_count; i++)
		if (difference->mounts[i].after == mount)
			return &difference->mounts[i];
	return NULL;
}

static void report_removed(const struct shell *shell, const struct difference *difference,
			   struct text *ret)
{
	for (size_t i = 0; difference && i < difference->mount_count; i++)
		if (difference->mounts[i].change == CHANGE_REMOVED)
			add_mount_change(shell, &difference->mounts[i], ret);
}

static void report_table(const struct shell *shell, const struct mounts *mounts,
			 const struct difference *difference, struct text *ret)
{
	for (size_t i = 0; i < mounts->count; i++) {
		const struct mount_change *change = change_of(difference, &mounts->list[i]);
		if (change) {
			add_mount_change(shell, change, ret);
			continue;
		}
		text_add(ret, "     ");
		add_mount_line(mounts->list[i].line, ret);
		text_add(ret, "\n");
	}
}

static void report_mounts(const struct shell *shell, const struct reading *after,
			  const struct difference *difference, struct text *ret)
{
	const struct mounts *mounts = after->mounts;

	add_name(after, "mountinfo", ret);
	if (!mounts) {
		text_add(ret, "cannot be read\n");
		return;
	}
	text_addf(ret, "%zu mount%s", mounts->count, mounts->count == 1 ? "" : "s");
	size_t added = difference ? count_changes(difference, CHANGE_ADDED) : 0;
	size_t removed = difference ? count_changes(difference, CHANGE_REMOVED) : 0;
	size_t changed = difference ? count_changes(difference, CHANGE_CHANGED) : 0;
	if (added)
		text_addf(ret, ", %zu added", added);
	if (removed)
		text_addf(ret, ", %zu removed", removed);
	if (changed)
		text_addf(ret, ", %zu changed", changed);
	text_add(ret, "\n");
	/* After a pivot what is there says more than all that is gone. */
	bool another = removed > FEW && removed > mounts->count;
	if (fits(shell, mounts) && !another)
		report_removed(shell, difference, ret);
	if (fits(shell, mounts) || another)
		report_table(shell, mounts, difference, ret);
	else if (difference)
		report_mount_changes(shell, difference, ret);
}

/* A file's text in one line: blanks squeezed, lines separated by ";". */
static void add_squeezed(const char *s, struct text *ret)
{
	const char *between = "";

	if (!s || !s[strspn(s, " \n")])
		text_add(ret, "empty");
	while (s && *(s += strspn(s, " \n"))) {
		size_t length = strcspn(s, " \n");
		text_add(ret, between);
		text_add_visible(ret, s, length);
		s += length;
		between = *s == '\n' ? "; " : " ";
	}
}

static void add_pair(const struct reading *after, const char *file, const char *a, const char *b,
		     struct text *ret)
{
	add_name(after, file, ret);
	add_squeezed(a, ret);
	text_add(ret, " -> ");
	add_squeezed(b, ret);
	text_add(ret, "\n");
}

static void report_cgroups(const struct reading *before, const struct reading *after,
			   struct text *ret)
{
	for (size_t i = 0; i < after->cgroup_count; i++) {
		const struct membership *is = &after->cgroups[i], *was = NULL;
		for (size_t j = 0; j < before->cgroup_count; j++)
			if (before->cgroups[j].hierarchy == is->hierarchy)
				was = &before->cgroups[j];
		if (was && strcmp(was->path, is->path) == 0)
			continue;
		add_name(after, "cgroup", ret);
		text_add_visible(ret, is->controllers, strlen(is->controllers));
		text_add(ret, is->controllers[0] ? ": " : "v2: ");
		if (was)
			text_add_visible(ret, was->path, strlen(was->path));
		text_add(ret, " -> ");
		text_add_visible(ret, is->path, strlen(is->path));
		text_add(ret, "\n");
	}
}

/* A capability set before and after. */
struct set_change {
	const char *name;
	uint64_t was, is;
};

static bool same_change(const struct set_change *a, const struct set_change *b)
{
	return (a->was & ~a->is) == (b->was & ~b->is) && (a->is & ~a->was) == (b->is & ~b->was);
}

/* The bits that went or came, by name where they are few: " -net_raw". */
static void add_names(const struct set_change *set, struct text *ret)
{
	enum { FEW_NAMES = 3 };
	const struct { uint64_t set; const char *sign; } sides[] = {
		{ set->was & ~set->is, "-" }, { set->is & ~set->was, "+" },
	};

	for (size_t i = 0; i < 2; i++) {
		int count = __builtin_popcountll(sides[i].set);
		if (!count)
			continue;
		text_add(ret, " ");
		if (count <= FEW_NAMES)
			capability_list(sides[i].set, sides[i].sign, " ", ret);
		else
			text_addf(ret, "%s%d of them", sides[i].sign, count);
	}
}

/* Below the last of the sets that changed alike, what went or came: "CapPrm CapEff: -net_raw", or
 * below its numbers where it is the only one. */
static void report_names(const struct shell *shell, const struct set_change *sets, size_t count,
			 size_t last, struct text *ret)
{
	cleanup_text struct text alike = { 0 }, names = { 0 };

	for (size_t i = last + 1; i < count; i++)
		if (same_change(&sets[i], &sets[last]))
			return;
	for (size_t i = 0; i <= last; i++)
		if (same_change(&sets[i], &sets[last]))
			text_addf(&alike, "%s%s", alike.len ? " " : "", sets[i].name);
	add_names(&sets[last], &names);
	if (alike.len > strlen(sets[last].name)) {
		text_pad(ret, NAME_COLUMNS);
		text_addf(ret, "%s:", alike.s);
		if (NAME_COLUMNS + alike.len + 1 + names.len <= shell->screen.columns) {
			text_addf(ret, "%s\n", names.s);
			return;
		}
		text_add(ret, "\n");
	}
	text_pad(ret, NAME_COLUMNS + 6);
	text_addf(ret, "%s\n", names.s);
}

static void report_capabilities(const struct shell *shell, const struct reading *before,
				const struct reading *after, struct text *ret)
{
	const struct set_change sets[] = {
		{ "CapInh", before->cap_inheritable, after->cap_inheritable },
		{ "CapPrm", before->cap_permitted, after->cap_permitted },
		{ "CapEff", before->cap_effective, after->cap_effective },
		{ "CapBnd", before->cap_bounding, after->cap_bounding },
		{ "CapAmb", before->cap_ambient, after->cap_ambient },
	};
	enum { SETS = COUNT(sets) };

	for (size_t i = 0; i < SETS; i++) {
		if (sets[i].was == sets[i].is)
			continue;
		add_name(after, "status", ret);
		text_addf(ret, "%s %016llx -> %016llx\n", sets[i].name,
			  (unsigned long long)sets[i].was, (unsigned long long)sets[i].is);
		report_names(shell, sets, SETS, i, ret);
	}
}

static void report_status_file(const struct shell *shell, const struct reading *before,
			       const struct reading *after, const struct difference *difference,
			       struct text *ret)
{
	if (difference->caps)
		report_capabilities(shell, before, after, ret);
	if (difference->no_new_privs) {
		add_name(after, "status", ret);
		text_addf(ret, "NoNewPrivs %d -> %d\n", before->no_new_privs, after->no_new_privs);
	}
	if (difference->seccomp) {
		add_name(after, "status", ret);
		text_addf(ret, "Seccomp %d -> %d\n", before->seccomp, after->seccomp);
	}
}

static void report_rest(const struct shell *shell, const struct reading *before,
			const struct reading *after, const struct difference *difference,
			struct text *ret)
{
	if (difference->root)
		add_pair(after, "root", before->root, after->root, ret);
	if (difference->cwd)
		add_pair(after, "cwd", before->cwd, after->cwd, ret);
	if (difference->uid_map)
		add_pair(after, "uid_map", before->uid_map, after->uid_map, ret);
	if (difference->gid_map)
		add_pair(after, "gid_map", before->gid_map, after->gid_map, ret);
	if (difference->cgroup)
		report_cgroups(before, after, ret);
	report_status_file(shell, before, after, difference, ret);
	if (difference->hostname) {
		text_addf(ret, " %-*s", NAME_COLUMNS - 1, "uname -n");
		add_squeezed(before->hostname, ret);
		text_add(ret, " -> ");
		add_squeezed(after->hostname, ret);
		text_add(ret, "\n");
	}
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
		    const struct reading *after, const struct difference *difference,
		    struct text *ret)
{
	if (!report_namespace_table(shell, after, difference, ret))
		report_namespaces(shell, after, difference, ret);
	report_mounts(shell, after, difference, ret);
	if (difference)
		report_rest(shell, before, after, difference, ret);
}
