/* Connect the child with another network namespace, from there: RTM_NEWLINK of a veth(4), rtnetlink(7). The
 * kernel asks for CAP_NET_ADMIN over both network namespaces, and the child has none over one whose user
 * namespace lies above its own. A socket that a helper made in the other one has it over both. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/nsfs.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/net/door.h"
#include "base/net/inside.h"
#include "base/text.h"
#include "ops/network/link.h"
#include "ops/op.h"

static const struct field fields[] = {
	{ "name", FIELD_STRING, offsetof(struct op, wire.name) },
	{ "address", FIELD_STRING, offsetof(struct op, wire.address) },
	{ "peer", FIELD_STRING, offsetof(struct op, wire.peer) },
	{ "from", FIELD_FD, offsetof(struct op, wire.from) },
	{ "to", FIELD_FD, offsetof(struct op, wire.to) },
	{ "bridge", FIELD_STRING, offsetof(struct op, wire.bridge) },
	{ "alias", FIELD_STRING, offsetof(struct op, wire.alias) },
	{ "index", FIELD_NUMBER, offsetof(struct op, wire.index) },
	{ "peer_index", FIELD_NUMBER, offsetof(struct op, wire.peer_index) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "the user namespace that owns the child's network namespace is neither the other one's nor below it: nobody may change both", "in a child that has no network namespace yet: setns @router user, then unshare net" },
	{ EEXIST, "an interface of that name is there already, at one of the two ends", "net and @router net list them; net veth NAME PEER says both names" },
	{ ENODEV, "the other network namespace has no bridge of that name", "@router net lists them" },
	{ EOPNOTSUPP, "this kernel has no interfaces of that type: neither built in nor as a module that is loaded", NULL },
	{ EINVAL, "the kernel does not take one of the values", NULL },
	{ ESRCH, "the process whose network namespace it is has ended", NULL },
	{ 0 }
};

/* The end that the child sees: its name, its hardware address, and the namespace it is made in. */
static void add_near(struct netlink *request, const struct op *op, const unsigned char *mac)
{
	struct ifinfomsg body = { .ifi_index = (int)op->wire.index };
	size_t info = netlink_nest(request, IFLA_LINKINFO, NULL, 0);

	netlink_add_text(request, IFLA_INFO_KIND, "veth");
	size_t data = netlink_nest(request, IFLA_INFO_DATA, NULL, 0);
	size_t peer = netlink_nest(request, VETH_INFO_PEER, &body, sizeof(body));
	netlink_add_text(request, IFLA_IFNAME, op->wire.name);
	netlink_add_number(request, IFLA_NET_NS_FD, (uint32_t)op->wire.from.fd);
	if (op->wire.address)
		netlink_add(request, IFLA_ADDRESS, mac, 6);
	netlink_end(request, peer);
	netlink_end(request, data);
	netlink_end(request, info);
}

/* A request about the interface of this name, where the socket is. */
static void begin_named(struct netlink *request, unsigned type, const char *name)
{
	const struct ifinfomsg body = { 0 };

	netlink_begin(request, type, 0, &body, sizeof(body));
	netlink_add_text(request, IFLA_IFNAME, name);
}

/* The number of an interface where the socket is: if_nametoindex(3) asks this process's own namespace. */
static unsigned index_there(int fd, const char *name)
{
	cleanup_text struct text answer = { 0 };
	struct ifinfomsg body;
	struct netlink request;

	begin_named(&request, RTM_GETLINK, name);
	if (netlink_get(fd, &request, &answer) < 0)
		return 0;
	if (answer.len < NLMSG_LENGTH(sizeof(body))) {
		errno = EPROTO;
		return 0;
	}
	memcpy(&body, answer.s + NLMSG_HDRLEN, sizeof(body));
	return (unsigned)body.ifi_index;
}

/* The kernel takes an alias for an interface that is there, not for one that it makes. */
static int name_alias(int fd, const struct op *op, struct op_outcome *outcome)
{
	struct op_outcome ignored = { 0 };
	struct netlink request;

	begin_named(&request, RTM_NEWLINK, op->wire.peer);
	netlink_add(&request, IFLA_IFALIAS, op->wire.alias, strlen(op->wire.alias));
	if (link_ask_by(fd, &request, outcome) == 0)
		return 0;
	int code = errno;
	begin_named(&request, RTM_DELLINK, op->wire.peer);
	link_ask_by(fd, &request, &ignored);
	errno = code;
	return -1;
}

/* By a socket in the other network namespace. A port of a bridge is up from the beginning: it has no address to
 * set. The child's end cannot be: the kernel makes it first, and its peer is not there yet (ENOTCONN). */
static int make(int fd, const struct op *op, struct op_outcome *outcome)
{
	unsigned bridge = op->wire.bridge ? index_there(fd, op->wire.bridge) : 0;
	struct ifinfomsg body = { .ifi_index = (int)op->wire.peer_index, .ifi_flags = bridge ? IFF_UP : 0,
				  .ifi_change = bridge ? IFF_UP : 0 };
	unsigned char mac[6];
	struct netlink request;

	if (op->wire.bridge && !bridge)
		return -1;
	if (op->wire.address && !link_mac(op->wire.address, mac)) {
		errno = EINVAL;
		return -1;
	}
	netlink_begin(&request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof(body));
	netlink_add_text(&request, IFLA_IFNAME, op->wire.peer);
	if (bridge)
		netlink_add_number(&request, IFLA_MASTER, bridge);
	add_near(&request, op, mac);
	if (link_ask_by(fd, &request, outcome) < 0) {
		if (errno == EOPNOTSUPP)
			link_option("veth", outcome);
		return -1;
	}
	return op->wire.alias ? name_alias(fd, op, outcome) : 0;
}

/* Whether the user namespace inner is outer, or lies below it. */
static bool lies_within(int inner, int outer)
{
	cleanup_fd int at = fcntl(inner, F_DUPFD_CLOEXEC, 0);
	struct stat wanted, st;

	if (fstat(outer, &wanted) < 0)
		return false;
	while (at >= 0 && fstat(at, &st) == 0) {
		if (st.st_ino == wanted.st_ino && st.st_dev == wanted.st_dev)
			return true;
		int parent = ioctl(at, NS_GET_PARENT);
		close(at);
		at = parent;
	}
	return false;
}

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	cleanup_inside struct inside near = { -1, -1 }, far = { -1, -1 };

	(void)stage;
	if (inside_of(op->wire.from.fd, &near) < 0 || inside_of(op->wire.to.fd, &far) < 0)
		return -1;
	/* The shell's own network namespace is the host's. */
	if (near.net < 0 || far.net < 0) {
		errno = EPERM;
		return -1;
	}
	/* Newer kernels ask for rights over both ends; Linux 6.12 lets one end into any namespace that is open. */
	if (far.owner >= 0 && (near.owner < 0 || !lies_within(near.owner, far.owner))) {
		errno = EPERM;
		return -1;
	}
	int fd = door_open(&far);
	int ret = fd < 0 ? -1 : make(fd, op, outcome), code = errno;
	door_close_all(); /* the programs that run now may outlive that namespace's last process */
	errno = code;
	return ret;
}

const struct op_info op_wire = {
	.name = "RTM_NEWLINK", .man = "veth(4)",
	.does = "connect {name} with {peer} in the network namespace {to}",
	.call = "RTM_NEWLINK(NLM_F_CREATE|NLM_F_EXCL, IFLA_IFNAME={peer|c}{bridge?, IFF_UP, IFLA_MASTER={bridge|c}}, "
		"IFLA_INFO_KIND=\"veth\", VETH_INFO_PEER={name|c}, IFLA_NET_NS_FD={from}{address?, IFLA_ADDRESS={address}}{alias?, IFLA_IFALIAS={alias|c}})",
	.shell = "nsenter --net={to|sh} ip link add name {peer|sh}{bridge? master {bridge|sh} up} type veth peer "
		 "name {name|sh}{address? address {address|sh}} netns PID",
	.back = BACK_BY_UNLINK, .back_path = offsetof(struct op, wire.name),
	.side = ON_HOST, .fields = fields, .hints = hints, .run = run,
};
