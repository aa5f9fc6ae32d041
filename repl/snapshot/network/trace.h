/* The way of packets through a network namespace, as nftables' trace tells it: nft(8). While it lasts there
 * is a table "inet stave-trace" whose chains switch the trace on and see each packet at every hook. */
#pragma once

#include "base/net/address.h"
#include "base/text.h"
#include "snapshot/network/network.h"

/* What is sent, or with protocol 0 nothing: then what others send is listened to. */
struct probe {
	int protocol; /* IPPROTO_ICMP (of IPv6 too), IPPROTO_TCP, IPPROTO_UDP */
	struct address to;
	uint16_t port;
	unsigned seconds; /* how long to listen at the most */
};

/* One thing that befell a packet. Strings live in the trace's arena. */
struct trace_event {
	pid_t pid;  /* a process of the network namespace that it happened in */
	uint32_t id; /* of the packet, while it is in this namespace */
	bool own;   /* in a chain of stave-trace */
	bool policy, rule; /* the chain's end, or a rule; neither: another return from a chain */
	const char *family, *table, *chain;
	uint64_t handle;
	int verdict;       /* NF_DROP, NF_ACCEPT or below 0, NFT_CONTINUE and its like */
	int in, out;       /* interfaces, 0 for none */
	bool has_packet;
	struct address from, to;
	int protocol;
	uint16_t sport, dport;
};

struct trace {
	struct arena arena;
	struct trace_event *events;
	size_t count, room;
	/* What came of the probe: errno of sending or of its answer, 0 for an answer. */
	int code;
	/* What the kernel says of the way to it: errno, or the interface and the gateway (family 0: none). */
	int route_code, route_index;
	struct address gateway;
};

/* Send the probe from the network namespace of pid and follow it. 0, or -1 with err: ENOENT without nft(8). */
int trace_take(pid_t pid, const struct probe *probe, struct trace *ret, struct error *err);
void trace_done(struct trace *trace);
#define cleanup_trace __attribute__((cleanup(trace_done)))
