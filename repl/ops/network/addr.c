/* Give a network interface an address, or take it away: RTM_NEWADDR, RTM_DELADDR, rtnetlink(7). */
#include <errno.h>
#include <linux/capability.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "base/net/address.h"
#include "ops/network/link.h"
#include "ops/op.h"

static const struct field fields[] = {
	{ "add", FIELD_BOOL, offsetof(struct op, addr.add) },
	{ "address", FIELD_STRING, offsetof(struct op, addr.address) },
	{ "name", FIELD_STRING, offsetof(struct op, addr.name) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "changing addresses needs CAP_NET_ADMIN in the user namespace that owns the network namespace", "unshare net, after unshare user" },
	{ EEXIST, "the interface has this address already", "net shows it" },
	{ ENODEV, "the network namespace has no interface with that name", "net lists them" },
	{ EADDRNOTAVAIL, "the interface does not have this address", "net shows what it has" },
	{ EINVAL, "the interface does not take this address", "net shows what it has" },
	{ EOPNOTSUPP, "IPv6 is off in this kernel: there is no /proc/net/if_inet6", "an address of IPv4, as in 10.0.0.1/24" },
	{ EACCES, "IPv6 is disabled on this interface", "run sh -c 'echo 0 >/proc/sys/net/ipv6/conf/all/disable_ipv6'" },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	struct address address;
	struct netlink request;
	struct ifaddrmsg body = { .ifa_index = link_index(op->addr.name) };

	(void)stage;
	if (!body.ifa_index)
		return -1;
	if (!address_parse(op->addr.address, &address)) {
		errno = EINVAL;
		return -1;
	}
	body.ifa_family = (unsigned char)address.family;
	body.ifa_prefixlen = (unsigned char)address.prefix;
	if (!op->addr.add)
		netlink_begin(&request, RTM_DELADDR, 0, &body, sizeof(body));
	else
		netlink_begin(&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof(body));
	netlink_add(&request, IFA_LOCAL, address.bytes, address.size);
	netlink_add(&request, IFA_ADDRESS, address.bytes, address.size);
	return link_ask(&request, outcome);
}

const struct op_info op_addr = {
	.name = "RTM_NEWADDR", .man = "rtnetlink(7)",
	.does = "{add?give {address} to}{add!remove {address} from} the interface {name}",
	.call = "{add?RTM_NEWADDR(NLM_F_CREATE|NLM_F_EXCL, }{add!RTM_DELADDR(}ifa_index=if_nametoindex({name|c}), IFA_LOCAL={address})",
	.shell = "ip addr {add?add}{add!del} {address|sh} dev {name|sh}",
	.back = BACK_WITH_LINK, .back_path = offsetof(struct op, addr.name),
	.side = IN_CHILD, .needs = CAP_NET_ADMIN, .fields = fields, .hints = hints, .run = run,
};
