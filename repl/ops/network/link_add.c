/* Make a network interface: RTM_NEWLINK with NLM_F_CREATE, rtnetlink(7). A veth(4) has two ends, and
 * the other may be made in another network namespace at once. */
#include <errno.h>
#include <linux/capability.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "ops/network/link.h"
#include "ops/op.h"

static const struct field fields[] = {
	{ "type", FIELD_STRING, offsetof(struct op, link_add.type) },
	{ "name", FIELD_STRING, offsetof(struct op, link_add.name) },
	{ "peer", FIELD_STRING, offsetof(struct op, link_add.peer) },
	{ "to", FIELD_FD, offsetof(struct op, link_add.to) },
	{ "on", FIELD_STRING, offsetof(struct op, link_add.on) },
	{ "id", FIELD_NUMBER, offsetof(struct op, link_add.id) },
	{ "index", FIELD_NUMBER, offsetof(struct op, link_add.index) },
	{ "up", FIELD_BOOL, offsetof(struct op, link_add.up) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "making an interface needs CAP_NET_ADMIN in the user namespace that owns the network namespace, and for a veth's other end in the one that owns that", "unshare user net" },
	{ EEXIST, "an interface of that name is there already", "net lists them; net rm NAME removes one" },
	{ EOPNOTSUPP, "this kernel has no interfaces of that type: neither built in nor as a module that is loaded", "net bridge and net veth make the kinds that most kernels have" },
	{ ENODEV, "the network namespace has no interface with the name of its lower device", "net lists them" },
	{ EBUSY, "the interface below is in use in another way: a bridge's port cannot carry this", "net shows what it is part of" },
	{ EINVAL, "the kernel does not take one of the values", "net lists what is there" },
	{ EMLINK, "more interfaces lie on each other than the kernel lets: 8 are the most", "net shows what lies on what" },
	{ 0 }
};

/* The other end of a veth: its name, and the namespace it is made in. */
static void add_peer(struct netlink *request, const struct op *op)
{
	struct ifinfomsg body = { 0 };
	size_t peer = netlink_nest(request, VETH_INFO_PEER, &body, sizeof(body));

	if (op->link_add.peer)
		netlink_add_text(request, IFLA_IFNAME, op->link_add.peer);
	if (op->link_add.to.fd >= 0)
		netlink_add_number(request, IFLA_NET_NS_FD, (uint32_t)op->link_add.to.fd);
	netlink_end(request, peer);
}

/* What the kernel has to know about each type of interface. */
static void add_data(struct netlink *request, const struct op *op)
{
	const char *type = op->link_add.type;
	size_t data = netlink_nest(request, IFLA_INFO_DATA, NULL, 0);
	uint16_t id = (uint16_t)op->link_add.id;

	if (strcmp(type, "veth") == 0)
		add_peer(request, op);
	else if (strcmp(type, "vlan") == 0)
		netlink_add(request, IFLA_VLAN_ID, &id, sizeof(id));
	else if (strcmp(type, "macvlan") == 0)
		netlink_add_number(request, IFLA_MACVLAN_MODE, MACVLAN_MODE_BRIDGE);
	netlink_end(request, data);
}

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	unsigned up = op->link_add.up ? IFF_UP : 0;
	struct ifinfomsg body = { .ifi_index = (int)op->link_add.index, .ifi_flags = up, .ifi_change = up };
	struct netlink request;
	unsigned on = op->link_add.on ? link_index(op->link_add.on) : 0;

	(void)stage;
	if (op->link_add.on && !on)
		return -1;
	netlink_begin(&request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof(body));
	netlink_add_text(&request, IFLA_IFNAME, op->link_add.name);
	if (on)
		netlink_add_number(&request, IFLA_LINK, on);
	size_t info = netlink_nest(&request, IFLA_LINKINFO, NULL, 0);
	netlink_add_text(&request, IFLA_INFO_KIND, op->link_add.type);
	add_data(&request, op);
	netlink_end(&request, info);
	int ret = link_ask(&request, outcome);
	/* One that it knows may not do on this lower interface. */
	if (ret < 0 && errno == EOPNOTSUPP && strstr(outcome->detail, "Unknown device type"))
		link_option(op->link_add.type, outcome);
	return ret;
}

const struct op_info op_link_add = {
	.name = "RTM_NEWLINK", .man = "rtnetlink(7)", .does = "make the {type} interface {name}",
	.call = "RTM_NEWLINK(NLM_F_CREATE|NLM_F_EXCL, {up?IFF_UP, }IFLA_IFNAME={name|c}{on?, IFLA_LINK={on|c}}, "
		"IFLA_INFO_KIND={type|c}{id?, IFLA_VLAN_ID={id}}{peer?, VETH_INFO_PEER={peer|c}}"
		"{to?, IFLA_NET_NS_FD={to}})",
	.shell = "ip link add{on? link {on|sh}} name {name|sh}{up? up} type {type|sh}{id? id {id}}"
		 "{peer? peer name {peer|sh}}{to? netns {to|sh}}",
	.back = BACK_BY_UNLINK, .back_path = offsetof(struct op, link_add.name),
	.side = IN_CHILD, .needs = CAP_NET_ADMIN, .fields = fields, .hints = hints, .run = run,
};
