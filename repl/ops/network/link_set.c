/* Change a network interface: RTM_SETLINK, rtnetlink(7). One change per op. */
#include <errno.h>
#include <linux/capability.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/text.h"
#include "ops/network/link.h"
#include "ops/op.h"

static const struct flag states[] = { { "up", LINK_UP }, { "down", LINK_DOWN }, { 0 } };

static const struct field fields[] = {
	{ "name", FIELD_STRING, offsetof(struct op, link_set.name) },
	{ "state", FIELD_CHOICE, offsetof(struct op, link_set.state), states },
	{ "mtu", FIELD_NUMBER, offsetof(struct op, link_set.mtu) },
	{ "address", FIELD_STRING, offsetof(struct op, link_set.address) },
	{ "master", FIELD_STRING, offsetof(struct op, link_set.master) },
	{ "mac", FIELD_NUMBER, offsetof(struct op, link_set.mac), .hidden = true },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "changing an interface needs CAP_NET_ADMIN in the user namespace that owns the network namespace", "unshare net, after unshare user" },
	{ ENODEV, "the network namespace has no interface with that name", "net lists them" },
	{ EINVAL, "the interface does not take this value", "net shows what it has" },
	{ EADDRNOTAVAIL, "no interface can have this address: neither a group's nor one of zeros",
	  "make the first byte even, as in 02:00:00:00:00:01" },
	{ EBUSY, "it is part of something else already", "net shows what it is part of" },
	{ ELOOP, "a bridge cannot be part of a bridge", "net veth A B makes a wire: an end of it in each bridge connects them" },
	{ EOPNOTSUPP, "an interface of this type cannot do that", "net shows of what type it is" },
	{ EXFULL, "the bridge has 1023 ports, and has no number for another", "net bridge NAME makes another one" },
	{ 0 }
};

static bool read_mac(const struct op *op, unsigned char mac[6])
{
	const char *s = op->link_set.address;

	for (int i = 0; i < 6 && !s; i++)
		mac[i] = (unsigned char)(op->link_set.mac >> (40 - 8 * i));
	return !s || link_mac(s, mac);
}

/* What is to change, as attributes. -1 with errno. */
static int add_changes(struct netlink *request, const struct op *op)
{
	const char *master = op->link_set.master;
	unsigned char mac[6];

	if (op->link_set.mtu)
		netlink_add_number(request, IFLA_MTU, (uint32_t)op->link_set.mtu);
	if (op->link_set.address || op->link_set.mac) {
		if (!read_mac(op, mac)) {
			errno = EINVAL;
			return -1;
		}
		netlink_add(request, IFLA_ADDRESS, mac, sizeof(mac));
	}
	if (!master)
		return 0;
	unsigned index = *master ? link_index(master) : 0;
	if (!index && *master)
		return -1;
	netlink_add_number(request, IFLA_MASTER, index);
	return 0;
}

static uint64_t mac_number(const unsigned char *mac)
{
	uint64_t ret = 0;

	for (int i = 0; i < 6; i++)
		ret = ret << 8 | mac[i];
	return ret;
}

/* What the interface has now where the op changes something; -1 where it is not known, or more than a number. */
static int64_t read_before(const struct op *op, const struct ifinfomsg *body)
{
	cleanup_text struct text answer = { 0 };
	struct netlink request;
	cleanup_fd int fd = netlink_open();
	size_t length, size;

	netlink_begin(&request, RTM_GETLINK, 0, body, sizeof(*body));
	if (fd < 0 || op->link_set.master || netlink_get(fd, &request, &answer) < 0)
		return -1;
	const struct nlmsghdr *message = (const void *)text_of(&answer);
	const struct ifinfomsg *now = NLMSG_DATA(message);
	const void *first = netlink_attributes(message, sizeof(*now), &length);
	if (op->link_set.state)
		return now->ifi_flags & IFF_UP ? LINK_UP : LINK_DOWN;
	const void *value = netlink_find(first, length, op->link_set.mtu ? IFLA_MTU : IFLA_ADDRESS, &size);
	if (!value || size != (op->link_set.mtu ? 4 : 6))
		return -1;
	return op->link_set.mtu ? (int64_t)*(const uint32_t *)value : (int64_t)mac_number(value);
}

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	struct ifinfomsg body = { .ifi_index = (int)link_index(op->link_set.name) };
	struct netlink request;

	(void)stage;
	if (!body.ifi_index)
		return -1;
	outcome->before = read_before(op, &body);
	if (op->link_set.state)
		body.ifi_change = IFF_UP;
	if (op->link_set.state == LINK_UP)
		body.ifi_flags = IFF_UP;
	netlink_begin(&request, RTM_SETLINK, 0, &body, sizeof(body));
	if (add_changes(&request, op) < 0)
		return -1;
	return link_ask(&request, outcome);
}

const struct op_info op_link_set = {
	.name = "RTM_SETLINK", .man = "rtnetlink(7)", .does = "change the interface {name}",
	.call = "RTM_SETLINK(ifi_index=if_nametoindex({name|c}){state?, IFF_UP={state}}{mtu?, IFLA_MTU={mtu}}"
		"{address?, IFLA_ADDRESS={address}}{master?, IFLA_MASTER=if_nametoindex({master|c})})",
	.shell = "ip link set {name|sh}{state? {state}}{mtu? mtu {mtu}}{address? address {address|sh}}"
		 "{master? master {master|sh}}",
	.back = BACK_WITH_LINK, .back_path = offsetof(struct op, link_set.name),
	.side = IN_CHILD, .needs = CAP_NET_ADMIN, .fields = fields, .hints = hints, .run = run,
};
