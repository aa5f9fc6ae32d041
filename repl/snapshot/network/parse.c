#include "snapshot/network/parse.h"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/net_namespace.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "base/list.h"
#include "base/net/netlink.h"
#include "snapshot/network/rules.h"

/* The attributes of a message. */
struct attributes {
	const void *first;
	size_t length;
};

static struct attributes attributes_of(const struct nlmsghdr *message, size_t body)
{
	struct attributes ret;

	ret.first = netlink_attributes(message, body, &ret.length);
	return ret;
}

static uint32_t number_of(struct attributes in, unsigned type, uint32_t fallback)
{
	size_t size = 0;
	const void *value = netlink_find(in.first, in.length, type, &size);
	uint32_t ret = fallback;

	if (value && size >= sizeof(ret))
		memcpy(&ret, value, sizeof(ret));
	else if (value && size == 1)
		ret = *(const unsigned char *)value;
	return ret;
}

/* A string, whether the kernel ended it or not. */
static const char *text_at(struct attributes in, unsigned type, struct arena *arena)
{
	size_t size = 0;
	const char *value = netlink_find(in.first, in.length, type, &size);

	return arena_print(arena, "%.*s", value ? (int)strnlen(value, size) : 0, value ? value : "");
}

static bool address_at(struct attributes in, unsigned type, int family, unsigned prefix,
		       struct address *ret)
{
	size_t size = 0, wanted = family == AF_INET6 ? 16 : 4;
	const void *value = netlink_find(in.first, in.length, type, &size);

	*ret = (struct address){ .family = family, .size = wanted, .prefix = prefix };
	if (!value || size != wanted || prefix > wanted * 8)
		return false;
	memcpy(ret->bytes, value, wanted);
	return true;
}

static void add_link(const struct nlmsghdr *message, struct network *ret)
{
	const struct ifinfomsg *body = NLMSG_DATA(message);
	struct attributes in = attributes_of(message, sizeof(*body)), info = { 0 };
	size_t size = 0;

	LIST_ROOM(ret->links, ret->link_count, ret->link_room);
	struct link *link = &ret->links[ret->link_count++];
	info.first = netlink_find(in.first, in.length, IFLA_LINKINFO, &info.length);
	*link = (struct link){
		.index = body->ifi_index, .flags = body->ifi_flags,
		.name = text_at(in, IFLA_IFNAME, &ret->arena),
		.type = info.first ? text_at(info, IFLA_INFO_KIND, &ret->arena) : "",
		.alias = text_at(in, IFLA_IFALIAS, &ret->arena),
		.mtu = number_of(in, IFLA_MTU, 0),
		.carrier = number_of(in, IFLA_CARRIER, 1),
		.operstate = (uint8_t)number_of(in, IFLA_OPERSTATE, 0),
		.master = (int)number_of(in, IFLA_MASTER, 0),
		.on = (int)number_of(in, IFLA_LINK, 0),
		.elsewhere = (int)number_of(in, IFLA_LINK_NETNSID, UINT32_MAX),
		.peer_name = "",
	};
	const void *mac = netlink_find(in.first, in.length, IFLA_ADDRESS, &size);
	link->has_mac = mac && size == sizeof(link->mac);
	if (link->has_mac)
		memcpy(link->mac, mac, size);
}

static void add_address(const struct nlmsghdr *message, struct network *ret)
{
	const struct ifaddrmsg *body = NLMSG_DATA(message);
	struct attributes in = attributes_of(message, sizeof(*body));
	struct address address;

	/* Of a wire between two, IFA_ADDRESS is the other end's. */
	if (!address_at(in, IFA_LOCAL, body->ifa_family, body->ifa_prefixlen, &address) &&
	    !address_at(in, IFA_ADDRESS, body->ifa_family, body->ifa_prefixlen, &address))
		return;
	LIST_ROOM(ret->addresses, ret->address_count, ret->address_room);
	ret->addresses[ret->address_count++] =
		(struct link_address){ (int)body->ifa_index, address };
}

static void add_route(const struct nlmsghdr *message, struct network *ret)
{
	const struct rtmsg *body = NLMSG_DATA(message);
	struct attributes in = attributes_of(message, sizeof(*body));
	struct route route = { .type = body->rtm_type };

	if (number_of(in, RTA_TABLE, body->rtm_table) != RT_TABLE_MAIN ||
	    (body->rtm_flags & RTM_F_CLONED))
		return;
	address_at(in, RTA_DST, body->rtm_family, body->rtm_dst_len, &route.to);
	if (!address_at(in, RTA_GATEWAY, body->rtm_family, (unsigned)route.to.size * 8, &route.via))
		route.via = (struct address){ 0 };
	route.index = (int)number_of(in, RTA_OIF, 0);
	route.metric = number_of(in, RTA_PRIORITY, 0);
	LIST_ROOM(ret->routes, ret->route_count, ret->route_room);
	ret->routes[ret->route_count++] = route;
}

static void add_neighbour(const struct nlmsghdr *message, struct network *ret)
{
	const struct ndmsg *body = NLMSG_DATA(message);
	struct attributes in = attributes_of(message, sizeof(*body));
	struct neighbour one = { .index = body->ndm_ifindex, .state = body->ndm_state };
	unsigned bits = body->ndm_family == AF_INET6 ? 128 : 32;
	size_t size = 0;

	/* Broadcasts, groups and the namespace's own addresses are no neighbours. */
	if ((body->ndm_state & NUD_NOARP) || (body->ndm_flags & NTF_PROXY) ||
	    !address_at(in, NDA_DST, body->ndm_family, bits, &one.address))
		return;
	const void *mac = netlink_find(in.first, in.length, NDA_LLADDR, &size);
	one.has_mac = mac && size == sizeof(one.mac);
	if (one.has_mac)
		memcpy(one.mac, mac, size);
	LIST_ROOM(ret->neighbours, ret->neighbour_count, ret->neighbour_room);
	ret->neighbours[ret->neighbour_count++] = one;
}

/* netem's options begin with a struct; behind it, in newer kernels, the delay in nanoseconds. */
static void read_netem(struct attributes in, struct qdisc *one)
{
	struct tc_netem_qopt options;
	size_t size = 0, skip = NLA_ALIGN(sizeof(options));
	const unsigned char *value = netlink_find(in.first, in.length, TCA_OPTIONS, &size);
	int64_t delay;

	if (!value || size < sizeof(options))
		return;
	memcpy(&options, value, sizeof(options));
	one->loss = options.loss;
	const void *exact = size > skip ? netlink_find(value + skip, size - skip, TCA_NETEM_LATENCY64, &size) : NULL;
	if (!exact || size != sizeof(delay))
		return;
	memcpy(&delay, exact, sizeof(delay));
	one->delay_us = (uint32_t)(delay / 1000);
}

static void read_tbf(struct attributes in, struct qdisc *one)
{
	struct attributes options = { 0 };
	struct tc_tbf_qopt opt;
	size_t size = 0;

	options.first = netlink_find(in.first, in.length, TCA_OPTIONS, &options.length);
	const void *value = options.first ? netlink_find(options.first, options.length, TCA_TBF_PARMS, &size) : NULL;
	if (!value || size < sizeof(opt))
		return;
	memcpy(&opt, value, sizeof(opt));
	one->rate = opt.rate.rate;
}

/* The kernel's own have no handle, or are of the kinds that it takes by itself. */
static void add_qdisc(const struct nlmsghdr *message, struct network *ret)
{
	const struct tcmsg *body = NLMSG_DATA(message);
	struct attributes in = attributes_of(message, sizeof(*body));
	struct qdisc one = {
		.index = body->tcm_ifindex, .handle = body->tcm_handle, .parent = body->tcm_parent,
		.kind = text_at(in, TCA_KIND, &ret->arena),
	};

	if (strcmp(one.kind, "netem") == 0)
		read_netem(in, &one);
	else if (strcmp(one.kind, "tbf") == 0)
		read_tbf(in, &one);
	else if (!one.handle || strcmp(one.kind, "noqueue") == 0)
		return;
	LIST_ROOM(ret->qdiscs, ret->qdisc_count, ret->qdisc_room);
	ret->qdiscs[ret->qdisc_count++] = one;
}

/* What the helper has read beside rtnetlink: as text. */
static void add_note(const struct nlmsghdr *message, struct network *ret)
{
	const char *text = arena_copyn(&ret->arena, NLMSG_DATA(message), message->nlmsg_len - (size_t)NLMSG_HDRLEN);

	switch (message->nlmsg_type) {
	case NOTE_FORWARD4:
		ret->forward[0] = *text == '1';
		break;
	case NOTE_FORWARD6:
		ret->forward[1] = *text == '1';
		break;
	case NOTE_RULES:
		ret->rules_known = RULES_READ;
		rules_parse(text, ret);
		break;
	case NOTE_NO_NFT:
		ret->rules_known = RULES_NO_NFT;
		break;
	case NOTE_NO_RULES:
		ret->rules_known = RULES_UNREAD;
		ret->unread = text;
		break;
	}
}

static void add(const struct nlmsghdr *message, struct network *ret)
{
	size_t body = message->nlmsg_len - (size_t)NLMSG_HDRLEN;

	if (message->nlmsg_type == RTM_NEWLINK && body >= sizeof(struct ifinfomsg))
		add_link(message, ret);
	else if (message->nlmsg_type == RTM_NEWADDR && body >= sizeof(struct ifaddrmsg))
		add_address(message, ret);
	else if (message->nlmsg_type == RTM_NEWROUTE && body >= sizeof(struct rtmsg))
		add_route(message, ret);
	else if (message->nlmsg_type == RTM_NEWNEIGH && body >= sizeof(struct ndmsg))
		add_neighbour(message, ret);
	else if (message->nlmsg_type == RTM_NEWQDISC && body >= sizeof(struct tcmsg))
		add_qdisc(message, ret);
	else if (message->nlmsg_type >= NOTES)
		add_note(message, ret);
	else if (message->nlmsg_type == RTM_NEWNSID && body >= sizeof(struct rtgenmsg))
		ret->hosts = (int)number_of(attributes_of(message, sizeof(struct rtgenmsg)),
					    NETNSA_NSID, UINT32_MAX);
}

void network_parse(const struct text *messages, struct network *ret)
{
	const struct nlmsghdr *message;

	for (size_t at = 0; (message = netlink_next(text_of(messages), messages->len, &at));)
		add(message, ret);
}
