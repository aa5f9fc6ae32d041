/* net trace: the way of one packet through the network namespace, hook by hook, and where it ended. */
#include <errno.h>
#include <jansson.h>
#include <netinet/in.h> /* before the kernel's own of the same */
#include <linux/if.h>
#include <linux/neighbour.h>
#include <linux/netfilter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/message.h"
#include "base/show/table.h"
#include "base/text.h"
#include "snapshot/network/network.h"
#include "snapshot/network/trace.h"
#include "words/network/rules.h"

enum { PROBE_SECONDS = 4 /* three questions for a neighbour's address, a second each, and a rest */ };

/* A trace and the network that it went through. */
struct telling {
	const struct trace *trace;
	const struct network *network;
	const struct probe *probe;
	const char *title; /* of the namespace */
};

/* Where the packet ended. kind is for programs. */
struct end {
	const char *kind;
	char text[300];
};

/* ---- what is asked for ---- */

/* ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT */
static int read_target(const struct words *words, struct probe *probe, struct error *err)
{
	const char *s = words_arg(words, 2), *colon = s ? strrchr(s, ':') : NULL;
	bool port = probe->protocol != IPPROTO_ICMP;
	char host[ADDRESS_TEXT];
	unsigned number = 0;

	if (!s)
		return fail_arg(err, ERR_ARGUMENT_MISSING, words, 1, "%s needs an address", words->args[1].s);
	if (port && !colon) {
		fail_arg(err, ERR_NETWORK_PORT, words, 2, "%s: the port is missing", vis(s));
		return fail_fix(err, "as in 10.0.0.2:80 or [fd00::2]:80");
	}
	if (port && rule_port(words, 2, colon + 1, &number, err) < 0)
		return -1;
	probe->port = (uint16_t)number;
	int length = port ? (int)(colon - s) : (int)strlen(s);
	bool bracket = port && length > 2 && s[0] == '[' && s[length - 1] == ']';
	snprintf(host, sizeof(host), "%.*s", bracket ? length - 2 : length, bracket ? s + 1 : s);
	if (address_parse(host, &probe->to) && !strchr(host, '/'))
		return 0;
	fail_arg(err, ERR_NETWORK_ADDRESS, words, 2, "%s: not a valid address", vis(s));
	return fail_fix(err, "as in 10.0.0.2:80 or [fd00::2]:80");
}

static int read_probe(const struct words *words, struct probe *probe, struct error *err)
{
	static const struct { const char *name; int protocol; } kinds[] = {
		{ "icmp", IPPROTO_ICMP }, { "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP },
	};
	uint64_t seconds = PROBE_SECONDS;

	for (size_t i = 0; i < COUNT(kinds); i++)
		if (strcmp(words->args[1].s, kinds[i].name) == 0) {
			*probe = (struct probe){ .protocol = kinds[i].protocol, .seconds = PROBE_SECONDS };
			return read_target(words, probe, err);
		}
	if (words->count > 2 && (!parse_number(words->args[2].s, &seconds) || !seconds || seconds > 60))
		return fail_arg(err, ERR_ARGUMENT_NUMBER, words, 2, "%s: not a number of seconds, 1 to 60",
				vis(words->args[2].s));
	*probe = (struct probe){ .seconds = (unsigned)seconds };
	return 0;
}

/* ---- what it met ---- */

static const struct nft_chain *chain_of(const struct network *network, const struct trace_event *event, size_t *at)
{
	for (*at = 0; *at < network->chain_count; ++*at) {
		const struct nft_chain *chain = &network->chains[*at];
		if (strcmp(chain->table, event->table) == 0 && strcmp(chain->name, event->chain) == 0)
			return chain;
	}
	return NULL;
}

/* The hook of its chain; Stave's own bear it in their names. */
static void add_hook(const struct telling *telling, const struct trace_event *event, struct text *ret)
{
	size_t at;
	const struct nft_chain *chain = chain_of(telling->network, event, &at);

	if (event->own)
		text_addf(ret, "%.*s", (int)strcspn(event->chain, "-"), event->chain);
	else
		text_addf(ret, "%s", chain && *chain->hook ? vis(chain->hook) : "-");
}

/* The rule's number in its chain, as net shows it; 0 for none. */
static size_t rule_of(const struct network *network, const struct trace_event *event, const struct rule **rule)
{
	size_t at, number = 0;

	*rule = NULL;
	if (!event->rule || !chain_of(network, event, &at))
		return 0;
	for (size_t i = 0; i < network->rule_count; i++) {
		number += network->rules[i].chain == at;
		if (network->rules[i].chain == at && network->rules[i].handle == event->handle) {
			*rule = &network->rules[i];
			return number;
		}
	}
	return 0;
}

static const char *verdict_of(const struct trace_event *event)
{
	return event->verdict == NF_DROP ? "drop" : event->verdict == NF_ACCEPT ? "accept" : "continue";
}

static void add_end_of_packet(const struct address *address, unsigned port, struct text *ret)
{
	char text[ADDRESS_TEXT];

	text_addf(ret, port && address->size == 16 ? "[%s]" : "%s", address_print(address, text));
	if (port)
		text_addf(ret, ":%u", port);
}

static void add_packet(const struct trace_event *event, struct text *ret)
{
	if (!event->has_packet)
		return;
	text_add(ret, event->protocol == IPPROTO_TCP ? "tcp " : event->protocol == IPPROTO_UDP ? "udp " :
		 event->protocol == IPPROTO_ICMP || event->protocol == IPPROTO_ICMPV6 ? "icmp " : "");
	add_end_of_packet(&event->from, event->sport, ret);
	text_add(ret, " -> ");
	add_end_of_packet(&event->to, event->dport, ret);
}

static const char *name_of(const struct network *network, int index)
{
	const struct link *link = network_link(network, index);

	return link ? vis(link->name) : "-";
}

/* Stave's own chains tell only where a packet has come to: said once a hook, and when its addresses are
 * others than before. */
static bool is_told(const struct trace_event *event, const char *hook, const char *before, const char *packet,
		    const char *last)
{
	if (!event->own)
		return event->rule || event->policy;
	return strcmp(hook, before) != 0 || (*packet && strcmp(packet, last) != 0);
}

static void add_row(const struct telling *telling, const struct trace_event *event, const char *hook,
		    const char *packet, struct table *table)
{
	const struct rule *rule;
	size_t number = rule_of(telling->network, event, &rule);

	table_add(table, "%s", telling->title);
	table_add(table, "%s", name_of(telling->network, event->out ? event->out : event->in));
	table_add(table, "%s", hook);
	if (number)
		table_add(table, "%zu of %s", number, vis(event->chain));
	else if (event->own)
		table_add(table, "-");
	else
		table_add(table, _("policy of %s"), vis(event->chain));
	table_add(table, "%s", event->own ? "-" : verdict_of(event));
	table_add(table, "%s", packet);
}

static void tell_events(const struct context *context, const struct telling *telling, struct text *ret)
{
	static const char *const head[] = { N_("NAMESPACE"), N_("DEV"), N_("HOOK"), N_("RULE"), N_("VERDICT"),
					    N_("PACKET"), NULL };
	cleanup_text struct text before = { 0 }, last = { 0 };
	struct table table = { .columns = 6 };

	table_head(&table, head);
	for (size_t i = 0; i < telling->trace->count; i++) {
		const struct trace_event *event = &telling->trace->events[i];
		cleanup_text struct text hook = { 0 }, packet = { 0 };
		add_hook(telling, event, &hook);
		add_packet(event, &packet);
		if (!is_told(event, text_of(&hook), text_of(&before), text_of(&packet), text_of(&last)))
			continue;
		add_row(telling, event, text_of(&hook), text_of(&packet), &table);
		text_clear(&before);
		text_add(&before, text_of(&hook));
		if (packet.len) {
			text_clear(&last);
			text_add(&last, text_of(&packet));
		}
	}
	if (telling->trace->count)
		table_print(&table, context->color, 1, context->columns, ret);
	table_done(&table);
}

/* ---- where it ended ---- */

/* Not a packet of somebody else's to the same address, where the protocol tells the two apart. */
static bool is_probes(const struct probe *probe, const struct trace_event *event)
{
	int protocol = event->protocol == IPPROTO_ICMPV6 ? IPPROTO_ICMP : event->protocol;

	return !probe->protocol || !event->has_packet || protocol == probe->protocol;
}

static const struct trace_event *dropped(const struct telling *telling)
{
	const struct trace *trace = telling->trace;

	for (size_t i = trace->count; i-- > 0;)
		if (trace->events[i].verdict == NF_DROP && !trace->events[i].own &&
		    is_probes(telling->probe, &trace->events[i]))
			return &trace->events[i];
	return NULL;
}

static struct end end_by_rule(const struct telling *telling, const struct trace_event *event)
{
	struct end ret = { .kind = event->rule ? "rule" : "policy" };
	const struct rule *rule;
	size_t number = rule_of(telling->network, event, &rule);

	if (rule)
		snprintf(ret.text, sizeof(ret.text), _("dropped by rule %zu of chain %s in %s: %s"), number,
			 vis(event->chain), telling->title, vis(rule->text));
	else
		snprintf(ret.text, sizeof(ret.text), _("dropped by the policy of chain %s in %s"), vis(event->chain),
			 telling->title);
	return ret;
}

/* The neighbour that the packet had to be handed to, and the interface. */
struct hop {
	const struct address *next;
	int index;
};

/* By its route, unless a rule has led the packet to another address and so to another way. */
static struct hop find_hop(const struct telling *telling)
{
	const struct trace *trace = telling->trace;
	const struct trace_event *first = NULL, *last = NULL;

	for (size_t i = 0; i < trace->count; i++) {
		const struct trace_event *event = &trace->events[i];
		if (!event->has_packet || !event->out || !is_probes(telling->probe, event))
			continue;
		first = first ? first : event;
		last = event->id == first->id && event->sport == first->sport ? event : last;
	}
	if (last && memcmp(last->to.bytes, telling->probe->to.bytes, sizeof(last->to.bytes)) != 0)
		return (struct hop){ &last->to, last->out };
	return (struct hop){ trace->gateway.family ? &trace->gateway : &telling->probe->to, trace->route_index };
}

/* Whether that neighbour has not answered. */
static bool is_silent(const struct telling *telling, const struct hop *hop)
{
	const struct address *next = hop->next;

	for (size_t i = 0; i < telling->network->neighbour_count; i++) {
		const struct neighbour *one = &telling->network->neighbours[i];
		if (one->index == hop->index && one->address.size == next->size &&
		    memcmp(one->address.bytes, next->bytes, next->size) == 0)
			return one->state & (NUD_FAILED | NUD_INCOMPLETE);
	}
	return false;
}

static struct end end_on_the_way(const struct telling *telling)
{
	const struct trace *trace = telling->trace;
	const struct hop hop = find_hop(telling);
	const struct link *link = network_link(telling->network, hop.index);
	char to[ADDRESS_TEXT], by[ADDRESS_TEXT];
	struct end ret = { .kind = "silent" };

	address_print(&telling->probe->to, to);
	address_print(hop.next, by);
	if (trace->route_code || trace->code == ENETUNREACH) {
		ret.kind = "route";
		snprintf(ret.text, sizeof(ret.text), _("no route from %s to %s"), telling->title, to);
	} else if (link && !(link->flags & IFF_UP)) {
		ret.kind = "down";
		snprintf(ret.text, sizeof(ret.text), _("%s, by which it leaves, is down"), vis(link->name));
	} else if (is_silent(telling, &hop)) {
		ret.kind = "neighbour";
		snprintf(ret.text, sizeof(ret.text), telling->probe->to.size == 16 ?
			 _("no answer to neighbour discovery for %s on %s") : _("no answer to ARP for %s on %s"), by,
			 name_of(telling->network, hop.index));
	} else if (trace->code == ETIMEDOUT) {
		snprintf(ret.text, sizeof(ret.text), _("it left by %s, and no answer came"),
			 name_of(telling->network, hop.index));
	} else {
		ret.kind = "error";
		snprintf(ret.text, sizeof(ret.text), _("the kernel says %s"), errno_name(trace->code));
	}
	return ret;
}

static struct end find_end(const struct telling *telling)
{
	const struct trace_event *event = dropped(telling);
	struct end ret = { .kind = "answered" };

	if (!telling->probe->protocol) {
		ret.kind = event ? "rule" : "listened";
		return event ? end_by_rule(telling, event) : ret;
	}
	if (telling->trace->code == 0)
		snprintf(ret.text, sizeof(ret.text), "%s", _("an answer came"));
	else if (telling->trace->code == ECONNREFUSED) {
		ret.kind = "refused";
		snprintf(ret.text, sizeof(ret.text), _("refused: nobody listens on port %u there"), telling->probe->port);
	} else {
		return event ? end_by_rule(telling, event) : end_on_the_way(telling);
	}
	return ret;
}

/* ---- for programs ---- */

static json_t *event_json(const struct telling *telling, const struct trace_event *event)
{
	cleanup_text struct text hook = { 0 }, packet = { 0 };
	const struct rule *rule;
	size_t number = rule_of(telling->network, event, &rule);

	add_hook(telling, event, &hook);
	add_packet(event, &packet);
	return json_pack("{s:i, s:s, s:s, s:s, s:s, s:I, s:I, s:s, s:s}", "pid", (int)event->pid, "dev",
			 name_of(telling->network, event->out ? event->out : event->in), "hook", text_of(&hook),
			 "table", event->table, "chain", event->chain, "rule", (json_int_t)number, "handle",
			 (json_int_t)event->handle, "verdict", event->own ? "" : verdict_of(event), "packet",
			 text_of(&packet));
}

static int tell_json(const struct telling *telling, const struct end *end, struct text *ret, struct error *err)
{
	json_t *all = json_object(), *events = json_array();

	for (size_t i = 0; i < telling->trace->count; i++)
		json_array_append_new(events, event_json(telling, &telling->trace->events[i]));
	json_object_set_new(all, "events", events);
	json_object_set_new(all, "end", json_string(end->kind));
	char *text = json_dumps(all, JSON_INDENT(2));
	json_decref(all);
	if (!text)
		return fail(err, ENOMEM, "json_dumps");
	text_addf(ret, "%s\n", text);
	free(text);
	return 0;
}

int net_trace(const struct context *context, const struct words *words, struct text *ret,
	      struct error *err)
{
	cleanup_network struct network network = { 0 };
	cleanup_trace struct trace trace = { 0 };
	struct probe probe;
	struct telling telling = { &trace, &network, &probe, context->name ? context->name : _("the child") };

	if (read_probe(words, &probe, err) < 0 ||
	    refuse_shared(context, words, NS_NET, _("tracing packets"), err) < 0 ||
	    trace_take(context->pid, &probe, &trace, err) < 0 || network_read(context->pid, &network, err) < 0)
		return -1;
	struct end end = find_end(&telling);
	if (words_flag(words, "--json"))
		return tell_json(&telling, &end, ret, err);
	tell_events(context, &telling, ret);
	if (!trace.count)
		table_note("No packet came to any hook.", 1, context->columns, ret);
	if (end.text[0]) {
		char note[400];
		snprintf(note, sizeof(note), _("End: %s."), end.text);
		text_add(ret, "\n");
		table_note(note, 1, context->columns, ret);
	}
	return 0;
}
