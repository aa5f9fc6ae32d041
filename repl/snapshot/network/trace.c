/* A packet that is sent, and the way that the kernel has for one. */
#include "snapshot/network/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/await.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/net/inside.h"
#include "base/net/netlink.h"
#include "base/text.h"

enum { HELPER_MS = 10000, SLICE_MS = 100 };

/* Have a helper in the network namespace of pid do it. */
static int call_in(pid_t pid, int (*call)(void *arg, int out, int *status), void *arg, int ms, struct text *said,
		   struct inside_end *end)
{
	cleanup_inside struct inside inside = { -1, -1 };
	char folder[32];

	*end = (struct inside_end){ 0 };
	snprintf(folder, sizeof(folder), "/proc/%d", pid);
	cleanup_fd int proc = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0 || inside_open(proc, &inside) < 0)
		return -1;
	return inside_call(&inside, call, arg, ms, said, end);
}

static int send_there(void *arg, int out, int *status)
{
	const struct probe *probe = arg;
	int64_t end = clock_ms() + probe->seconds * 1000LL;
	cleanup_fd int fd = probe->protocol ? packet_send(probe, status) : -1;

	(void)out;
	if (probe->protocol && fd < 0)
		return 0;
	*status = ETIMEDOUT;
	while (clock_ms() < end && !await_interrupted()) {
		struct pollfd polled = { fd, packet_waits(probe), 0 };
		int64_t left = end - clock_ms();
		if (poll(&polled, 1, left < SLICE_MS ? (int)left : SLICE_MS) > 0 && packet_answer(fd, probe, status))
			break;
	}
	return 0;
}

int probe_send(pid_t pid, const struct probe *probe, int *code, struct error *err)
{
	struct probe copy = *probe;
	struct inside_end end;

	if (call_in(pid, send_there, &copy, (int)probe->seconds * 1000 + HELPER_MS, NULL, &end) < 0)
		return fail(err, errno, end.joined ? "trace" : "setns to its net namespace");
	*code = end.status;
	return 0;
}

/* ---- RTM_GETROUTE ---- */

struct asked {
	const struct address *to, *from;
	int in;
};

static void read_way(const struct text *answer, size_t size, struct way *ret)
{
	const struct nlmsghdr *header = (const void *)answer->s;
	const struct rtmsg *body = NLMSG_DATA(header);
	size_t length, got;
	const void *first = netlink_attributes(header, sizeof(*body), &length);
	const void *index = netlink_find(first, length, RTA_OIF, &got);

	ret->local = body->rtm_type == RTN_LOCAL;
	if (index && got == sizeof(ret->index))
		memcpy(&ret->index, index, got);
	const void *gateway = netlink_find(first, length, RTA_GATEWAY, &got);
	if (!gateway || got != size)
		return;
	ret->gateway = (struct address){ .family = body->rtm_family, .size = size, .prefix = (unsigned)size * 8 };
	memcpy(ret->gateway.bytes, gateway, size);
}

static int ask_there(void *arg, int out, int *status)
{
	const struct asked *asked = arg;
	struct rtmsg body = { .rtm_family = (unsigned char)asked->to->family,
			      .rtm_dst_len = (unsigned char)(asked->to->size * 8) };
	cleanup_text struct text answer = { 0 };
	cleanup_fd int fd = netlink_open();
	struct netlink request;
	struct way way = { 0 };

	if (asked->from)
		body.rtm_src_len = body.rtm_dst_len;
	netlink_begin(&request, RTM_GETROUTE, 0, &body, sizeof(body));
	netlink_add(&request, RTA_DST, asked->to->bytes, asked->to->size);
	if (asked->from)
		netlink_add(&request, RTA_SRC, asked->from->bytes, asked->from->size);
	if (asked->in)
		netlink_add_number(&request, RTA_IIF, (uint32_t)asked->in);
	if (fd < 0 || netlink_get(fd, &request, &answer) < 0)
		way.code = errno;
	else if (answer.len >= NLMSG_LENGTH(sizeof(body)))
		read_way(&answer, asked->to->size, &way);
	*status = 0;
	return write_fd(out, (const char *)&way, sizeof(way));
}

void way_ask(pid_t pid, const struct address *to, const struct address *from, int in, struct way *ret)
{
	struct asked asked = { to, from, in };
	cleanup_text struct text said = { 0 };
	struct inside_end end;

	*ret = (struct way){ 0 };
	if (call_in(pid, ask_there, &asked, HELPER_MS, &said, &end) == 0 && said.len == sizeof(*ret))
		memcpy(ret, said.s, sizeof(*ret));
}
