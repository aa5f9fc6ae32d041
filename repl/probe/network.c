/* What is on the host's network and on a wire that is shared with others. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probe/probe.h"

enum { ANSWER_MS = 500 };

/* ---- the wire ---- */

/* The right comes before the interface: there is none of that name, ENODEV. netdevice(7). */
static long set_no_interface(int family, unsigned long request)
{
	struct ifreq interface = { .ifr_name = "stave-none", .ifr_flags = IFF_UP | IFF_PROMISC };
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	long ret = fd < 0 ? -1 : ioctl(fd, request, &interface);
	int code = errno;

	if (fd >= 0)
		close(fd);
	errno = code;
	return ret;
}

void try_promiscuous(struct verdict *verdict)
{
	judge(verdict, set_no_interface(AF_INET, SIOCSIFFLAGS));
}

/* Whoever adds an address announces it, and answers for it from then on. */
void try_take_address(struct verdict *verdict)
{
	judge(verdict, set_no_interface(AF_INET, SIOCSIFADDR));
	long six = set_no_interface(AF_INET6, SIOCSIFADDR);
	/* A kernel without IPv6 has no such socket. */
	if (verdict->result != RESULT_OPEN && (six == 0 || errno != EAFNOSUPPORT))
		judge(verdict, six);
}

/* ---- the host's ---- */

/* Names of unix(7) without a file, as /proc/net/unix lists those of the network namespace. */
void try_host_names(struct verdict *verdict)
{
	const char *name = told(verdict, "PROBE_SOCKET");
	FILE *list = name ? fopen("/proc/net/unix", "re") : NULL;
	char line[512], *at;

	if (!name)
		return;
	if (!list) {
		stopped(verdict, errno, "/proc/net/unix");
		return;
	}
	stopped(verdict, 0, "the shell's is not among them");
	while (fgets(line, sizeof(line), list))
		if ((at = strrchr(line, '@')) && strncmp(at + 1, name, strlen(name)) == 0)
			succeeded(verdict, "@%s", name);
	fclose(list);
}

/* 0 where somebody accepts, else errno: ETIMEDOUT where nobody says anything. */
static int connect_to(const char *host, uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), code = 0;
	socklen_t size = sizeof(code);

	if (fd < 0 || inet_pton(AF_INET, host, &address.sin_addr) != 1)
		return fd < 0 ? errno : EINVAL;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 && errno != EINPROGRESS)
		code = errno;
	else if (poll(&(struct pollfd){ fd, POLLOUT, 0 }, 1, ANSWER_MS) == 0)
		code = ETIMEDOUT;
	else
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size);
	close(fd);
	return code;
}

void try_host_port(struct verdict *verdict)
{
	const char *port = told(verdict, "PROBE_PORT");
	int code = port ? connect_to("127.0.0.1", (uint16_t)atoi(port)) : 0;

	if (port && code)
		stopped(verdict, code, "connect to 127.0.0.1:%s", port);
	else if (port)
		succeeded(verdict, "127.0.0.1:%s", port);
}

void try_host_address(struct verdict *verdict)
{
	static const char key[] = "PROBE_ADDRESS"; /* it may be missing, which told() would say */
	const char *address = getenv(key), *colon = address ? strchr(address, ':') : NULL;
	char host[INET_ADDRSTRLEN] = "";

	if (!colon || (size_t)(colon - address) >= sizeof(host)) {
		absent(verdict, "the host has no way to the world");
		return;
	}
	memcpy(host, address, (size_t)(colon - address));
	int code = connect_to(host, (uint16_t)atoi(colon + 1));
	/* The shell listens there: who refuses is another machine that has the address, such as the router. */
	if (code)
		stopped(verdict, code, "connect to %s", host);
	else
		succeeded(verdict, "%s answers", host);
}

/* Who refuses is there, too. */
void try_metadata(struct verdict *verdict)
{
	static const char host[] = "169.254.169.254";
	int code = connect_to(host, 80);

	if (code == 0 || code == ECONNREFUSED)
		succeeded(verdict, "%s answers", host);
	else
		stopped(verdict, code, "connect to %s", host);
}
