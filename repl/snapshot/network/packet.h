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

/* What the headers of a packet say. rest is what stays as it is on the whole way: the transport header and
 * what is behind it, without ports and checksum, which translation of addresses changes. */
enum { PACKET_REST = 20 };
struct packet {
	bool known; /* false: nothing of it is */
	struct address from, to;
	int protocol;
	uint16_t sport, dport;
	uint16_t ident;  /* of IPv4 */
	uint8_t hops;    /* that it has left: each machine that passes it on takes one */
	uint32_t length; /* in bytes, from the IP header on */
	unsigned char rest[PACKET_REST];
	size_t rest_size;
};

/* One thing that befell a packet. Strings live in the trace's arena. */
struct trace_event {
	size_t place; /* which of the network namespaces it happened in */
	uint32_t id; /* of the packet, while it is in this namespace */
	bool own;   /* in a chain of stave-trace */
	bool policy, rule; /* the chain's end, or a rule; neither: another return from a chain */
	const char *family, *table, *chain;
	uint64_t handle;
	int verdict;       /* NF_DROP, NF_ACCEPT or below 0, NFT_CONTINUE and its like */
	int in, out;       /* interfaces, 0 for none */
	struct packet packet;
};

/* Send what the probe asks for. The descriptor on which its answer comes; -1 with *code when it could not
 * be sent. */
int packet_send(const struct probe *probe, int *code);

/* What poll(2) is to wait for on that. */
short packet_waits(const struct probe *probe);

/* Whether this was an answer: then *code is 0, or the error that it tells. */
bool packet_answer(int fd, const struct probe *probe, int *code);

/* Read the headers of a packet. */
void packet_read(const void *network, size_t size, const void *transport, size_t transport_size,
		 struct packet *ret);

/* Whether it is the same packet, whatever was done to its addresses. */
bool packet_same(const struct packet *a, const struct packet *b);

/* Whether it goes the way back, from where the other one went and to where that came from. */
bool packet_answers(const struct packet *packet, const struct packet *question);

/* Whether it wants an answer: an echo, a datagram, the begin of a connection. */
bool packet_asks(const struct packet *packet);

/* What an ICMP error says; PACKET_NO_ERROR for other packets. */
enum packet_error { PACKET_NO_ERROR, PACKET_UNREACHABLE, PACKET_REFUSED, PACKET_TOO_BIG, PACKET_EXPIRED };
enum packet_error packet_error(const struct packet *packet);

/* Whether it is TCP's no: RST. */
bool packet_is_reset(const struct packet *packet);
