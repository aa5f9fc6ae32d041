#include "snapshot/network/trace.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h> /* before the kernel's own of the same */
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/await.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/net/inside.h"
#include "base/net/netlink.h"
#include "base/text.h"

enum { NFT_MS = 30000, QUIET_MS = 300, MOST_BYTES = 1 << 20 };

/* Before and behind all that others have: -400 and 400. What is traced is marked in the first ones. */
static const struct { const char *name, *hook, *priority; } chains[] = {
	{ "prerouting-first", "prerouting", "-400" }, { "output-first", "output", "-400" },
	{ "prerouting-last", "prerouting", "400" }, { "input-last", "input", "400" },
	{ "forward-last", "forward", "400" }, { "output-last", "output", "400" },
	{ "postrouting-last", "postrouting", "400" },
};

static void add_mark(const char *chain, const char *match, struct text *ret)
{
	text_addf(ret, "add rule inet stave-trace %s %s meta nftrace set 1\n", chain, match);
}

/* The table: of a probe the packets to and from its address, else all. */
static void write_table(const struct probe *probe, struct text *ret)
{
	const char *family = probe->to.family == AF_INET6 ? "ip6" : "ip";
	char address[ADDRESS_TEXT], match[80];

	text_add(ret, "add table inet stave-trace\n");
	for (size_t i = 0; i < COUNT(chains); i++)
		text_addf(ret, "add chain inet stave-trace %s { type filter hook %s priority %s; }\n",
			  chains[i].name, chains[i].hook, chains[i].priority);
	for (size_t i = 0; i < 2; i++) {
		if (!probe->protocol) {
			add_mark(chains[i].name, "", ret);
			continue;
		}
		snprintf(match, sizeof(match), "%s daddr %s", family, address_print(&probe->to, address));
		add_mark(chains[i].name, match, ret);
		snprintf(match, sizeof(match), "%s saddr %s", family, address);
		add_mark(chains[i].name, match, ret);
	}
}

/* What the helper says before the events. */
struct found {
	int code, route_code, route_index;
	struct address gateway;
};

struct asked {
	const struct probe *probe;
	const char *nft;
};

/* ---- the helper's part, in the network namespace ---- */

static int tell_nft(const char *nft, const char *input)
{
	static const char *const argv[] = { "nft", "-f", "-", NULL };
	const struct inside here = { -1, -1 };
	cleanup_text struct text said = { 0 };
	int status = 0;

	if (inside_run(&here, nft, argv, input, NFT_MS, &said, &status) < 0)
		return -1;
	errno = EPERM;
	return status ? -1 : 0;
}

static int open_listener(void)
{
	cleanup_fd int fd = netlink_open_for(NETLINK_NETFILTER);
	int group = NFNLGRP_NFTRACE, bytes = MOST_BYTES;
	struct sockaddr_nl any = { .nl_family = AF_NETLINK };

	if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0 ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	return steal_fd(&fd);
}

/* RTM_GETROUTE: by which interface and gateway the kernel would send. */
static void ask_route(const struct probe *probe, struct found *ret)
{
	struct rtmsg body = { .rtm_family = (unsigned char)probe->to.family,
			      .rtm_dst_len = (unsigned char)(probe->to.size * 8) };
	cleanup_text struct text answer = { 0 };
	cleanup_fd int fd = netlink_open();
	struct netlink request;
	size_t length, size;

	netlink_begin(&request, RTM_GETROUTE, 0, &body, sizeof(body));
	netlink_add(&request, RTA_DST, probe->to.bytes, probe->to.size);
	if (fd < 0 || netlink_get(fd, &request, &answer) < 0 || answer.len < NLMSG_HDRLEN) {
		ret->route_code = errno;
		return;
	}
	const void *first = netlink_attributes((const void *)answer.s, sizeof(body), &length);
	const void *index = netlink_find(first, length, RTA_OIF, &size);
	if (index && size == sizeof(ret->route_index))
		memcpy(&ret->route_index, index, size);
	const void *gateway = netlink_find(first, length, RTA_GATEWAY, &size);
	if (gateway && size == probe->to.size) {
		ret->gateway = (struct address){ .family = probe->to.family, .size = size,
						 .prefix = (unsigned)size * 8 };
		memcpy(ret->gateway.bytes, gateway, size);
	}
}

static bool take_events(int fd, struct text *ret)
{
	union { struct nlmsghdr header; char bytes[8192]; } message;
	ssize_t got = recv(fd, &message, sizeof(message), MSG_DONTWAIT);

	if (got <= 0 || ret->len > MOST_BYTES)
		return false;
	text_addn(ret, message.bytes, (size_t)got);
	text_addn(ret, "\0\0\0", NLMSG_ALIGN((size_t)got) - (size_t)got);
	return true;
}

/* Listen until the time is over or, once the probe has its answer, until it has been quiet for a while. */
static void follow(int events, int probe, const struct probe *asked, struct found *found, struct text *ret)
{
	int64_t end = clock_ms() + asked->seconds * 1000LL, quiet = end;
	bool answered = probe < 0;

	if (probe < 0 && asked->protocol)
		quiet = clock_ms() + QUIET_MS;
	while (clock_ms() < quiet && clock_ms() < end) {
		struct pollfd polled[] = { { events, POLLIN, 0 },
					   { answered ? -1 : probe, packet_waits(asked), 0 } };
		if (poll(polled, 2, (int)((quiet < end ? quiet : end) - clock_ms())) < 0 && errno != EINTR)
			return;
		while (polled[0].revents && take_events(events, ret))
			quiet = answered && asked->protocol ? clock_ms() + QUIET_MS : end;
		if (polled[1].revents && packet_answer(probe, asked, &found->code)) {
			answered = true;
			quiet = clock_ms() + QUIET_MS;
		}
	}
}

static int trace_there(void *arg, int out, int *status)
{
	const struct asked *asked = arg;
	struct found found = { .code = ETIMEDOUT };
	cleanup_text struct text events = { 0 };
	cleanup_fd int listener = open_listener();
	cleanup_text struct text table = { 0 };
	int probe = -1;

	(void)status;
	write_table(asked->probe, &table);
	if (listener < 0 || tell_nft(asked->nft, text_of(&table)) < 0)
		return -1;
	if (asked->probe->protocol) {
		ask_route(asked->probe, &found);
		probe = packet_send(asked->probe, &found.code);
	}
	follow(listener, probe, asked->probe, &found, &events);
	if (probe >= 0)
		close(probe);
	if (tell_nft(asked->nft, "delete table inet stave-trace\n") < 0)
		return -1;
	if (write_fd(out, (const char *)&found, sizeof(found)) < 0)
		return -1;
	return write_fd(out, text_of(&events), events.len);
}

/* ---- reading what it says ---- */

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

/* The kernel tells the packet once a chain. */
static void take_packet(const struct trace_event *before, struct trace_event *event)
{
	if (before->id != event->id || strcmp(before->chain, event->chain) != 0)
		return;
	event->has_packet = before->has_packet;
	event->from = before->from;
	event->to = before->to;
	event->protocol = before->protocol;
	event->sport = before->sport;
	event->dport = before->dport;
	event->in = before->in;
	event->out = before->out;
}

static void add_event(const struct nlmsghdr *message, pid_t pid, struct trace *ret)
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
		.pid = pid, .id = (uint32_t)number_at(in, NFTA_TRACE_ID),
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
		packet_read(network, size, transport, transport_size, event);
	else if (ret->count > 1)
		take_packet(event - 1, event);
}

static void parse(const char *bytes, size_t length, pid_t pid, struct trace *ret)
{
	cleanup_free void *copy = malloc(length + 1); /* aligned */
	const struct nlmsghdr *message = copy;

	if (!copy)
		out_of_memory();
	memcpy(copy, bytes, length);
	for (; NLMSG_OK(message, length); message = NLMSG_NEXT(message, length))
		if (message->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_TRACE))
			add_event(message, pid, ret);
}

int trace_take(pid_t pid, const struct probe *probe, struct trace *ret, struct error *err)
{
	cleanup_inside struct inside inside = { -1, -1 };
	cleanup_text struct text said = { 0 };
	struct inside_end end;
	struct found found;
	char path[256];
	struct asked asked = { probe, inside_program("nft", path, sizeof(path)) };
	char folder[32];

	*ret = (struct trace){ 0 };
	if (!asked.nft) {
		fail(err, ENOENT, "execve nft");
		fail_why(err, "nft(8) is not installed: it is the program that makes rules of nftables");
		return fail_fix(err, "!apt install nftables (the package has this name in dnf, apk and pacman too)");
	}
	snprintf(folder, sizeof(folder), "/proc/%d", pid);
	cleanup_fd int proc = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0 || inside_open(proc, &inside) < 0)
		return fail(err, errno, "open %s/ns/net", folder);
	int ms = (int)probe->seconds * 1000 + 2 * NFT_MS;
	if (inside_call(&inside, trace_there, &asked, ms, &said, &end) < 0) {
		int code = errno, status;
		/* The helper was ended, or did not come to the end by itself. */
		inside_run(&inside, asked.nft, (const char *const[]){ "nft", "delete", "table", "inet", "stave-trace", NULL },
			   NULL, NFT_MS, NULL, &status);
		return fail(err, code, end.joined ? "nft -f -: trace" : "setns to its net namespace");
	}
	if (said.len < sizeof(found))
		return fail(err, EPROTO, "trace");
	memcpy(&found, said.s, sizeof(found));
	ret->code = found.code;
	ret->route_code = found.route_code;
	ret->route_index = found.route_index;
	ret->gateway = found.gateway;
	parse(said.s + sizeof(found), said.len - sizeof(found), pid, ret);
	return 0;
}

void trace_done(struct trace *trace)
{
	arena_done(&trace->arena);
	free(trace->events);
	*trace = (struct trace){ 0 };
}
