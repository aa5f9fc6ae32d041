/* Listening to nftables' trace in several network namespaces at once: a helper process in each. */
#include "snapshot/network/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter/nfnetlink.h>
#include <netinet/in.h>
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
#include "snapshot/network/events.h"

enum { NFT_MS = 30000, QUIET_MS = 50 /* for what is still on its way */, MOST_BYTES = 1 << 20 };

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

/* The table: what may be part of the journey of a probe, else all. Addresses change on the way, so they tell
 * nothing; of TCP only what begins or refuses a connection is asked for, and errors speak ICMP. */
static void write_table(const struct probe *probe, struct text *ret)
{
	static const char *const icmp[] = { "meta l4proto icmp", "meta l4proto ipv6-icmp" };

	text_add(ret, "add table inet stave-trace\n");
	for (size_t i = 0; i < COUNT(chains); i++)
		text_addf(ret, "add chain inet stave-trace %s { type filter hook %s priority %s; }\n",
			  chains[i].name, chains[i].hook, chains[i].priority);
	for (size_t i = 0; i < 2; i++) {
		if (!probe->protocol) {
			add_mark(chains[i].name, "", ret);
			continue;
		}
		add_mark(chains[i].name, icmp[0], ret);
		add_mark(chains[i].name, icmp[1], ret);
		if (probe->protocol == IPPROTO_TCP)
			add_mark(chains[i].name, "tcp flags & (syn|rst) != 0", ret);
		if (probe->protocol == IPPROTO_UDP)
			add_mark(chains[i].name, "meta l4proto udp", ret);
	}
}

/* A helper in one of the network namespaces. */
struct station {
	struct inside inside;
	struct inside_work work;
	bool ready;
};

struct stations {
	const struct probe *probe;
	struct trace_place *places;
	struct station *list;
	size_t count;
	int stop[2]; /* a pipe: that its writing end is closed tells the helpers to come to an end */
	const char *nft;
	char path[256];
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

static bool take_events(int fd, struct text *ret)
{
	union { struct nlmsghdr header; char bytes[8192]; } message;
	ssize_t got = recv(fd, &message, sizeof(message), MSG_DONTWAIT);

	if (got <= 0)
		return false;
	if (ret->len > MOST_BYTES)
		return true;
	text_addn(ret, message.bytes, (size_t)got);
	text_addn(ret, "\0\0\0", NLMSG_ALIGN((size_t)got) - (size_t)got);
	return true;
}

/* Keep what the kernel tells until there is no more to wait for. */
static void listen_on(int events, int stop, struct text *ret)
{
	struct pollfd polled[] = { { events, POLLIN, 0 }, { stop, POLLIN, 0 } };

	while (!polled[1].revents) {
		if (poll(polled, 2, -1) < 0 && errno != EINTR)
			return;
		while (take_events(events, ret))
			;
	}
}

static int stand(void *arg, int out, int *status)
{
	const struct stations *all = arg;
	cleanup_text struct text table = { 0 }, events = { 0 };
	cleanup_fd int listener = open_listener();

	(void)status;
	close(all->stop[1]);
	write_table(all->probe, &table);
	if (listener < 0 || tell_nft(all->nft, text_of(&table)) < 0 || write_fd(out, "r", 1) < 0)
		return -1;
	listen_on(listener, all->stop[0], &events);
	if (tell_nft(all->nft, "delete table inet stave-trace\n") < 0)
		return -1;
	return write_fd(out, text_of(&events), events.len);
}

/* ---- */

static int begin(struct stations *all, size_t i)
{
	struct station *station = &all->list[i];
	char folder[32];

	snprintf(folder, sizeof(folder), "/proc/%d", all->places[i].pid);
	cleanup_fd int proc = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0 || inside_open(proc, &station->inside) < 0)
		return -1;
	return inside_begin(&station->inside, stand, all, &station->work);
}

static bool wait_ready(struct station *station)
{
	char byte;

	return station->work.pid > 0 && await_readable(station->work.in, await_until(NFT_MS)) == 0 &&
	       read(station->work.in, &byte, 1) == 1;
}

/* The table of a helper that did not come to its end by itself. */
static void take_table_away(const struct stations *all, const struct station *station)
{
	static const char *const argv[] = { "nft", "delete", "table", "inet", "stave-trace", NULL };
	int status;

	inside_run(&station->inside, all->nft, argv, NULL, NFT_MS, NULL, &status);
}

/* What became of one: its events go to ret, which may be NULL. 0, or -1 with errno. */
static int finish(struct stations *all, size_t i, struct trace *ret)
{
	struct station *station = &all->list[i];
	cleanup_text struct text said = { 0 };
	struct inside_end end;
	int code = 0;

	if (inside_finish(&station->work, NFT_MS, &said, &end) < 0) {
		code = errno;
		if (station->ready)
			take_table_away(all, station);
	}
	inside_close(&station->inside);
	if (!code && ret)
		events_parse(text_of(&said), said.len, i, ret);
	errno = code;
	return code ? -1 : 0;
}

static int fail_without_nft(struct error *err)
{
	fail(err, ENOENT, "execve nft");
	fail_why(err, "nft(8) is not installed: it is the program that makes rules of nftables");
	return fail_fix(err, "!apt install nftables (the package has this name in dnf, apk and pacman too)");
}

static struct stations *new_stations(const struct probe *probe, struct trace_place *places, size_t count)
{
	struct stations *ret = calloc(1, sizeof(*ret));

	if (!ret || !(ret->list = calloc(count, sizeof(*ret->list))))
		out_of_memory();
	*ret = (struct stations){ .probe = probe, .places = places, .list = ret->list, .count = count };
	for (size_t i = 0; i < count; i++)
		ret->list[i] = (struct station){ .inside = { -1, -1 }, .work = { .pid = -1, .in = -1 } };
	return ret;
}

struct stations *stations_begin(const struct probe *probe, struct trace_place *places, size_t count,
				struct error *err)
{
	struct stations *ret = new_stations(probe, places, count);

	ret->nft = inside_program("nft", ret->path, sizeof(ret->path));
	int code = ret->nft ? 0 : errno;
	if (!ret->nft)
		fail_without_nft(err);
	else if (pipe2(ret->stop, O_CLOEXEC) < 0)
		fail(err, code = errno, "pipe2");
	if (code) {
		free(ret->list);
		free(ret);
		return NULL;
	}
	for (size_t i = 0; i < count; i++)
		places[i].unseen = begin(ret, i) < 0 ? errno : 0;
	for (size_t i = 0; i < count; i++)
		ret->list[i].ready = wait_ready(&ret->list[i]);
	for (size_t i = count; i-- > 0;)
		if (!ret->list[i].ready && finish(ret, i, NULL) < 0)
			places[i].unseen = errno;
	if (!places[0].unseen)
		return ret;
	code = places[0].unseen;
	stations_end(ret, NULL);
	fail(err, code, "nft -f -: trace");
	return NULL;
}

void stations_end(struct stations *stations, struct trace *ret)
{
	if (ret && !await_interrupted())
		poll(NULL, 0, QUIET_MS);
	close(stations->stop[1]);
	for (size_t i = 0; i < stations->count; i++)
		if (stations->list[i].ready && finish(stations, i, ret) < 0)
			stations->places[i].unseen = errno;
	close(stations->stop[0]);
	free(stations->list);
	free(stations);
}
