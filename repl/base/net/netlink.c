#include "base/net/netlink.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"

/* How long the kernel may take to answer: it does at once, but for a lock that somebody holds. */
enum { ANSWER_SECONDS = 5 };

/* ---- putting together ---- */

static void put(struct netlink *request, const void *bytes, size_t size)
{
	size_t at = request->header.nlmsg_len, aligned = NLMSG_ALIGN(size);

	if (request->full || aligned > sizeof(request->bytes) - at) {
		request->full = true;
		return;
	}
	memset(request->bytes + at, 0, aligned);
	if (size)
		memcpy(request->bytes + at, bytes, size);
	request->header.nlmsg_len += (uint32_t)aligned;
}

void netlink_begin(struct netlink *request, unsigned type, unsigned flags, const void *body,
		   size_t size)
{
	*request = (struct netlink){ .header = {
		.nlmsg_len = NLMSG_HDRLEN,
		.nlmsg_type = (uint16_t)type,
		.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags),
		.nlmsg_seq = 1,
	} };
	put(request, body, size);
}

void netlink_add(struct netlink *request, unsigned type, const void *value, size_t size)
{
	struct nlattr attribute = { (uint16_t)(NLA_HDRLEN + size), (uint16_t)type };

	if (size > UINT16_MAX - NLA_HDRLEN)
		request->full = true;
	put(request, &attribute, sizeof(attribute));
	put(request, value, size);
}

void netlink_add_text(struct netlink *request, unsigned type, const char *s)
{
	netlink_add(request, type, s, strlen(s) + 1);
}

void netlink_add_number(struct netlink *request, unsigned type, uint32_t number)
{
	netlink_add(request, type, &number, sizeof(number));
}

size_t netlink_nest(struct netlink *request, unsigned type, const void *body, size_t size)
{
	size_t nest = request->header.nlmsg_len;
	struct nlattr attribute = { 0, (uint16_t)(type | NLA_F_NESTED) };

	put(request, &attribute, sizeof(attribute));
	put(request, body, size);
	return nest;
}

void netlink_end(struct netlink *request, size_t nest)
{
	uint16_t length = (uint16_t)(request->header.nlmsg_len - nest);

	if (!request->full)
		memcpy(request->bytes + nest, &length, sizeof(length));
}

/* ---- asking ---- */

int netlink_open(void)
{
	return netlink_open_for(NETLINK_ROUTE);
}

int netlink_open_for(int family)
{
	struct timeval patience = { .tv_sec = ANSWER_SECONDS };
	int on = 1, fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, family);

	if (fd < 0)
		return -1;
	/* Linux before 4.20 has no strict check; then a list holds more than was asked for. */
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

/* To the kernel, which is whom a socket without an address talks to. Where one is given, the kernel asks for the
 * rights of the sender alone, and not for those of whoever made the socket: netlink(7), __netlink_ns_capable(). */
static int send_request(int fd, struct netlink *request)
{
	if (request->full) {
		errno = EMSGSIZE;
		return -1;
	}
	return send(fd, request->bytes, request->header.nlmsg_len, 0) < 0 ? -1 : 0;
}

/* A whole datagram; what another process sends to this socket is passed over. */
static ssize_t receive(int fd, void *buffer, size_t size)
{
	struct sockaddr_nl from = { 0 };
	socklen_t length = sizeof(from);
	ssize_t got;

	do
		got = recvfrom(fd, buffer, size, 0, (struct sockaddr *)&from, &length);
	while ((got < 0 && errno == EINTR) || (got >= 0 && from.nl_pid != 0));
	if (got < 0 && errno == EAGAIN)
		errno = ETIMEDOUT;
	return got;
}

/* The kernel's words of an answer that says no. They are the kernel's own text, and made visible all
 * the same. */
static void read_reason(const struct nlmsghdr *answer, char *reason, size_t size)
{
	const struct nlmsgerr *error = NLMSG_DATA(answer);
	size_t skip = NLMSG_ALIGN(sizeof(*error)), length, said = 0;

	if (!(answer->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(answer->nlmsg_flags & NLM_F_CAPPED))
		skip += NLMSG_ALIGN(error->msg.nlmsg_len - sizeof(error->msg));
	const void *first = netlink_attributes(answer, skip, &length);
	const char *words = netlink_find(first, length, NLMSGERR_ATTR_MSG, &said);
	if (words && said && words[said - 1] == '\0')
		visible(reason, size, words);
}

/* The errno of an answer of type NLMSG_ERROR, 0 for an acknowledgement. */
static int code_of(const struct nlmsghdr *answer)
{
	const struct nlmsgerr *error = NLMSG_DATA(answer);

	return answer->nlmsg_len < NLMSG_LENGTH(sizeof(*error)) ? EPROTO : -error->error;
}

int netlink_ask(int fd, struct netlink *request, char *reason, size_t size)
{
	union { struct nlmsghdr header; unsigned char bytes[8192]; } answer;

	if (reason)
		*reason = '\0';
	request->header.nlmsg_flags |= NLM_F_ACK;
	if (send_request(fd, request) < 0)
		return -1;
	ssize_t got = receive(fd, &answer, sizeof(answer));
	if (got < 0)
		return -1;
	if (!NLMSG_OK(&answer.header, (size_t)got) || answer.header.nlmsg_type != NLMSG_ERROR) {
		errno = EPROTO;
		return -1;
	}
	int code = code_of(&answer.header);
	if (code == 0)
		return 0;
	if (reason)
		read_reason(&answer.header, reason, size);
	errno = code;
	return -1;
}

/* Take the messages of a datagram over. 1 at the end of the list, 0 before it, -1 with errno. torn: the list
 * changed meanwhile; what is left of it comes all the same. */
static int take(const void *messages, size_t length, bool *torn, struct text *ret)
{
	const struct nlmsghdr *message;

	for (size_t at = 0; (message = netlink_next(messages, length, &at));) {
		*torn = *torn || message->nlmsg_flags & NLM_F_DUMP_INTR;
		if (message->nlmsg_type == NLMSG_DONE)
			return 1;
		if (message->nlmsg_type == NLMSG_ERROR) {
			errno = code_of(message);
			return -1;
		}
		text_addn(ret, (const char *)message, message->nlmsg_len);
		text_addn(ret, "\0\0\0", NLMSG_ALIGN(message->nlmsg_len) - message->nlmsg_len);
	}
	return 0;
}

int netlink_get(int fd, struct netlink *request, struct text *ret)
{
	union { struct nlmsghdr header; unsigned char bytes[8192]; } answer;

	if (send_request(fd, request) < 0)
		return -1;
	bool torn = false;
	ssize_t got = receive(fd, &answer, sizeof(answer));
	return got < 0 ? -1 : take(&answer, (size_t)got, &torn, ret);
}

int netlink_list(int fd, struct netlink *request, struct text *ret)
{
	/* The kernel sends no more of a list at once; of the stack no more is touched than it sends. */
	union { struct nlmsghdr header; unsigned char bytes[32768]; } answer;
	bool torn = false;

	request->header.nlmsg_flags |= NLM_F_DUMP;
	if (send_request(fd, request) < 0)
		return -1;
	for (;;) {
		ssize_t got = receive(fd, &answer, sizeof(answer));
		int end = got < 0 ? -1 : take(&answer, (size_t)got, &torn, ret);
		if (end > 0 && torn)
			errno = EINTR;
		if (end)
			return end < 0 || torn ? -1 : 0;
	}
}

/* ---- reading ---- */

const struct nlmsghdr *netlink_next(const void *messages, size_t length, size_t *at)
{
	size_t left = *at < length ? length - *at : 0;
	const struct nlmsghdr *ret = (const void *)((const unsigned char *)messages + *at);

	if (!NLMSG_OK(ret, left))
		return NULL;
	*at += NLMSG_ALIGN(ret->nlmsg_len);
	return ret;
}

const void *netlink_find(const void *first, size_t length, unsigned type, size_t *size)
{
	const unsigned char *at = first;

	while (length >= NLA_HDRLEN) {
		struct nlattr attribute;
		memcpy(&attribute, at, sizeof(attribute));
		if (attribute.nla_len < NLA_HDRLEN || attribute.nla_len > length)
			return NULL;
		if ((attribute.nla_type & NLA_TYPE_MASK) == type) {
			if (size)
				*size = attribute.nla_len - (size_t)NLA_HDRLEN;
			return at + NLA_HDRLEN;
		}
		size_t step = NLA_ALIGN(attribute.nla_len);
		if (step >= length)
			return NULL;
		at += step;
		length -= step;
	}
	return NULL;
}

const void *netlink_attributes(const struct nlmsghdr *message, size_t body, size_t *length)
{
	size_t skip = NLMSG_HDRLEN + NLMSG_ALIGN(body);

	*length = message->nlmsg_len > skip ? message->nlmsg_len - skip : 0;
	return (const unsigned char *)message + skip;
}
