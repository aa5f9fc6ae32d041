/* walls: child and host side by side, and what stands between them. */
#include <stdio.h>
#include <string.h>

#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "base/show/table.h"
#include "base/show/units.h"
#include "snapshot/facts.h"
#include "snapshot/cgroup/limits.h"
#include "walls/walls.h"
#include "words/language/command.h"
#include "snapshot/union/count.h"
#include "words/look/subject.h"

enum { CELL = 21, BAR = 10 };

/* One screen under way. */
struct drawing {
	const struct context *context;
	struct sides sides;
	struct table table;
};

/* What a reading has on its side of a wall, cut to a cell's width. */
static void side_of(enum wall_id wall, const struct reading *reading, char ret[CELL])
{
	const struct mount *root = reading->mounts ? mounts_find(reading->mounts, "/") : NULL;
	uint64_t id = walls[wall].link >= 0 ? reading->ns[walls[wall].link].id : 0;
	unsigned long user;
	size_t layers;
	bool writable;

	switch (wall) {
	case WALL_MNT:
		snprintf(ret, CELL, _("%zu mounts"), reading->mounts ? reading->mounts->count : 0);
		return;
	case WALL_PID:
		snprintf(ret, CELL, _("process %d"), reading->levels > 0 ?
			 reading->inside[reading->levels - 1] : reading->pid);
		return;
	case WALL_UTS:
		visible(ret, CELL, reading->hostname[0] ? reading->hostname : _("a host name"));
		return;
	case WALL_USER:
		if (id_inside(reading->uid_map, reading->uid[1], &user))
			snprintf(ret, CELL, "user %lu", user);
		else
			snprintf(ret, CELL, "user %u, unmapped", reading->uid[1]);
		return;
	case WALL_IPC: case WALL_NET: case WALL_CGROUP: case WALL_TIME:
		if (id)
			snprintf(ret, CELL, "%llu", (unsigned long long)id);
		else
			strcpy(ret, "?");
		return;
	case WALL_ROOT:
		layers = root ? union_layers(root, &writable) : 0;
		if (layers)
			snprintf(ret, CELL, message_of(layers + writable, "union, %zu layer", "union, %zu layers"),
				 layers + writable);
		else
			visible(ret, CELL, root ? root->type : "?");
		return;
	case WALL_CHROOT:
		visible(ret, CELL, reading->root && reading->root[0] ? reading->root : "?");
		return;
	case WALL_CAPABILITIES:
		snprintf(ret, CELL, _("%d in effect"), __builtin_popcountll(reading->cap_effective));
		return;
	case WALL_NO_NEW_PRIVS:
		strcpy(ret, reading->no_new_privs ? _("set") : _("not set"));
		return;
	case WALL_SECCOMP:
		strcpy(ret, reading->seccomp == 2 ? _("a filter") : reading->seccomp ? _("strict") : _("off"));
		return;
	case WALL_PATHS: case WALL_LIMITS: case WALL_KEYRING: case WALL_LANDLOCK:
	case WALL_HANDLES: case WALLS:
		strcpy(ret, "");
	}
}

/* The mark between the two sides: a wall, one that others are behind as well, a curtain, nothing. */
static void add_mark(enum wall_id wall, enum standing standing, struct table *table)
{
	static const struct { const char *mark; enum paint paint; } marks[] = {
		[NOT_SEEN] = { "??", PAINT_MISSING }, [NOT_STANDING] = { "==", PAINT_DIM },
		[JOINED] = { "::", PAINT_MISSING }, [STANDING] = { "##", PAINT_OWN },
	};
	bool curtain = wall == WALL_CHROOT && standing == STANDING;

	table_add(table, "%s", curtain ? "~~" : marks[standing].mark);
	table_paint(table, curtain ? PAINT_MISSING : marks[standing].paint);
}

/* Whose it is; of a wall that is missing, the first word that builds it. */
static void add_note(enum wall_id wall, enum standing standing, struct table *table)
{
	const char *build = walls[wall].build;

	if (wall == WALL_CHROOT)
		table_add(table, "a curtain");
	else if (standing == NOT_STANDING && build)
		table_add(table, "%.*s", (int)strcspn(build, ";"), build);
	else
		table_add(table, "%s", standing == STANDING ? "" : _(standing_word(wall, standing)));
}

static void add_wall(struct drawing *drawing, enum wall_id wall, enum standing standing)
{
	char child[CELL], host[CELL];

	side_of(wall, drawing->sides.child, child);
	side_of(wall, drawing->sides.host, host);
	if (wall == WALL_PATHS) {
		strcpy(child, standing == STANDING ? "/proc/sys read-only" : "/proc/sys");
		strcpy(host, "/proc/sys");
	}
	table_add(&drawing->table, "%s", walls[wall].name);
	table_paint(&drawing->table, PAINT_NAME);
	table_add(&drawing->table, "%s", child);
	add_mark(wall, standing, &drawing->table);
	table_add(&drawing->table, "%s", host);
	add_note(wall, standing, &drawing->table);
}

/* "[###.......]": how much of most is taken. */
static const char *bar_text(uint64_t now, uint64_t most, char bar[BAR + 1])
{
	uint64_t filled = most == 0 || now >= most ? BAR : now * BAR / most;

	if (now && most && !filled)
		filled = 1;
	memset(bar, '.', BAR);
	memset(bar, '#', filled);
	bar[BAR] = '\0';
	return bar;
}

/* One limit: full is what the whole bar stands for, now how far it is filled. */
static void add_limit(struct drawing *drawing, const char *name, const struct limit *limit,
		      uint64_t now, uint64_t full, const char *says, const char *build)
{
	struct table *table = &drawing->table;
	bool stands = limit->own && limit->most != NO_LIMIT;
	char bar[BAR + 1];

	table_add(table, "%s", name);
	table_paint(table, PAINT_NAME);
	if (limit->most != NO_LIMIT && now != NO_LIMIT)
		table_add(table, "[%s]", bar_text(now, full, bar));
	else
		table_add(table, "%s", limit->path ? _("no limit") : _("no controller"));
	add_mark(WALL_LIMITS, stands ? STANDING : limit->path ? NOT_STANDING : NOT_SEEN, table);
	table_add(table, "%s", says);
	table_add(table, "%s", stands || !limit->path ? "" : build);
}

/* "12M of 512M", "3 of 256"; "" where there is no limit. */
static const char *amount(const struct limit *limit, bool bytes, char *to, size_t size)
{
	char now[24] = "?", most[24];

	if (limit->most == NO_LIMIT)
		return "";
	snprintf(most, sizeof(most), "%llu", (unsigned long long)limit->most);
	if (limit->now != NO_LIMIT)
		snprintf(now, sizeof(now), "%llu", (unsigned long long)limit->now);
	if (bytes)
		bytes_text(limit->most, most, sizeof(most));
	if (bytes && limit->now != NO_LIMIT)
		bytes_text(limit->now, now, sizeof(now));
	snprintf(to, size, "%s of %s", now, most);
	return to;
}

static void add_limits(struct drawing *drawing)
{
	const struct limits *limits = drawing->sides.limits;
	bool cpu = limits->cpu.most != NO_LIMIT && limits->period != NO_LIMIT && limits->period;
	char says[64] = "";

	if (cpu)
		snprintf(says, sizeof(says), _("%llu%% of a CPU"),
			 (unsigned long long)(limits->cpu.most * 100 / limits->period));
	add_limit(drawing, "cpu", &limits->cpu, limits->cpu.most, limits->period, says, "cgroup cpu 20%");
	add_limit(drawing, "memory", &limits->memory, limits->memory.now, limits->memory.most,
		  amount(&limits->memory, true, says, sizeof(says)), "cgroup memory 64M");
	add_limit(drawing, "processes", &limits->pids, limits->pids.now, limits->pids.most,
		  amount(&limits->pids, false, says, sizeof(says)), walls[WALL_LIMITS].build);
}

static void add_walls(struct drawing *drawing, struct text *unseen)
{
	for (enum wall_id wall = 0; wall < WALLS; wall++) {
		enum standing standing = wall_standing(wall, &drawing->sides);
		/* Nothing is between the shell and itself, whatever it may do. */
		if (standing == STANDING && drawing->sides.child->pid == drawing->sides.host->pid)
			standing = NOT_STANDING;
		bool shown = wall <= WALL_PATHS;
		if (wall == WALL_LIMITS)
			add_limits(drawing);
		else if (shown && (wall != WALL_CHROOT || standing == STANDING))
			add_wall(drawing, wall, standing);
		else if (!shown)
			text_addf(unseen, "%s%s", unseen->len ? ", " : "", walls[wall].name);
	}
}

static void draw(struct drawing *drawing, struct text *ret)
{
	const char *const head[] = { N_("WALL"), drawing->sides.child == drawing->context->child ?
				     N_("CHILD") : N_("PROCESS"), "", N_("HOST"), "", NULL };
	static const char legend[] = N_("## stands, :: joined: shared with another process, ~~ hides, "
				     "but can be walked around, == the host's own");
	const struct context *context = drawing->context;
	cleanup_text struct text unseen = { 0 }, note = { 0 };

	table_head(&drawing->table, head);
	add_walls(drawing, &unseen);
	table_print(&drawing->table, context->color, 1, context->columns, ret);
	table_note(legend, 1, context->columns, ret);
	text_sayf(&note, "Not shown by /proc: %s.", text_of(&unseen));
	table_note(text_of(&note), 1, context->columns, ret);
}

/* ---- in a few rows ---- */

static const char legend_names[] = N_("## stands, :: joined, ~~ hides, == the host's own");

/* The walls of one standing, in the table's order. */
static void add_names(struct drawing *drawing, enum standing wanted, bool curtain)
{
	cleanup_text struct text names = { 0 };

	for (enum wall_id wall = 0; wall <= WALL_PATHS; wall++) {
		bool optional = wall == WALL_LIMITS || (wall == WALL_CHROOT) != curtain;
		if (!optional && wall_standing(wall, &drawing->sides) == wanted)
			text_addf(&names, "%s%s", names.len ? " " : "", walls[wall].name);
	}
	if (!names.len)
		return;
	add_mark(curtain ? WALL_CHROOT : WALL_ROOT, wanted, &drawing->table);
	table_add(&drawing->table, "%s", text_of(&names));
}

static void add_bars(struct drawing *drawing)
{
	const struct limits *limits = drawing->sides.limits;
	const struct { const char *name; const struct limit *limit; uint64_t now, most; } rows[] = {
		{ "cpu", &limits->cpu, limits->cpu.most, limits->period },
		{ "memory", &limits->memory, limits->memory.now, limits->memory.most },
		{ "processes", &limits->pids, limits->pids.now, limits->pids.most },
	};
	cleanup_text struct text bars = { 0 };
	char bar[BAR + 1];

	for (size_t i = 0; i < COUNT(rows); i++)
		if (rows[i].limit->own && rows[i].limit->most != NO_LIMIT && rows[i].now != NO_LIMIT)
			text_addf(&bars, "%s%s [%s]", bars.len ? "  " : "", rows[i].name,
				  bar_text(rows[i].now, rows[i].most, bar));
	add_mark(WALL_LIMITS, bars.len ? STANDING : NOT_STANDING, &drawing->table);
	table_add(&drawing->table, "%s", bars.len ? bars.s : _("limits"));
}

static void draw_compact(struct drawing *drawing, struct text *ret)
{
	const struct context *context = drawing->context;

	drawing->table.columns = 2;
	add_names(drawing, STANDING, false);
	add_bars(drawing);
	add_names(drawing, JOINED, false);
	add_names(drawing, STANDING, true);
	add_names(drawing, NOT_STANDING, false);
	add_names(drawing, NOT_SEEN, false);
	table_print(&drawing->table, context->color, 1, context->columns, ret);
	table_note(legend_names, 1, context->columns, ret);
}

static int look(const struct context *context, const struct words *words, struct text *ret,
		struct error *err)
{
	cleanup_subject struct subject subject = { 0 };
	struct limits limits;

	if (subject_find_sides(context, words, &subject, &limits, err) < 0)
		return -1;
	struct drawing drawing = { context, { subject.reading, context->host, &limits }, { .columns = 5 } };
	subject_title(context, &subject, ret);
	if (words_flag(words, "--compact"))
		draw_compact(&drawing, ret);
	else
		draw(&drawing, ret);
	return 0;
}

static const struct flag_spec flags[] = {
	{ "--compact", 'c', NULL, .means = "in a few rows: names alone" },
	{ 0 }
};

const struct command command_walls = {
	.name = "walls",
	.kind = LOOKS,
	.group = GROUP_LOOKING,
	.summary = "child and host side by side, and which wall stands between them",
	.explain =
		"One line for each wall: what the child has, what the host has, and between them "
		"whether the wall stands. ## is a wall. :: is a namespace that another process was "
		"in first, as after setns: it separates the child from the host, but not from that "
		"process. ~~ is a chroot: names begin at another folder, and what lies above it "
		"stays in reach. == means that both have the same; the command that builds the "
		"wall stands beside it.\n\nThe bars show how much of a limit is in use, and of the "
		"CPU how much of one the child may have. The kernel shows three walls to no "
		"process outside: the keyring, Landlock's rules and what was left open. verify "
		"tries them.",
	.example = "walls\nunshare user uts mnt\nwalls --compact",
	.args = subject_args, .flags = flags,
	.look = look,
};
