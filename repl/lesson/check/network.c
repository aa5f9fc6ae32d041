/* What is asked of a network namespace: interfaces, addresses, routes, neighbours, rules. */
#include <linux/if.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/message.h"
#include "base/net/address.h"
#include "base/text.h"
#include "lesson/check/predicates.h"
#include "snapshot/network/lines.h"
#include "snapshot/network/network.h"

static bool read_network(const struct asked *asked, struct network *ret, struct text *saw)
{
	struct error err = { 0 };

	if (network_read(asked->reading->pid, ret, &err) == 0)
		return true;
	text_add(saw, err.what);
	return false;
}

/* What there is of a kind, as the lines that begin with start and have part behind it. */
static void say_lines(const struct network *network, const char *start, const char *part, struct text *saw)
{
	cleanup_text struct text lines = { 0 };
	size_t before = saw->len;

	network_lines(network, &lines);
	for (const char *s = text_of(&lines); *s; s += strcspn(s, "\n") + 1) {
		size_t length = strcspn(s, "\n");
		if (strncmp(s, start, strlen(start)) != 0 || !memmem(s, length, part, strlen(part)))
			continue;
		text_add(saw, saw->len > before ? _("; ") : "");
		text_addn(saw, s, length);
	}
	if (saw->len == before)
		text_say(saw, "there is none");
}

/* ---- interfaces ---- */

static const struct link *link_named(const struct network *network, const char *name, struct text *saw)
{
	cleanup_text struct text start = { 0 };
	const struct link *link = network_link_called(network, name);

	if (!link) {
		text_sayf(saw, "there is no interface %s", vis(name));
		return NULL;
	}
	text_addf(&start, "link %s:", vis(name));
	say_lines(network, text_of(&start), "", saw);
	return link;
}

bool predicate_link(const struct asked *asked, const char *const *words, struct text *saw)
{
	cleanup_network struct network network = { 0 };
	const char *state = words[3];

	if (!read_network(asked, &network, saw))
		return false;
	const struct link *link = link_named(&network, words[2], saw);
	if (strcmp(state, "absent") == 0 || strcmp(state, "present") == 0)
		return !link == (strcmp(state, "absent") == 0);
	return link && !(link->flags & IFF_UP) == (strcmp(state, "down") == 0);
}

bool predicate_link_port(const struct asked *asked, const char *const *words, struct text *saw)
{
	cleanup_network struct network network = { 0 };

	if (!read_network(asked, &network, saw))
		return false;
	const struct link *link = link_named(&network, words[2], saw);
	const struct link *master = link ? network_link(&network, link->master) : NULL;
	return master && strcmp(master->name, words[5]) == 0;
}

bool predicate_link_mtu(const struct asked *asked, const char *const *words, struct text *saw)
{
	cleanup_network struct network network = { 0 };
	uint64_t mtu;

	if (!read_network(asked, &network, saw))
		return false;
	const struct link *link = link_named(&network, words[2], saw);
	return link && parse_number(words[4], &mtu) && link->mtu == mtu;
}

/* A veth's other end, by its name and by the namespace that it is in. */
bool predicate_link_peer(const struct asked *asked, const char *const *words, struct text *saw)
{
	cleanup_network struct network network = { 0 };
	pid_t whom = pid_meant(asked, words[6]);

	if (!read_network(asked, &network, saw))
		return false;
	const struct link *link = link_named(&network, words[2], saw);
	if (!link || strcmp(link->type, "veth") != 0)
		return false;
	network_find_peers(asked->reading->pid, &network);
	const struct link *near = link->elsewhere < 0 ? network_link(&network, link->on) : NULL;
	const char *name = near ? near->name : link->peer_name ? link->peer_name : "";
	pid_t there = near ? asked->reading->pid : link->peer;
	text_sayf(saw, ", its other end is %s of process %d", *name ? vis(name) : "?", there);
	return whom && there && network_shared(whom, there) && strcmp(name, words[4]) == 0;
}

/* ---- addresses, routes, neighbours ---- */

static bool same_address(const struct address *a, const struct address *b)
{
	return a->size == b->size && a->prefix == b->prefix && memcmp(a->bytes, b->bytes, a->size) == 0;
}

/* fe80::/10, which the kernel adds by itself. */
static bool is_automatic(const struct address *address)
{
	return address->family == AF_INET6 && address->bytes[0] == 0xfe && (address->bytes[1] & 0xc0) == 0x80;
}

static bool is_wanted(const struct address *address, const char *const *wanted)
{
	struct address one;

	for (; *wanted; wanted++)
		if (address_parse(*wanted, &one) && same_address(&one, address))
			return true;
	return false;
}

/* Each address that is wanted, and no other but the automatic ones. */
bool predicate_addr(const struct asked *asked, const char *const *words, struct text *saw)
{
	cleanup_network struct network network = { 0 };
	cleanup_text struct text part = { 0 }, unused = { 0 };
	const char *const *wanted = &words[4]; /* of "none" there are none */
	size_t found = 0, count = 0;

	if (!read_network(asked, &network, saw))
		return false;
	const struct link *link = link_named(&network, words[2], &unused);
	if (!link) {
		text_add(saw, text_of(&unused));
		return false;
	}
	text_addf(&part, " on %s", vis(words[2]));
	say_lines(&network, "address ", text_of(&part), saw);
	for (size_t i = 0; i < network.address_count; i++) {
		const struct link_address *one = &network.addresses[i];
		if (one->index != link->index || is_automatic(&one->address))
			continue;
		if (!is_wanted(&one->address, wanted))
			return false;
		found++;
	}
	while (wanted[count])
		count++;
	return found == count;
}

static const struct route *route_to(const struct network *network, const char *word)
{
	struct address to = { .family = AF_INET, .size = 4 };

	if (strcmp(word, "default") != 0 && !address_parse(word, &to))
		return NULL;
	for (size_t i = 0; i < network->route_count; i++)
		if (same_address(&network->routes[i].to, &to) && network->routes[i].type == RTN_UNICAST)
			return &network->routes[i];
	return NULL;
}

bool predicate_route(const struct asked *asked, const char *const *words, struct text *saw)
{
	cleanup_network struct network network = { 0 };
	struct address via;

	if (!read_network(asked, &network, saw))
		return false;
	const struct route *route = route_to(&network, words[2]);
	say_lines(&network, "route ", "", saw);
	if (strcmp(words[3], "absent") == 0)
		return !route;
	if (strcmp(words[3], "dev") == 0) {
		const struct link *link = route ? network_link(&network, route->index) : NULL;
		return link && strcmp(link->name, words[4]) == 0;
	}
	return route && route->via.family && address_parse(words[4], &via) &&
	       memcmp(route->via.bytes, via.bytes, via.size) == 0;
}

bool predicate_neighbour(const struct asked *asked, const char *const *words, struct text *saw)
{
	cleanup_network struct network network = { 0 };
	struct address address;
	bool known = false, permanent = false;

	if (!read_network(asked, &network, saw) || !address_parse(words[2], &address))
		return false;
	for (size_t i = 0; i < network.neighbour_count; i++) {
		const struct neighbour *one = &network.neighbours[i];
		if (!same_address(&one->address, &address) || !one->has_mac ||
		    one->state & (NUD_FAILED | NUD_INCOMPLETE))
			continue;
		known = true;
		permanent = one->state & NUD_PERMANENT;
		text_sayf(saw, "its hardware address is %02x:%02x:%02x:%02x:%02x:%02x", one->mac[0], one->mac[1],
			  one->mac[2], one->mac[3], one->mac[4], one->mac[5]);
		if (permanent)
			text_say(saw, ", set for good");
	}
	if (!known)
		text_say(saw, "its hardware address is not known");
	if (strcmp(words[3], "permanent") == 0)
		return permanent;
	return known == (strcmp(words[3], "known") == 0);
}

/* ---- rules ---- */

/* Whether rules can be read; where nft(8) is missing nobody can tell. */
static bool read_rules(const struct asked *asked, struct network *ret, struct text *saw)
{
	if (!read_network(asked, ret, saw))
		return false;
	if (ret->rules_known == RULES_READ || ret->rules_known == RULES_NONE) {
		say_lines(ret, "rule ", "", saw);
		return true;
	}
	text_say(saw, "the rules of nftables cannot be read");
	return false;
}

bool predicate_rules(const struct asked *asked, const char *const *words, struct text *saw)
{
	cleanup_network struct network network = { 0 };
	uint64_t count;

	return read_rules(asked, &network, saw) && parse_number(words[2], &count) && network.rule_count == count;
}

bool predicate_rule(const struct asked *asked, const char *const *words, struct text *saw)
{
	cleanup_network struct network network = { 0 };
	bool present = false;

	if (!read_rules(asked, &network, saw))
		return false;
	for (size_t i = 0; i < network.rule_count; i++)
		present = present || strstr(network.rules[i].text, words[2]);
	return present == (strcmp(words[3], "present") == 0);
}
