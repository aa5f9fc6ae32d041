/* Where a packet's journey ended, and why: what the last hook saw, and the rules, routes and links of that
 * place. left.c has those that left it. */
#include <errno.h>
#include <linux/if.h>
#include <linux/netfilter.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/error.h"
#include "base/message.h"
#include "words/network/journey.h"
#include "words/network/network.h"

const char *name_at(const struct telling *telling, size_t place)
{
	return telling->places[place].name;
}

bool ended(struct end *ret, const char *kind, size_t place)
{
	ret->kind = kind;
	ret->place = place;
	return true;
}

/* ---- dropped ---- */

static bool by_rule(struct telling *telling, const struct trace_event *event, enum journey_part part, struct end *ret)
{
	const char *place = name_at(telling, event->place), *chain = event->chain;
	const struct rule *rule;

	ret->rule = rule_of(telling, event, &rule);
	ret->chain = event->chain;
	ret->part = part;
	if (rule && part == JOURNEY_ANSWER)
		text_sayf(&ret->text, "the answer was dropped by rule %zu of chain %s in %s: %s", ret->rule, vis(chain), vis(place),
			  vis(rule->text));
	else if (rule)
		text_sayf(&ret->text, "dropped by rule %zu of chain %s in %s: %s", ret->rule, vis(chain), vis(place), vis(rule->text));
	else if (part == JOURNEY_ANSWER)
		text_sayf(&ret->text, "the answer was dropped by the policy of chain %s in %s", vis(chain), vis(place));
	else
		text_sayf(&ret->text, "dropped by the policy of chain %s in %s", vis(chain), vis(place));
	return ended(ret, event->rule ? "rule" : "policy", event->place);
}

static bool is_dropped(const struct trace_event *event)
{
	return event->verdict == NF_DROP && !event->own;
}

static bool end_dropped(struct telling *telling, struct end *ret)
{
	const struct journey *journey = &telling->journey;
	const struct trace *trace = &telling->trace;

	for (size_t i = trace->count; telling->listened && i-- > 0;)
		if (is_dropped(&trace->events[i]))
			return by_rule(telling, &trace->events[i], JOURNEY_QUESTION, ret);
	for (size_t i = 0; i < journey->count; i++) {
		const struct journey_pass *pass = &journey->passes[i];
		for (size_t n = 0; n < pass->count && pass->part != JOURNEY_ERROR; n++)
			if (is_dropped(&trace->events[pass->events[n]]))
				return by_rule(telling, &trace->events[pass->events[n]], pass->part, ret);
	}
	return false;
}

/* ---- answered ---- */

/* Who listens on the port there at another address; the packet's own is told by the reset. */
static const struct listener *other_listener(const struct network *network, const struct packet *packet)
{
	for (size_t i = 0; i < network->listener_count; i++)
		if (network->listeners[i].port == packet->dport &&
		    network->listeners[i].udp == (packet->protocol != IPPROTO_TCP))
			return &network->listeners[i];
	return NULL;
}

static bool end_refused(struct telling *telling, struct end *ret)
{
	const struct journey_pass *pass = journey_last(&telling->journey, JOURNEY_QUESTION);
	char to[ADDRESS_TEXT], only[ADDRESS_TEXT];
	struct error unread;

	ended(ret, "refused", pass ? pass->place : 0);
	if (!pass || pass->last != HOOK_INPUT) {
		text_sayf(&ret->text, "refused: nobody listens on port %u there", telling->probe->port);
		return true;
	}
	const struct packet *packet = &journey_out(&telling->trace, pass)->packet;
	struct network *network = &telling->networks[pass->place];
	network_of(telling, pass->place);
	(void)!network_find_listeners(telling->places[pass->place].pid, network, &unread);
	const struct listener *other = other_listener(network, packet);
	address_print(&packet->to, to);
	ret->address = packet->to;
	if (other)
		text_sayf(&ret->text, "refused: in %s port %u is open at %s alone, and the packet was for %s",
			  vis(name_at(telling, pass->place)), packet->dport, address_print(&other->address, only), to);
	else
		text_sayf(&ret->text, "refused: nobody listens on port %u in %s", packet->dport,
			  vis(name_at(telling, pass->place)));
	return true;
}

static bool end_answered(struct telling *telling, struct end *ret)
{
	const struct journey_pass *answer = journey_last(&telling->journey, JOURNEY_ANSWER);
	const struct journey_pass *error = journey_last(&telling->journey, JOURNEY_ERROR);
	bool returned = telling->code < 0 && journey_returned(&telling->journey);
	bool reset = answer && packet_is_reset(&journey_in(&telling->trace, answer)->packet);
	bool unwanted = error && packet_error(&journey_in(&telling->trace, error)->packet) == PACKET_REFUSED;

	/* The error tells it whether it came back or not. */
	if (telling->code == ECONNREFUSED || (returned && reset) || (telling->code != 0 && unwanted))
		return end_refused(telling, ret);
	if (telling->code != 0 && !returned)
		return false;
	text_say(&ret->text, "an answer came");
	return ended(ret, "answered", 0);
}

/* ---- no way ---- */

/* An interface that is down, and would lead there; without an address, one that may have had the route. */
static const struct link *find_down(const struct network *network, const struct address *to)
{
	for (size_t i = 0; i < network->address_count; i++) {
		const struct link *link = network_link(network, network->addresses[i].index);
		if (link && !(link->flags & (IFF_UP | IFF_LOOPBACK)) &&
		    (!to || address_overlaps(to, &network->addresses[i].address)))
			return link;
	}
	return NULL;
}

/* The route that says of the address that there is no way. */
static const struct route *closed_route(const struct network *network, const struct address *to)
{
	const struct route *ret = NULL;

	for (size_t i = 0; i < network->route_count; i++) {
		const struct route *route = &network->routes[i];
		if (address_overlaps(&route->to, to) && (!ret || route->to.prefix > ret->to.prefix))
			ret = route;
	}
	return ret && (ret->type == RTN_BLACKHOLE || ret->type == RTN_PROHIBIT || ret->type == RTN_UNREACHABLE) ? ret : NULL;
}

static bool no_way(struct telling *telling, size_t place, const struct address *to, enum journey_part part,
		   struct end *ret)
{
	const struct link *down = find_down(network_of(telling, place), to);
	const struct link *other = find_down(network_of(telling, place), NULL);
	const char *name = name_at(telling, place);
	char text[ADDRESS_TEXT];

	ret->part = part;
	ret->address = *to;
	address_print(to, text);
	if (down) {
		ret->dev = link_name(telling, place, down->index);
		text_sayf(&ret->text, "%s of %s, which leads to %s, is down", vis(ret->dev), vis(name), text);
		return ended(ret, "down", place);
	}
	const struct route *closed = closed_route(network_of(telling, place), to);
	ret->type = !closed ? NULL : closed->type == RTN_BLACKHOLE ? "blackhole" :
		    closed->type == RTN_PROHIBIT ? "prohibit" : "unreachable";
	if (closed)
		text_sayf(&ret->text, "%s has a route to %s that lets nothing pass (%s)", vis(name), address_print(&closed->to, text), ret->type);
	else if (part == JOURNEY_ANSWER)
		text_sayf(&ret->text, "the answer found no route from %s to %s", vis(name), text);
	else
		text_sayf(&ret->text, "no route from %s to %s", vis(name), text);
	if (other && !closed) {
		ret->dev = other->name;
		text_sayf(&ret->text, ": %s is down, and with it went its routes", vis(other->name));
	}
	return ended(ret, "route", place);
}

/* It was seen by no hook. */
static bool end_unsent(struct telling *telling, struct end *ret)
{
	const char *name = name_at(telling, 0);
	struct way way = { 0 };

	if (!telling->probe->to.family) {
		text_sayf(&ret->text, "no packet that asks for an answer left %s", vis(name));
		return ended(ret, "none", 0);
	}
	way_ask(telling->places[0].pid, &telling->probe->to, NULL, 0, &way);
	const struct link *link = network_link(network_of(telling, 0), way.index);
	if (way.code || telling->code == ENETUNREACH)
		return no_way(telling, 0, &telling->probe->to, JOURNEY_QUESTION, ret);
	if (link && !(link->flags & IFF_UP)) {
		ret->dev = link_name(telling, 0, way.index);
		text_sayf(&ret->text, "%s, by which it leaves, is down", vis(ret->dev));
		return ended(ret, "down", 0);
	}
	if (telling->code > 0)
		text_sayf(&ret->text, "the kernel says %s", errno_name(telling->code));
	else
		text_sayf(&ret->text, "no packet that asks for an answer left %s", vis(name));
	return ended(ret, telling->code > 0 ? "error" : "none", 0);
}

/* ---- it has come to a place ---- */

/* Whether a bridge was to hand it to another of its own ports: no forwarding is needed for that. */
static bool is_bridged(const struct network *network, const struct trace_event *event, const struct way *way)
{
	const struct link *in = network_link(network, event->in);

	return in && way->index == in->index && strcmp(in->type, "bridge") == 0;
}

/* It has come in, and was neither taken nor passed on. */
static bool end_came_in(struct telling *telling, const struct journey_pass *pass, struct end *ret)
{
	const struct trace_event *event = journey_out(&telling->trace, pass);
	const struct packet *packet = &event->packet;
	const char *name = name_at(telling, pass->place);
	const struct network *network = network_of(telling, pass->place);
	struct way way, back;

	way_ask(telling->places[pass->place].pid, &packet->to, NULL, 0, &way);
	ret->address = packet->to;
	if (!way.local && !is_bridged(network, event, &way) && end_outdated(telling, pass, ret))
		return true;
	if (!way.local && !is_bridged(network, event, &way) && network->forward[packet->to.size == 16] == 0) {
		text_sayf(&ret->text, "%s does not pass packets of others on: forwarding is off there", vis(name));
		return ended(ret, "forward", pass->place);
	}
	if (way.code)
		return no_way(telling, pass->place, &packet->to, pass->part, ret);
	way_ask(telling->places[pass->place].pid, &packet->to, &packet->from, event->in, &back);
	if (back.code == EXDEV) {
		text_sayf(&ret->text, "%s does not take it from %s: the way back there leads elsewhere (rp_filter)", vis(name),
			  vis(link_name(telling, pass->place, event->in)));
		return ended(ret, "source", pass->place);
	}
	text_sayf(&ret->text, "it came to %s and went no further", vis(name));
	return ended(ret, "silent", pass->place);
}

/* It was taken, and no answer was sent. */
static bool end_taken(struct telling *telling, const struct journey_pass *pass, struct end *ret)
{
	const struct packet *packet = &journey_out(&telling->trace, pass)->packet;
	char text[ADDRESS_TEXT];
	struct way back;

	way_ask(telling->places[pass->place].pid, &packet->from, NULL, 0, &back);
	if (pass->part == JOURNEY_QUESTION && back.code)
		return no_way(telling, pass->place, &packet->from, JOURNEY_ANSWER, ret);
	if (pass->part == JOURNEY_ANSWER && pass->place != telling->journey.passes[0].place) {
		ret->address = packet->to;
		text_sayf(&ret->text, "the answer came to %s: it has the address %s, and so has %s", vis(name_at(telling, pass->place)),
			  address_print(&packet->to, text), vis(name_at(telling, telling->journey.passes[0].place)));
		return ended(ret, "arrived", pass->place);
	}
	text_sayf(&ret->text, "it arrived in %s, and no program answered", vis(name_at(telling, pass->place)));
	return ended(ret, "arrived", pass->place);
}

/* What an error says that the state of the place does not. */
static bool end_by_error(struct telling *telling, struct end *ret)
{
	const struct journey_pass *pass = NULL, *last = journey_last(&telling->journey, JOURNEY_QUESTION);
	struct way way;

	for (size_t i = 0; !pass && i < telling->journey.count; i++)
		if (telling->journey.passes[i].part == JOURNEY_ERROR)
			pass = &telling->journey.passes[i];
	if (!pass || !last)
		return false;
	enum packet_error kind = packet_error(&journey_in(&telling->trace, pass)->packet);
	const struct packet *packet = &journey_out(&telling->trace, last)->packet;
	if (kind == PACKET_EXPIRED) {
		text_sayf(&ret->text, "%s threw it away: too many machines have passed it on", vis(name_at(telling, pass->place)));
		return ended(ret, "hops", pass->place);
	}
	way_ask(telling->places[pass->place].pid, &packet->to, NULL, 0, &way);
	const struct link *link = network_link(network_of(telling, pass->place), way.index);
	return kind == PACKET_TOO_BIG && link && end_too_long(telling, pass->place, link, packet->length, ret);
}

static void end_on_the_way(struct telling *telling, struct end *ret)
{
	const struct journey_pass *pass = journey_last(&telling->journey, JOURNEY_ANSWER);

	if (!pass)
		pass = journey_last(&telling->journey, JOURNEY_QUESTION);
	if (!pass) {
		end_unsent(telling, ret);
		return;
	}
	if (end_by_error(telling, ret))
		return;
	ret->part = pass->part;
	switch (pass->last) {
	case HOOK_PREROUTING:
		end_came_in(telling, pass, ret);
		return;
	case HOOK_INPUT:
		end_taken(telling, pass, ret);
		return;
	case HOOK_POSTROUTING:
		end_left(telling, pass, ret);
		return;
	case HOOK_OUTPUT:
	case HOOK_FORWARD:
		text_sayf(&ret->text, "it came to %s and went no further", vis(name_at(telling, pass->place)));
		ended(ret, "silent", pass->place);
	}
}

void journey_end(struct telling *telling, struct end *ret)
{
	*ret = (struct end){ .kind = "listened" };
	if (end_dropped(telling, ret) || telling->listened)
		return;
	if (!end_answered(telling, ret))
		end_on_the_way(telling, ret);
}
