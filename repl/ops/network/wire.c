/* Connect the child with another network namespace, from there: RTM_NEWLINK of a veth(4), rtnetlink(7). The
 * kernel asks for CAP_NET_ADMIN over both network namespaces, and the child has none over one whose user
 * namespace lies above its own. A helper that joins the other one has it over both. */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/net/inside.h"
#include "base/text.h"
#include "ops/network/link.h"
#include "ops/op.h"

enum { PATIENCE = 30000 /* ms for what is one call or two */ };

static const struct field fields[] = {
	{ "name", FIELD_STRING, offsetof(struct op, wire.name) },
	{ "peer", FIELD_STRING, offsetof(struct op, wire.peer) },
	{ "from", FIELD_FD, offsetof(struct op, wire.from) },
	{ "to", FIELD_FD, offsetof(struct op, wire.to) },
	{ "bridge", FIELD_STRING, offsetof(struct op, wire.bridge) },
	{ "alias", FIELD_STRING, offsetof(struct op, wire.alias) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "the user namespace that owns the child's network namespace is neither the other one's nor below it: nobody may change both", "in a child that has no network namespace yet: setns @router user, then unshare net" },
	{ EEXIST, "an interface of that name is there already, at one of the two ends", "net and @router net list them; net veth NAME PEER says both names" },
	{ ENODEV, "the other network namespace has no bridge of that name", "@router net lists them" },
	{ EOPNOTSUPP, "this kernel has no interfaces of that type: neither built in nor as a module that is loaded", NULL },
	{ EINVAL, "the kernel does not take this name or these values", NULL },
	{ ESRCH, "the process whose network namespace it is has ended", NULL },
	{ 0 }
};

struct ends {
	const struct op *op;
	int from; /* the child's network namespace, also in the helper */
};

/* The end that the child sees: its name, and the namespace it is made in. */
static void add_near(struct netlink *request, const struct ends *ends)
{
	struct ifinfomsg body = { 0 };
	size_t info = netlink_nest(request, IFLA_LINKINFO, NULL, 0);

	netlink_add_text(request, IFLA_INFO_KIND, "veth");
	size_t data = netlink_nest(request, IFLA_INFO_DATA, NULL, 0);
	size_t peer = netlink_nest(request, VETH_INFO_PEER, &body, sizeof(body));
	netlink_add_text(request, IFLA_IFNAME, ends->op->wire.name);
	netlink_add_number(request, IFLA_NET_NS_FD, (uint32_t)ends->from);
	netlink_end(request, peer);
	netlink_end(request, data);
	netlink_end(request, info);
}

/* A request to the kernel, whose own words go to out. */
static int ask(struct netlink *request, int out)
{
	struct op_outcome said = { 0 };

	if (link_ask(request, &said) == 0)
		return 0;
	int code = errno;
	if (write(out, said.detail, strlen(said.detail)) < 0)
		return -1;
	errno = code;
	return -1;
}

/* The kernel takes an alias for an interface that is there, not for one that it makes. */
static int name_alias(const struct op *op, int out)
{
	struct ifinfomsg body = { .ifi_index = (int)link_index(op->wire.peer) };
	struct netlink request;

	netlink_begin(&request, RTM_NEWLINK, 0, &body, sizeof(body));
	netlink_add(&request, IFLA_IFALIAS, op->wire.alias, strlen(op->wire.alias));
	if (ask(&request, out) == 0)
		return 0;
	int code = errno;
	netlink_begin(&request, RTM_DELLINK, 0, &body, sizeof(body));
	ask(&request, out);
	errno = code;
	return -1;
}

/* In the other network namespace. A port of a bridge is up from the beginning: it has no address to set. */
static int make(void *arg, int out, int *status)
{
	const struct ends *ends = arg;
	const struct op *op = ends->op;
	unsigned bridge = op->wire.bridge ? link_index(op->wire.bridge) : 0;
	struct ifinfomsg body = { .ifi_flags = bridge ? IFF_UP : 0, .ifi_change = bridge ? IFF_UP : 0 };
	struct netlink request;

	(void)status;
	if (op->wire.bridge && !bridge)
		return -1;
	netlink_begin(&request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof(body));
	netlink_add_text(&request, IFLA_IFNAME, op->wire.peer);
	if (bridge)
		netlink_add_number(&request, IFLA_MASTER, bridge);
	add_near(&request, ends);
	if (ask(&request, out) < 0)
		return -1;
	return op->wire.alias ? name_alias(op, out) : 0;
}

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	cleanup_inside struct inside near = { -1, -1 }, far = { -1, -1 };
	cleanup_text struct text said = { 0 };
	struct inside_end end;

	(void)stage;
	if (inside_of(op->wire.from.fd, &near) < 0 || inside_of(op->wire.to.fd, &far) < 0)
		return -1;
	/* The shell's own network namespace is the host's. */
	if (near.net < 0 || far.net < 0) {
		errno = EPERM;
		return -1;
	}
	struct ends ends = { op, op->wire.from.fd };
	int ret = inside_call(&far, make, &ends, PATIENCE, &said, &end);
	int code = errno;
	snprintf(outcome->detail, sizeof(outcome->detail), "%s", text_of(&said));
	if (ret < 0 && code == EOPNOTSUPP)
		link_option("veth", outcome);
	errno = code;
	return ret;
}

const struct op_info op_wire = {
	.name = "RTM_NEWLINK", .man = "veth(4)",
	.does = "connect {name} with {peer} in the network namespace {to}",
	.call = "RTM_NEWLINK(NLM_F_CREATE|NLM_F_EXCL, IFLA_IFNAME={peer|c}{bridge?, IFLA_MASTER={bridge|c}}, "
		"IFLA_INFO_KIND=\"veth\", VETH_INFO_PEER={name|c}, IFLA_NET_NS_FD={from}{alias?, IFLA_IFALIAS={alias|c}})",
	.shell = "nsenter --net={to|sh} ip link add name {peer|sh}{bridge? master {bridge|sh} up} type veth peer "
		 "name {name|sh} netns PID",
	.back = BACK_BY_UNLINK, .back_path = offsetof(struct op, wire.name),
	.side = ON_HOST, .fields = fields, .hints = hints, .run = run,
};
