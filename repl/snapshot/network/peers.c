/* Where a link leads whose other end is in another network namespace: IFLA_LINK_NETNSID is the number
 * that this namespace gives that one, and RTM_GETNSID tells the number of a namespace behind a descriptor.
 * So every network namespace that a process is in, as far as this user may look, is asked for. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/net/inside.h"
#include "base/net/netlink.h"
#include "base/process/proc.h"
#include "base/text.h"
#include "snapshot/network/network.h"

enum { MOST = 256 /* network namespaces that are asked for */, HELPER_MS = 30000 };

/* The network namespaces of the machine, the first process of each, and their numbers here. */
struct namespaces {
	size_t count;
	struct { int fd; pid_t pid; dev_t device; ino_t inode; int number; } list[MOST];
};

static void add_namespace(int proc, const char *name, struct namespaces *ret)
{
	struct stat st;
	char path[300];

	snprintf(path, sizeof(path), "%s/ns/net", name);
	if (ret->count == MOST || fstatat(proc, path, &st, 0) < 0)
		return;
	for (size_t i = 0; i < ret->count; i++)
		if (ret->list[i].inode == st.st_ino && ret->list[i].device == st.st_dev)
			return;
	int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	ret->list[ret->count].fd = fd;
	ret->list[ret->count].pid = (pid_t)strtol(name, NULL, 10);
	ret->list[ret->count].device = st.st_dev;
	ret->list[ret->count].inode = st.st_ino;
	ret->list[ret->count++].number = -1;
}

static void find_all(struct namespaces *ret)
{
	int proc = proc_root(), fd = proc >= 0 ? openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	DIR *list = fd >= 0 ? fdopendir(fd) : NULL;

	/* This process's own first, so that it stands for its namespace. */
	if (list)
		add_namespace(fd, "self", ret);
	for (struct dirent *entry; list && (entry = readdir(list));)
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			add_namespace(fd, entry->d_name, ret);
	if (list)
		closedir(list);
	else if (fd >= 0)
		close(fd);
}

/* What number the namespace gives the one behind the descriptor; -1 for none. */
static int number_of(int fd, int other)
{
	struct rtgenmsg body = { 0 };
	cleanup_text struct text answer = { 0 };
	struct netlink request;
	size_t length, size = 0;
	int ret = -1;

	netlink_begin(&request, RTM_GETNSID, 0, &body, sizeof(body));
	netlink_add_number(&request, NETNSA_FD, (uint32_t)other);
	if (netlink_get(fd, &request, &answer) < 0 || answer.len < NLMSG_HDRLEN)
		return -1;
	const void *first = netlink_attributes((const void *)answer.s, sizeof(body), &length);
	const void *value = netlink_find(first, length, NETNSA_NSID, &size);
	if (value && size == sizeof(ret))
		memcpy(&ret, value, sizeof(ret));
	return ret;
}

/* The helper's part: a number for each. */
static int ask_numbers(void *arg, int out, int *status)
{
	const struct namespaces *all = arg;
	cleanup_fd int fd = netlink_open();
	int numbers[MOST];

	(void)status;
	for (size_t i = 0; fd >= 0 && i < all->count; i++)
		numbers[i] = number_of(fd, all->list[i].fd);
	return fd < 0 ? -1 : write_fd(out, (const char *)numbers, all->count * sizeof(*numbers));
}

static bool ask(pid_t pid, struct namespaces *all)
{
	cleanup_inside struct inside inside = { -1, -1 };
	cleanup_text struct text said = { 0 };
	struct inside_end end;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d", pid);
	cleanup_fd int proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0 || inside_open(proc, &inside) < 0 ||
	    inside_call(&inside, ask_numbers, all, HELPER_MS, &said, &end) < 0 ||
	    said.len != all->count * sizeof(int))
		return false;
	for (size_t i = 0; i < all->count; i++)
		memcpy(&all->list[i].number, said.s + i * sizeof(int), sizeof(int));
	return true;
}

/* All links that lead into one namespace get their names from one reading of it. */
static void name_links(struct network *network, int number, pid_t pid, bool here)
{
	cleanup_network struct network there = { 0 };
	struct error unread;
	bool known = network_read(here ? getpid() : pid, &there, &unread) == 0;

	for (size_t i = 0; i < network->link_count; i++) {
		struct link *link = &network->links[i];
		const struct link *end = known ? network_link(&there, link->on) : NULL;
		if (link->elsewhere != number)
			continue;
		link->peer = here ? getpid() : pid;
		link->peer_here = here;
		link->peer_name = arena_copy(&network->arena, end ? end->name : "");
	}
}

static bool leads_to(const struct network *network, int number)
{
	for (size_t i = 0; i < network->link_count; i++)
		if (network->links[i].elsewhere == number)
			return true;
	return false;
}

void network_find_peers(pid_t pid, struct network *network)
{
	struct namespaces all = { 0 };
	bool any = false;

	for (size_t i = 0; i < network->link_count; i++)
		any = any || network->links[i].elsewhere >= 0;
	if (!any)
		return;
	find_all(&all);
	if (ask(pid, &all))
		for (size_t i = 0; i < all.count; i++)
			if (all.list[i].number >= 0 && leads_to(network, all.list[i].number))
				name_links(network, all.list[i].number, all.list[i].pid, i == 0);
	for (size_t i = 0; i < all.count; i++)
		close(all.list[i].fd);
}

bool network_shared(pid_t a, pid_t b)
{
	struct stat st[2];
	char path[48];
	int proc = proc_root();

	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%d/ns/net", i ? b : a);
		if (proc < 0 || fstatat(proc, path, &st[i], 0) < 0)
			return false;
	}
	return st[0].st_ino == st[1].st_ino && st[0].st_dev == st[1].st_dev;
}
