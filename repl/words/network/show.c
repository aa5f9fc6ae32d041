/* net, net show: interfaces with their addresses, routes, neighbours, listening sockets and rules. */
#include <linux/if.h>
#include <string.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/message.h"
#include "base/process/process_stat.h"
#include "base/show/fill.h"
#include "base/show/paint.h"
#include "base/show/table.h"
#include "base/text.h"
#include "snapshot/network/lines.h"
#include "snapshot/network/network.h"
#include "words/look/subject.h"
#include "words/network/network.h"

/* The widest address of IPv4 with what may stand before it: a row with one of IPv6 goes on below that. */
enum { SHORT = 26 };

/* Up and connected, up and not, down. */
static void add_state(const struct link *link, struct table *table)
{
	bool up = link->flags & IFF_UP;

	table_add(table, "%s", !up ? _("down") : link->carrier ? _("up") : _("up, no carrier"));
	table_paint(table, up && link->carrier ? PAINT_OWN : PAINT_MISSING);
}

void network_whose(const struct context *context, const struct link *link, struct text *ret)
{
	struct process_stat stat = process_stat(link->peer);
	const char *name;
	pid_t pid = 0;

	if (link->peer_here || !link->peer) {
		text_say(ret, link->peer_here ? "the host" : "a namespace that cannot be seen");
		return;
	}
	for (size_t i = 0; context->container && (name = context->container(context, i, &pid)); i++)
		if (network_shared(pid, link->peer)) {
			text_add(ret, vis(name));
			return;
		}
	for (size_t i = 0; context->sibling && (name = context->sibling(context, i, &pid)); i++)
		if (network_shared(pid, link->peer)) {
			text_sayf(ret, "the child %s", vis(name));
			return;
		}
	text_sayf(ret, "process %d (%s)", link->peer, vis(stat.comm));
}

static void add_peer(const struct context *context, const struct link *link, struct text *ret)
{
	cleanup_text struct text whose = { 0 };

	network_whose(context, link, &whose);
	if (*link->peer_name)
		text_sayf(ret, "to %s of %s", vis(link->peer_name), text_of(&whose));
	else
		text_sayf(ret, "to interface %d of %s", link->on, text_of(&whose));
}

static void add_impairment(const struct network *network, const struct link *link, struct text *ret)
{
	for (size_t i = 0; i < network->qdisc_count; i++)
		if (network->qdiscs[i].index == link->index) {
			text_add(ret, ret->len ? ", " : "");
			qdisc_tell(&network->qdiscs[i], ret);
		}
}

/* What it is part of, what it stands on, where its other end is. */
static void add_ties(const struct context *context, const struct network *network, const struct link *link,
		     struct table *table)
{
	const struct link *master = network_link(network, link->master);
	const struct link *on = link->elsewhere < 0 ? network_link(network, link->on) : NULL;
	cleanup_text struct text ties = { 0 };

	if (master)
		text_sayf(&ties, "port of %s", vis(master->name));
	if (on && on != link) {
		text_add(&ties, ties.len ? ", " : "");
		text_sayf(&ties, strcmp(link->type, "veth") ? "on %s" : "to %s", vis(on->name));
	} else if (link->elsewhere >= 0) {
		text_add(&ties, ties.len ? ", " : "");
		add_peer(context, link, &ties);
	}
	add_impairment(network, link, &ties);
	table_add(table, "%s", text_of(&ties));
}

/* Its addresses, and beside the first of them what it is tied to. */
static void add_addresses(const struct context *context, const struct network *network, const struct link *link,
			  struct table *table)
{
	char text[ADDRESS_TEXT];
	bool any = false;

	for (size_t i = 0; i < network->address_count; i++) {
		if (network->addresses[i].index != link->index)
			continue;
		for (int blank = 0; any && blank < 3; blank++)
			table_add(table, "%s", "");
		table_add(table, "%s", address_print(&network->addresses[i].address, text));
		if (any)
			table_add(table, "%s", "");
		else
			add_ties(context, network, link, table);
		any = true;
	}
	if (any)
		return;
	table_add(table, "-");
	add_ties(context, network, link, table);
}

static void add_links(const struct context *context, const struct network *network, struct table *table)
{
	static const char *const head[] = { N_("LINK"), N_("TYPE"), N_("STATE"), N_("ADDRESS"), N_("TIES"), NULL };

	table_head(table, head);
	for (size_t i = 0; i < network->link_count; i++) {
		const struct link *link = &network->links[i];
		table_add(table, "%s", vis(link->name));
		table_paint(table, PAINT_NAME);
		table_add(table, "%s", *link->type ? vis(link->type) :
				  link->flags & IFF_LOOPBACK ? _("loopback") : "-");
		add_state(link, table);
		add_addresses(context, network, link, table);
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
	static const size_t most[] = { SHORT, SHORT, SHORT };
	struct table table = { .columns = 3, .most = most };

	if (!network->route_count) {
		table_note("There are no routes: nothing but its own addresses can be reached.", 1,
			   context->columns, ret);
		return;
	}
	add_routes(network, &table);
	table_print(&table, context->color, 1, context->columns, ret);
}

static const char *neighbour_state(uint16_t state)
{
	return state & (NUD_REACHABLE | NUD_PERMANENT) ? N_("answers") :
	       state & (NUD_STALE | NUD_DELAY | NUD_PROBE) ? N_("has answered") :
	       state & NUD_INCOMPLETE ? N_("is asked, no answer yet") :
	       state & NUD_FAILED ? N_("no answer") : N_("not asked");
}

static void tell_neighbours(const struct context *context, const struct network *network, struct text *ret)
{
	static const char *const head[] = { N_("NEIGHBOUR"), N_("HARDWARE ADDRESS"), N_("DEV"), N_("STATE"), NULL };
	static const size_t most[] = { SHORT, SHORT, SHORT, SHORT };
	struct table table = { .columns = 4, .most = most };
	char text[ADDRESS_TEXT];

	if (!network->neighbour_count)
		return;
	text_add(ret, "\n");
	table_head(&table, head);
	for (size_t i = 0; i < network->neighbour_count; i++) {
		const struct neighbour *one = &network->neighbours[i];
		const struct link *link = network_link(network, one->index);
		const unsigned char *mac = one->mac;
		bool good = !(one->state & (NUD_FAILED | NUD_INCOMPLETE));
		table_add(&table, "%s", address_print(&one->address, text));
		if (one->has_mac)
			table_add(&table, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
		else
			table_add(&table, "-");
		table_add(&table, "%s", link ? vis(link->name) : "-");
		table_add(&table, "%s", _(neighbour_state(one->state)));
		table_paint(&table, good ? PAINT_OWN : PAINT_MISSING);
	}
	table_print(&table, context->color, 1, context->columns, ret);
}

static void tell_listeners(const struct context *context, const struct network *network, struct text *ret)
{
	static const char *const head[] = { N_("LISTENS ON"), N_("PORT"), N_("PROCESS"), NULL };
	struct table table = { .columns = 3 };
	char text[ADDRESS_TEXT];

	if (!network->listener_count)
		return;
	text_add(ret, "\n");
	table_head(&table, head);
	for (size_t i = 0; i < network->listener_count; i++) {
		const struct listener *one = &network->listeners[i];
		table_add(&table, "%s", address_print(&one->address, text));
		table_add(&table, "%u/%s", one->port, one->udp ? "udp" : "tcp");
		if (one->pid)
			table_add(&table, "%d (%s)", one->pid, vis(one->comm));
		else
			table_add(&table, "-");
	}
	table_print(&table, context->color, 1, context->columns, ret);
}

static void add_rules(const struct context *context, const struct network *network, size_t chain, struct text *ret)
{
	size_t number = 0;

	for (size_t i = 0; i < network->rule_count; i++) {
		if (network->rules[i].chain != chain)
			continue;
		size_t start = ret->len;
		text_addf(ret, "   %zu  ", ++number);
		fill(ret, vis(network->rules[i].text), ret->len - start, context->columns);
	}
}

static void add_chain(const struct context *context, const struct nft_chain *chain, struct text *ret)
{
	cleanup_text struct text told = { 0 };

	text_add(ret, " ");
	paint(ret, context->color, PAINT_BOLD, _("RULES"));
	text_add(ret, " ");
	text_addf(&told, "%s %s, chain %s", vis(chain->family), vis(chain->table), vis(chain->name));
	if (*chain->hook)
		text_addf(&told, ": %s, hook %s, priority %s, policy %s", vis(chain->type), vis(chain->hook),
			  vis(chain->priority), vis(chain->policy));
	fill(ret, text_of(&told), text_columns(_("RULES")) + 2, context->columns);
}

/* As nft(8) writes them, numbered in each chain from the first that is asked. */
static void tell_rules(const struct context *context, const struct network *network, struct text *ret)
{
	char note[400];

	if (network->rules_known == RULES_NO_NFT || network->rules_known == RULES_UNREAD) {
		snprintf(note, sizeof(note), network->rules_known == RULES_NO_NFT ?
			 _("There are rules of nftables, which only nft(8) can show; it is not installed "
			   "(package nftables).") : _("The rules of nftables cannot be read: %s"),
			 network->unread ? vis(network->unread) : "");
		text_add(ret, "\n");
		table_note(note, 1, context->columns, ret);
		return;
	}
	for (size_t i = 0; i < network->chain_count; i++) {
		text_add(ret, i ? "" : "\n");
		add_chain(context, &network->chains[i], ret);
		add_rules(context, network, i, ret);
	}
}

static void tell_forwarding(const struct context *context, const struct network *network, struct text *ret)
{
	if (network->forward[0] != 1 && network->forward[1] != 1)
		return;
	text_add(ret, "\n");
	table_note(network->forward[1] != 1 ? "Packets of others are passed on (ip_forward is 1)." :
		   network->forward[0] != 1 ? "IPv6 packets of others are passed on." :
		   "Packets of others are passed on, IPv4 and IPv6.", 1, context->columns, ret);
}

/* All there is to read of the network of whom a line is about. */
static int read_all(const struct context *context, const struct words *words, const char *whom, pid_t *pid,
		    bool *hosts, struct network *network, struct error *err)
{
	cleanup_subject struct subject subject = { 0 };

	if (subject_find(context, whom, whom ? words->args[1].column : 0, &subject, err) < 0)
		return -1;
	if (!subject.reading->ns[NS_NET].id)
		return subject_refused(context, subject.reading, subject.reading->ns[NS_NET].code, "ns/net", err);
	if (network_read(subject.reading->pid, network, err) < 0 ||
	    network_find_listeners(subject.reading->pid, network, err) < 0)
		return -1;
	network_find_peers(subject.reading->pid, network);
	*pid = subject.reading->pid;
	*hosts = subject.reading->ns[NS_NET].id == context->host->ns[NS_NET].id;
	return 0;
}

int net_show(const struct context *context, const struct words *words, struct text *ret,
	     struct error *err)
{
	cleanup_network struct network network = { 0 };
	/* Beside an address of IPv6 with all its digits there is no room at 80 columns. */
	static const size_t most[] = { 16, 12, 12, 29 };
	struct table table = { .columns = 5, .most = most };
	const char *whom = words_arg(words, 1);
	bool hosts = false;
	pid_t pid = 0;

	if (read_all(context, words, whom, &pid, &hosts, &network, err) < 0)
		return -1;
	if (words_flag(words, "--json"))
		return network_json(&network, ret, err);
	if (words_flag(words, "--draw")) {
		network_draw(context, pid, &network, hosts, whom != NULL, ret);
		return 0;
	}
	if (hosts && !whom)
		table_note("The network namespace is the host's own: these are its interfaces.", 1,
			   context->columns, ret);
	add_links(context, &network, &table);
	table_print(&table, context->color, 1, context->columns, ret);
	text_add(ret, "\n");
	tell_routes(context, &network, ret);
	tell_forwarding(context, &network, ret);
	tell_neighbours(context, &network, ret);
	tell_listeners(context, &network, ret);
	tell_rules(context, &network, ret);
	return 0;
}
