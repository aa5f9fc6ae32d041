/* The process of a container: its namespaces, ids and groups. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/text.h"
#include "snapshot/facts.h"
#include "walls/walls.h"
#include "words/run/chain.h"

/* In a user namespace that another program made root has no other ids to give away: every id is
 * mapped to itself, which takes away the capabilities over all that the container does not own. */
static const char *identity(struct plan *plan, const char *map)
{
	cleanup_text struct text lines = { 0 };
	cleanup_free char *copy = text_copy(map ? map : "");
	unsigned long first, outer, count;
	char *save = NULL;

	for (char *line = strtok_r(copy, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		if (sscanf(line, "%lu %lu %lu", &first, &outer, &count) == 3)
			text_addf(&lines, "%s%lu %lu %lu", lines.len ? "\n" : "", first, first, count);
	return lines.len ? arena_copy(&plan->arena, lines.s) : NULL;
}

static uint64_t namespaces(const struct chain *chain)
{
	uint64_t types = chain->new_user ? ns_types[NS_USER].flag : 0;

	for (enum wall_id id = 0; id < WALLS; id++)
		if (walls[id].link >= 0 && walls[id].demand == CONFINED &&
		    !words_without(chain->words, walls[id].name))
			types |= ns_types[walls[id].link].flag;
	if (!chain->box.net)
		types &= ~ns_types[NS_NET].flag;
	for (enum ns_link link = 0; link < NS_TYPES; link++)
		if (chain->joins[link])
			types &= ~ns_types[link].flag;
	/* The root of a cgroup namespace is the group in which it was made. */
	if (chain_limited(chain) && !chain->userns)
		types &= ~ns_types[NS_CGROUP].flag;
	return types;
}

/* The host's root has no number inside: from here on it is the namespace's. */
static void plan_mapped_root(struct plan *plan)
{
	plan_add(plan, OP_setgroups);
	plan_add(plan, OP_setresgid)->setresgid.id = 0;
	plan_add(plan, OP_setresuid)->setresuid.id = 0;
}

/* The ids of the user namespace, where it has one of its own. */
static int plan_ids(struct chain *chain, struct error *err)
{
	const struct context *outside = &chain->outside;
	struct plan *plan = chain->plan;

	if (!chain->new_user)
		return 0;
	if (chain->box.mapped) {
		if (find_nobodys_ids(outside, &chain->box.ids, err) < 0)
			return -1;
		plan_idmap(outside, plan, arena_print(&plan->arena, "0 %lu %d", chain->box.ids.uid, MAPPED_IDS),
			   arena_print(&plan->arena, "0 %lu %d", chain->box.ids.gid, MAPPED_IDS), false);
		return 0;
	}
	if (outside->facts->root) {
		plan_idmap(outside, plan, identity(plan, outside->host->uid_map),
			   identity(plan, outside->host->gid_map), false);
		return 0;
	}
	if (!chain->subordinate)
		plan_idmap(outside, plan, NULL, NULL, false);
	else if (plan_map_auto(outside, plan, "container", err) < 0)
		return -1;
	chain->uid_map = plan->ops[plan->count - 1].op.idmap.uid_map;
	chain->gid_map = plan->ops[plan->count - 1].op.idmap.gid_map;
	return 0;
}

int chain_plan_process(struct chain *chain, struct error *err)
{
	const struct context *outside = &chain->outside;
	struct plan *plan = chain->plan;

	if (plan_groups(outside, plan, chain->group, &chain->limits, err) < 0)
		return fail_wrap(err, "container");
	const char *group = group_to_clone_into(outside, plan, chain->group, &chain->limits);
	if (group && words_guarded(chain->words))
		plan_write(plan, group, "cgroup.max.descendants", "100", NULL, 0);
	plan->stage = STAGE_NAMESPACES;
	struct op *op = plan_add(plan, OP_clone);
	op->clone.flags = chain->userns ? 0 : namespaces(chain);
	op->clone.cgroup.path = group;
	op->clone.cgroup.flags = O_RDONLY | O_DIRECTORY;
	if (plan_ids(chain, err) < 0)
		return -1;
	/* The shell connects it: here, before the process has anything to do, it waits for no answer more. */
	if (!chain->userns)
		chain_plan_lan(chain);
	plan->stage = STAGE_NAMESPACES;
	if (chain_limited(chain)) {
		plan_join_groups(outside, plan, chain->group, &chain->limits, true);
		plan->stage = STAGE_NAMESPACES;
		if (!words_without(chain->words, "cgroup") && !chain->userns)
			plan_add(plan, OP_unshare)->unshare.flags = ns_types[NS_CGROUP].flag;
	}
	plan_first_to_go(&chain->walls, plan);
	plan->stage = STAGE_NAMESPACES;
	if (chain_plan_joins(chain, namespaces(chain), err) < 0)
		return -1;
	if (chain->userns)
		chain_plan_lan(chain);
	if (chain->box.mapped)
		plan_mapped_root(plan);
	return 0;
}
