/* net, net show: interfaces with their addresses, and routes. */
#include <linux/if.h>
#include <string.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/message.h"
#include "base/show/table.h"
#include "base/text.h"
#include "snapshot/network/network.h"
#include "words/look/subject.h"
#include "words/network/network.h"

/* Up and connected, up and not, down: IF_OPER_* says more than IFF_UP. A type that has no wire to
 * lose says UNKNOWN for good. */
static void add_state(const struct link *link, struct table *table)
{
	bool up = link->flags & IFF_UP;
	bool carries = link->operstate == IF_OPER_UP || link->operstate == IF_OPER_UNKNOWN;

	table_add(table, "%s", !up ? _("down") : carries ? _("up") : _("up, no carrier"));
	table_paint(table, up && carries ? PAINT_OWN : PAINT_MISSING);
}

/* What it is part of, what it stands on, where its other end is. */
static void add_ties(const struct network *network, const struct link *link, struct table *table)
{
	const struct link *master = network_link(network, link->master);
	const struct link *on = link->elsewhere < 0 ? network_link(network, link->on) : NULL;
	bool wire = strcmp(link->type, "veth") == 0;
	char text[120] = "";
	size_t length = 0;

	if (master)
		length += (size_t)snprintf(text, sizeof(text), _("port of %s"), vis(master->name));
	const char *between = length ? ", " : "";
	if (on && on != link)
		snprintf(text + length, sizeof(text) - length, "%s%s %s", between, wire ? "to" : "on", vis(on->name));
	else if (link->elsewhere >= 0 && link->elsewhere == network->hosts)
		snprintf(text + length, sizeof(text) - length, _("%sto interface %d of the host's"), between, link->on);
	else if (link->elsewhere >= 0)
		snprintf(text + length, sizeof(text) - length, _("%sto interface %d elsewhere"), between, link->on);
	table_add(table, "%s", text);
}

static void add_addresses(const struct network *network, const struct link *link, struct table *table)
{
	char text[ADDRESS_TEXT];
	bool any = false;

	for (size_t i = 0; i < network->address_count; i++) {
		if (network->addresses[i].index != link->index)
			continue;
		for (int blank = 0; any && blank < 4; blank++)
			table_add(table, "%s", "");
		table_add(table, "%s", address_print(&network->addresses[i].address, text));
		any = true;
	}
	if (!any)
		table_add(table, "-");
}

static void add_links(const struct network *network, struct table *table)
{
	static const char *const head[] = { N_("LINK"), N_("TYPE"), N_("STATE"), N_("TIES"), N_("ADDRESS"), NULL };

	table_head(table, head);
	for (size_t i = 0; i < network->link_count; i++) {
		const struct link *link = &network->links[i];
		table_add(table, "%s", vis(link->name));
		table_paint(table, PAINT_NAME);
		table_add(table, "%s", *link->type ? vis(link->type) :
				  link->flags & IFF_LOOPBACK ? _("loopback") : "-");
		add_state(link, table);
		add_ties(network, link, table);
		add_addresses(network, link, table);
	}
}

static const char *route_kind(uint8_t type)
{
	switch (type) {
	case RTN_UNICAST: return "";
	case RTN_BLACKHOLE: return "blackhole ";
	case RTN_UNREACHABLE: return "unreachable ";
	case RTN_PROHIBIT: return "prohibit ";
	default: return "other ";
	}
}

static void add_routes(const struct network *network, struct table *table)
{
	static const char *const head[] = { N_("ROUTE TO"), N_("VIA"), N_("DEV"), NULL };
	char text[ADDRESS_TEXT];

	table_head(table, head);
	for (size_t i = 0; i < network->route_count; i++) {
		const struct route *route = &network->routes[i];
		const struct link *link = network_link(network, route->index);
		table_add(table, "%s%s", route_kind(route->type),
			  route->to.prefix ? address_print(&route->to, text) :
			  route->to.family == AF_INET6 ? _("default (IPv6)") : "default");
		table_add(table, "%s", route->via.family ? address_print(&route->via, text) : "-");
		table_add(table, "%s", link ? vis(link->name) : "-");
	}
}

static void tell_routes(const struct context *context, const struct network *network, struct text *ret)
{
	struct table table = { .columns = 3 };

	if (!network->route_count) {
		table_note("There are no routes: nothing but its own addresses can be reached.", 1,
			   context->columns, ret);
		return;
	}
	add_routes(network, &table);
	table_print(&table, context->color, 1, context->columns, ret);
}

int net_show(const struct context *context, const struct words *words, struct text *ret,
	     struct error *err)
{
	cleanup_subject struct subject subject = { 0 };
	cleanup_network struct network network = { 0 };
	struct table table = { .columns = 5 };
	const char *whom = words_arg(words, 1);

	if (subject_find(context, whom, whom ? words->args[1].column : 0, &subject, err) < 0 ||
	    network_read(subject.reading->pid, &network, err) < 0)
		return -1;
	if (subject.reading->ns[NS_NET].id == context->host->ns[NS_NET].id && !whom)
		table_note("The network namespace is the host's own: these are its interfaces.", 1,
			   context->columns, ret);
	add_links(&network, &table);
	table_print(&table, context->color, 1, context->columns, ret);
	text_add(ret, "\n");
	tell_routes(context, &network, ret);
	return 0;
}
