/* Parts of plans: idmapped mounts, which give the host's files to a container whose ids are
 * nobody's on the host: mount_setattr(2). */
#include <sys/mount.h>

#include "snapshot/facts.h"
#include "words/plans/container/container.h"

void plan_host_tree(const struct context *context, struct plan *plan, const char *source, const char *at,
		    unsigned how, bool idmap)
{
	bool at_once = facts_kernel(context->facts, 5, 12);
	struct op *op = plan_add(plan, OP_move_mount);

	op->move_mount.tree.path = source;
	op->move_mount.tree.flags = FD_OPEN_TREE | (idmap ? FD_IDMAP : 0);
	op->move_mount.tree.attributes = at_once ? (unsigned)bind_flags(how) : 0; /* MOUNT_ATTR_* are the same bits */
	op->move_mount.target = at;
	op->move_mount.idmap = idmap;
	if (!at_once)
		plan_restrict(context, plan, source, at, how);
	/* The shell has copied mounts of the host, and where these are shared, so are the copies: what
	 * is mounted on them inside would be on the host. Nothing is on a layer. */
	if (how)
		plan_propagation(plan, at, MS_REC | MS_PRIVATE);
}
