/* Asking a network namespace. Its socket has to be made by somebody who is in it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/await.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/net/netlink.h"
#include "snapshot/network/parse.h"

/* How long the helper may take. Lists that change are asked for again. */
enum { HELPER_MS = 5000, TRIES = 5 };

/* What the helper says first: errno, and which call it is of. */
struct verdict {
	int code;
	char call[28];
};

static int list(int fd, unsigned type, int family, struct text *ret)
{
	struct { struct rtmsg route; char more[16]; } body = { 0 };
	size_t size = type == RTM_GETLINK ? sizeof(struct ifinfomsg) :
		      type == RTM_GETADDR ? sizeof(struct ifaddrmsg) : sizeof(struct rtmsg);
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

/* All that is read, as messages. 0, or -1 with errno. */
static int ask_all(int host, struct text *ret)
{
	cleanup_fd int fd = netlink_open();

	if (fd < 0 || list(fd, RTM_GETLINK, AF_UNSPEC, ret) < 0 ||
	    list(fd, RTM_GETADDR, AF_UNSPEC, ret) < 0 ||
	    list(fd, RTM_GETROUTE, AF_INET, ret) < 0)
		return -1;
	/* A kernel without IPv6 has no such list. */
	if (list(fd, RTM_GETROUTE, AF_INET6, ret) < 0 && errno != EOPNOTSUPP)
		return -1;
	if (host >= 0)
		ask_number(fd, host, ret);
	return 0;
}

/* The helper: joins, asks, and writes what it got. An ordinary user has the right to join only in the
 * user namespace that owns the network namespace; root has it as it is. */
static void help(int user, int net, int host, int out)
{
	struct verdict verdict = { 0 };
	cleanup_text struct text messages = { 0 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_DUMPABLE, 0);
	if (setns(net, CLONE_NEWNET) < 0 &&
	    (user < 0 || setns(user, CLONE_NEWUSER) < 0 || setns(net, CLONE_NEWNET) < 0))
		verdict = (struct verdict){ errno, "setns to its net namespace" };
	else if (ask_all(host, &messages) < 0)
		verdict = (struct verdict){ errno, "rtnetlink" };
	write_fd(out, (const char *)&verdict, sizeof(verdict));
	if (verdict.code == 0)
		write_fd(out, text_of(&messages), messages.len);
}

static int read_answer(int fd, struct text *ret)
{
	int64_t deadline = await_until(HELPER_MS);

	for (;;) {
		if (await_readable(fd, deadline) < 0)
			return -1;
		ssize_t got = read(fd, text_room(ret, 1 << 16), 1 << 16);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return (int)got;
		text_grew(ret, (size_t)got);
	}
}

static int ask_by_helper(int user, int net, int host, struct text *ret, struct error *err)
{
	cleanup_text struct text answer = { 0 };
	struct verdict verdict;
	int ends[2], status;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail(err, errno, "pipe2");
	pid_t pid = fork();
	if (pid == 0) {
		help(user, net, host, ends[1]);
		_exit(0);
	}
	int code = errno;
	cleanup_fd int in = ends[0];
	close(ends[1]);
	if (pid < 0)
		return fail(err, code, "fork");
	code = read_answer(in, &answer) < 0 ? errno : 0;
	if (code)
		kill(pid, SIGKILL);
	if (await_exit(pid, HELPER_MS, &status) < 0 && !code)
		code = errno;
	if (code || answer.len < sizeof(verdict))
		return fail(err, code ? code : EPIPE, "ask the network namespace");
	memcpy(&verdict, answer.s, sizeof(verdict));
	if (verdict.code)
		return fail(err, verdict.code, "%s", verdict.call);
	text_addn(ret, answer.s + sizeof(verdict), answer.len - sizeof(verdict));
	return 0;
}

/* The file of a namespace of a process; -1 with err. */
static int open_ns(pid_t pid, const char *type, struct error *err)
{
	char path[48];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, type);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail(err, errno, "open %s", path);
	return fd;
}

static int ask(pid_t pid, struct text *messages, struct error *err)
{
	struct error none;
	struct stat theirs, ours;
	cleanup_fd int net = open_ns(pid, "net", err);

	if (net < 0)
		return -1;
	cleanup_fd int host = open_ns(getpid(), "net", err);
	if (host < 0 || fstat(net, &theirs) < 0 || fstat(host, &ours) < 0)
		return host < 0 ? -1 : fail(err, errno, "fstat");
	if (theirs.st_ino == ours.st_ino && theirs.st_dev == ours.st_dev)
		return ask_all(-1, messages) < 0 ? fail(err, errno, "rtnetlink") : 0;
	/* Where this cannot be opened, joining without it may do. */
	cleanup_fd int user = open_ns(pid, "user", &none);
	return ask_by_helper(user, net, host, messages, err);
}

int network_read(pid_t pid, struct network *ret, struct error *err)
{
	cleanup_text struct text messages = { 0 };

	*ret = (struct network){ .hosts = -1 };
	if (ask(pid, &messages, err) < 0)
		return -1;
	network_parse(&messages, ret);
	return 0;
}

void network_done(struct network *network)
{
	arena_done(&network->arena);
	free(network->links);
	free(network->addresses);
	free(network->routes);
	*network = (struct network){ 0 };
}

const struct link *network_link(const struct network *network, int index)
{
	for (size_t i = 0; i < network->link_count; i++)
		if (network->links[i].index == index)
			return &network->links[i];
	return NULL;
}
