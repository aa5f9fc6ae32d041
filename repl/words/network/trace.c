/* net trace: the way of one packet from network namespace to network namespace, hook by hook, and where it
 * ended. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "words/network/journey.h"
#include "words/network/network.h"
#include "words/network/rules.h"

enum { PROBE_SECONDS = 4 /* three questions for a neighbour's address, a second each, and a rest */ };

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
		return fail_fix(err, "as in %s", _("10.0.0.2:80 or [fd00::2]:80"));
	}
	if (port && rule_port(words, 2, colon + 1, &number, err) < 0)
		return -1;
	probe->port = (uint16_t)number;
	int length = port ? (int)(colon - s) : (int)strlen(s);
	bool bracket = port && length > 2 && s[0] == '[' && s[length - 1] == ']';
	snprintf(host, sizeof(host), "%.*s", bracket ? length - 2 : length, bracket ? s + 1 : s);
	if (address_parse(host, &probe->to) && !strchr(host, '/')) {
		if (!address_is_none(&probe->to))
			return 0;
		fail_arg(err, ERR_NETWORK_ADDRESS, words, 2, "%s: stands for no address", vis(s));
		return fail_fix(err, "as in %s", port ? _("10.0.0.2:80 or [fd00::2]:80") : "10.0.0.2");
	}
	fail_arg(err, ERR_NETWORK_ADDRESS, words, 2, "%s: not a valid address", vis(s));
	return fail_fix(err, "as in %s", port ? _("10.0.0.2:80 or [fd00::2]:80") : _("10.0.0.2 or fd00::2: icmp has no ports"));
}

static const struct { const char *name; int protocol; } kinds[] = {
	{ "icmp", IPPROTO_ICMP }, { "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP },
};

static int read_probe(const struct words *words, struct probe *probe, struct error *err)
{
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

/* ---- where it may come through ---- */

/* The session's network namespaces, each once: not the host's, whose packets are not Stave's to look at. */
static void add_place(struct telling *telling, size_t *room, pid_t pid, const char *name)
{
	if (!pid || network_shared(pid, getpid()))
		return;
	for (size_t i = 0; i < telling->count; i++)
		if (network_shared(pid, telling->places[i].pid))
			return;
	LIST_ROOM(telling->places, telling->count, *room);
	telling->places[telling->count++] = (struct trace_place){ .pid = pid, .name = name };
}

static void find_places(const struct context *context, bool alone, struct telling *telling)
{
	size_t room = 0;
	const char *name;
	pid_t pid;

	add_place(telling, &room, context->pid, context->name ? context->name : _("the child"));
	for (size_t i = 0; !alone && context->sibling && (name = context->sibling(context, i, &pid)); i++)
		add_place(telling, &room, pid, name);
	for (size_t i = 0; !alone && context->container && (name = context->container(context, i, &pid)); i++)
		add_place(telling, &room, pid, name);
}

static void telling_begin(const struct context *context, const struct probe *probe, struct telling *ret)
{
	*ret = (struct telling){ .context = context, .probe = probe, .listened = probe->seconds && !probe->protocol, .code = -1 };
	find_places(context, ret->listened, ret);
	ret->networks = calloc(ret->count + 1, sizeof(*ret->networks));
	ret->read = calloc(ret->count + 1, sizeof(*ret->read));
	if (!ret->networks || !ret->read)
		out_of_memory();
}

static void telling_done(struct telling *telling)
{
	for (size_t i = 0; i < telling->count; i++)
		if (telling->read[i])
			network_done(&telling->networks[i]);
	journey_done(&telling->journey);
	trace_done(&telling->trace);
	free(telling->networks);
	free(telling->places);
	free(telling->read);
}

/* ---- which packet ---- */

/* A packet of the probe's. */
static bool is_probes(const struct probe *probe, const struct packet *packet)
{
	int protocol = packet->protocol == IPPROTO_ICMPV6 ? IPPROTO_ICMP : packet->protocol;

	return !probe->protocol || (protocol == probe->protocol && packet->dport == probe->port &&
				    address_equal(&packet->to, &probe->to));
}

/* The first that asked for something and did not come back, else the first. */
static void find_asked(struct telling *telling)
{
	const struct trace *trace = &telling->trace;

	for (size_t i = 0; i < trace->count; i++) {
		cleanup_journey struct journey journey = { 0 };
		const struct packet *packet = &trace->events[i].packet;
		if (!journey_begins(&trace->events[i], 0) || !packet_asks(packet) || !is_probes(telling->probe, packet))
			continue;
		journey_find(trace, i, &journey);
		bool first = !telling->journey.count, lost = !journey_returned(&journey);
		if (!first && !lost)
			continue;
		journey_done(&telling->journey);
		telling->journey = journey;
		journey = (struct journey){ 0 };
		if (lost)
			return;
	}
}

/* Where each was answered, the first of a connection's later packets that did not arrive as its first did. */
static void find_lost(struct telling *telling)
{
	const struct trace *trace = &telling->trace;
	const struct journey_pass *asked = journey_last(&telling->journey, JOURNEY_QUESTION);

	if (!asked || asked->last != HOOK_INPUT)
		return;
	for (size_t i = 0; i < trace->count; i++) {
		cleanup_journey struct journey journey = { 0 };
		const struct trace_event *event = &trace->events[i];
		if (!journey_begins(event, event->place) || event->packet.protocol != IPPROTO_TCP)
			continue;
		journey_find(trace, i, &journey);
		const struct journey_pass *last = journey_last(&journey, JOURNEY_QUESTION);
		if (!last || last->last == HOOK_INPUT)
			continue;
		journey_done(&telling->journey);
		telling->journey = journey;
		journey = (struct journey){ 0 };
		return;
	}
}

static void find_packet(struct telling *telling)
{
	if (telling->listened)
		return;
	find_asked(telling);
	if (!telling->probe->protocol && journey_returned(&telling->journey))
		find_lost(telling);
}

static void tell(struct telling *telling, bool json, struct text *ret)
{
	struct end end;

	journey_end(telling, &end);
	if (json) {
		char *text = journey_json(telling, &end);
		text_addf(ret, "%s\n", text);
		free(text);
	} else {
		journey_tell(telling, &end, ret);
	}
	text_done(&end.text);
}

int net_trace(const struct context *context, const struct words *words, struct text *ret,
	      struct error *err)
{
	struct telling telling;
	struct probe probe;

	if (read_probe(words, &probe, err) < 0 ||
	    refuse_shared(context, words, NS_NET, _("tracing packets"), err) < 0)
		return -1;
	telling_begin(context, &probe, &telling);
	struct stations *stations = stations_begin(&probe, telling.places, telling.count, err);
	int failed = stations ? probe_send(context->pid, &probe, &telling.code, err) : -1;
	if (stations)
		stations_end(stations, &telling.trace);
	if (failed == 0) {
		find_packet(&telling);
		tell(&telling, words_flag(words, "--json"), ret);
	}
	telling_done(&telling);
	return failed;
}

/* ---- the packets of a program ---- */

bool net_trace_runs(const struct words *words)
{
	const char *what = words_arg(words, 1);

	return what && strcmp(words->args[0].s, "trace") == 0 && !choice_find(net_probes, what);
}

int net_trace_build(const struct context *context, const struct words *words, struct plan *plan, struct error *err)
{
	if (refuse_shared(context, words, NS_NET, _("tracing packets"), err) < 0)
		return -1;
	plan_way(words, plan);
	plan->follows = words_flag(words, "--json") ? FOLLOWS_JSON : FOLLOWS_TEXT;
	plan->same_as = "";
	return plan_program(context, plan, OP_spawn, words, 1, err);
}

struct following {
	struct probe probe;
	struct telling telling;
	struct stations *stations;
};

/* The address that a program is told to reach, as far as one of its arguments is or has one: 10.0.0.2,
 * http://10.0.0.2:80/. */
static void find_target(const char *const *argv, struct address *ret)
{
	char host[ADDRESS_TEXT];

	for (size_t i = 1; argv[0] && argv[i]; i++) {
		const char *scheme = strstr(argv[i], "://"), *s = scheme ? scheme + 3 : argv[i];
		bool bracket = *s == '[';
		s += bracket;
		size_t length = strcspn(s, bracket ? "]" : "/");
		for (size_t end = length; end > 0 && length < sizeof(host); end = bracket ? 0 : strcspn(s, ":/") < end ? strcspn(s, ":/") : 0) {
			snprintf(host, sizeof(host), "%.*s", (int)end, s);
			if (address_parse(host, ret))
				return;
		}
	}
	*ret = (struct address){ 0 };
}

struct following *net_follow(const struct context *context, const char *const *argv, struct error *err)
{
	struct following *ret = calloc(1, sizeof(*ret));

	if (!ret)
		out_of_memory();
	find_target(argv, &ret->probe.to);
	telling_begin(context, &ret->probe, &ret->telling);
	ret->stations = stations_begin(&ret->probe, ret->telling.places, ret->telling.count, err);
	if (ret->stations)
		return ret;
	telling_done(&ret->telling);
	free(ret);
	return NULL;
}

void net_follow_end(struct following *following, bool json, struct text *ret)
{
	struct telling *telling = &following->telling;

	stations_end(following->stations, &telling->trace);
	find_packet(telling);
	tell(telling, json, ret);
	telling_done(telling);
	free(following);
}
