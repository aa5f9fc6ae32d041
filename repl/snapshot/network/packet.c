#include "snapshot/network/packet.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

/* Where the flags of TCP's header are, and some of them. */
enum { TCP_FLAGS = 13, TCP_SYN = 2, TCP_RST = 4, TCP_ACK = 16 };

enum { QUOTED = 16 /* bytes of an error that no translation changes */ };

/* The number that an echo bears, and its answer: each socket's own, because conntrack takes a second echo with the
 * same number for a part of the first one's connection. */
static uint16_t echo_id(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 ? (uint16_t)st.st_ino : 0;
}

static socklen_t address_of(const struct probe *probe, struct sockaddr_storage *ret)
{
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(probe->port) };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(probe->port) };

	if (probe->to.family == AF_INET6) {
		memcpy(&six.sin6_addr, probe->to.bytes, 16);
		memcpy(ret, &six, sizeof(six));
		return sizeof(six);
	}
	memcpy(&four.sin_addr, probe->to.bytes, 4);
	memcpy(ret, &four, sizeof(four));
	return sizeof(four);
}

/* The checksum of IPv6's is the kernel's work. */
static int send_echo(int fd, const struct probe *probe)
{
	struct icmp6_hdr six = { .icmp6_type = ICMP6_ECHO_REQUEST };
	uint16_t id = htons(echo_id(fd)), four[4] = { htons(ICMP_ECHO << 8), 0, id, 0 };
	uint32_t sum = (uint32_t)four[0] + four[2];

	six.icmp6_id = id;
	four[1] = (uint16_t)~(sum + (sum >> 16));
	return send(fd, probe->to.family == AF_INET6 ? (const void *)&six : four, 8, 0) < 0 ? -1 : 0;
}

int packet_send(const struct probe *probe, int *code)
{
	bool six = probe->to.family == AF_INET6, echo = probe->protocol == IPPROTO_ICMP;
	struct sockaddr_storage to;
	int kind = echo ? SOCK_RAW : probe->protocol == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM;
	socklen_t size = address_of(probe, &to);
	cleanup_fd int fd = socket(probe->to.family, kind | SOCK_CLOEXEC | SOCK_NONBLOCK,
				   echo ? (six ? IPPROTO_ICMPV6 : IPPROTO_ICMP) : 0);

	bool sent = fd >= 0 && (connect(fd, (struct sockaddr *)&to, size) == 0 || errno == EINPROGRESS);
	if (sent && kind != SOCK_STREAM)
		sent = (echo ? send_echo(fd, probe) : (int)send(fd, "stave", 5, 0)) >= 0;
	if (!sent)
		*code = errno;
	return sent ? steal_fd(&fd) : -1;
}

short packet_waits(const struct probe *probe)
{
	return probe->protocol == IPPROTO_TCP ? POLLOUT : POLLIN;
}

/* Of ICMP only an echo's answer is one: this socket hears its own question too where that came back. */
static bool is_reply(const unsigned char *bytes, size_t size, bool six, uint16_t id)
{
	size_t skip = six ? 0 : size ? (size_t)(bytes[0] & 15) * 4 : 0;

	return size >= skip + 6 && bytes[skip] == (six ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY) &&
	       bytes[skip + 4] == id >> 8 && bytes[skip + 5] == (id & 255);
}

bool packet_answer(int fd, const struct probe *probe, int *code)
{
	unsigned char bytes[2048];
	int error = 0;
	socklen_t length = sizeof(error);

	if (probe->protocol == IPPROTO_TCP) {
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
		*code = error;
		return true;
	}
	ssize_t got = recv(fd, bytes, sizeof(bytes), 0);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (got >= 0 && probe->protocol == IPPROTO_ICMP &&
	    !is_reply(bytes, (size_t)got, probe->to.family == AF_INET6, echo_id(fd)))
		return false;
	*code = got < 0 ? errno : 0;
	return true;
}

static void set(struct address *ret, int family, const void *bytes)
{
	*ret = (struct address){ .family = family, .size = family == AF_INET6 ? 16 : 4 };
	ret->prefix = (unsigned)ret->size * 8;
	memcpy(ret->bytes, bytes, ret->size);
}

/* Bytes of the transport header that are the same all the way. */
static void read_rest(const unsigned char *bytes, size_t size, struct packet *ret)
{
	bool ports = ret->protocol == IPPROTO_TCP || ret->protocol == IPPROTO_UDP;
	size_t sum = ret->protocol == IPPROTO_TCP ? 16 : ret->protocol == IPPROTO_UDP ? 6 : 2;

	ret->rest_size = size < PACKET_REST ? size : PACKET_REST;
	memcpy(ret->rest, bytes, ret->rest_size);
	if (ports && size >= 4) {
		ret->sport = (uint16_t)(bytes[0] << 8 | bytes[1]);
		ret->dport = (uint16_t)(bytes[2] << 8 | bytes[3]);
	}
	if (ports)
		memset(ret->rest, 0, 4);
	if (sum + 2 <= PACKET_REST)
		memset(ret->rest + sum, 0, 2);
	/* The number of an echo stands for a port. An error holds the beginning of the packet that it is about,
	 * with its checksum and addresses. */
	if (!ports)
		memset(ret->rest + 4, 0, 2);
	if (packet_error(ret) && ret->rest_size > QUOTED)
		ret->rest_size = QUOTED;
}

static uint16_t two_bytes(const unsigned char *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

void packet_read(const void *network, size_t size, const void *transport, size_t transport_size,
		 struct packet *ret)
{
	const unsigned char *bytes = network;

	if (size >= sizeof(struct ip) && bytes[0] >> 4 == 4) {
		set(&ret->from, AF_INET, bytes + offsetof(struct ip, ip_src));
		set(&ret->to, AF_INET, bytes + offsetof(struct ip, ip_dst));
		ret->protocol = bytes[offsetof(struct ip, ip_p)];
		ret->ident = two_bytes(bytes + offsetof(struct ip, ip_id));
		ret->hops = bytes[offsetof(struct ip, ip_ttl)];
		ret->length = two_bytes(bytes + offsetof(struct ip, ip_len));
	} else if (size >= sizeof(struct ip6_hdr) && bytes[0] >> 4 == 6) {
		set(&ret->from, AF_INET6, bytes + offsetof(struct ip6_hdr, ip6_src));
		set(&ret->to, AF_INET6, bytes + offsetof(struct ip6_hdr, ip6_dst));
		ret->protocol = bytes[offsetof(struct ip6_hdr, ip6_nxt)];
		ret->hops = bytes[offsetof(struct ip6_hdr, ip6_hlim)];
		ret->length = two_bytes(bytes + offsetof(struct ip6_hdr, ip6_plen)) + (uint32_t)sizeof(struct ip6_hdr);
	} else {
		return;
	}
	ret->known = true;
	if (transport)
		read_rest(transport, transport_size, ret);
}

bool packet_same(const struct packet *a, const struct packet *b)
{
	return a->known && b->known && a->protocol == b->protocol && a->ident == b->ident &&
	       a->rest_size == b->rest_size &&
	       memcmp(a->rest, b->rest, a->rest_size) == 0;
}

/* Type and code of ICMP, of either version; -1 for another packet. */
static int type_of(const struct packet *packet, bool six)
{
	bool is = packet->protocol == (six ? IPPROTO_ICMPV6 : IPPROTO_ICMP) && packet->rest_size >= 2;

	return is ? packet->rest[0] << 8 | packet->rest[1] : -1;
}

bool packet_answers(const struct packet *packet, const struct packet *question)
{
	if (!packet->known || packet->protocol != question->protocol || !address_equal(&packet->from, &question->to) ||
	    !address_equal(&packet->to, &question->from))
		return false;
	if (type_of(packet, false) >= 0)
		return packet->rest[0] == ICMP_ECHOREPLY && question->rest[0] == ICMP_ECHO;
	if (type_of(packet, true) >= 0)
		return packet->rest[0] == ICMP6_ECHO_REPLY && question->rest[0] == ICMP6_ECHO_REQUEST;
	return packet->sport == question->dport && packet->dport == question->sport;
}

enum packet_error packet_error(const struct packet *packet)
{
	int four = type_of(packet, false), six = type_of(packet, true);

	if (four == (ICMP_UNREACH << 8 | ICMP_UNREACH_PORT) || six == (ICMP6_DST_UNREACH << 8 | ICMP6_DST_UNREACH_NOPORT))
		return PACKET_REFUSED;
	if (four == (ICMP_UNREACH << 8 | ICMP_UNREACH_NEEDFRAG) || six >> 8 == ICMP6_PACKET_TOO_BIG)
		return PACKET_TOO_BIG;
	if (four >> 8 == ICMP_TIMXCEED || six >> 8 == ICMP6_TIME_EXCEEDED)
		return PACKET_EXPIRED;
	return four >> 8 == ICMP_UNREACH || six >> 8 == ICMP6_DST_UNREACH ? PACKET_UNREACHABLE : PACKET_NO_ERROR;
}

bool packet_asks(const struct packet *packet)
{
	int four = type_of(packet, false), six = type_of(packet, true);

	if (packet->protocol == IPPROTO_TCP)
		return packet->rest_size > TCP_FLAGS && (packet->rest[TCP_FLAGS] & (TCP_SYN | TCP_ACK)) == TCP_SYN;
	return packet->protocol == IPPROTO_UDP || four >> 8 == ICMP_ECHO || six >> 8 == ICMP6_ECHO_REQUEST;
}

bool packet_is_reset(const struct packet *packet)
{
	return packet->protocol == IPPROTO_TCP && packet->rest_size > TCP_FLAGS && (packet->rest[TCP_FLAGS] & TCP_RST);
}
