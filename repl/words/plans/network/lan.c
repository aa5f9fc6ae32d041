/* Networks of containers: bridges in the router with an address each. What is known of one is what the
 * kernel has: nothing else is kept of it. */
#include <ctype.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/list.h"
#include "base/text.h"
#include "snapshot/process.h"
#include "snapshot/network/network.h"
#include "words/plans/network/network.h"

/* The interface of the default network: docker0 there. */
static const char default_bridge[] = "stave0";

bool link_name_fits(const char *s)
{
	/* The kernel has folders of these two names among those of interfaces, /proc/sys/net/ipv4/conf. */
	if (strcmp(s, "all") == 0 || strcmp(s, "default") == 0)
		return false;
	if (!*s || strlen(s) >= IFNAMSIZ || strcmp(s, ".") == 0 || strcmp(s, "..") == 0)
		return false;
	for (; *s; s++)
		if (*s == '/' || *s == ':' || *s == '%' || isspace((unsigned char)*s)) /* of %d the kernel makes a number */
			return false;
	return true;
}

bool lan_name_is_reserved(const char *name)
{
	static const char *const reserved[] = { "none", "host", "world", "default", "lo", ROUTER, default_bridge, NULL };

	for (size_t i = 0; reserved[i]; i++)
		if (strcmp(reserved[i], name) == 0)
			return true;
	return false;
}

const char *lan_bridge(const char *name)
{
	return strcmp(name, LAN_DEFAULT) == 0 ? default_bridge : name;
}

const char *lan_line(const struct context *context, const char *name)
{
	struct lan lan;
	struct error ignored;
	cleanup_network struct network network = { 0 };

	if (strcmp(name, LAN_DEFAULT) != 0)
		return NULL;
	if (router_line(context))
		return router_line(context);
	return lan_read(context, &network, &ignored) == 0 && !lan_find(&network, name, &lan) ?
	       "network create " LAN_DEFAULT : NULL;
}

int lan_read(const struct context *context, struct network *ret, struct error *err)
{
	pid_t pid;

	*ret = (struct network){ 0 };
	if (!router_is_there(context, &pid) || !pid || network_read_links(pid, ret, err) == 0)
		return 0;
	if (err->code != ENOENT && err->code != ESRCH)
		return -1;
	fail_id(err, ERR_CHILD_GONE, ESRCH, "the router (pid %d) has ended", pid);
	fail_why(err, "its network namespace and all networks in it ended with it");
	return fail_fix(err, "child rm " ROUTER ": the next line that needs one makes a new one");
}

/* ---- which there are ---- */

static const struct address *address_of(const struct network *network, int index)
{
	for (size_t i = 0; i < network->address_count; i++)
		if (network->addresses[i].index == index && network->addresses[i].address.family == AF_INET)
			return &network->addresses[i].address;
	return NULL;
}

bool lan_at(const struct network *network, size_t i, struct lan *ret)
{
	for (size_t n = 0; n < network->link_count; n++) {
		const struct link *link = &network->links[n];
		const struct address *gateway = address_of(network, link->index);
		if (strcmp(link->type, "bridge") != 0 || !gateway || i-- > 0)
			continue;
		*ret = (struct lan){ .bridge = link->name, .index = link->index, .gateway = *gateway };
		ret->name = strcmp(link->name, default_bridge) == 0 ? LAN_DEFAULT : link->name;
		return true;
	}
	return false;
}

bool lan_find(const struct network *network, const char *name, struct lan *ret)
{
	for (size_t i = 0; lan_at(network, i, ret); i++)
		if (strcmp(ret->name, name) == 0)
			return true;
	return false;
}

bool lan_has_world(const struct network *network)
{
	for (size_t i = 0; i < network->link_count; i++)
		if (strcmp(network->links[i].name, WORLD_LINK) == 0)
			return true;
	return false;
}

/* ---- who is in one ---- */

bool lan_member_at(const struct network *network, const struct lan *lan, size_t i, struct lan_member *ret)
{
	for (size_t n = 0; n < network->link_count; n++) {
		const struct link *link = &network->links[n];
		if (link->master != lan->index || i-- > 0)
			continue;
		*ret = (struct lan_member){ .link = link };
		const char *blank = strrchr(link->alias, ' ');
		if (!blank || !address_parse(blank + 1, &ret->address) || ret->address.family != AF_INET)
			ret->address = (struct address){ 0 };
		size_t length = ret->address.family ? (size_t)(blank - link->alias) : 0;
		snprintf(ret->name, sizeof(ret->name), "%.*s", (int)length, link->alias);
		return true;
	}
	return false;
}

const char *lan_alias(struct plan *plan, const char *name, const struct address *address)
{
	char text[ADDRESS_TEXT];

	return arena_print(&plan->arena, "%s %s", name, address_print(address, text));
}

/* ---- addresses ---- */

static uint32_t number_of(const struct address *address)
{
	const unsigned char *b = address->bytes;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static void set_number(struct address *address, uint32_t number)
{
	for (int i = 0; i < 4; i++)
		address->bytes[i] = (unsigned char)(number >> (24 - 8 * i));
}

static uint32_t mask_of(unsigned prefix)
{
	return prefix ? UINT32_MAX << (32 - prefix) : 0;
}

static bool is_within(const struct address *network, uint32_t number)
{
	uint32_t mask = mask_of(network->prefix);

	return (number_of(network) & mask) == (number & mask);
}

/* The first and last address of a network are its own and everybody's. */
static bool is_hosts(const struct address *network, uint32_t number)
{
	uint32_t rest = ~mask_of(network->prefix);

	return is_within(network, number) && (number & rest) != 0 && (number & rest) != rest;
}

/* The addresses of a network's that somebody has. */
struct taken {
	uint32_t *list;
	size_t count;
};

static void taken_done(struct taken *taken)
{
	free(taken->list);
}

#define cleanup_taken __attribute__((cleanup(taken_done)))

static void take(struct taken *taken, const struct lan *lan, const struct address *address)
{
	if (address->family != AF_INET || !is_within(&lan->gateway, number_of(address)))
		return;
	LIST_FIT(taken->list, taken->count + 1);
	taken->list[taken->count++] = number_of(address);
}

static void take_all(struct taken *taken, const struct lan *lan, const struct network *network)
{
	for (size_t i = 0; i < network->address_count; i++)
		take(taken, lan, &network->addresses[i].address);
}

/* What a container got is noted at its port. What "net addr add" gave is found where it was given: in the
 * router, and in children that have a network namespace of their own. */
static void take_given(struct taken *taken, const struct context *context, const struct lan *lan,
		       const struct network *network)
{
	struct lan_member member;
	struct error ignored;
	const char *name;
	pid_t pid;

	take_all(taken, lan, network);
	for (size_t i = 0; lan_member_at(network, lan, i, &member); i++)
		take(taken, lan, &member.address);
	for (size_t i = 0; (name = context->sibling(context, i, &pid)); i++) {
		cleanup_network struct network childs = { 0 };
		if (pid && strcmp(name, ROUTER) != 0 && !process_is_here(pid, NS_NET) &&
		    network_read_links(pid, &childs, &ignored) == 0)
			take_all(taken, lan, &childs);
	}
}

static bool is_taken(const struct taken *taken, uint32_t number)
{
	for (size_t i = 0; i < taken->count; i++)
		if (taken->list[i] == number)
			return true;
	return false;
}

static int read_wanted(const struct taken *taken, const struct lan *lan, const char *s, struct address *ret,
		       struct error *err)
{
	char text[ADDRESS_TEXT];

	*ret = (struct address){ 0 };
	if (!address_parse(s, ret) || ret->family != AF_INET || strchr(s, '/')) {
		fail_id(err, ERR_NETWORK_ADDRESS, 0, "%s: not a valid address", vis(s));
		if (ret->family == AF_INET6)
			fail_why(err, "networks of containers have addresses of IPv4 alone");
		return fail_fix(err, "as in %s", address_print(&(struct address){ AF_INET, { 172, 17, 0, 9 }, 4, 32 }, text));
	}
	if (!is_hosts(&lan->gateway, number_of(ret))) {
		fail_id(err, ERR_NETWORK_ADDRESS, 0, "%s: not a host's address in the network %s, %s", s, vis(lan->name),
			address_print(&lan->gateway, text));
		return fail_fix(err, "network inspect %s shows its subnet; without --ip the lowest free address is given", vis(lan->name));
	}
	if (is_taken(taken, number_of(ret))) {
		fail_id(err, ERR_NETWORK_TAKEN, 0, "%s: another has this address in the network %s", s,
			vis(lan->name));
		return fail_fix(err, "network inspect %s shows the containers' addresses, @NAME net those of a child",
				vis(lan->name));
	}
	ret->prefix = lan->gateway.prefix;
	return 0;
}

int lan_address(const struct context *context, const struct network *network, const struct lan *lan,
		const char *wanted, struct address *ret, struct error *err)
{
	uint32_t first = number_of(&lan->gateway) & mask_of(lan->gateway.prefix);
	cleanup_taken struct taken taken = { 0 };

	take(&taken, lan, &lan->gateway);
	if (context->sibling)
		take_given(&taken, context, lan, network);
	if (wanted)
		return read_wanted(&taken, lan, wanted, ret, err);
	*ret = lan->gateway;
	for (uint32_t number = first + 1; is_hosts(&lan->gateway, number); number++)
		if (!is_taken(&taken, number)) {
			set_number(ret, number);
			return 0;
		}
	fail_id(err, ERR_NETWORK_TAKEN, 0, "the network %s has no address left", vis(lan->name));
	return fail_fix(err, "network create NAME --subnet PREFIX makes a larger one");
}

/* ---- a new one ---- */

bool lan_overlaps(const struct network *network, const struct address *subnet, struct lan *ret)
{
	for (size_t i = 0; lan_at(network, i, ret); i++)
		if (address_overlaps(&ret->gateway, subnet))
			return true;
	return false;
}

/* docker's pools: 172.17.0.0/16 is the default network's, then 172.18 to 172.31, then 192.168 in parts. */
bool lan_free_subnet(const struct network *network, const char *name, struct address *ret)
{
	struct lan lan;

	for (unsigned i = strcmp(name, LAN_DEFAULT) == 0 ? 17 : 18; i < 32; i++) {
		*ret = (struct address){ AF_INET, { 172, (unsigned char)i }, 4, 16 };
		if (!lan_overlaps(network, ret, &lan))
			return true;
	}
	for (unsigned i = 0; i < 256; i += 16) {
		*ret = (struct address){ AF_INET, { 192, 168, (unsigned char)i }, 4, 20 };
		if (!lan_overlaps(network, ret, &lan))
			return true;
	}
	return false;
}

void lan_first_host(const struct address *subnet, struct address *ret)
{
	*ret = *subnet;
	set_number(ret, (number_of(subnet) & mask_of(subnet->prefix)) + 1);
}

bool lan_has_host(const struct address *subnet, const struct address *host)
{
	return host->family == AF_INET && is_hosts(subnet, number_of(host));
}
