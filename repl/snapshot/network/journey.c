#include "snapshot/network/journey.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/list.h"

int journey_hook(const struct trace_event *event)
{
	static const char *const names[] = {
		[HOOK_OUTPUT] = "output-", [HOOK_PREROUTING] = "prerouting-", [HOOK_INPUT] = "input-",
		[HOOK_FORWARD] = "forward-", [HOOK_POSTROUTING] = "postrouting-",
	};

	for (size_t i = 0; event->own && i < COUNT(names); i++)
		if (strncmp(event->chain, names[i], strlen(names[i])) == 0)
			return (int)i;
	return -1;
}

/* The first chains are where a pass begins. */
static bool is_first(const struct trace_event *event)
{
	return event->own && strstr(event->chain, "-first");
}

bool journey_begins(const struct trace_event *event, size_t place)
{
	return event->place == place && is_first(event) && journey_hook(event) == HOOK_OUTPUT && event->packet.known &&
	       !packet_error(&event->packet);
}

static void add_event(struct journey_pass *pass, const struct trace *trace, size_t event)
{
	int hook = journey_hook(&trace->events[event]);

	LIST_ROOM(pass->events, pass->count, pass->room);
	pass->events[pass->count++] = event;
	if (hook >= 0)
		pass->last = (enum journey_hook)hook;
}

const struct trace_event *journey_in(const struct trace *trace, const struct journey_pass *pass)
{
	return &trace->events[pass->events[0]];
}

const struct trace_event *journey_out(const struct trace *trace, const struct journey_pass *pass)
{
	return &trace->events[pass->events[pass->count - 1]];
}

/* A packet that was sent again is the same one: its first way counts. */
static bool is_known(const struct trace *trace, const struct journey *journey, size_t from, const struct trace_event *event)
{
	for (size_t i = from; i < journey->count; i++) {
		const struct journey_pass *pass = &journey->passes[i];
		if (pass->place == event->place && (int)pass->first == journey_hook(event) &&
		    journey_in(trace, pass)->packet.hops == event->packet.hops)
			return true;
	}
	return false;
}

static struct journey_pass *new_pass(struct journey *journey, enum journey_part part, const struct trace_event *event)
{
	enum journey_hook hook = (enum journey_hook)journey_hook(event);

	LIST_ROOM(journey->passes, journey->count, journey->room);
	struct journey_pass *ret = &journey->passes[journey->count++];
	*ret = (struct journey_pass){ .part = part, .place = event->place, .first = hook, .last = hook };
	return ret;
}

/* What comes first of passes with the same hops: it is sent, a bridge passes it on, it is taken. */
static int turn_of(const struct journey_pass *pass)
{
	return pass->first == HOOK_OUTPUT ? 0 : pass->last == HOOK_FORWARD || pass->last == HOOK_POSTROUTING ? 1 : 2;
}

/* Whether pass a was before b: each machine on the way takes one of the hops, but a bridge takes none. */
static bool is_before(const struct trace *trace, const struct journey_pass *a, const struct journey_pass *b)
{
	unsigned left = journey_in(trace, a)->packet.hops, other = journey_in(trace, b)->packet.hops;

	return left != other ? left > other : turn_of(a) < turn_of(b);
}

static void sort(const struct trace *trace, struct journey *journey, size_t from)
{
	for (size_t i = from + 1; i < journey->count; i++)
		for (size_t n = i; n > from && is_before(trace, &journey->passes[n], &journey->passes[n - 1]); n--) {
			struct journey_pass moved = journey->passes[n];
			journey->passes[n] = journey->passes[n - 1];
			journey->passes[n - 1] = moved;
		}
}

/* Whether an event goes on with a pass. The kernel knows a packet by the interface that it came in by as well:
 * br_netfilter shows it to prerouting within the bridge, as one of a port's, and the bridge hands it up as its
 * own, under another number. */
static bool goes_on(const struct journey_pass *pass, const struct trace_event *event, uint32_t id)
{
	return pass && pass->place == event->place && (event->id == id || pass->last == HOOK_PREROUTING);
}

/* Where and whenever this packet was seen. */
static void collect(const struct trace *trace, const struct packet *packet, enum journey_part part,
		    struct journey *journey)
{
	size_t from = journey->count;
	struct journey_pass *pass = NULL;
	uint32_t id = 0;

	for (size_t i = 0; i < trace->count; i++) {
		const struct trace_event *event = &trace->events[i];
		bool begins = is_first(event) && (i == 0 || !is_first(event - 1) || event[-1].id != event->id ||
						  event[-1].place != event->place ||
						  strcmp(event[-1].chain, event->chain) != 0);
		if (!packet_same(packet, &event->packet))
			continue;
		if (begins) {
			bool again = is_known(trace, journey, from, event);
			pass = again ? NULL : new_pass(journey, part, event);
			id = event->id;
		}
		if (!goes_on(pass, event, id))
			continue;
		id = event->id;
		add_event(pass, trace, i);
	}
	sort(trace, journey, from);
}

const struct journey_pass *journey_last(const struct journey *journey, enum journey_part part)
{
	for (size_t i = journey->count; i-- > 0;)
		if (journey->passes[i].part == part)
			return &journey->passes[i];
	return NULL;
}

/* The first packet that is sent where the question has come to and is its answer. */
static const struct packet *find_answer(const struct trace *trace, const struct journey *journey)
{
	const struct journey_pass *end = journey_last(journey, JOURNEY_QUESTION);

	if (!end)
		return NULL;
	const struct packet *question = &journey_out(trace, end)->packet;
	for (size_t i = end->events[0]; i < trace->count; i++)
		if (journey_begins(&trace->events[i], end->place) && packet_answers(&trace->events[i].packet, question))
			return &trace->events[i].packet;
	return NULL;
}

/* The first error that is sent, in a place of the question's, to where the question came from. */
static const struct packet *find_error(const struct trace *trace, const struct journey *journey)
{
	for (size_t i = 0; i < trace->count; i++) {
		const struct trace_event *event = &trace->events[i];
		if (!is_first(event) || journey_hook(event) != HOOK_OUTPUT || !packet_error(&event->packet))
			continue;
		for (size_t n = 0; n < journey->count; n++) {
			const struct journey_pass *pass = &journey->passes[n];
			if (pass->place == event->place && i > pass->events[0] &&
			    address_equal(&journey_in(trace, pass)->packet.from, &event->packet.to))
				return &event->packet;
		}
	}
	return NULL;
}

void journey_find(const struct trace *trace, size_t question, struct journey *ret)
{
	*ret = (struct journey){ 0 };
	collect(trace, &trace->events[question].packet, JOURNEY_QUESTION, ret);
	const struct packet *answer = find_answer(trace, ret);
	if (answer)
		collect(trace, answer, JOURNEY_ANSWER, ret);
	const struct packet *error = find_error(trace, ret);
	if (error)
		collect(trace, error, JOURNEY_ERROR, ret);
}

bool journey_returned(const struct journey *journey)
{
	const struct journey_pass *answer = journey_last(journey, JOURNEY_ANSWER);

	return answer && answer->last == HOOK_INPUT && journey->count && answer->place == journey->passes[0].place;
}

void journey_done(struct journey *journey)
{
	for (size_t i = 0; i < journey->count; i++)
		free(journey->passes[i].events);
	free(journey->passes);
	*journey = (struct journey){ 0 };
}
