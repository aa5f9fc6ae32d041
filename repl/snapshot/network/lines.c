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
		text_sayf(ret, ", port of %s", vis(master->name));
	if (on && on != link)
		text_addf(ret, ", %s %s", strcmp(link->type, "veth") ? "on" : "to", vis(on->name));
	text_add(ret, "\n");
}

static const char *name_of(const struct network *network, int index)
{
	const struct link *link = network_link(network, index);

	return link ? vis(link->name) : "?";
}

static void add_rate(uint64_t bits, struct text *ret)
{
	if (bits % 1000000 == 0)
		text_addf(ret, "rate %llumbit", (unsigned long long)(bits / 1000000));
	else if (bits % 1000 == 0)
		text_addf(ret, "rate %llukbit", (unsigned long long)(bits / 1000));
	else
		text_addf(ret, "rate %llubit", (unsigned long long)bits);
}

void qdisc_tell(const struct qdisc *qdisc, struct text *ret)
{
	size_t start = ret->len;

	if (qdisc->delay_us)
		text_addf(ret, "delay %gms", qdisc->delay_us / 1000.0);
	if (qdisc->loss)
		text_addf(ret, "%sloss %.3g%%", ret->len > start ? " " : "", qdisc->loss * 100.0 / UINT32_MAX);
	if (qdisc->rate)
		add_rate(qdisc->rate * 8, ret);
	if (ret->len == start)
		text_addf(ret, "qdisc %s", vis(qdisc->kind));
}

/* A rule without what it has counted: that is no change of the rule. */
static void add_rule(const struct network *network, const struct rule *rule, struct text *ret)
{
	const struct nft_chain *chain = &network->chains[rule->chain];
	const char *counter = strstr(rule->text, "counter packets ");
	int length = counter ? (int)(counter - rule->text) : (int)strlen(rule->text);
	char head[512];

	if (counter) {
		counter += strlen("counter packets ");
		counter += strspn(counter, "0123456789");
		counter += strncmp(counter, " bytes ", 7) == 0 ? 7 : 0;
		counter += strspn(counter, "0123456789");
	}
	snprintf(head, sizeof(head), "%.*s%s%s", length, rule->text, counter ? "counter" : "", counter ? counter : "");
	text_addf(ret, "rule %s %s %s: %s\n", vis(chain->family), vis(chain->table), vis(chain->name), vis(head));
}

static void add_more(const struct network *network, struct text *ret)
{
	for (size_t i = 0; i < network->qdisc_count; i++) {
		text_addf(ret, "out of %s: ", name_of(network, network->qdiscs[i].index));
		qdisc_tell(&network->qdiscs[i], ret);
		text_add(ret, "\n");
	}
	if (network->forward[0] == 1)
		text_say(ret, "forwarding of IPv4\n");
	if (network->forward[1] == 1)
		text_say(ret, "forwarding of IPv6\n");
	for (size_t i = 0; i < network->rule_count; i++)
		add_rule(network, &network->rules[i], ret);
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
	add_more(network, ret);
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
