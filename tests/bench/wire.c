/* What wiring a child costs the kernel: a process in a new network namespace, a bridge with an address, a veth
 * pair with one end there, two more calls for the address and the route inside, by bare netlink. Everything
 * lies in a namespace of its own. Prints the
 * microseconds that the router's namespace takes, then each round's parts: the child's namespace, the wiring.
 *
 * usage: wire [ROUNDS]    wire now: what the clock says, in microseconds, for who measures its start */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static void set_up(int fd, unsigned index, unsigned master)
{
	struct ifinfomsg body = { .ifi_index = (int)index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	struct request request;

	begin(&request, RTM_NEWLINK, 0, &body, sizeof(body));
	if (master)
		add(&request, IFLA_MASTER, &master, sizeof(master));
	tell(fd, &request);
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

static void add_link(int fd, const char *name, const char *kind, const char *peer, int there)
{
	struct ifinfomsg body = { 0 };
	struct request request;

	begin(&request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof(body));
	add(&request, IFLA_IFNAME, name, strlen(name) + 1);
	struct rtattr *info = add(&request, IFLA_LINKINFO, NULL, 0);
	add(&request, IFLA_INFO_KIND, kind, strlen(kind));
	if (peer) {
		struct rtattr *of = add(&request, IFLA_INFO_DATA, NULL, 0);
		struct rtattr *other = add(&request, VETH_INFO_PEER, &body, sizeof(body));
		add(&request, IFLA_IFNAME, peer, strlen(peer) + 1);
		add(&request, IFLA_NET_NS_FD, &there, sizeof(there));
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

/* The child's side, in its own namespace. */
static void wire_inside(void)
{
	int fd = open_netlink();

	add_address(fd, if_nametoindex("eth0"), "172.17.0.2");
	set_up(fd, if_nametoindex("eth0"), 0);
	set_up(fd, 1, 0);
	add_default(fd, "172.17.0.1");
	close(fd);
}

static int child_of(int ready, int wired)
{
	char byte = 0;

	if (unshare(CLONE_NEWNET) < 0)
		die("unshare");
	if (write(ready, &byte, 1) != 1 || read(wired, &byte, 1) != 1)
		exit(1);
	wire_inside();
	if (write(ready, &byte, 1) != 1)
		exit(1);
	pause();
	return 0;
}

static void take_away(int fd)
{
	struct ifinfomsg body = { .ifi_index = (int)if_nametoindex("br0") };
	struct request request;

	begin(&request, RTM_DELLINK, 0, &body, sizeof(body));
	tell(fd, &request);
	/* The wire goes some time after the other end's namespace. */
	while (if_nametoindex("a"))
		usleep(1000);
}

static void round_of(int fd, double *namespaces, double *wiring)
{
	int ready[2], wired[2];
	char path[64], byte = 0;
	double start = now();

	if (pipe2(ready, O_CLOEXEC) < 0 || pipe2(wired, O_CLOEXEC) < 0)
		die("pipe2");
	pid_t pid = fork();
	if (pid == 0)
		exit(child_of(ready[1], wired[0]));
	if (pid < 0 || read(ready[0], &byte, 1) != 1)
		die("child");
	*namespaces = now() - start;
	start = now();
	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	int there = open(path, O_RDONLY | O_CLOEXEC);
	add_link(fd, "br0", "bridge", NULL, 0);
	add_address(fd, if_nametoindex("br0"), "172.17.0.1");
	set_up(fd, if_nametoindex("br0"), 0);
	add_link(fd, "a", "veth", "eth0", there);
	set_up(fd, if_nametoindex("a"), if_nametoindex("br0"));
	if (write(wired[1], &byte, 1) != 1 || read(ready[0], &byte, 1) != 1)
		die("child");
	*wiring = now() - start;
	close(there);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	for (int i = 0; i < 2; i++) {
		close(ready[i]);
		close(wired[i]);
	}
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "now") == 0) {
		printf("%.0f\n", now());
		return 0;
	}
	int rounds = argc > 1 ? atoi(argv[1]) : 1;
	double namespaces, wiring, start = now();

	/* An ordinary user's is in a user namespace. */
	if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		die("unshare");
	printf("%.0f\n", now() - start);
	int fd = open_netlink();
	for (int i = 0; i < rounds; i++) {
		if (i)
			take_away(fd);
		round_of(fd, &namespaces, &wiring);
		printf("%.0f %.0f\n", namespaces, wiring);
	}
	return 0;
}
