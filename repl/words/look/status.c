/* status: the whole child on one screen, and what it still lacks to be a container. */
#include <stdio.h>
#include <string.h>

#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "base/show/table.h"
#include "base/show/units.h"
#include "snapshot/facts.h"
#include "snapshot/snapshot.h"
#include "snapshot/cgroup/limits.h"
#include "walls/walls.h"
#include "words/language/command.h"
#include "snapshot/union/count.h"
#include "words/look/subject.h"

static void add_row(struct table *table, const char *name, const char *text)
{
	table_add(table, "%s", _(name));
	table_paint(table, PAINT_NAME);
	table_add(table, "%s", text);
}

static void add_namespaces(const struct sides *sides, enum standing standing, struct table *table)
{
	cleanup_text struct text text = { 0 };

	for (enum ns_link link = 0; link < NS_TYPES; link++)
		if (wall_standing(wall_of(link), sides) == standing)
			text_addf(&text, "%s%s", text.len ? " " : "", ns_types[link].name);
	if (!text.len && (standing == JOINED || standing == NOT_SEEN))
		return;
	add_row(table, _(standing_word(WALL_MNT, standing)), text.len ? text_of(&text) : _("nothing"));
	if (text.len)
		table_paint(table, standing == STANDING ? PAINT_OWN : PAINT_MISSING);
}

static void add_union(const struct mount *mount, struct text *ret)
{
	bool writable;
	size_t layers = union_layers(mount, &writable);

	text_say(ret, ": a union (overlay)");
	if (layers)
		text_addf(ret, message_of(layers, " of %zu read-only layer%s", " of %zu read-only layers%s"),
			  layers, writable ? _(" and a writable one") : "");
}

static void describe_root(const struct sides *sides, struct text *ret)
{
	const struct reading *reading = sides->child;
	const struct mount *mount = reading->mounts ? mounts_find(reading->mounts, "/") : NULL;
	enum standing root = wall_standing(WALL_ROOT, sides);
	const char *whose = root == STANDING ? _("its own") : _(standing_word(WALL_ROOT, root));

	if (wall_stands(WALL_CHROOT, sides)) {
		text_sayf(ret, "%s of %s tree, by chroot", vis(reading->root),
			  root == NOT_STANDING ? _("the host's") : root == STANDING ? _("its own") : "a");
		return;
	}
	text_add(ret, whose);
	if (root == NOT_SEEN && reading->top_code)
		text_addf(ret, " (%s)", errno_name(reading->top_code));
	if (mount && strcmp(mount->type, "overlay") == 0)
		add_union(mount, ret);
	else if (mount)
		text_addf(ret, ": %s %s", vis(mount->type), vis(mount->source));
}

static void add_root(const struct sides *sides, struct table *table)
{
	cleanup_text struct text text = { 0 };

	describe_root(sides, &text);
	add_row(table, N_("root"), text_of(&text));
	if (sides->child->hostname[0])
		add_row(table, N_("hostname"), vis(sides->child->hostname));
}

static void add_group(const char *name, const struct limit *limit, const char *most,
		      const char *now, struct table *table)
{
	cleanup_text struct text text = { 0 };

	if (!limit->path) {
		add_row(table, name, _("no cgroup controller here"));
		return;
	}
	text_sayf(&text, "%s%s%s (group %s%s)", most, now[0] ? _("; now ") : "", now,
		  vis(limit->path), limit->own ? "" : _(", the shell's"));
	add_row(table, name, text_of(&text));
	if (limit->own && limit->most != NO_LIMIT)
		table_paint(table, PAINT_OWN);
}

static void add_limits(const struct limits *limits, struct table *table)
{
	char most[96], now[32] = "";

	snprintf(most, sizeof(most), "%s", _("no limit"));
	if (limits->cpu.most != NO_LIMIT && limits->period != NO_LIMIT && limits->period > 0)
		snprintf(most, sizeof(most), _("%llu of each %llu us (%llu%% of a CPU)"),
			 (unsigned long long)limits->cpu.most, (unsigned long long)limits->period,
			 (unsigned long long)(limits->cpu.most * 100 / limits->period));
	add_group(N_("cpu"), &limits->cpu, most, "", table);
	snprintf(most, sizeof(most), "%s", _("no limit"));
	if (limits->memory.most != NO_LIMIT)
		bytes_text(limits->memory.most, most, sizeof(most));
	if (limits->memory.now != NO_LIMIT)
		bytes_text(limits->memory.now, now, sizeof(now));
	add_group(N_("memory"), &limits->memory, most, now, table);
	snprintf(most, sizeof(most), "%s", _("no limit"));
	now[0] = '\0';
	if (limits->pids.most != NO_LIMIT)
		snprintf(most, sizeof(most), _("%llu at most"), (unsigned long long)limits->pids.most);
	if (limits->pids.now != NO_LIMIT)
		snprintf(now, sizeof(now), "%llu", (unsigned long long)limits->pids.now);
	add_group(N_("processes"), &limits->pids, most, now, table);
}

static void add_map(const char *name, const char *map, uint32_t id, struct table *table)
{
	cleanup_text struct text text = { 0 };
	unsigned long first, outside, count;
	const char *line = map ? map : "";

	text_sayf(&text, "runs as %u outside; ", id);
	if (sscanf(line, "%lu %lu %lu", &first, &outside, &count) != 3)
		text_say(&text, "no map yet");
	else if (first == outside && count >= UINT32_MAX)
		text_say(&text, "every number inside is the same outside");
	else
		text_sayf(&text, "%lu inside is %lu outside, %lu of them", first, outside, count);
	line += strcspn(line, "\n");
	if (line[0] && line[1])
		text_say(&text, ", and more: idmap");
	add_row(table, name, text_of(&text));
}

static void add_capabilities(const struct context *context, const struct reading *reading,
			     struct table *table)
{
	cleanup_text struct text text = { 0 };

	text_sayf(&text, "%d of %d in effect, %d at most (bounding set), %d ambient",
		  __builtin_popcountll(reading->cap_effective), context->facts->capabilities,
		  __builtin_popcountll(reading->cap_bounding),
		  __builtin_popcountll(reading->cap_ambient));
	if (reading->cap_effective && ns_own(reading, context->host, NS_USER))
		text_say(&text, "; they apply only to what its user namespace owns");
	add_row(table, N_("capabilities"), text_of(&text));
	text_clear(&text);
	text_sayf(&text, "no_new_privs %s, seccomp %s", reading->no_new_privs ? _("on") : _("off"),
		  reading->seccomp == 2 ? _("filter") : reading->seccomp == 1 ? _("strict") : _("off"));
	add_row(table, N_("filters"), text_of(&text));
}

/* What a container has and this has not. */
static void print_missing(const struct context *context, const struct sides *sides,
			  struct text *ret)
{
	struct table table = { .columns = 2 };
	cleanup_text struct text missing = { 0 };

	for (enum wall_id wall = 0; wall < WALLS; wall++)
		if (wall_missing(wall, WANTED, sides))
			text_addf(&missing, "%s%s", missing.len ? ", " : "", _(walls[wall].missing));
	if (!missing.len) {
		paint(ret, context->color, PAINT_OWN, _(" All the walls of a container stand."));
		text_add(ret, "\n");
		return;
	}
	table_add(&table, "Not confined yet:");
	table_paint(&table, PAINT_ERROR);
	table_add(&table, "missing %s", text_of(&missing));
	table_print(&table, context->color, 1, context->columns, ret);
}

static int look(const struct context *context, const struct words *words, struct text *ret,
		struct error *err)
{
	cleanup_subject struct subject subject = { 0 };
	struct table table = { .columns = 2 };
	struct limits limits;

	if (subject_find_sides(context, words, &subject, &limits, err) < 0)
		return -1;
	const struct reading *reading = subject.reading;
	subject_title(context, &subject, ret);
	const struct sides sides = { reading, context->host, &limits };
	for (enum standing standing = STANDING; standing > NOT_SEEN; standing--)
		add_namespaces(&sides, standing, &table);
	add_namespaces(&sides, NOT_SEEN, &table);
	add_root(&sides, &table);
	add_limits(&limits, &table);
	add_map(N_("user"), reading->uid_map, reading->uid[1], &table);
	add_map(N_("group"), reading->gid_map, reading->gid[1], &table);
	add_capabilities(context, reading, &table);
	table_print(&table, context->color, 1, context->columns, ret);
	print_missing(context, &sides, ret);
	return 0;
}

const struct command command_status = {
	.name = "status",
	.kind = LOOKS,
	.group = GROUP_LOOKING,
	.summary = "the child on one screen: walls, root, limits, users, capabilities",
	.explain = "Shows what /proc and the cgroup files say about the child: its numbers, the "
		"namespaces of its own and those it shares with the host, its root, limits, users and "
		"capabilities.\n\n"
		"The last line lists the walls that a container would have and the child lacks. A "
		"child that lacks walls is not confined: through the gap it acts on the host, and as "
		"root it can do anything. Each wall has its command: unshare, pivot, cgroup.",
	.example = "status\nunshare uts mnt\nstatus",
	.args = subject_args,
	.look = look,
};
