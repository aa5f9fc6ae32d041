/* Parts of plans: namespaces of others, names, the loopback interface. */
#include <fcntl.h>

#include "base/text.h"
#include "snapshot/facts.h"
#include "words/plans/plans.h"

void plan_setns(struct plan *plan, const struct reading *target, enum ns_link type)
{
	struct op *op = plan_add(plan, OP_setns);

	op->setns.fd.path = arena_print(&plan->arena, "/proc/%d/ns/%s", target->pid, ns_types[type].name);
	op->setns.fd.flags = O_RDONLY;
	op->setns.nstype = ns_types[type].flag;
	op->setns.inode = target->ns[type].id;
}

void plan_hostname(struct plan *plan, const char *name)
{
	plan->stage = STAGE_NAME;
	plan_add(plan, OP_sethostname)->sethostname.name = name;
}

void plan_loopback(struct plan *plan)
{
	plan->stage = STAGE_NETWORK;
	plan_add(plan, OP_ifup)->ifup.name = "lo";
}
