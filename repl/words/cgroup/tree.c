/* cgroup tree: the hierarchies as they stand: groups, processes, limits, controllers. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "base/process/process_stat.h"
#include "base/show/paint.h"
#include "base/show/table.h"
#include "snapshot/cgroup/limits.h"
#include "words/cgroup/cgroup.h"

enum { GROUPS_MOST = 200, DEPTH_MOST = 12, NAMES_MOST = 3 };

/* A walk through one hierarchy. */
struct walk {
	const struct context *context;
	const struct cgroup_place *place;
	const char *childs, *hosts; /* the folders of the child's group and the shell's */
	size_t groups;
	struct text *ret;
};

/* ---- a group's line ---- */

static void add_processes(const char *folder, struct text *ret)
{
	cleanup_arena struct arena arena = { 0 };
	cleanup_text struct text list = { 0 };
	size_t count = 0;
	char *save = NULL;

	if (read_file(AT_FDCWD, path_join(&arena, folder, "cgroup.procs"), 1 << 20, &list) < 0 || !list.len)
		return;
	for (char *pid = strtok_r(list.s, "\n", &save); pid; pid = strtok_r(NULL, "\n", &save)) {
		if (count++ < NAMES_MOST)
			text_addf(ret, "%s%s(%s)", ret->len ? " " : "", vis(process_stat(atoi(pid)).comm), pid);
	}
	if (count > NAMES_MOST)
		text_sayf(ret, " and %zu more", count - NAMES_MOST);
}

/* The limits that a group below the top has, without those that a new one begins with. */
static void add_limits(const struct walk *walk, const char *folder, struct text *ret)
{
	cleanup_arena struct arena arena = { 0 };

	for (enum knob_id i = 0; i < KNOBS; i++) {
		const struct knob *knob = &knobs[i];
		const struct cgroup_place *place = &walk->context->facts->cgroup[knob->controller];
		if (strcmp(place->mount, walk->place->mount) != 0 || i == KNOB_CPU_PERIOD)
			continue;
		const char *words = knob_words(knob, place->version, folder, &arena);
		if (words && knob_is_limit(words))
			text_addf(ret, "%s%s: %s", text_joint(ret), _(knob->idea), words);
	}
}

/* v2: what it enables for groups below, and whether it is out of order. */
static void add_controllers(const struct walk *walk, const char *folder, struct text *ret)
{
	cleanup_arena struct arena arena = { 0 };
	cleanup_text struct text list = { 0 }, type = { 0 };

	if (walk->place->version != 2)
		return;
	if (read_file(AT_FDCWD, path_join(&arena, folder, "cgroup.subtree_control"), 4096, &list) == 0 &&
	    list.len > 1)
		text_sayf(ret, "enables %.*s for groups below", (int)strcspn(list.s, "\n"), list.s);
	if (read_file(AT_FDCWD, path_join(&arena, folder, "cgroup.type"), 64, &type) == 0 && type.len &&
	    strcmp(type.s, "domain\n") != 0)
		text_addf(ret, "%s(%.*s)", ret->len ? " " : "", (int)strcspn(type.s, "\n"), type.s);
}

/* Whose a group is. In a cgroup namespace of its own the child sees its group as / and none above. */
static char sign_of(const struct walk *walk, const char *folder)
{
	const struct context *context = walk->context;
	bool childs = strcmp(walk->childs, folder) == 0, hosts = strcmp(walk->hosts, folder) == 0;
	bool parted = ns_own(context->child, context->host, NS_CGROUP) && walk->childs[0];

	if (childs)
		return hosts ? '=' : '#';
	const char *name = path_name(folder);
	size_t length = strlen(context->session);
	if (strncmp(name, context->session, length) == 0 && (!name[length] || name[length] == '-'))
		return '+';
	return parted && !path_inside(walk->childs, folder) ? '.' : ' ';
}

/* A group's name, and what there is to say about it: behind it if all of it fits, or else below, a
 * paragraph each. */
static void add_group(struct walk *walk, const char *folder, int depth)
{
	struct text said[3] = { { 0 } };
	size_t indent = 2 + 2 * (size_t)depth, columns = walk->context->columns;
	bool childs = strcmp(walk->childs, folder) == 0;
	const char *name = depth ? vis(path_name(folder)) : vis(folder);
	size_t width = indent + text_columns(name) + (childs ? strlen("  <- the child") : 0);

	add_controllers(walk, folder, &said[0]);
	if (depth)
		add_limits(walk, folder, &said[1]);
	add_processes(folder, &said[2]);
	for (size_t i = 0; i < 3; i++)
		width += said[i].len ? 2 + text_columns(said[i].s) : 0;
	text_addf(walk->ret, "%c", sign_of(walk, folder));
	text_pad(walk->ret, indent - 1);
	paint(walk->ret, walk->context->color, childs ? PAINT_OWN : PAINT_NAME, name);
	text_say(walk->ret, childs ? "  <- the child" : "");
	for (size_t i = 0; i < 3 && width <= columns; i++)
		text_addf(walk->ret, "%s%s", said[i].len ? "  " : "", text_of(&said[i]));
	text_add(walk->ret, "\n");
	for (size_t i = 0; i < 3 && width > columns; i++)
		if (said[i].len)
			table_note(said[i].s, indent + 4, columns, walk->ret);
	for (size_t i = 0; i < 3; i++)
		text_done(&said[i]);
}

/* ---- the walk ---- */

static int is_group(const struct dirent *entry)
{
	return entry->d_type == DT_DIR && entry->d_name[0] != '.';
}

static void walk_group(struct walk *walk, const char *folder, int depth)
{
	cleanup_arena struct arena arena = { 0 };
	struct dirent **list = NULL;

	if (walk->groups++ >= GROUPS_MOST)
		return;
	add_group(walk, folder, depth);
	int count = depth < DEPTH_MOST ? scandir(folder, &list, is_group, alphasort) : 0;
	for (int i = 0; i < count; i++) {
		walk_group(walk, path_join(&arena, folder, list[i]->d_name), depth + 1);
		free(list[i]);
	}
	free(list);
}

static void walk_hierarchy(const struct context *context, enum controller controller,
			   struct text *ret)
{
	const struct cgroup_place *place = &context->facts->cgroup[controller];
	const char *path = cgroup_of(context->child, place, controller);
	const char *hosts = cgroup_of(context->host, place, controller);
	char folder[512] = "", shells[512] = "";
	struct walk walk = { context, place, folder, shells, 0, ret };

	text_addf(ret, "%s", place->version == 2 ? "v2" : "v1:");
	for (enum controller i = controller; place->version == 1 && i < CONTROLLERS; i++)
		if (strcmp(context->facts->cgroup[i].mount, place->mount) == 0)
			text_addf(ret, " %s", controller_name(i, 1));
	text_add(ret, "\n");
	if (path && !cgroup_folder(place, path, folder, sizeof(folder)))
		folder[0] = '\0';
	if (hosts && !cgroup_folder(place, hosts, shells, sizeof(shells)))
		shells[0] = '\0';
	walk_group(&walk, place->mount, 0);
	if (walk.groups > GROUPS_MOST)
		text_sayf(ret, " and more: only the first %d groups are shown\n", GROUPS_MOST);
}

int cgroup_tree(const struct context *context, const struct words *words, struct text *ret,
		struct error *err)
{
	const char *wanted = words_arg(words, 1), *near = NULL;
	bool found = false;

	for (enum controller i = 0; i < CONTROLLERS; i++) {
		const struct cgroup_place *place = &context->facts->cgroup[i];
		bool is_wanted = wanted && (strcmp(wanted, controller_names[i]) == 0 ||
					    strcmp(wanted, controller_name(i, place->version)) == 0);
		if (wanted && text_distance(controller_names[i], wanted, 2) <= 2)
			near = controller_names[i];
		if (!place->version || (wanted ? !is_wanted : shares_hierarchy(context->facts, i)))
			continue;
		walk_hierarchy(context, i, ret);
		found = true;
	}
	if (found)
		table_note("# the child's own, = shared with the host, + made by this session, . hidden from the "
			   "child by its cgroup namespace", 1, context->columns, ret);
	if (found)
		return 0;
	fail_arg(err, ERR_CGROUP_CONTROLLER, words, 1, "no hierarchy has a controller %s", vis(wanted));
	return near && strcmp(near, wanted) != 0 ? fail_fix(err, "did you mean %s?", near) : -1;
}
