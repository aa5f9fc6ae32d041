/* One packet, sent and read. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/net/address.h"

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

/* Send what the probe asks for. The descriptor on which its answer comes; -1 with *code when it could not
 * be sent. */
int packet_send(const struct probe *probe, int *code);

/* What poll(2) is to wait for on that. */
short packet_waits(const struct probe *probe);

/* Whether this was an answer: then *code is 0, or the error that it tells. */
bool packet_answer(int fd, const struct probe *probe, int *code);

/* Read addresses and ports from the headers of a packet into an event. */
void packet_read(const void *network, size_t size, const void *transport, size_t transport_size,
		 struct trace_event *ret);
