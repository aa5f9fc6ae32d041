/* What a program writes by hand to a file of a control group or of its user namespace: cgroups(7), user_namespaces(7). */
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

#include "advice/calls/refusing.h"
#include "advice/question.h"
#include "base/error.h"
#include "base/path.h"
#include "base/process/strait.h"
#include "base/text.h"
#include "ops/op.h"
#include "snapshot/facts.h"
#include "snapshot/snapshot.h"

/* Whether the path, the host's, lies in a hierarchy. */
static bool is_in_hierarchy(const struct facts *facts, const char *path)
{
	for (enum controller i = 0; i < CONTROLLERS; i++)
		if (facts->cgroup[i].version && path_inside(facts->cgroup[i].mount, path))
			return true;
	return false;
}

bool by_control(const struct refused *at, struct verdict *ret)
{
	struct op op = op_new(OP_control);
	struct op_outcome outcome = { .code = at->code };
	const struct failure failure = { .op = &op, .outcome = &outcome, .facts = at->facts, .host = at->host, .child = at->child };
	struct error err = { 0 };

	if (at->number != SYS_write || !at->facts || !at->written || !at->path || !at->child->root || strcmp(at->child->root, "/") != 0 ||
	    !is_in_hierarchy(at->facts, at->path))
		return false;
	op.control.path = at->path;
	op.control.value = at->written;
	int cause = advise_cgroup(&failure, &err) ? cause_called(err.cause) : -1;
	if (cause < 0)
		return false;
	text_add(ret->why, err.why);
	text_add(ret->fix, err.fix);
	return blame(ret, WALLS, (enum cause_id)cause);
}

/* EPERM of a map, or of setgroups, which is for good. */
bool by_map(const struct refused *at, struct verdict *ret)
{
	bool groups = at->path && strstr(at->path, "/setgroups");

	if (!at->strait || !at->strait->settled)
		return false;
	if (groups)
		text_sayf(ret->why, "%s says deny already, and that is for good", vis(at->path));
	else
		text_sayf(ret->why, "%s has its lines already, and the kernel takes them once", vis(at->path));
	return blame(ret, WALL_USER, groups ? CAUSE_USERNS_SETGROUPS : CAUSE_IDMAP_ONCE);
}
