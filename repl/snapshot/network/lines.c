#include "snapshot/network/lines.h"

#include <linux/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "snapshot/network/network.h"

static void add_link(const struct network *network, const struct link *link, struct text *ret)
{
	const struct link *master = network_link(network, link->master);
	const struct link *on = link->elsewhere < 0 ? network_link(network, link->on) : NULL;

	text_addf(ret, "link %s: %s%s%s", vis(link->name), vis(link->type), *link->type ? ", " : "",
		  link->flags & IFF_UP ? "up" : "down");
	if (link->mtu)
		text_addf(ret, ", mtu %u", link->mtu);
	if (link->has_mac && !(link->flags & IFF_LOOPBACK))
		text_addf(ret, ", %02x:%02x:%02x:%02x:%02x:%02x", link->mac[0], link->mac[1], link->mac[2],
			  link->mac[3], link->mac[4], link->mac[5]);
	if (master)
		text_addf(ret, ", port of %s", vis(master->name));
	if (on && on != link)
		text_addf(ret, ", %s %s", strcmp(link->type, "veth") ? "on" : "to", vis(on->name));
	text_add(ret, "\n");
}

static const char *name_of(const struct network *network, int index)
{
	const struct link *link = network_link(network, index);

	return link ? vis(link->name) : "?";
}

void network_lines(const struct network *network, struct text *ret)
{
	char text[ADDRESS_TEXT];

	for (size_t i = 0; i < network->link_count; i++)
		add_link(network, &network->links[i], ret);
	for (size_t i = 0; i < network->address_count; i++)
		text_addf(ret, "address %s on %s\n", address_print(&network->addresses[i].address, text),
			  name_of(network, network->addresses[i].index));
	for (size_t i = 0; i < network->route_count; i++) {
		const struct route *route = &network->routes[i];
		text_addf(ret, "route to %s", route->to.prefix ? address_print(&route->to, text) :
			  route->to.size == 16 ? "default (IPv6)" : "default");
		if (route->via.family)
			text_addf(ret, " via %s", address_print(&route->via, text));
		text_addf(ret, " dev %s\n", name_of(network, route->index));
	}
}

static bool has_line(const char *text, const char *line, size_t length)
{
	for (const char *at = text; *at; at += strcspn(at, "\n") + 1)
		if (strncmp(at, line, length) == 0 && at[length] == '\n')
			return true;
	return false;
}

static void add_missing(const char *from, const char *in, const char *sign, struct text *ret)
{
	for (const char *line = from; *line; line += strcspn(line, "\n") + 1) {
		size_t length = strcspn(line, "\n");
		if (has_line(in, line, length))
			continue;
		text_add(ret, sign);
		text_addn(ret, line, length + 1);
	}
}

void lines_difference(const char *before, const char *after, struct text *ret)
{
	add_missing(after, before, "+ ", ret);
	add_missing(before, after, "- ", ret);
}
