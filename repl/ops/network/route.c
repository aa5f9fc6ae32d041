/* Add a route, or take it away: RTM_NEWROUTE, RTM_DELROUTE, rtnetlink(7). */
#include <errno.h>
#include <linux/capability.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "base/net/address.h"
#include "ops/network/link.h"
#include "ops/op.h"

static const struct field fields[] = {
	{ "add", FIELD_BOOL, offsetof(struct op, route.add) },
	{ "to", FIELD_STRING, offsetof(struct op, route.to) },
	{ "via", FIELD_STRING, offsetof(struct op, route.via) },
	{ "name", FIELD_STRING, offsetof(struct op, route.name) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "changing routes needs CAP_NET_ADMIN in the user namespace that owns the network namespace", "unshare net, after unshare user" },
	{ EEXIST, "there is a route to the same network already", "net shows the routes; net route del "
								  "PREFIX removes one" },
	{ ENODEV, "the network namespace has no interface with that name", "net lists them" },
	{ ENETUNREACH, "no interface that is up has an address in the network of the gateway", "net addr add ADDR/LEN dev LINK, then net up LINK" },
	{ EHOSTUNREACH, "the gateway cannot be reached by an interface that is up", "net addr add ADDR/LEN dev LINK, then net up LINK" },
	{ ENETDOWN, "the interface is down", "net up LINK" },
	{ ESRCH, "there is no such route", "net shows the routes" },
	{ EINVAL, "the network, the gateway and the interface do not fit together", "net shows addresses and routes" },
	{ EACCES, "IPv6 is disabled in this network namespace", "run sh -c 'echo 0 >/proc/sys/net/ipv6/conf/all/disable_ipv6'" },
	{ EOPNOTSUPP, "IPv6 is off in this kernel: there is no /proc/net/if_inet6", "an address of IPv4, as in 10.1.0.0/16" },
	{ 0 }
};

/* The network and the gateway; false where they are of two families, or none. */
static bool read_addresses(const struct op *op, struct address *to, struct address *via)
{
	const char *gateway = op->route.via;
	bool any = strcmp(op->route.to, "default") == 0;

	*via = *to = (struct address){ .family = AF_INET, .size = 4 };
	if (gateway && !address_parse(gateway, via))
		return false;
	if (any) {
		*to = (struct address){ .family = via->family, .size = via->size };
		return true;
	}
	return address_parse(op->route.to, to) && (!gateway || to->family == via->family);
}

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	unsigned index = op->route.name ? link_index(op->route.name) : 0;
	struct address to, via;
	struct netlink request;

	(void)stage;
	if (op->route.name && !index)
		return -1;
	if (!read_addresses(op, &to, &via)) {
		errno = EINVAL;
		return -1;
	}
	struct rtmsg body = {
		.rtm_family = (unsigned char)to.family, .rtm_dst_len = (unsigned char)to.prefix,
		.rtm_table = RT_TABLE_MAIN, .rtm_protocol = !op->route.add ? 0 : RTPROT_BOOT,
		.rtm_scope = !op->route.add ? RT_SCOPE_NOWHERE :
			     op->route.via ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
		.rtm_type = !op->route.add ? RTN_UNSPEC : RTN_UNICAST,
	};
	if (!op->route.add)
		netlink_begin(&request, RTM_DELROUTE, 0, &body, sizeof(body));
	else
		netlink_begin(&request, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof(body));
	if (to.prefix)
		netlink_add(&request, RTA_DST, to.bytes, to.size);
	if (op->route.via)
		netlink_add(&request, RTA_GATEWAY, via.bytes, via.size);
	if (index)
		netlink_add_number(&request, RTA_OIF, index);
	return link_ask(&request, outcome);
}

const struct op_info op_route = {
	.name = "RTM_NEWROUTE", .man = "rtnetlink(7)",
	.does = "{add?add a route}{add!remove the route} to {to}",
	.call = "{add?RTM_NEWROUTE(NLM_F_CREATE|NLM_F_EXCL, }{add!RTM_DELROUTE(}RTA_DST={to}{via?, RTA_GATEWAY={via}}"
		"{name?, RTA_OIF=if_nametoindex({name|c})})",
	.shell = "ip route {add?add}{add!del} {to|sh}{via? via {via|sh}}{name? dev {name|sh}}",
	.back = BACK_BY_SAME, .side = IN_CHILD, .needs = CAP_NET_ADMIN, .fields = fields, .hints = hints, .run = run,
};
