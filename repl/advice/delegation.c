/* Whose a control group is, and how its hierarchy is mounted: cgroups(7), "Delegating". */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "advice/question.h"
#include "advice/seen/refusal.h"
#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "ops/op.h"
#include "snapshot/cgroup/limits.h"
#include "snapshot/facts.h"
#include "snapshot/snapshot.h"

/* Where the hierarchy is mounted that the group is of. */
static const char *mounted_at(const struct refusal *at)
{
	for (enum controller i = 0; i < CONTROLLERS; i++)
		if (at->facts->cgroup[i].version && path_inside(at->facts->cgroup[i].mount, at->group))
			return at->facts->cgroup[i].mount;
	return at->group;
}

static bool read_only(struct refusal *at, struct error *err)
{
	if (at->code != EROFS)
		return false;
	fail_cause(err, CAUSE_CGROUP_READ_ONLY);
	fail_why(err, "%s is mounted read-only, as inside a container", vis(mounted_at(at)));
	fail_fix(err, "!mount -o remount,rw %s", vis(mounted_at(at)));
	return true;
}

/* The groups' common ancestor: of the one that the child is in and the one it should go to. */
static const char *common_ancestor(struct refusal *at)
{
	const struct cgroup_place *place = &at->facts->cgroup[CONTROLLER_FREEZER];
	const char *path = cgroup_of(at->child, place, CONTROLLER_FREEZER);
	char now[512];

	if (place->version != 2 || !path || !cgroup_folder(place, path, now, sizeof(now)))
		return NULL;
	const char *level = at->group;
	while (!path_inside(level, now) && strlen(level) > 1)
		level = path_parent(&at->arena, level);
	return path_inside(level, now) ? level : NULL;
}

static bool foreign_ancestor(struct refusal *at, struct error *err)
{
	bool moves = at->op->kind == OP_attach || at->op->kind == OP_vacate ||
		     strcmp(at->file, "cgroup.procs") == 0;
	const char *ancestor = moves && at->code == EACCES && refusal_is_v2(at) ? common_ancestor(at) : NULL;
	struct stat st;

	if (!ancestor || access(path_join(&at->arena, at->group, "cgroup.procs"), W_OK) < 0 ||
	    stat(path_join(&at->arena, ancestor, "cgroup.procs"), &st) < 0)
		return false;
	fail_cause(err, CAUSE_CGROUP_ANCESTOR);
	fail_why(err, "%s is yours, but moving a process there also needs %s, the groups' common ancestor, whose "
		 "cgroup.procs belongs to uid %u", vis(at->group), vis(ancestor), st.st_uid);
	fail_fix(err, "start inside the part that is delegated: systemd-run --user --scope -p Delegate=yes stave");
	return true;
}

static bool not_ours(struct refusal *at, struct error *err)
{
	struct stat st;

	if ((at->code != EACCES && at->code != EPERM) || stat(at->group, &st) < 0 ||
	    st.st_uid == at->facts->uid)
		return false;
	fail_cause(err, CAUSE_CGROUP_NOT_DELEGATED);
	fail_why(err, "%s belongs to uid %u: it is not delegated to you", vis(at->group), st.st_uid);
	fail_fix(err, refusal_is_v2(at) ? "systemd-run --user --scope -p Delegate=yes stave, or run Stave as root" :
				  "run Stave as root: on cgroup v1 nothing is delegated");
	return true;
}

/* Only from outside can the root of a cgroup namespace be limited (nsdelegate). */
static bool namespace_root(struct refusal *at, struct error *err)
{
	if (!refusal_is_v2(at) || (at->code != EPERM && !(at->code == ENOENT && at->op->kind == OP_attach)))
		return false;
	fail_cause(err, at->code == ENOENT ? CAUSE_CGROUP_OUTSIDE : CAUSE_CGROUP_NS_ROOT);
	if (at->code == ENOENT)
		fail_why(err, "the two groups are not in one cgroup namespace: a process that is delegated a part "
			 "cannot leave it (mount option nsdelegate)");
	else
		fail_why(err, "%s is the root of the cgroup namespace: its limits belong to the user that delegated it",
			 vis(at->group));
	fail_fix(err, "do it from the host, outside that namespace");
	return true;
}

bool ask_delegation(struct refusal *at, struct error *err)
{
	return read_only(at, err) || foreign_ancestor(at, err) || not_ours(at, err) || namespace_root(at, err);
}
