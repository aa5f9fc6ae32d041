#include "session/host/forward/ties.h"

#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/net/door.h"
#include "base/net/inside.h"
#include "base/net/netlink.h"
#include "base/text.h"
#include "session/host/forward/forward.h"
#include "session/host/forward/names.h"

/* How many forwarders and ports there are, whoever has them. */
static size_t held;

bool ties_are_held(void)
{
	return held;
}

void ties_add_forwarder(struct ties *ties, struct forwarder *forwarder)
{
	LIST_FIT(ties->forwarders, ties->forwarder_count + 1);
	ties->forwarders[ties->forwarder_count++] = forwarder;
	held++;
}

void ties_add_hosts(struct ties *ties, struct names *names, int fd, const char *text, const char *line)
{
	struct stat st;

	/* A child's word is not taken for what it sends. */
	if (ties->named || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return;
	}
	ties->named = names_add(names, fd, text, line);
	for (size_t i = 0; i < ties->port_count; i++)
		names_join(ties->named, ties->ports[i].inode, ties->ports[i].bridge);
}

void ties_add_port(struct ties *ties, const char *net, int fd, const char *name, const char *bridge)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return;
	LIST_FIT(ties->ports, ties->port_count + 1);
	struct bridge_port *port = &ties->ports[ties->port_count++];
	held++;
	*port = (struct bridge_port){ text_copy(net), st.st_ino, text_copy(name), text_copy(bridge) };
	if (ties->named)
		names_join(ties->named, st.st_ino, bridge);
}

static bool is_of(const struct bridge_port *port, pid_t pid)
{
	int process;

	return sscanf(port->net, "/proc/%9d/", &process) == 1 && process == pid;
}

void ties_renumber(struct ties *ties, pid_t from, pid_t to)
{
	char path[48];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", to);
	for (size_t i = 0; i < ties->port_count; i++)
		if (is_of(&ties->ports[i], from)) {
			free(ties->ports[i].net);
			ties->ports[i].net = text_copy(path);
		}
}

bool ties_lead_to(const struct ties *ties, pid_t pid, const char *bridge)
{
	for (size_t i = 0; i < ties->port_count; i++)
		if (is_of(&ties->ports[i], pid) &&
		    (!bridge || strcmp(ties->ports[i].bridge, bridge) == 0))
			return true;
	return false;
}

/* Where the process has ended, or has another network namespace, the port has gone with that. */
static void remove_port(const struct bridge_port *port)
{
	cleanup_fd int fd = open(port->net, O_RDONLY | O_CLOEXEC);
	cleanup_inside struct inside inside = { -1, -1 };
	struct ifinfomsg body = { 0 };
	struct netlink request;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || st.st_ino != port->inode || inside_of(fd, &inside) < 0 || inside.net < 0)
		return;
	int door = door_open(&inside);
	if (door < 0)
		return;
	netlink_begin(&request, RTM_DELLINK, 0, &body, sizeof(body));
	netlink_add_text(&request, IFLA_IFNAME, port->name);
	netlink_ask(door, &request, NULL, 0);
	door_close_all(); /* the network namespace may be about to end */
}

/* Whether the port is in the list of the interfaces, "  eth0: 0 ...". */
static bool is_listed(const char *list, const char *name)
{
	size_t length = strlen(name);

	for (const char *line = list; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		line += strspn(line, " ");
		if (strncmp(line, name, length) == 0 && line[length] == ':')
			return true;
	}
	return false;
}

/* Whether it is there no more, although its network namespace is. */
static bool is_lost(const struct bridge_port *port, struct ports_seen *seen)
{
	cleanup_text struct text path = { 0 };
	struct stat st;

	if (stat(port->net, &st) < 0 || st.st_ino != port->inode)
		return false;
	if (seen->inode != port->inode) {
		text_clear(&seen->list);
		text_addf(&path, "%.*s/net/dev", (int)(strlen(port->net) - strlen("/ns/net")), port->net);
		seen->inode = read_file(AT_FDCWD, path.s, 16 << 20, &seen->list) < 0 ? 0 : port->inode;
	}
	return seen->inode && !is_listed(text_of(&seen->list), port->name);
}

bool ties_lost_port(const struct ties *ties, struct ports_seen *seen)
{
	for (size_t i = 0; i < ties->port_count; i++)
		if (is_lost(&ties->ports[i], seen))
			return true;
	return false;
}

bool ties_have(const struct ties *ties, const struct forward *forward)
{
	for (size_t i = 0; i < ties->forwarder_count; i++)
		if (forwarder_has(ties->forwarders[i], forward))
			return true;
	return false;
}

void ties_reap(struct ties *ties, struct text *news)
{
	size_t live = 0;

	for (size_t i = 0; i < ties->forwarder_count; i++) {
		if (forwarder_ended(ties->forwarders[i], news))
			forwarder_free(ties->forwarders[i]);
		else
			ties->forwarders[live++] = ties->forwarders[i];
	}
	held -= ties->forwarder_count - live;
	ties->forwarder_count = live;
}

void ties_take_ports(struct ties *ties, struct ties *other)
{
	for (size_t i = 0; i < other->port_count; i++) {
		LIST_FIT(ties->ports, ties->port_count + 1);
		ties->ports[ties->port_count++] = other->ports[i];
	}
	other->port_count = 0;
}

void ties_cut(struct ties *ties)
{
	held -= ties->forwarder_count + ties->port_count;
	for (size_t i = 0; i < ties->forwarder_count; i++)
		forwarder_free(ties->forwarders[i]);
	for (size_t i = 0; i < ties->port_count; i++) {
		remove_port(&ties->ports[i]);
		free(ties->ports[i].net);
		free(ties->ports[i].name);
		free(ties->ports[i].bridge);
	}
	names_leave(ties->named);
	free(ties->forwarders);
	free(ties->ports);
	*ties = (struct ties){ 0 };
}
