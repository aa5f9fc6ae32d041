/* No answer of a kernel or a helper makes the readers of networks read out of bounds: what they tell of are
 * namespaces and packets of others. The first byte says which reader gets the rest. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "snapshot/network/events.h"
#include "snapshot/network/network.h"
#include "snapshot/network/parse.h"
#include "snapshot/network/rules.h"
#include "snapshot/network/trace.h"
#include "demand.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check_address(const struct address *address)
{
	demand(address->size <= sizeof(address->bytes) && address->prefix <= 8 * sizeof(address->bytes));
}

static void check_network(struct network *network)
{
	for (size_t i = 0; i < network->link_count; i++)
		demand(network->links[i].name && network->links[i].type && network->links[i].alias);
	for (size_t i = 0; i < network->address_count; i++)
		check_address(&network->addresses[i].address);
	for (size_t i = 0; i < network->neighbour_count; i++)
		check_address(&network->neighbours[i].address);
	for (size_t i = 0; i < network->listener_count; i++)
		check_address(&network->listeners[i].address);
	for (size_t i = 0; i < network->route_count; i++)
		demand(network->routes[i].to.size <= 16 && network->routes[i].via.size <= 16);
	for (size_t i = 0; i < network->chain_count; i++)
		demand(network->chains[i].name && network->chains[i].hook && network->chains[i].policy);
	for (size_t i = 0; i < network->rule_count; i++)
		demand(network->rules[i].chain < network->chain_count && network->rules[i].text);
	network_done(network);
}

/* As a helper's answer lies in memory: of its own length, so that a read beyond it is seen. */
static void check_messages(const uint8_t *bytes, size_t length)
{
	struct text messages = { malloc(length + 1), length, length + 1 };
	struct network network = { 0 };

	demand(messages.s != NULL);
	memcpy(messages.s, bytes, length);
	messages.s[length] = '\0';
	network_parse(&messages, &network);
	text_done(&messages);
	check_network(&network);
}

static void check_events(const uint8_t *bytes, size_t length)
{
	cleanup_trace struct trace trace = { 0 };

	events_parse((const char *)bytes, length, 1, &trace);
	for (size_t i = 0; i < trace.count; i++) {
		const struct packet *packet = &trace.events[i].packet;
		demand(trace.events[i].place == 1 && trace.events[i].table && trace.events[i].chain);
		demand(packet->rest_size <= PACKET_REST);
		packet_same(packet, &trace.events[0].packet);
		packet_answers(packet, &trace.events[0].packet);
		packet_asks(packet);
		packet_error(packet);
		packet_is_reset(packet);
	}
}

static void check_text(const char *text, bool rules)
{
	struct network network = { 0 };

	if (rules)
		rules_parse(text, &network);
	else
		network_parse_listeners(text, *text % 2, &network);
	check_network(&network);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	if (length == 0)
		return 0;
	char *text = text_copyn((const char *)bytes + 1, length - 1);
	switch (bytes[0] % 4) {
	case 0:
		check_messages(bytes + 1, length - 1);
		break;
	case 1:
		check_events(bytes + 1, length - 1);
		break;
	case 2:
		check_text(text, true);
		break;
	case 3:
		check_text(text, false);
		break;
	}
	free(text);
	return 0;
}
