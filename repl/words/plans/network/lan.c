/* Networks of containers: bridges in the router with an address each. What is known of one is what the
 * kernel has: nothing else is kept of it. */
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/text.h"
#include "snapshot/network/network.h"
#include "words/plans/network/network.h"

/* The interface of the default network: docker0 there. */
static const char default_bridge[] = "stave0";

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
	return router_is_there(context, &pid) && pid ? network_read(pid, ret, err) : 0;
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

static bool is_taken(const struct network *network, const struct lan *lan, uint32_t number)
{
	struct lan_member member;

	if (number_of(&lan->gateway) == number)
		return true;
	for (size_t i = 0; lan_member_at(network, lan, i, &member); i++)
		if (member.address.family && number_of(&member.address) == number)
			return true;
	return false;
}

static int read_wanted(const struct network *network, const struct lan *lan, const char *s, struct address *ret,
		       struct error *err)
{
	char text[ADDRESS_TEXT];

	if (!address_parse(s, ret) || ret->family != AF_INET || strchr(s, '/')) {
		fail_id(err, ERR_NETWORK_ADDRESS, 0, "%s: not a valid address", vis(s));
		return fail_fix(err, "as in %s", address_print(&(struct address){ AF_INET, { 172, 17, 0, 9 }, 4, 32 }, text));
	}
	if (!is_hosts(&lan->gateway, number_of(ret)))
		return fail_id(err, ERR_NETWORK_ADDRESS, 0, "%s: not a host's address in the network %s, %s", s,
			       vis(lan->name), address_print(&lan->gateway, text));
	if (is_taken(network, lan, number_of(ret))) {
		fail_id(err, ERR_NETWORK_TAKEN, 0, "%s: another has this address in the network %s", s,
			vis(lan->name));
		return fail_fix(err, "network inspect %s shows whose it is", vis(lan->name));
	}
	ret->prefix = lan->gateway.prefix;
	return 0;
}

int lan_address(const struct network *network, const struct lan *lan, const char *wanted, struct address *ret,
		struct error *err)
{
	uint32_t first = number_of(&lan->gateway) & mask_of(lan->gateway.prefix);

	if (wanted)
		return read_wanted(network, lan, wanted, ret, err);
	*ret = lan->gateway;
	for (uint32_t number = first + 1; is_hosts(&lan->gateway, number); number++)
		if (!is_taken(network, lan, number)) {
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
