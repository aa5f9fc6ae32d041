/* A packet's journey: what was seen in several places is joined, whatever became of its addresses. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/list.h"
#include "snapshot/network/journey.h"

/* What is seen of a packet in a place. */
struct seen {
	size_t place;
	const char *chain;
	uint32_t id;
	uint8_t hops;
	const char *from, *to;
	uint16_t ident;
	uint8_t type; /* of ICMP */
};

static struct trace_event event_of(const struct seen *seen)
{
	struct trace_event ret = { .place = seen->place, .id = seen->id, .own = true, .chain = seen->chain };
	struct packet *packet = &ret.packet;

	packet->known = address_parse(seen->from, &packet->from) && address_parse(seen->to, &packet->to);
	packet->protocol = IPPROTO_ICMP;
	packet->ident = seen->ident;
	packet->hops = seen->hops;
	packet->rest[0] = seen->type;
	packet->rest_size = 8;
	return ret;
}

/* Places 0 (a), 1 (the router) and 2 (b), not in the order of the way; masquerade in the router. */
static const struct seen way[] = {
	{ 0, "output-first", 1, 64, "10.1.0.2", "10.2.0.2", 7, ICMP_ECHO },
	{ 0, "postrouting-last", 1, 64, "10.1.0.2", "10.2.0.2", 7, ICMP_ECHO },
	{ 0, "output-first", 3, 64, "10.1.0.2", "10.2.0.2", 7, ICMP_ECHO }, /* again */
	{ 0, "prerouting-first", 2, 63, "10.2.0.2", "10.1.0.2", 9, ICMP_ECHOREPLY },
	{ 0, "input-last", 2, 63, "10.2.0.2", "10.1.0.2", 9, ICMP_ECHOREPLY },
	{ 2, "prerouting-first", 1, 63, "10.2.0.1", "10.2.0.2", 7, ICMP_ECHO },
	{ 2, "input-last", 1, 63, "10.2.0.1", "10.2.0.2", 7, ICMP_ECHO },
	{ 2, "output-first", 2, 64, "10.2.0.2", "10.2.0.1", 9, ICMP_ECHOREPLY },
	{ 1, "prerouting-first", 1, 64, "10.1.0.2", "10.2.0.2", 7, ICMP_ECHO },
	{ 1, "prerouting-first", 5, 64, "10.9.0.2", "10.2.0.2", 8, ICMP_ECHO }, /* another */
	{ 1, "forward-last", 1, 63, "10.1.0.2", "10.2.0.2", 7, ICMP_ECHO },
	{ 1, "postrouting-last", 1, 63, "10.2.0.1", "10.2.0.2", 7, ICMP_ECHO },
	{ 1, "prerouting-first", 2, 64, "10.2.0.2", "10.2.0.1", 9, ICMP_ECHOREPLY },
	{ 1, "postrouting-last", 2, 63, "10.2.0.2", "10.1.0.2", 9, ICMP_ECHOREPLY },
};

static struct trace trace_of(const struct seen *seen, size_t count)
{
	static struct trace_event events[COUNT(way)];

	for (size_t i = 0; i < count; i++)
		events[i] = event_of(&seen[i]);
	return (struct trace){ .events = events, .count = count };
}

static void test_passes_are_in_the_order_of_the_way(void **state)
{
	static const struct { enum journey_part part; size_t place; enum journey_hook first, last; } wanted[] = {
		{ JOURNEY_QUESTION, 0, HOOK_OUTPUT, HOOK_POSTROUTING }, { JOURNEY_QUESTION, 1, HOOK_PREROUTING, HOOK_POSTROUTING },
		{ JOURNEY_QUESTION, 2, HOOK_PREROUTING, HOOK_INPUT }, { JOURNEY_ANSWER, 2, HOOK_OUTPUT, HOOK_OUTPUT },
		{ JOURNEY_ANSWER, 1, HOOK_PREROUTING, HOOK_POSTROUTING }, { JOURNEY_ANSWER, 0, HOOK_PREROUTING, HOOK_INPUT },
	};
	struct trace trace = trace_of(way, COUNT(way));
	struct journey journey;

	(void)state;
	journey_find(&trace, 0, &journey);
	assert_int_equal(journey.count, COUNT(wanted));
	for (size_t i = 0; i < COUNT(wanted); i++) {
		assert_int_equal(journey.passes[i].part, wanted[i].part);
		assert_int_equal(journey.passes[i].place, wanted[i].place);
		assert_int_equal(journey.passes[i].first, wanted[i].first);
		assert_int_equal(journey.passes[i].last, wanted[i].last);
	}
	assert_true(journey_returned(&journey));
	assert_int_equal(journey_last(&journey, JOURNEY_QUESTION)->place, 2);
	assert_null(journey_last(&journey, JOURNEY_ERROR));
	journey_done(&journey);
}

/* br_netfilter: prerouting sees a packet within the bridge, and the hooks behind it under another number. */
static void test_a_packet_that_a_bridge_hands_up_goes_on(void **state)
{
	static const struct seen seen[] = {
		{ 0, "output-first", 1, 64, "10.1.0.2", "10.2.0.2", 7, ICMP_ECHO },
		{ 1, "prerouting-first", 1, 64, "10.1.0.2", "10.2.0.2", 7, ICMP_ECHO },
		{ 1, "prerouting-last", 1, 64, "10.1.0.2", "10.2.0.2", 7, ICMP_ECHO },
		{ 1, "forward-last", 2, 63, "10.1.0.2", "10.2.0.2", 7, ICMP_ECHO },
		{ 1, "forward-last", 3, 63, "10.1.0.2", "10.2.0.2", 7, ICMP_ECHO }, /* a copy */
		{ 1, "postrouting-last", 2, 63, "10.1.0.2", "10.2.0.2", 7, ICMP_ECHO },
		{ 1, "prerouting-first", 4, 64, "10.1.0.2", "10.2.0.2", 7, ICMP_ECHO }, /* again */
		{ 1, "forward-last", 5, 63, "10.1.0.2", "10.2.0.2", 7, ICMP_ECHO },
	};
	static const size_t wanted[] = { 1, 2, 3, 5 };
	struct trace trace = trace_of(seen, COUNT(seen));
	struct journey journey;

	(void)state;
	journey_find(&trace, 0, &journey);
	assert_int_equal(journey.count, 2);
	assert_int_equal(journey.passes[1].last, HOOK_POSTROUTING);
	assert_int_equal(journey.passes[1].count, COUNT(wanted));
	assert_memory_equal(journey.passes[1].events, wanted, sizeof(wanted));
	journey_done(&journey);
}

static void test_a_bridge_is_before_who_takes_the_packet(void **state)
{
	static const struct seen seen[] = {
		{ 0, "prerouting-first", 1, 64, "10.1.0.2", "10.1.0.3", 7, ICMP_ECHO },
		{ 0, "input-last", 1, 64, "10.1.0.2", "10.1.0.3", 7, ICMP_ECHO },
		{ 1, "prerouting-first", 1, 64, "10.1.0.2", "10.1.0.3", 7, ICMP_ECHO },
		{ 1, "forward-last", 1, 64, "10.1.0.2", "10.1.0.3", 7, ICMP_ECHO },
		{ 1, "postrouting-last", 1, 64, "10.1.0.2", "10.1.0.3", 7, ICMP_ECHO },
		{ 2, "output-first", 1, 64, "10.1.0.2", "10.1.0.3", 7, ICMP_ECHO },
	};
	struct trace trace = trace_of(seen, COUNT(seen));
	struct journey journey;

	(void)state;
	journey_find(&trace, 5, &journey);
	assert_int_equal(journey.count, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(journey.passes[i].place, 2 - i);
	journey_done(&journey);
}

static void test_an_answer_that_is_lost_has_not_returned(void **state)
{
	struct trace trace = trace_of(way, 3); /* it was seen at home alone */
	struct journey journey;

	(void)state;
	assert_true(journey_begins(&trace.events[0], 0));
	assert_false(journey_begins(&trace.events[0], 1));
	assert_false(journey_begins(&trace.events[1], 0));
	journey_find(&trace, 0, &journey);
	assert_int_equal(journey.count, 1);
	assert_false(journey_returned(&journey));
	journey_done(&journey);
}

static void test_an_error_goes_to_who_has_sent_the_packet(void **state)
{
	static const struct seen seen[] = {
		{ 0, "output-first", 1, 64, "10.1.0.2", "10.2.0.2", 7, ICMP_ECHO },
		{ 1, "prerouting-first", 1, 64, "10.1.0.2", "10.2.0.2", 7, ICMP_ECHO },
		{ 1, "output-first", 2, 64, "10.1.0.1", "10.9.0.9", 4, ICMP_DEST_UNREACH }, /* another's */
		{ 1, "output-first", 3, 64, "10.1.0.1", "10.1.0.2", 5, ICMP_DEST_UNREACH },
	};
	struct trace trace = trace_of(seen, COUNT(seen));
	struct journey journey;

	(void)state;
	journey_find(&trace, 0, &journey);
	assert_int_equal(journey.count, 3);
	assert_int_equal(journey.passes[2].part, JOURNEY_ERROR);
	assert_int_equal(journey_in(&trace, &journey.passes[2])->packet.ident, 5);
	journey_done(&journey);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_passes_are_in_the_order_of_the_way),
		cmocka_unit_test(test_a_packet_that_a_bridge_hands_up_goes_on),
		cmocka_unit_test(test_a_bridge_is_before_who_takes_the_packet),
		cmocka_unit_test(test_an_answer_that_is_lost_has_not_returned),
		cmocka_unit_test(test_an_error_goes_to_who_has_sent_the_packet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
