/* The rows of a packet's journey, as a table and as JSON. */
#include "words/network/journey.h"

#include <jansson.h>
#include <netinet/in.h> /* before the kernel's own of the same */
#include <linux/netfilter.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/message.h"
#include "base/show/table.h"
#include "words/language/command.h"

const struct network *network_of(struct telling *telling, size_t place)
{
	struct error unread;

	/* What cannot be read is empty. */
	if (!telling->read[place]) {
		(void)!network_read(telling->places[place].pid, &telling->networks[place], &unread);
		telling->read[place] = true;
	}
	return &telling->networks[place];
}

static const struct nft_chain *chain_of(struct telling *telling, const struct trace_event *event, size_t *at)
{
	const struct network *network = network_of(telling, event->place);

	for (*at = 0; *at < network->chain_count; ++*at) {
		const struct nft_chain *chain = &network->chains[*at];
		if (strcmp(chain->table, event->table) == 0 && strcmp(chain->name, event->chain) == 0)
			return chain;
	}
	return NULL;
}

size_t rule_of(struct telling *telling, const struct trace_event *event, const struct rule **rule)
{
	const struct network *network = network_of(telling, event->place);
	size_t at, number = 0;

	*rule = NULL;
	if (!event->rule || !chain_of(telling, event, &at))
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

const char *link_name(struct telling *telling, size_t place, int index)
{
	const struct link *link = network_link(network_of(telling, place), index);

	return link ? link->name : "-";
}

/* The hook of its chain; Stave's own bear it in their names. */
static void add_hook(struct telling *telling, const struct trace_event *event, struct text *ret)
{
	size_t at;
	const struct nft_chain *chain = event->own ? NULL : chain_of(telling, event, &at);

	if (event->own)
		text_addf(ret, "%.*s", (int)strcspn(event->chain, "-"), event->chain);
	else
		text_addf(ret, "%s", chain && *chain->hook ? vis(chain->hook) : "-");
}

static const char *verdict_of(const struct trace_event *event)
{
	return event->verdict == NF_DROP ? "drop" : event->verdict == NF_ACCEPT ? "accept" : "continue";
}

static void add_side(const struct address *address, unsigned port, struct text *ret)
{
	char text[ADDRESS_TEXT];

	text_addf(ret, port && address->size == 16 ? "[%s]" : "%s", address_print(address, text));
	if (port)
		text_addf(ret, ":%u", port);
}

static void add_packet(const struct packet *packet, struct text *ret)
{
	if (!packet->known)
		return;
	text_add(ret, packet->protocol == IPPROTO_TCP ? "tcp " : packet->protocol == IPPROTO_UDP ? "udp " :
		 packet->protocol == IPPROTO_ICMP || packet->protocol == IPPROTO_ICMPV6 ? "icmp " : "");
	add_side(&packet->from, packet->sport, ret);
	text_add(ret, " -> ");
	add_side(&packet->to, packet->dport, ret);
}

/* The sides of a packet that are others than before: "-> 10.1.0.2:80". */
static void add_change(const struct packet *before, const struct packet *packet, struct text *ret)
{
	if (!packet->known || !before->known)
		return;
	if (!address_equal(&before->from, &packet->from) || before->sport != packet->sport) {
		add_side(&packet->from, packet->sport, ret);
		text_add(ret, " ->");
	}
	if (!address_equal(&before->to, &packet->to) || before->dport != packet->dport) {
		text_add(ret, ret->len ? " " : "-> ");
		add_side(&packet->to, packet->dport, ret);
	}
}

/* ---- the table ---- */

/* What the last row said. */
struct last {
	struct text hook, packet;
	const struct journey_pass *pass;
	struct packet seen;
};

/* Stave's own chains tell only where a packet has come to: said once a hook, and when its addresses are
 * others than before. A policy that lets it pass is as good as none. */
static bool is_told(const struct trace_event *event, const char *hook, const char *packet, const struct last *last)
{
	if (!event->own)
		return event->rule || (event->policy && event->verdict == NF_DROP);
	return strcmp(hook, text_of(&last->hook)) != 0 || (*packet && strcmp(packet, text_of(&last->packet)) != 0);
}

static void add_row(struct telling *telling, const struct trace_event *event, const char *hook, const char *packet,
		    struct table *table)
{
	const struct rule *rule;
	size_t number = rule_of(telling, event, &rule);

	table_add(table, "%s", vis(telling->places[event->place].name));
	table_add(table, "%s", vis(link_name(telling, event->place, event->out ? event->out : event->in)));
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

static void say(struct text *text, const char *s)
{
	text_clear(text);
	text_add(text, s);
}

static void tell_event(struct telling *telling, const struct journey_pass *pass, size_t number, struct last *last,
		       struct table *table)
{
	const struct trace_event *event = &telling->trace.events[number];
	cleanup_text struct text hook = { 0 }, packet = { 0 }, change = { 0 };

	if (pass != last->pass)
		say(&last->hook, "");
	last->pass = pass;
	add_hook(telling, event, &hook);
	add_packet(&event->packet, &packet);
	add_change(&last->seen, &event->packet, &change);
	if (!is_told(event, text_of(&hook), text_of(&packet), last))
		return;
	add_row(telling, event, text_of(&hook), text_of(pass ? &change : &packet), table);
	say(&last->hook, text_of(&hook));
	if (event->packet.known) {
		say(&last->packet, text_of(&packet));
		last->seen = event->packet;
	}
}

static void end_table(const struct telling *telling, struct last *last, struct table *table, struct text *ret)
{
	table_print(table, telling->context->color, 1, telling->context->columns, ret);
	table_done(table);
	text_done(&last->hook);
	text_done(&last->packet);
}

static void tell_all(struct telling *telling, struct text *ret)
{
	static const char *const head[] = { N_("NAMESPACE"), N_("DEV"), N_("HOOK"), N_("RULE"), N_("VERDICT"),
					    N_("PACKET"), NULL };
	struct table table = { .columns = 6 };
	struct last last = { 0 };

	table_head(&table, head);
	for (size_t i = 0; i < telling->trace.count; i++)
		tell_event(telling, NULL, i, &last, &table);
	end_table(telling, &last, &table, ret);
}

/* The packet as it was sent stands above, and beside a hook what it has become there. */
static void tell_part(struct telling *telling, enum journey_part part, struct text *ret)
{
	static const char *const head[] = { N_("NAMESPACE"), N_("DEV"), N_("HOOK"), N_("RULE"), N_("VERDICT"),
					    N_("BECOMES"), NULL };
	static const char *const titles[] = { N_("The packet: %s"), N_("Its answer: %s"), N_("An error: %s") };
	cleanup_text struct text packet = { 0 };
	const struct journey *journey = &telling->journey;
	struct table table = { .columns = 6 };
	struct last last = { 0 };

	table_head(&table, head);
	for (size_t i = 0; i < journey->count; i++) {
		const struct journey_pass *pass = &journey->passes[i];
		if (pass->part != part)
			continue;
		if (!packet.len)
			add_packet(&journey_in(&telling->trace, pass)->packet, &packet);
		for (size_t n = 0; n < pass->count; n++)
			tell_event(telling, pass, pass->events[n], &last, &table);
	}
	if (packet.len) {
		text_add(ret, ret->len ? "\n " : " ");
		text_addf(ret, _(titles[part]), text_of(&packet));
		text_add(ret, "\n");
		end_table(telling, &last, &table, ret);
	} else {
		table_done(&table);
	}
}

static void tell_events(struct telling *telling, struct text *ret)
{
	if (!(telling->listened ? telling->trace.count : telling->journey.count))
		table_note(N_("No packet came to any hook."), 1, telling->context->columns, ret);
	else if (telling->listened)
		tell_all(telling, ret);
	else
		for (enum journey_part part = JOURNEY_QUESTION; part <= JOURNEY_ERROR; part++)
			tell_part(telling, part, ret);
}

static void tell_unseen(const struct telling *telling, struct text *ret)
{
	char note[300];

	for (size_t i = 0; i < telling->count; i++) {
		if (!telling->places[i].unseen)
			continue;
		snprintf(note, sizeof(note), _("What happens in %s is not seen: %s."), vis(telling->places[i].name),
			 errno_name(telling->places[i].unseen));
		table_note(note, 1, telling->context->columns, ret);
	}
}

void journey_tell(struct telling *telling, const struct end *end, struct text *ret)
{
	cleanup_text struct text note = { 0 };

	tell_events(telling, ret);
	tell_unseen(telling, ret);
	if (!end->text.len)
		return;
	text_sayf(&note, "End: %s.", text_of(&end->text));
	text_add(ret, "\n");
	table_note(text_of(&note), 1, telling->context->columns, ret);
}

/* ---- for programs ---- */

static const char *const parts[] = { "question", "answer", "error" };

static json_t *event_json(struct telling *telling, const struct journey_pass *pass, size_t number)
{
	const struct trace_event *event = &telling->trace.events[number];
	cleanup_text struct text hook = { 0 }, packet = { 0 };
	const struct rule *rule;
	size_t at = rule_of(telling, event, &rule);

	add_hook(telling, event, &hook);
	add_packet(&event->packet, &packet);
	return json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:s, s:s}", "namespace",
			 vis(telling->places[event->place].name), "pid", (int)telling->places[event->place].pid,
			 "part", pass ? parts[pass->part] : "", "dev",
			 vis(link_name(telling, event->place, event->out ? event->out : event->in)), "hook", text_of(&hook),
			 "table", event->table, "chain", event->chain, "rule", (json_int_t)at, "handle",
			 (json_int_t)event->handle, "verdict", event->own ? "" : verdict_of(event), "packet",
			 text_of(&packet));
}

static json_t *events_json(struct telling *telling)
{
	const struct journey *journey = &telling->journey;
	json_t *ret = json_array();

	for (size_t i = 0; telling->listened && i < telling->trace.count; i++)
		json_array_append_new(ret, event_json(telling, NULL, i));
	for (size_t i = 0; i < journey->count; i++)
		for (size_t n = 0; n < journey->passes[i].count; n++)
			json_array_append_new(ret, event_json(telling, &journey->passes[i], journey->passes[i].events[n]));
	return ret;
}

char *journey_json(struct telling *telling, const struct end *end)
{
	char address[ADDRESS_TEXT];
	json_t *events = events_json(telling);
	json_t *all = json_pack("{s:o, s:s, s:s, s:s}", "events", events, "end", end->kind, "in",
				vis(telling->places[end->place].name), "of", parts[end->part]);

	if (end->chain)
		json_object_set_new(all, "chain", json_string(vis(end->chain)));
	if (end->rule)
		json_object_set_new(all, "rule", json_integer((json_int_t)end->rule));
	if (end->dev)
		json_object_set_new(all, "dev", json_string(vis(end->dev)));
	if (end->type)
		json_object_set_new(all, "type", json_string(end->type));
	if (end->address.family)
		json_object_set_new(all, "address", json_string(address_print(&end->address, address)));
	char *ret = json_dumps(all, JSON_INDENT(2));
	json_decref(all);
	if (!ret)
		out_of_memory();
	return ret;
}
