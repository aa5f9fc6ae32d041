/* Why a packet that left a network namespace came to nobody: the interface, the other end of its wire, and the
 * neighbour that it had to be handed to. */
#include <linux/if.h>
#include <linux/neighbour.h>
#include <string.h>

#include "words/language/command.h"
#include "words/network/journey.h"
#include "words/network/network.h"

enum { TAG_BYTES = 4 /* a wire takes a VLAN's tag more than its MTU says */ };

struct far_end {
	const struct link *near, *link; /* link: NULL where it is not seen */
	const struct network *network;
	size_t place;
};

static bool is_wire(const struct link *link)
{
	return link && strcmp(link->type, "veth") == 0;
}

static struct far_end far_end_of(struct telling *telling, size_t place, int index)
{
	struct network *network = &telling->networks[place];
	struct far_end ret = { .near = network_link(network_of(telling, place), index) };

	if (!is_wire(ret.near))
		return ret;
	if (ret.near->elsewhere < 0) {
		ret.place = place;
		ret.network = network;
		ret.link = network_link(network, ret.near->on);
		return ret;
	}
	network_find_peers(telling->places[place].pid, network);
	for (size_t i = 0; ret.near->peer && i < telling->count; i++) {
		if (!network_shared(ret.near->peer, telling->places[i].pid))
			continue;
		ret.place = i;
		ret.network = network_of(telling, i);
		ret.link = network_link(ret.network, ret.near->on);
	}
	return ret;
}

static bool end_down(struct telling *telling, const struct far_end *far, size_t place, struct end *ret)
{
	const struct link *master = far->link ? network_link(far->network, far->link->master) : NULL;
	const struct link *down = far->link && !(far->link->flags & IFF_UP) ? far->link :
				  master && !(master->flags & IFF_UP) ? master : NULL;

	if (far->near && !(far->near->flags & IFF_UP)) {
		ret->dev = link_name(telling, place, far->near->index);
		text_sayf(&ret->text, "%s, by which it leaves, is down", vis(ret->dev));
		return ended(ret, "down", place);
	}
	if (!down)
		return false;
	ret->dev = link_name(telling, far->place, down->index);
	if (down == far->link)
		text_sayf(&ret->text, "%s of %s is down: the other end of %s", vis(ret->dev), vis(name_at(telling, far->place)),
			  vis(link_name(telling, place, far->near->index)));
	else
		text_sayf(&ret->text, "the bridge %s of %s is down", vis(ret->dev), vis(name_at(telling, far->place)));
	return ended(ret, "down", far->place);
}

bool end_too_long(struct telling *telling, size_t place, const struct link *link, uint32_t length, struct end *ret)
{
	ret->dev = link_name(telling, place, link->index);
	text_sayf(&ret->text, "too long: %s of %s takes packets of %u bytes (its MTU), and this one has %u", vis(ret->dev),
		  vis(name_at(telling, place)), link->mtu, length);
	return ended(ret, "mtu", place);
}

/* The neighbour that it had to be handed to has not answered. */
static bool is_silent(const struct network *network, int index, const struct address *next)
{
	const struct neighbour *known = network_neighbour(network, index, next);

	return known && known->state & (NUD_FAILED | NUD_INCOMPLETE);
}

static bool has_address(const struct network *network, const struct address *wanted)
{
	for (size_t i = 0; i < network->address_count; i++)
		if (address_equal(&network->addresses[i].address, wanted))
			return true;
	return false;
}

static bool has_mac(const struct network *network, const unsigned char *mac)
{
	for (size_t i = 0; i < network->link_count; i++)
		if (network->links[i].has_mac && memcmp(network->links[i].mac, mac, sizeof(network->links[i].mac)) == 0)
			return true;
	return false;
}

/* Whether all that the wire leads to is seen: its other end alone, or the ends of all ports of a bridge. */
static bool is_all_seen(struct telling *telling, const struct far_end *far)
{
	if (!far->link || !far->link->master)
		return far->link;
	for (size_t i = 0; i < far->network->link_count; i++) {
		const struct link *port = &far->network->links[i];
		if (port->master != far->link->master)
			continue;
		struct far_end end = far_end_of(telling, far->place, port->index);
		if (!end.link || end.link->master)
			return false;
	}
	return true;
}

/* Whose the address is here; false: nobody's. */
static bool owner_of(struct telling *telling, const struct address *wanted, size_t *place, int *index)
{
	for (*place = 0; *place < telling->count; ++*place) {
		const struct network *network = network_of(telling, *place);
		for (size_t n = 0; n < network->address_count; n++) {
			*index = network->addresses[n].index;
			if (address_equal(&network->addresses[n].address, wanted))
				return true;
		}
	}
	return false;
}

/* Who has the address is cut off: its interface, or the other end of the wire, is down. */
static bool end_cut_off(struct telling *telling, const struct address *next, struct end *ret)
{
	size_t owner;
	int index;

	if (!owner_of(telling, next, &owner, &index))
		return false;
	struct far_end end = far_end_of(telling, owner, index);
	bool near = end.near && !(end.near->flags & IFF_UP);
	if (!near && (!end.link || end.link->flags & IFF_UP))
		return false;
	size_t place = near ? owner : end.place;
	ret->dev = link_name(telling, place, near ? index : end.link->index);
	text_sayf(&ret->text, "%s of %s, by which %s is reached, is down", vis(ret->dev), vis(name_at(telling, place)),
		  vis(name_at(telling, owner)));
	return ended(ret, "down", place);
}

static bool end_silent(struct telling *telling, const struct far_end *far, size_t place, const struct trace_event *event,
		       struct end *ret)
{
	const char *name = name_at(telling, place);
	char text[ADDRESS_TEXT];
	struct way way;
	size_t owner;
	int index;

	way_ask(telling->places[place].pid, &event->packet.to, NULL, 0, &way);
	const struct address *next = way.gateway.family ? &way.gateway : &event->packet.to;
	if (!is_silent(network_of(telling, place), event->out, next))
		return false;
	ret->address = *next;
	if (end_cut_off(telling, next, ret))
		return true;
	ret->dev = link_name(telling, place, event->out);
	address_print(next, text);
	if (next->size == 16)
		text_sayf(&ret->text, "no answer to neighbour discovery for %s on %s of %s", text, vis(ret->dev), vis(name));
	else
		text_sayf(&ret->text, "no answer to ARP for %s on %s of %s", text, vis(ret->dev), vis(name));
	if (far->link && (far->link->flags & IFF_NOARP))
		text_sayf(&ret->text, ": %s of %s has ARP switched off", vis(link_name(telling, far->place, far->link->index)),
			  vis(name_at(telling, far->place)));
	else if (is_all_seen(telling, far) && !owner_of(telling, next, &owner, &index))
		text_say(&ret->text, ": no interface here has that address");
	return ended(ret, "neighbour", place);
}

/* What it was handed to, an address that was found out earlier or set by hand, is nobody's. */
static bool end_mistaken(struct telling *telling, const struct far_end *far, size_t place, const struct trace_event *event,
			 struct end *ret)
{
	char text[ADDRESS_TEXT];
	struct way way;

	way_ask(telling->places[place].pid, &event->packet.to, NULL, 0, &way);
	const struct address *next = way.gateway.family ? &way.gateway : &event->packet.to;
	const struct neighbour *known = network_neighbour(network_of(telling, place), event->out, next);
	if (!known || !known->has_mac || !is_all_seen(telling, far))
		return false;
	for (size_t i = 0; i < telling->count; i++)
		if (has_mac(network_of(telling, i), known->mac))
			return false;
	const unsigned char *mac = known->mac;
	ret->dev = link_name(telling, place, event->out);
	ret->address = *next;
	text_sayf(&ret->text, "the neighbour table of %s has the hardware address %02x:%02x:%02x:%02x:%02x:%02x for %s, and no interface here has it",
		  vis(name_at(telling, place)), mac[0], mac[1], mac[2], mac[3], mac[4], mac[5], address_print(next, text));
	return ended(ret, "neighbour", place);
}

bool end_left(struct telling *telling, const struct journey_pass *pass, struct end *ret)
{
	const struct trace_event *event = journey_out(&telling->trace, pass);
	struct far_end far = far_end_of(telling, pass->place, event->out);
	const char *name = name_at(telling, pass->place), *dev = link_name(telling, pass->place, event->out);
	cleanup_text struct text whose = { 0 };

	if (end_down(telling, &far, pass->place, ret))
		return true;
	if (far.link && event->packet.length > far.link->mtu + TAG_BYTES)
		return end_too_long(telling, far.place, far.link, event->packet.length, ret);
	if (end_silent(telling, &far, pass->place, event, ret) || end_mistaken(telling, &far, pass->place, event, ret))
		return true;
	ret->dev = dev;
	if (is_wire(far.near) && (far.near->flags & IFF_NOARP)) {
		text_sayf(&ret->text, "%s of %s has ARP switched off, and asks nobody for a hardware address", vis(dev), vis(name));
		return ended(ret, "neighbour", pass->place);
	}
	if (!far.link && is_wire(far.near)) {
		network_whose(telling->context, far.near, &whose);
		text_sayf(&ret->text, "it left %s by %s for %s, and no answer came", vis(name), vis(dev), text_of(&whose));
	} else {
		text_sayf(&ret->text, "it left %s by %s, and no answer came", vis(name), vis(dev));
	}
	return ended(ret, "silent", pass->place);
}

/* The pass that handed it to this one: each machine takes one of its hops, a bridge between them none. */
static const struct journey_pass *handed_by(const struct telling *telling, const struct journey_pass *pass)
{
	unsigned hops = journey_in(&telling->trace, pass)->packet.hops;
	const struct journey_pass *ret = NULL;

	for (const struct journey_pass *at = telling->journey.passes; at < pass; at++)
		if (at->part == pass->part && at->place != pass->place &&
		    (at->first == HOOK_OUTPUT || journey_in(&telling->trace, at)->packet.hops > hops))
			ret = at;
	return ret;
}

/* It was meant for an address that this place does not have: whoever handed it on knows that address by a
 * hardware address which it found out earlier, arp(7). */
bool end_outdated(struct telling *telling, const struct journey_pass *pass, struct end *ret)
{
	const struct packet *packet = &journey_in(&telling->trace, pass)->packet;
	const struct journey_pass *from = handed_by(telling, pass);
	const struct network *here = network_of(telling, pass->place);
	char text[ADDRESS_TEXT];
	struct way way;

	if (!from || !address_equal(&packet->to, &journey_out(&telling->trace, pass)->packet.to))
		return false;
	way_ask(telling->places[from->place].pid, &packet->to, NULL, 0, &way);
	const struct address *next = way.gateway.family ? &way.gateway : &packet->to;
	const struct neighbour *known = network_neighbour(network_of(telling, from->place), way.index, next);
	if (way.code || !known || !known->has_mac || !has_mac(here, known->mac) || has_address(here, next))
		return false;
	ret->dev = link_name(telling, from->place, way.index);
	ret->address = *next;
	text_sayf(&ret->text, "%s does not have the address %s; the neighbour table of %s still has the hardware address of %s for it",
		  vis(name_at(telling, pass->place)), address_print(next, text), vis(name_at(telling, from->place)),
		  vis(name_at(telling, pass->place)));
	for (size_t i = 0; i < telling->count; i++)
		if (has_address(network_of(telling, i), next)) {
			text_sayf(&ret->text, "; %s has it now", vis(name_at(telling, i)));
			break;
		}
	return ended(ret, "neighbour", from->place);
}
