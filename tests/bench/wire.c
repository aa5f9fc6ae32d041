/* What a container in a network costs the kernel beyond one without: a program that makes by bare system calls what
 * "container --net bridge" makes, once.
 *   The router: a process in a network namespace of its own, which brings up lo, makes the bridge with its address,
 *   and hands a socket over to who made it, that it may make the wires.
 *   A container's wire, by that socket: a veth, one end a port of the bridge and up, with a note of whose it is, the
 *   other with its hardware address in the container's network namespace. Inside the address, up, the default route,
 *   and who may send echo requests.
 * The container's process and its network namespace, where lo is up, are there before: --net none has them, too.
 * As an ordinary user all is in a user namespace, which is there before as well. Nobody checks anything, names
 * anything by what was typed, or can take anything back.
 *
 * usage: wire      prints two times in microseconds: the router's, and the wire's
 *        wire none  has the container alone, for who measures the whole program
 *        wire now  what the clock says, in microseconds, for who measures its start */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct request {
	struct nlmsghdr header;
	char bytes[1024];
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void begin(struct request *request, int type, int flags, const void *body, size_t size)
{
	memset(request, 0, sizeof(*request));
	request->header = (struct nlmsghdr){ .nlmsg_len = (unsigned)NLMSG_LENGTH(size), .nlmsg_type = (unsigned short)type,
					     .nlmsg_flags = (unsigned short)(NLM_F_REQUEST | NLM_F_ACK | flags) };
	memcpy(NLMSG_DATA(&request->header), body, size);
}

static struct rtattr *add(struct request *request, int type, const void *value, size_t size)
{
	struct rtattr *ret = (struct rtattr *)((char *)request + NLMSG_ALIGN(request->header.nlmsg_len));

	ret->rta_type = (unsigned short)type;
	ret->rta_len = (unsigned short)RTA_LENGTH(size);
	if (size)
		memcpy(RTA_DATA(ret), value, size);
	request->header.nlmsg_len = (unsigned)NLMSG_ALIGN(request->header.nlmsg_len) + RTA_ALIGN(ret->rta_len);
	return ret;
}

static void end(struct request *request, struct rtattr *nest)
{
	nest->rta_len = (unsigned short)((char *)request + request->header.nlmsg_len - (char *)nest);
}

static void tell(int fd, struct request *request)
{
	struct { struct nlmsghdr header; struct nlmsgerr error; char more[4096]; } answer;

	if (send(fd, request, request->header.nlmsg_len, 0) < 0 || recv(fd, &answer, sizeof(answer), 0) < 0)
		die("netlink");
	if (answer.error.error) {
		errno = -answer.error.error;
		die("netlink answers");
	}
}

static int open_netlink(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0)
		die("socket");
	return fd;
}

static void set_up(int fd, unsigned index)
{
	struct ifinfomsg body = { .ifi_index = (int)index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	struct request request;

	begin(&request, RTM_SETLINK, 0, &body, sizeof(body));
	tell(fd, &request);
}

static void set_alias(int fd, const char *name, const char *alias)
{
	struct ifinfomsg body = { 0 };
	struct request request;

	begin(&request, RTM_SETLINK, 0, &body, sizeof(body));
	add(&request, IFLA_IFNAME, name, strlen(name) + 1);
	add(&request, IFLA_IFALIAS, alias, strlen(alias));
	tell(fd, &request);
}

/* The number of an interface where the socket was made. */
static unsigned index_there(int fd, const char *name)
{
	struct { struct nlmsghdr header; struct ifinfomsg body; char more[4096]; } answer;
	struct ifinfomsg body = { 0 };
	struct request request;

	begin(&request, RTM_GETLINK, 0, &body, sizeof(body));
	request.header.nlmsg_flags = NLM_F_REQUEST;
	add(&request, IFLA_IFNAME, name, strlen(name) + 1);
	if (send(fd, &request, request.header.nlmsg_len, 0) < 0 || recv(fd, &answer, sizeof(answer), 0) < 0)
		die("netlink");
	if (answer.header.nlmsg_type != RTM_NEWLINK)
		die("RTM_GETLINK");
	return (unsigned)answer.body.ifi_index;
}

static void add_address(int fd, unsigned index, const char *address)
{
	struct ifaddrmsg body = { .ifa_family = AF_INET, .ifa_prefixlen = 16, .ifa_index = index };
	struct in_addr in;
	struct request request;

	inet_pton(AF_INET, address, &in);
	begin(&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof(body));
	add(&request, IFA_LOCAL, &in, sizeof(in));
	add(&request, IFA_ADDRESS, &in, sizeof(in));
	tell(fd, &request);
}

/* peer: a veth's other end, in the network namespace there. */
struct link {
	const char *name, *kind, *peer;
	unsigned master;
	bool up;
	int there;
};

static void add_link(int fd, struct link link)
{
	static const unsigned char mac[] = { 0x02, 0x42, 172, 17, 0, 2 };
	struct ifinfomsg none = { 0 }, body = { .ifi_flags = link.up ? IFF_UP : 0, .ifi_change = link.up ? IFF_UP : 0 };
	struct request request;

	begin(&request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof(body));
	add(&request, IFLA_IFNAME, link.name, strlen(link.name) + 1);
	if (link.master)
		add(&request, IFLA_MASTER, &link.master, sizeof(link.master));
	struct rtattr *info = add(&request, IFLA_LINKINFO, NULL, 0);
	add(&request, IFLA_INFO_KIND, link.kind, strlen(link.kind));
	if (link.peer) {
		struct rtattr *of = add(&request, IFLA_INFO_DATA, NULL, 0);
		struct rtattr *other = add(&request, VETH_INFO_PEER, &none, sizeof(none));
		add(&request, IFLA_IFNAME, link.peer, strlen(link.peer) + 1);
		add(&request, IFLA_NET_NS_FD, &link.there, sizeof(link.there));
		add(&request, IFLA_ADDRESS, mac, sizeof(mac));
		end(&request, other);
		end(&request, of);
	}
	end(&request, info);
	tell(fd, &request);
}

static void add_default(int fd, const char *via)
{
	struct rtmsg body = { .rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_BOOT,
			      .rtm_scope = RT_SCOPE_UNIVERSE, .rtm_type = RTN_UNICAST };
	struct in_addr in;
	struct request request;

	inet_pton(AF_INET, via, &in);
	begin(&request, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof(body));
	add(&request, RTA_GATEWAY, &in, sizeof(in));
	tell(fd, &request);
}

/* In the router: what it needs before the first wire. */
static void make_bridge(int fd)
{
	set_up(fd, 1);
	add_link(fd, (struct link){ .name = "br0", .kind = "bridge", .up = true });
	add_address(fd, if_nametoindex("br0"), "172.17.0.1");
}

/* In the container. */
static void wire_inside(void)
{
	int fd = open_netlink(), range = open("/proc/sys/net/ipv4/ping_group_range", O_WRONLY | O_CLOEXEC);
	unsigned eth0 = if_nametoindex("eth0");

	add_address(fd, eth0, "172.17.0.2");
	set_up(fd, eth0);
	add_default(fd, "172.17.0.1");
	if (write(range, "0 0", 3) != 3)
		die("ping_group_range");
	close(range);
	close(fd);
}

/* ---- the processes ---- */

static void send_socket(int to, int fd)
{
	union { char bytes[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } beside = { 0 };
	struct iovec byte = { "", 1 };
	struct msghdr message = { .msg_iov = &byte, .msg_iovlen = 1, .msg_control = beside.bytes,
				  .msg_controllen = sizeof(beside.bytes) };

	beside.align.cmsg_level = SOL_SOCKET;
	beside.align.cmsg_type = SCM_RIGHTS;
	beside.align.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&beside.align), &fd, sizeof(int));
	if (sendmsg(to, &message, 0) < 0)
		die("sendmsg");
}

static int take_socket(int from)
{
	union { char bytes[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } beside = { 0 };
	char byte;
	struct iovec into = { &byte, 1 };
	struct msghdr message = { .msg_iov = &into, .msg_iovlen = 1, .msg_control = beside.bytes,
				  .msg_controllen = sizeof(beside.bytes) };
	int ret;

	if (recvmsg(from, &message, MSG_CMSG_CLOEXEC) != 1 || !CMSG_FIRSTHDR(&message))
		die("recvmsg");
	memcpy(&ret, CMSG_DATA(&beside.align), sizeof(int));
	return ret;
}

/* A process in a network namespace of its own, which ends with this one. Its end of the pair in *ours. */
static pid_t begin_process(void (*call)(int theirs), int *ours)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		die("socketpair");
	pid_t pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || unshare(CLONE_NEWNET) < 0)
			die("unshare");
		close(pair[0]);
		call(pair[1]);
		exit(0);
	}
	close(pair[1]);
	*ours = pair[0];
	return pid;
}

static void router(int theirs)
{
	int fd = open_netlink();

	make_bridge(fd);
	send_socket(theirs, fd);
	close(fd);
	pause();
}

static void container(int theirs)
{
	char byte = 0;
	int fd = open_netlink();

	set_up(fd, 1);
	close(fd);
	if (write(theirs, &byte, 1) != 1 || read(theirs, &byte, 1) != 1)
		die("container");
	wire_inside();
	if (write(theirs, &byte, 1) != 1)
		die("container");
	pause();
}

static int open_net(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static void write_file(const char *path, const char *s)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, s, strlen(s)) < 0)
		die(path);
	close(fd);
}

/* An ordinary user has no rights outside of one. */
static void enter_user_namespace(void)
{
	char map[32];
	unsigned uid = getuid(), gid = getgid();

	if (uid == 0)
		return;
	if (unshare(CLONE_NEWUSER) < 0)
		die("unshare");
	snprintf(map, sizeof(map), "0 %u 1", uid);
	write_file("/proc/self/uid_map", map);
	write_file("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", gid);
	write_file("/proc/self/gid_map", map);
}

/* Prints both times. */
static pid_t connect_it(pid_t container, int containers)
{
	int routers;
	char byte = 0;
	double start = now();
	pid_t ret = begin_process(router, &routers);
	int fd = take_socket(routers);
	printf("%.0f ", now() - start);

	start = now();
	int there = open_net(container);
	add_link(fd, (struct link){ .name = "a", .kind = "veth", .master = index_there(fd, "br0"), .up = true,
				    .peer = "eth0", .there = there });
	set_alias(fd, "a", "container 172.17.0.2/16");
	if (write(containers, &byte, 1) != 1 || read(containers, &byte, 1) != 1)
		die("container");
	printf("%.0f\n", now() - start);
	return ret;
}

static void end_process(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
	int containers;
	char byte;

	if (argc > 1 && strcmp(argv[1], "now") == 0) {
		printf("%.0f\n", now());
		return 0;
	}
	enter_user_namespace();
	pid_t pid = begin_process(container, &containers);
	if (read(containers, &byte, 1) != 1)
		die("container");

	if (argc == 1)
		end_process(connect_it(pid, containers));
	end_process(pid);
	return 0;
}
