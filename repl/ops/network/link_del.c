/* Remove a network interface: RTM_DELLINK, rtnetlink(7). With an end of a veth goes the other. */
#include <errno.h>
#include <linux/capability.h>
#include <linux/rtnetlink.h>

#include "ops/network/link.h"
#include "ops/op.h"

static const struct field fields[] = {
	{ "name", FIELD_STRING, offsetof(struct op, link_del.name) },
	{ "index", FIELD_NUMBER, offsetof(struct op, link_del.index) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "removing an interface needs CAP_NET_ADMIN in the user namespace that owns the network namespace", "unshare net, after unshare user" },
	{ ENODEV, "the network namespace has no interface with that name", "net lists them" },
	{ EOPNOTSUPP, "the kernel made this interface with the namespace, and removes it only with the "
		      "namespace", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	/* One that is known by its number may have another name by now. */
	struct ifinfomsg body = { .ifi_index = op->link_del.index ? (int)op->link_del.index :
						(int)link_index(op->link_del.name) };
	struct netlink request;

	(void)stage;
	if (!body.ifi_index)
		return -1;
	netlink_begin(&request, RTM_DELLINK, 0, &body, sizeof(body));
	return link_ask(&request, outcome);
}

const struct op_info op_link_del = {
	.name = "RTM_DELLINK", .man = "rtnetlink(7)", .does = "remove the interface {name}",
	.call = "RTM_DELLINK(ifi_index=if_nametoindex({name|c}))",
	.shell = "ip link del {name|sh}",
	.back = BACK_BY_SAME, .side = IN_CHILD, .needs = CAP_NET_ADMIN, .fields = fields, .hints = hints, .run = run,
};
