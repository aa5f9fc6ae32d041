/* net --json: what net shows, for programs. Keys and values are those of "ip -j" and "nft -j" where these
 * have them. */
#include <errno.h>
#include <jansson.h>
#include <linux/if.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/list.h"
#include "base/text.h"
#include "snapshot/network/network.h"
#include "words/network/network.h"

/* Names of the kernel's need not be UTF-8. */
static json_t *string(const char *s)
{
	json_t *ret = json_string(s);

	return ret ? ret : json_string(vis(s));
}

static void set(json_t *object, const char *key, const char *s)
{
	json_object_set_new(object, key, string(s));
}

static void set_number(json_t *object, const char *key, uint64_t number)
{
	json_object_set_new(object, key, json_integer((json_int_t)number));
}

static void set_mac(json_t *object, const char *key, const unsigned char mac[6])
{
	json_object_set_new(object, key, json_sprintf("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
						      mac[3], mac[4], mac[5]));
}

/* The address alone, without its prefix. */
static void set_address(json_t *object, const char *key, const struct address *address)
{
	struct address alone = *address;
	char text[ADDRESS_TEXT];

	alone.prefix = (unsigned)alone.size * 8;
	json_object_set_new(object, key, json_string(address_print(&alone, text)));
}

static void set_link(json_t *object, const char *key, const struct network *network, int index)
{
	const struct link *link = network_link(network, index);

	if (link)
		set(object, key, link->name);
}

static const char *family_of(const struct address *address)
{
	return address->family == AF_INET6 ? "inet6" : "inet";
}

static json_t *addresses_of(const struct network *network, int index)
{
	json_t *ret = json_array();

	for (size_t i = 0; i < network->address_count; i++) {
		const struct address *address = &network->addresses[i].address;
		if (network->addresses[i].index != index)
			continue;
		json_t *one = json_object();
		set(one, "family", family_of(address));
		set_address(one, "local", address);
		set_number(one, "prefixlen", address->prefix);
		json_array_append_new(ret, one);
	}
	return ret;
}

/* IF_OPER_*, as ip(8) names them: RFC 2863. */
static const char *operstate(uint8_t state)
{
	static const char *const names[] = { "UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING",
					     "DORMANT", "UP" };

	return state < COUNT(names) ? names[state] : "UNKNOWN";
}

static json_t *peer_json(const struct link *link)
{
	json_t *ret = json_object();

	set(ret, "ifname", link->peer_name);
	set_number(ret, "ifindex", (uint64_t)link->on);
	set_number(ret, "pid", (uint64_t)link->peer);
	json_object_set_new(ret, "host", json_boolean(link->peer_here));
	return ret;
}

static json_t *impairments_of(const struct network *network, int index)
{
	json_t *ret = json_array();

	for (size_t i = 0; i < network->qdisc_count; i++) {
		const struct qdisc *qdisc = &network->qdiscs[i];
		if (qdisc->index != index)
			continue;
		json_t *one = json_object();
		set(one, "kind", qdisc->kind);
		set_number(one, "delay_us", qdisc->delay_us);
		json_object_set_new(one, "loss", json_real(qdisc->loss / (double)UINT32_MAX));
		set_number(one, "rate", qdisc->rate);
		json_array_append_new(ret, one);
	}
	return ret;
}

static json_t *links_json(const struct network *network)
{
	json_t *ret = json_array();

	for (size_t i = 0; i < network->link_count; i++) {
		const struct link *link = &network->links[i];
		json_t *one = json_object();
		set_number(one, "ifindex", (uint64_t)link->index);
		set(one, "ifname", link->name);
		set(one, "link_type", *link->type ? link->type : link->flags & IFF_LOOPBACK ? "loopback" : "");
		json_object_set_new(one, "up", json_boolean(link->flags & IFF_UP));
		set(one, "operstate", operstate(link->operstate));
		set_number(one, "mtu", link->mtu);
		if (link->has_mac)
			set_mac(one, "address", link->mac);
		set_link(one, "master", network, link->master);
		if (link->elsewhere < 0 && link->on != link->index)
			set_link(one, "link", network, link->on);
		if (link->elsewhere >= 0)
			json_object_set_new(one, "peer", peer_json(link));
		json_object_set_new(one, "addr_info", addresses_of(network, link->index));
		json_object_set_new(one, "impaired", impairments_of(network, link->index));
		json_array_append_new(ret, one);
	}
	return ret;
}

static json_t *routes_json(const struct network *network)
{
	json_t *ret = json_array();
	char text[ADDRESS_TEXT];

	for (size_t i = 0; i < network->route_count; i++) {
		const struct route *route = &network->routes[i];
		json_t *one = json_object();
		set(one, "family", family_of(&route->to));
		set(one, "dst", route->to.prefix ? address_print(&route->to, text) : "default");
		if (route->via.family)
			set_address(one, "gateway", &route->via);
		set_link(one, "dev", network, route->index);
		set_number(one, "metric", route->metric);
		json_array_append_new(ret, one);
	}
	return ret;
}

static json_t *neighbours_json(const struct network *network)
{
	static const struct { uint16_t state; const char *name; } states[] = {
		{ NUD_INCOMPLETE, "INCOMPLETE" }, { NUD_REACHABLE, "REACHABLE" }, { NUD_STALE, "STALE" },
		{ NUD_DELAY, "DELAY" }, { NUD_PROBE, "PROBE" }, { NUD_FAILED, "FAILED" },
		{ NUD_PERMANENT, "PERMANENT" },
	};
	json_t *ret = json_array();

	for (size_t i = 0; i < network->neighbour_count; i++) {
		const struct neighbour *neighbour = &network->neighbours[i];
		json_t *one = json_object(), *state = json_array();
		set_address(one, "dst", &neighbour->address);
		set_link(one, "dev", network, neighbour->index);
		if (neighbour->has_mac)
			set_mac(one, "lladdr", neighbour->mac);
		for (size_t n = 0; n < COUNT(states); n++)
			if (neighbour->state & states[n].state)
				json_array_append_new(state, json_string(states[n].name));
		json_object_set_new(one, "state", state);
		json_array_append_new(ret, one);
	}
	return ret;
}

static json_t *listeners_json(const struct network *network)
{
	json_t *ret = json_array();

	for (size_t i = 0; i < network->listener_count; i++) {
		const struct listener *listener = &network->listeners[i];
		json_t *one = json_object();
		set(one, "protocol", listener->udp ? "udp" : "tcp");
		set_address(one, "local", &listener->address);
		set_number(one, "port", listener->port);
		set_number(one, "pid", (uint64_t)listener->pid);
		set(one, "command", listener->comm);
		json_array_append_new(ret, one);
	}
	return ret;
}

static json_t *chains_json(const struct network *network)
{
	json_t *ret = json_array();

	for (size_t i = 0; i < network->chain_count; i++) {
		const struct nft_chain *chain = &network->chains[i];
		json_t *one = json_object();
		set(one, "family", chain->family);
		set(one, "table", chain->table);
		set(one, "name", chain->name);
		if (*chain->hook) {
			set(one, "type", chain->type);
			set(one, "hook", chain->hook);
			set(one, "priority", chain->priority);
			set(one, "policy", chain->policy);
		}
		json_array_append_new(ret, one);
	}
	return ret;
}

static json_t *rules_json(const struct network *network)
{
	json_t *ret = json_array();

	for (size_t i = 0; i < network->rule_count; i++) {
		const struct rule *rule = &network->rules[i];
		const struct nft_chain *chain = &network->chains[rule->chain];
		json_t *one = json_object();
		set(one, "family", chain->family);
		set(one, "table", chain->table);
		set(one, "chain", chain->name);
		set_number(one, "handle", rule->handle);
		set(one, "rule", rule->text);
		json_array_append_new(ret, one);
	}
	return ret;
}

static json_t *switch_json(int on)
{
	return on < 0 ? json_null() : json_boolean(on);
}

int network_json(const struct network *network, struct text *ret, struct error *err)
{
	bool read = network->rules_known == RULES_READ || network->rules_known == RULES_NONE;
	json_t *all = json_object();

	json_object_set_new(all, "links", links_json(network));
	json_object_set_new(all, "routes", routes_json(network));
	json_object_set_new(all, "neighbours", neighbours_json(network));
	json_object_set_new(all, "listeners", listeners_json(network));
	json_object_set_new(all, "forward", json_pack("{s:o, s:o}", "ipv4", switch_json(network->forward[0]),
						      "ipv6", switch_json(network->forward[1])));
	json_object_set_new(all, "chains", read ? chains_json(network) : json_null());
	json_object_set_new(all, "rules", read ? rules_json(network) : json_null());
	char *text = json_dumps(all, JSON_INDENT(2));
	json_decref(all);
	if (!text)
		return fail(err, ENOMEM, "json_dumps");
	text_addf(ret, "%s\n", text);
	free(text);
	return 0;
}
