#include "words/plans/network/network.h"

#include <fcntl.h>
#include <string.h>

#include "base/message.h"
#include "snapshot/facts.h"

bool router_is_there(const struct context *context, pid_t *pid)
{
	const char *name;
	pid_t ignored;

	for (size_t i = 0; context->sibling && (name = context->sibling(context, i, pid ? pid : &ignored)); i++)
		if (strcmp(name, ROUTER) == 0)
			return true;
	return false;
}

const char *router_line(const struct context *context)
{
	return router_is_there(context, NULL) ? NULL : "child new " ROUTER;
}

/* A veth cannot lead from one user namespace to another beside it: an ordinary user's router has one, and
 * what is wired to it is in that or below it. */
void plan_router(const struct context *context, struct plan *plan)
{
	const uint64_t net = ns_types[NS_NET].flag, user = ns_types[NS_USER].flag;

	plan_add(plan, OP_clone)->clone.flags = net | (context->facts->root ? 0 : user);
	if (!context->facts->root)
		plan_idmap(context, plan, NULL, NULL, false);
	plan->stage = STAGE_NETWORK;
	plan_loopback(plan);
	plan->meaning = context->facts->root ?
		_("The router plays the host: bridges, forwarding and rules are in its network namespace, and "
		  "not in the host's. @router net shows it.") :
		_("The router plays the host: bridges, forwarding and rules are in its network namespace, which "
		  "its user namespace owns. A child can be wired to it from that user namespace, or from one "
		  "below: setns @router user comes before unshare net.");
}

int refuse_router_leaves(const struct context *context, const struct words *words, const struct plan *plan,
			 struct error *err)
{
	const uint64_t held = ns_types[NS_NET].flag | ns_types[NS_USER].flag;
	uint64_t left = 0;

	for (size_t i = 0; i < plan->count; i++) {
		const struct op *op = &plan->ops[i].op;
		left |= op->kind == OP_unshare ? op->unshare.flags : op->kind == OP_setns ? op->setns.nstype : 0;
	}
	if (!(left & held) || !context->name || strcmp(context->name, ROUTER) != 0)
		return 0;
	fail_id(err, ERR_CHILD_CURRENT, 0, "%s: the router keeps its network namespace and its user namespace", words->name.s);
	fail_why(err, "the networks are there, and the other children and containers are wired to it");
	return fail_fix(err, "child rm " ROUTER " ends it; child new NAME makes a child for other namespaces");
}

struct op_fd router_net(const struct context *context, struct plan *plan)
{
	pid_t pid = 0;

	router_is_there(context, &pid);
	return (struct op_fd){
		.path = pid ? arena_print(&plan->arena, "/proc/%d/ns/net", pid) : "/proc/ROUTER/ns/net",
		.flags = O_RDONLY, .fd = -1,
	};
}

struct op *plan_wire(const struct context *context, struct plan *plan, const char *name, const char *peer)
{
	struct op *op = plan_add(plan, OP_wire);

	op->wire.name = name;
	op->wire.peer = peer;
	op->wire.from = (struct op_fd){ .path = "/proc/%p/ns/net", .flags = O_RDONLY, .fd = -1 };
	op->wire.to = router_net(context, plan);
	return op;
}
