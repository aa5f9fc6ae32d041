/* Parts of plans: id maps, names, the loopback interface. */
#include <fcntl.h>

#include "base/text.h"
#include "commands/build.h"
#include "snapshot/facts.h"

void plan_idmap(const struct context *context, struct plan *plan, const char *uid_map,
		const char *gid_map, bool by_newuidmap)
{
	const struct facts *facts = context->facts;
	struct op *op = plan_add(plan, OP_idmap);
	enum { CAP_SETGID = 6 };

	op->idmap.uid_map = uid_map ? uid_map : arena_print(&plan->arena, "0 %u 1", facts->uid);
	op->idmap.gid_map = gid_map ? gid_map : arena_print(&plan->arena, "0 %u 1", facts->gid);
	op->idmap.by_newuidmap = by_newuidmap;
	/* Without privilege gid_map may be written only once setgroups(2) is denied for good: else
	 * a group that is there to forbid something could be dropped. */
	if (!by_newuidmap && !facts_cap(facts, CAP_SETGID))
		op->idmap.setgroups = "deny";
}

void plan_setns(struct plan *plan, pid_t pid, enum ns_link type)
{
	struct op *op = plan_add(plan, OP_setns);

	op->setns.fd.path = arena_print(&plan->arena, "/proc/%d/ns/%s", pid, ns_types[type].name);
	op->setns.fd.flags = O_RDONLY;
	op->setns.nstype = ns_types[type].flag;
}

void plan_hostname(struct plan *plan, const char *name)
{
	plan_add(plan, OP_sethostname)->sethostname.name = name;
}

void plan_loopback(struct plan *plan)
{
	plan_add(plan, OP_ifup)->ifup.name = "lo";
}
