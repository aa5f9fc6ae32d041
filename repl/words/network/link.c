/* net bridge, veth, join, up, ...: interfaces. */
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/message.h"
#include "base/text.h"
#include "snapshot/facts.h"
#include "snapshot/network/network.h"
#include "words/look/subject.h"
#include "words/network/network.h"
#include "words/plans/network/network.h"

int network_check_name(const struct words *words, size_t i, struct error *err)
{
	if (link_name_fits(words->args[i].s))
		return 0;
	fail_arg(err, ERR_NETWORK_NAME, words, i, "%s: not a valid name of an interface",
		 vis(words->args[i].s));
	if (strcmp(words->args[i].s, "all") == 0 || strcmp(words->args[i].s, "default") == 0)
		fail_why(err, "%s stands for every interface: /proc/sys/net/ipv4/conf has a folder of this name", words->args[i].s);
	else
		fail_why(err, "a name has 1 to %d bytes, and none of them is a blank, a slash, a colon or a percent sign", IFNAMSIZ - 1);
	return fail_fix(err, "such as br0 or eth0");
}

static int check_id(const struct words *words, uint64_t *id, struct error *err)
{
	if (parse_number(words->args[3].s, id) && *id >= 1 && *id <= 4094)
		return 0;
	fail_arg(err, ERR_ARGUMENT_NUMBER, words, 3, "%s: not the number of a VLAN, 1 to 4094", vis(words->args[3].s));
	return fail_fix(err, "as in net vlan %s %s 10", vis(words->args[1].s), vis(words->args[2].s));
}

int net_link(const struct context *context, const struct words *words, struct plan *plan,
	     struct error *err)
{
	const char *type = words->choice->name, *on = words_arg(words, 2);
	uint64_t id = 0;

	(void)context;
	if (network_check_name(words, 1, err) < 0 || (words_arg(words, 3) && check_id(words, &id, err) < 0))
		return -1;
	struct op *op = plan_add(plan, OP_link_add);
	op->link_add.type = type;
	op->link_add.name = arena_copy(&plan->arena, words->args[1].s);
	op->link_add.on = on ? arena_copy(&plan->arena, on) : NULL;
	op->link_add.id = id;
	plan->meaning = arena_print(&plan->arena, _("The interface %s is there, and it is down: net up %s "
				    "switches it on."), vis(words->args[1].s), vis(words->args[1].s));
	return 0;
}

bool net_leads_to_host(const struct words *words)
{
	const char *to = words_flag(words, "--to");

	return to && strcmp(to, "host") == 0;
}

/* The shell's own. The end there goes with the child's. */
static const char *host_side(const struct context *context, const struct words *words, int column, struct error *err)
{
	if (!words_flag(words, "--on-host")) {
		fail_id(err, ERR_NETWORK_HOST, 0, "refused: the other end would be an interface of the host's");
		err->column = column;
		fail_fix(err, "--to router is in this session; with --on-host the host gets it, until the child's end goes");
		return NULL;
	}
	return network_check_host(context, words, err) < 0 ? NULL : "/proc/self/ns/net";
}

/* The network namespace of the other end: of a process that is not in the host's. here: whether it is the
 * child's own. NULL with err. */
static const char *other_side(const struct context *context, const struct words *words,
			      struct plan *plan, bool *here, struct error *err)
{
	const char *to = words_flag(words, "--to");
	int column = words_column(words, to, 0);
	struct reading reading;

	if (net_leads_to_host(words))
		return host_side(context, words, column, err);
	pid_t pid = subject_pid(context, to, column, err);

	if (!pid || reading_take(pid, &reading, err) < 0)
		return NULL;
	uint64_t id = reading.ns[NS_NET].id;
	if (!id)
		subject_refused(context, &reading, reading.ns[NS_NET].code, "ns/net", err);
	reading_done(&reading);
	if (!id)
		return NULL;
	if (id == context->host->ns[NS_NET].id) {
		fail_id(err, ERR_NETWORK_HOST, 0, "%s (process %d) is in the host's network namespace", vis(to), pid);
		err->column = column;
		fail_why(err, "the other end would be an interface of the host's");
		if (to[0] == '@')
			fail_fix(err, "%s unshare net gives it one of its own", vis(to));
		else
			fail_fix(err, "name a process in a network namespace of its own");
		return NULL;
	}
	*here = context->child && id == context->child->ns[NS_NET].id;
	return arena_print(&plan->arena, "/proc/%d/ns/net", pid);
}

bool net_leads_to_router(const struct words *words)
{
	const char *to = words_flag(words, "--to");

	return to && strcmp(to + (to[0] == '@'), ROUTER) == 0;
}

const char *net_before(const struct context *context, const struct words *words)
{
	/* Of root's without the option no router is made, for it is refused. */
	bool world = words->choice->build == net_world && (!context->facts->root || words_flag(words, "--on-host"));

	return net_leads_to_router(words) || world ? router_line(context) : NULL;
}

/* The kernel asks for rights over both ends, which the child has over its own alone. */
static void plan_to_router(const struct context *context, const struct words *words, struct plan *plan)
{
	const char *name = arena_copy(&plan->arena, words->args[1].s), *peer = words_arg(words, 2);

	plan_wire(context, plan, name, peer ? arena_copy(&plan->arena, peer) : name);
	plan->meaning = arena_print(&plan->arena, _("What goes into %s comes out of %s in the router, and the "
				    "reverse, once both ends are up: @router net up %s."), vis(name),
				    vis(peer ? peer : name), vis(peer ? peer : name));
}

int net_veth(const struct context *context, const struct words *words, struct plan *plan,
	     struct error *err)
{
	bool router = net_leads_to_router(words), here = !words_flag(words, "--to");
	const char *to = !here && !router ? other_side(context, words, plan, &here, err) : NULL;
	const char *name = words->args[1].s, *peer = words_arg(words, 2);

	if ((words_flag(words, "--to") && !router && !to) || network_check_name(words, 1, err) < 0 ||
	    (peer && network_check_name(words, 2, err) < 0))
		return -1;
	if (router) {
		plan_to_router(context, words, plan);
		return 0;
	}
	if (!peer && !to) {
		fail_arg(err, ERR_ARGUMENT_MISSING, words, 1, "the other end needs a name");
		return fail_fix(err, "net veth %s PEER: both ends are in this network namespace; --to PID "
				     "puts the other into another", vis(name));
	}
	if (here && strcmp(name, peer ? peer : name) == 0)
		return fail_fix((fail_arg(err, ERR_NETWORK_NAME, words, peer ? 2 : 1, "both ends would be called %s", vis(name)), err),
				"another name for one of them: both are in this network namespace");
	struct op *op = plan_add(plan, OP_link_add);
	op->link_add.type = "veth";
	op->link_add.name = arena_copy(&plan->arena, name);
	op->link_add.peer = arena_copy(&plan->arena, peer ? peer : name);
	if (to)
		op->link_add.to = (struct op_fd){ .path = to, .flags = O_RDONLY, .fd = -1 };
	plan->meaning = arena_print(&plan->arena, _("What goes into %s comes out of %s%s, and the reverse, "
				    "once both ends are up."), vis(name), vis(op->link_add.peer),
				    to ? _(" in the other network namespace") : "");
	return 0;
}

/* An op on the interface that argument i names. */
static struct op *plan_set(const struct words *words, size_t i, struct plan *plan)
{
	struct op *op = plan_add(plan, OP_link_set);

	op->link_set.name = arena_copy(&plan->arena, words->args[i].s);
	return op;
}

int net_join(const struct context *context, const struct words *words, struct plan *plan,
	     struct error *err)
{
	(void)context, (void)err;
	plan_set(words, 2, plan)->link_set.master = arena_copy(&plan->arena, words->args[1].s);
	plan->meaning = arena_print(&plan->arena, _("%s is a port of %s now. A port's own addresses "
				    "have no effect: the bridge holds the address for all its ports."),
				    vis(words->args[2].s), vis(words->args[1].s));
	return 0;
}

static int plan_state(const struct words *words, size_t i, bool up, struct plan *plan)
{
	plan_set(words, i, plan)->link_set.state = up ? LINK_UP : LINK_DOWN;
	plan->meaning = up ? _("An interface that is up has a route to the network of each of its addresses.") :
			     _("With the interface down, the routes that leave by it are gone. Routes with a "
			     "gateway do not come back by themselves.");
	return 0;
}

int net_state(const struct context *context, const struct words *words, struct plan *plan,
	      struct error *err)
{
	(void)context, (void)err;
	return plan_state(words, 1, strcmp(words->choice->name, "up") == 0, plan);
}

/* link set LINK up|down: as ip(8) has it. */
int net_link_set(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	(void)context, (void)err;
	return plan_state(words, 2, strcmp(words->args[3].s, "up") == 0, plan);
}

int net_tun(const struct context *context, const struct words *words, struct plan *plan,
	    struct error *err)
{
	(void)context;
	if (network_check_name(words, 1, err) < 0)
		return -1;
	plan_add(plan, OP_tun)->tun.name = arena_copy(&plan->arena, words->args[1].s);
	plan->meaning = _("A program that opens /dev/net/tun for this interface reads what is sent into it, and "
			  "writes what comes out: VPNs and pasta are such programs.");
	return 0;
}

int net_mtu(const struct context *context, const struct words *words, struct plan *plan,
	    struct error *err)
{
	uint64_t bytes;

	(void)context;
	if (!parse_number(words->args[2].s, &bytes) || bytes < 68 || bytes > INT32_MAX) {
		fail_arg(err, ERR_ARGUMENT_NUMBER, words, 2, "%s: not a number of bytes, 68 to %d", vis(words->args[2].s), INT32_MAX);
		return fail_fix(err, "as in net mtu %s 1400; 1500 is the usual one", vis(words->args[1].s));
	}
	plan_set(words, 1, plan)->link_set.mtu = bytes;
	plan->meaning = _("A longer packet is fragmented, or refused if it must not be.");
	return 0;
}

int net_mac(const struct context *context, const struct words *words, struct plan *plan,
	    struct error *err)
{
	const char *s = words->args[2].s;
	unsigned part[6];
	int end = 0;

	(void)context;
	if (sscanf(s, "%2x:%2x:%2x:%2x:%2x:%2x%n", &part[0], &part[1], &part[2], &part[3], &part[4],
		   &part[5], &end) != 6 || s[end] || strlen(s) != 17) {
		fail_arg(err, ERR_ARGUMENT_INVALID, words, 2, "%s: not a hardware address", vis(s));
		return fail_fix(err, "as in 02:00:00:00:00:01");
	}
	plan_set(words, 1, plan)->link_set.address = arena_copy(&plan->arena, s);
	plan->meaning = _("Frames on the wire carry this address. Neighbours that know the old one send to that until "
			  "they doubt it, up to a minute, and then ask again.");
	return 0;
}

/* A bridge that containers are connected to: "network rm" refuses the same. */
static int refuse_members(const struct context *context, const struct words *words, struct error *err)
{
	cleanup_network struct network network = { 0 };
	struct lan_member member;
	struct error ignored;
	struct lan lan;

	if (!context->pid || network_read(context->pid, &network, &ignored) < 0)
		return 0;
	for (size_t i = 0; lan_at(&network, i, &lan); i++)
		for (size_t n = 0; strcmp(lan.bridge, words->args[1].s) == 0 &&
				   lan_member_at(&network, &lan, n, &member); n++)
			if (member.name[0]) {
				fail_arg(err, ERR_NETWORK_TAKEN, words, 1, "the container %s is connected to %s",
					 vis(member.name), vis(lan.bridge));
				return fail_fix(err, "network inspect %s shows who is in it", vis(lan.name));
			}
	return 0;
}

int net_rm(const struct context *context, const struct words *words, struct plan *plan,
	   struct error *err)
{
	if (refuse_members(context, words, err) < 0)
		return -1;
	plan_add(plan, OP_link_del)->link_del.name = arena_copy(&plan->arena, words->args[1].s);
	plan->meaning = _("Its addresses and the routes that left by it are gone with it.");
	return 0;
}
