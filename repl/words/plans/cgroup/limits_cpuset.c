/* Parts of plans: lists of CPUs and memory nodes as they are typed. */
#include <stdio.h>
#include <string.h>

#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "snapshot/eyes/eyes.h"
#include "words/plans/cgroup/cgroup.h"

enum { SET_MOST = 1024 };

/* A list of numbers and ranges, cpuset(7), as a bit for each. */
static bool parse_list(const char *s, bool set[SET_MOST])
{
	memset(set, 0, SET_MOST);
	for (;;) {
		unsigned first, last;
		int end = 0;
		if (*s < '0' || *s > '9' || sscanf(s, "%5u%n", &first, &end) != 1)
			return false;
		s += end;
		last = first;
		if (*s == '-') {
			if (s[1] < '0' || s[1] > '9' || sscanf(s + 1, "%5u%n", &last, &end) != 1)
				return false;
			s += 1 + end;
		}
		if (last < first || last >= SET_MOST)
			return false;
		memset(set + first, true, last - first + 1);
		if (!*s)
			return true;
		if (*s++ != ',')
			return false;
	}
}

/* What the groups may have of a kind ("cpus", "mems"): the group above says it. "" when unknown. */
static const char *allowed(const struct context *context, struct plan *plan, const char *kind)
{
	const struct cgroup_place *place = &context->facts->cgroup[CONTROLLER_CPUSET];
	const char *name = place->version == 2 ? "cpuset.%s.effective" : "cpuset.%s";
	cleanup_text struct text list = { 0 };
	char file[32];

	snprintf(file, sizeof(file), name, kind);
	if (!place->version ||
	    eyes_read(context->eyes, path_join(&plan->arena, place->parent, file), 4096, &list) < 0)
		return "";
	return arena_copyn(&plan->arena, text_of(&list), strcspn(text_of(&list), "\n"));
}

static int check_list(struct plan *plan, const char *list, const char *most, const char *item,
		      struct error *err)
{
	bool wanted[SET_MOST], there[SET_MOST];

	(void)plan;
	if (!parse_list(list, wanted)) {
		fail_id(err, ERR_LIMIT_LIST, 0, "%s: not a valid list of %s", vis(list), item);
		return fail_fix(err, "numbers and ranges, separated by commas: 0-1,4");
	}
	if (!parse_list(most, there))
		return 0;
	for (unsigned i = 0; i < SET_MOST; i++)
		if (wanted[i] && !there[i]) {
			fail_id(err, ERR_LIMIT_VALUE, 0, "%s %u does not exist here", item, i);
			return fail_why(err, "the group above has %s", vis(most));
		}
	return 0;
}

int parse_cpuset(const struct context *context, struct plan *plan, const char *cpus,
		 const char *mems, struct limits_wanted *ret, struct error *err)
{
	const char *nodes = allowed(context, plan, "mems");

	ret->reading = cpus;
	if (check_list(plan, cpus, allowed(context, plan, "cpus"), _("CPUs"), err) < 0)
		return -1;
	ret->reading = mems;
	if (mems && check_list(plan, mems, nodes, _("memory nodes"), err) < 0)
		return -1;
	/* v1 lets no process into a group before both are set. */
	if (!mems && context->facts->cgroup[CONTROLLER_CPUSET].version == 1 && *nodes)
		mems = nodes;
	if (mems && want_limit(ret, KNOB_CPUSET_MEMS, arena_copy(&plan->arena, mems), 0, err) < 0)
		return -1;
	return want_limit(ret, KNOB_CPUSET_CPUS, arena_copy(&plan->arena, cpus), 0, err);
}
