/* Asking a network namespace. Its socket has to be made by somebody who is in it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/neighbour.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/net/door.h"
#include "base/net/inside.h"
#include "base/net/netlink.h"
#include "snapshot/network/parse.h"
#include "snapshot/network/rules.h"

/* How long the helper may take, and nft(8). Lists that change are asked for again. */
enum { HELPER_MS = 30000, NFT_MS = 30000, TRIES = 5 };

/* The size of what begins a request for a list of this type. */
static size_t body_size(unsigned type)
{
	return type == RTM_GETLINK ? sizeof(struct ifinfomsg) : type == RTM_GETADDR ? sizeof(struct ifaddrmsg) :
	       type == RTM_GETNEIGH ? sizeof(struct ndmsg) : type == RTM_GETQDISC ? sizeof(struct tcmsg) :
	       sizeof(struct rtmsg);
}

static int list(int fd, unsigned type, int family, struct text *ret)
{
	struct { struct rtmsg route; char more[16]; } body = { 0 };
	size_t size = body_size(type);
	struct netlink request;
	size_t length = ret->len;

	body.route.rtm_family = (unsigned char)family; /* the first byte of each of them */
	for (int tries = 0; tries < TRIES; tries++) {
		netlink_begin(&request, type, 0, &body, size);
		if (netlink_list(fd, &request, ret) == 0)
			return 0;
		if (errno != EINTR)
			return -1;
		ret->len = length; /* it changed meanwhile: what came is part of no one state */
	}
	return -1;
}

/* What number the namespace gives another, behind a descriptor: RTM_GETNSID. Without one the answer
 * is -1, and an error is no worse. */
static void ask_number(int fd, int other, struct text *ret)
{
	struct rtgenmsg body = { 0 };
	struct netlink request;

	netlink_begin(&request, RTM_GETNSID, 0, &body, sizeof(body));
	netlink_add_number(&request, NETNSA_FD, (uint32_t)other);
	netlink_get(fd, &request, ret);
}

static int ask_links(int fd, struct text *ret)
{
	return fd < 0 || list(fd, RTM_GETLINK, AF_UNSPEC, ret) < 0 ? -1 : list(fd, RTM_GETADDR, AF_UNSPEC, ret);
}

/* All that is read, as messages. host: a descriptor of this process's own namespace, -1 where the other one is
 * that. 0, or -1 with errno. */
static int ask_all(int host, struct text *ret)
{
	cleanup_fd int fd = netlink_open();

	if (ask_links(fd, ret) < 0)
		return -1;
	if (list(fd, RTM_GETROUTE, AF_INET, ret) < 0)
		return -1;
	/* A kernel without IPv6 has no such list. */
	if (list(fd, RTM_GETROUTE, AF_INET6, ret) < 0 && errno != EOPNOTSUPP)
		return -1;
	if (host >= 0)
		ask_number(fd, host, ret);
	/* A kernel without traffic control has no such list, and one without neighbours none of those. */
	if (list(fd, RTM_GETNEIGH, AF_UNSPEC, ret) < 0 || list(fd, RTM_GETQDISC, AF_UNSPEC, ret) < 0)
		return errno == EOPNOTSUPP ? 0 : -1;
	return 0;
}

/* A note among the messages. */
static void add_note(unsigned type, const char *s, size_t length, struct text *ret)
{
	struct nlmsghdr header = { .nlmsg_type = (uint16_t)type, .nlmsg_len = (uint32_t)(NLMSG_HDRLEN + length) };

	text_addn(ret, (const char *)&header, sizeof(header));
	text_addn(ret, s, length);
	text_addn(ret, "\0\0\0", NLMSG_ALIGN(length) - length);
}

/* A switch of the network namespace: sysctl files are those of the process that opens them. */
static void add_switch(unsigned type, const char *path, struct text *ret)
{
	cleanup_text struct text value = { 0 };

	if (read_file(AT_FDCWD, path, 64, &value) == 0)
		add_note(type, text_of(&value), value.len, ret);
}

static void add_rules(struct text *ret)
{
	static const char *const argv[] = { "nft", "-a", "list", "ruleset", NULL };
	const struct inside here = { -1, -1 };
	cleanup_text struct text said = { 0 };
	char place[256];
	const char *nft;
	int status = 0, any = rules_any();

	/* Without nf_tables in the kernel there are none. */
	if (any == 0 || (any < 0 && (errno == EPROTONOSUPPORT || errno == EINVAL || errno == EOPNOTSUPP)))
		return;
	if (any > 0 && !(nft = inside_program("nft", place, sizeof(place))))
		add_note(NOTE_NO_NFT, "", 0, ret);
	else if (any < 0 || inside_run(&here, nft, argv, NULL, NFT_MS, &said, &status) < 0)
		add_note(NOTE_NO_RULES, errno_name(errno), strlen(errno_name(errno)), ret);
	else
		add_note(status ? NOTE_NO_RULES : NOTE_RULES, text_of(&said), said.len, ret);
}

/* The helper's part, in the network namespace. */
static int read_here(void *arg, int out, int *status)
{
	cleanup_text struct text messages = { 0 };

	(void)status;
	if (ask_all(*(int *)arg, &messages) < 0)
		return -1;
	add_switch(NOTE_FORWARD4, "/proc/sys/net/ipv4/ip_forward", &messages);
	add_switch(NOTE_FORWARD6, "/proc/sys/net/ipv6/conf/all/forwarding", &messages);
	add_rules(&messages);
	return write_fd(out, text_of(&messages), messages.len);
}

/* What was read last of a process's network namespace since network_forget(). pid 0: nothing. */
static struct {
	pid_t pid;
	struct text messages;
} last;

void network_forget(void)
{
	last.pid = 0;
}

/* By a socket that later questions of the same line use, too. */
static int ask_by_door(pid_t pid, const struct inside *inside, struct text *messages, struct error *err)
{
	int fd = door_open(inside);

	if (fd < 0)
		return fail(err, errno, "open a netlink socket in its net namespace");
	if (ask_links(fd, messages) == 0) {
		last.pid = pid;
		text_clear(&last.messages);
		text_addn(&last.messages, text_of(messages), messages->len);
		return 0;
	}
	int code = errno;
	door_close_all();
	return fail(err, code, "rtnetlink");
}

static int ask(pid_t pid, bool all, struct text *messages, struct error *err)
{
	cleanup_inside struct inside inside = { -1, -1 };
	struct inside_end end;
	char path[48];

	if (!all && pid == last.pid) {
		text_addn(messages, text_of(&last.messages), last.messages.len);
		return 0;
	}
	snprintf(path, sizeof(path), "/proc/%d", pid);
	cleanup_fd int proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0 || inside_open(proc, &inside) < 0)
		return fail(err, errno, "open %s/ns/net", path);
	if (!all)
		return ask_by_door(pid, &inside, messages, err);
	cleanup_fd int host = inside.net >= 0 ? open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC) : -1;
	if (inside_call(&inside, read_here, &host, HELPER_MS, messages, &end) == 0)
		return 0;
	return fail(err, errno, end.joined ? "rtnetlink" : "setns to its net namespace");
}

static int read_network(pid_t pid, bool all, struct network *ret, struct error *err)
{
	cleanup_text struct text messages = { 0 };

	*ret = (struct network){ .hosts = -1, .rules_known = all ? RULES_NONE : RULES_UNREAD, .forward = { -1, -1 } };
	if (ask(pid, all, &messages, err) < 0)
		return -1;
	network_parse(&messages, ret);
	return 0;
}

int network_read(pid_t pid, struct network *ret, struct error *err)
{
	return read_network(pid, true, ret, err);
}

int network_read_links(pid_t pid, struct network *ret, struct error *err)
{
	return read_network(pid, false, ret, err);
}

void network_done(struct network *network)
{
	arena_done(&network->arena);
	free(network->links);
	free(network->addresses);
	free(network->routes);
	free(network->neighbours);
	free(network->listeners);
	free(network->chains);
	free(network->rules);
	free(network->qdiscs);
	*network = (struct network){ 0 };
}

const struct link *network_link(const struct network *network, int index)
{
	for (size_t i = 0; i < network->link_count; i++)
		if (network->links[i].index == index)
			return &network->links[i];
	return NULL;
}

const struct neighbour *network_neighbour(const struct network *network, int index, const struct address *address)
{
	for (size_t i = 0; i < network->neighbour_count; i++)
		if (network->neighbours[i].index == index && address_equal(&network->neighbours[i].address, address))
			return &network->neighbours[i];
	return NULL;
}

const struct link *network_link_called(const struct network *network, const char *name)
{
	for (size_t i = 0; name && i < network->link_count; i++)
		if (strcmp(network->links[i].name, name) == 0)
			return &network->links[i];
	return NULL;
}
