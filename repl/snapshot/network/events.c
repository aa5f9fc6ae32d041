#include "snapshot/network/events.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/net/netlink.h"
#include "base/text.h"
#include "snapshot/network/trace.h"

struct attributes {
	const void *first;
	size_t length;
};

static uint64_t number_at(struct attributes in, unsigned type)
{
	size_t size = 0;
	const unsigned char *value = netlink_find(in.first, in.length, type, &size);
	uint64_t ret = 0;

	/* Numbers of netfilter are big-endian. */
	for (size_t i = 0; value && i < size && i < 8; i++)
		ret = ret << 8 | value[i];
	return ret;
}

static const char *string_at(struct attributes in, unsigned type, struct arena *arena)
{
	size_t size = 0;
	const char *value = netlink_find(in.first, in.length, type, &size);

	return arena_print(arena, "%.*s", value ? (int)strnlen(value, size) : 0, value ? value : "");
}

/* The kernel tells the packet once a hook's chain, and not again in those that it jumps to. */
static void take_packet(const struct trace_event *before, struct trace_event *event)
{
	if (before->id != event->id || before->place != event->place)
		return;
	event->packet = before->packet;
	event->in = before->in;
	event->out = before->out;
}

static void add_event(const struct nlmsghdr *message, size_t place, struct trace *ret)
{
	struct attributes in, verdict = { 0 };
	size_t size = 0, transport_size = 0;

	in.first = netlink_attributes(message, sizeof(struct nfgenmsg), &in.length);
	verdict.first = netlink_find(in.first, in.length, NFTA_TRACE_VERDICT, &verdict.length);
	verdict.length = verdict.first ? verdict.length : 0;
	uint64_t type = number_at(in, NFTA_TRACE_TYPE);
	LIST_ROOM(ret->events, ret->count, ret->room);
	struct trace_event *event = &ret->events[ret->count++];
	*event = (struct trace_event){
		.place = place, .id = (uint32_t)number_at(in, NFTA_TRACE_ID),
		.policy = type == NFT_TRACETYPE_POLICY, .rule = type == NFT_TRACETYPE_RULE && number_at(in, NFTA_TRACE_RULE_HANDLE),
		.family = ((const struct nfgenmsg *)NLMSG_DATA(message))->nfgen_family == NFPROTO_INET ? "inet" : "",
		.table = string_at(in, NFTA_TRACE_TABLE, &ret->arena),
		.chain = string_at(in, NFTA_TRACE_CHAIN, &ret->arena),
		.handle = number_at(in, NFTA_TRACE_RULE_HANDLE),
		.in = (int)number_at(in, NFTA_TRACE_IIF), .out = (int)number_at(in, NFTA_TRACE_OIF),
		.verdict = (int)(uint32_t)number_at(verdict, NFTA_VERDICT_CODE),
	};
	if (event->policy)
		event->verdict = (int)(uint32_t)number_at(in, NFTA_TRACE_POLICY);
	event->own = strcmp(event->table, "stave-trace") == 0;
	const void *network = netlink_find(in.first, in.length, NFTA_TRACE_NETWORK_HEADER, &size);
	const void *transport = netlink_find(in.first, in.length, NFTA_TRACE_TRANSPORT_HEADER, &transport_size);
	if (network)
		packet_read(network, size, transport, transport_size, &event->packet);
	else if (ret->count > 1)
		take_packet(event - 1, event);
}

void events_parse(const char *bytes, size_t length, size_t place, struct trace *ret)
{
	cleanup_free void *copy = malloc(length + 1); /* aligned */
	const struct nlmsghdr *message;

	if (!copy)
		out_of_memory();
	memcpy(copy, bytes, length);
	for (size_t at = 0; (message = netlink_next(copy, length, &at));)
		if (message->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_TRACE))
			add_event(message, place, ret);
}

void trace_done(struct trace *trace)
{
	arena_done(&trace->arena);
	free(trace->events);
	*trace = (struct trace){ 0 };
}
