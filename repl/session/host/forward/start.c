/* The shell's side: the listening socket, and the process. */
#include "session/host/forward/forward.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/await.h"
#include "base/causes/causes.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/message.h"
#include "base/process/signal.h"
#include "base/process/title.h"
#include "base/syscalls.h"
#include "base/text.h"
#include "session/host/forward/loop.h"
#include "session/host/forward/process.h"

enum {
	JOINING = 5000, /* ms in which the process has to have joined */
	ENDING = 2000,  /* and to have ended when its life is closed */
	QUEUE = 128     /* clients that wait to be accepted: listen(2) */
};

struct forwarder {
	pid_t pid;
	int life; /* the process ends when this is closed, however the shell ended */
	int pidfd;
	const char *name; /* as ps shows it */
	struct forward forward; /* port 0: a way out */
};

static struct destination socket_address(const struct address *address, uint16_t port)
{
	struct destination ret = { 0 };

	if (address->family == AF_INET6) {
		struct sockaddr_in6 *six = (struct sockaddr_in6 *)&ret.address;
		six->sin6_family = AF_INET6;
		six->sin6_port = htons(port);
		memcpy(&six->sin6_addr, address->bytes, sizeof(six->sin6_addr));
		ret.size = sizeof(*six);
	} else {
		struct sockaddr_in *four = (struct sockaddr_in *)&ret.address;
		four->sin_family = AF_INET;
		four->sin_port = htons(port);
		memcpy(&four->sin_addr, address->bytes, sizeof(four->sin_addr));
		ret.size = sizeof(*four);
	}
	return ret;
}

static uint16_t port_of(int fd)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		return 0;
	return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
						   : ((struct sockaddr_in *)&address)->sin_port);
}

static int fail_bind(const struct forward *forward, int code, struct error *err)
{
	const char *protocol = forward->datagrams ? "udp" : "tcp";
	char text[ADDRESS_TEXT];

	fail(err, code, "bind(%s port %d of %s)", protocol, forward->port, address_print(&forward->at, text));
	if (code == EADDRINUSE) {
		fail_as(err, ERR_PORT_USED);
		fail_cause(err, CAUSE_NET_PORT_USED);
		fail_why(err, "a process listens on this port of the host already");
		return fail_fix(err, "choose another port of the host, or run ss -ln%s 'sport = :%d' to see the process",
				forward->datagrams ? "up" : "tp", forward->port);
	}
	if (code == EACCES) {
		fail_as(err, ERR_PORT_RESERVED);
		fail_cause(err, CAUSE_NET_PORT_RESERVED);
		fail_why(err, "ports below sysctl net.ipv4.ip_unprivileged_port_start are reserved for CAP_NET_BIND_SERVICE");
		return fail_fix(err, "choose a port of the host from 1024 on");
	}
	if (code != EADDRNOTAVAIL)
		return -1;
	fail_cause(err, CAUSE_NET_NO_ADDRESS);
	fail_why(err, "no interface of the host has this address");
	return fail_fix(err, "net show host lists those that there are; two ports alone are for all of them");
}

/* A socket on the host that does not block; -1 with err. */
static int listen_on_host(const struct forward *forward, struct error *err)
{
	const int type = (forward->datagrams ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
	struct destination at = socket_address(&forward->at, forward->port);
	cleanup_fd int fd = socket(forward->at.family, type, 0);
	const int yes = 1;

	if (fd < 0)
		return fail(err, errno, "socket");
	/* A port that was just given up can be taken again at once; of UDP it would be shared. */
	if (!forward->datagrams)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(fd, (struct sockaddr *)&at.address, at.size) < 0 ||
	    (!forward->datagrams && listen(fd, QUEUE) < 0))
		return fail_bind(forward, errno, err);
	return steal_fd(&fd);
}

/* ---- the process ---- */

static int join(int user, int net)
{
	const struct sys_caps none = { 0 };

	if ((user >= 0 && setns(user, CLONE_NEWUSER) < 0) || setns(net, CLONE_NEWNET) < 0)
		return errno;
	/* Privileges end here: what comes from the network is read without any. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || sys_capset(&none) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return errno;
	return 0;
}

void forward_keep(int **kept, size_t count)
{
	/* First out of the way of those places, then into them. */
	for (size_t i = 0; i < count; i++)
		if (*kept[i] >= 0)
			*kept[i] = fcntl(*kept[i], F_DUPFD, 64);
	for (size_t i = 0; i < count; i++)
		if (*kept[i] >= 0)
			*kept[i] = dup2(*kept[i], 3 + (int)i);
	close_from(3 + (int)count);
}

void forward_begin(const char *title)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setsid(); /* keys of the terminal are not for it */
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	title_set(title);
}

struct serving {
	const struct forward *forward;
	int listening, user, net, owner;
};

static void serve(const void *arg, int life, int said)
{
	const struct serving *serving = arg;
	const struct forward *forward = serving->forward;
	const struct destination to = socket_address(&forward->to, forward->to_port);
	int listening = serving->listening, user = serving->user, net = serving->net, owner = serving->owner;
	int *kept[] = { &listening, &life, &said, &user, &net, &owner };
	int code;

	forward_begin("stave-forwarder");
	forward_keep(kept, COUNT(kept));
	code = join(user, net);
	/* setns(2) into a user namespace and dumpable clear it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (write(said, &code, sizeof(code)) != sizeof(code) || code)
		_exit(1);
	close(said);
	close(net);
	if (user >= 0)
		close(user);
	const int lives[LIVES] = { life, owner };
	if (forward->datagrams)
		forward_datagrams(listening, lives, &to);
	else
		forward_streams(listening, lives, &to);
	_exit(0);
}

/* What the process says of its joining: 0 or an errno. */
static int hear(int fd)
{
	int code;

	if (await_readable(fd, await_until(JOINING)) < 0)
		return errno;
	return read(fd, &code, sizeof(code)) == sizeof(code) ? code : EPIPE;
}

struct forwarder *forward_start(void (*begin)(const void *arg, int life, int said), const void *arg, const char *name,
				struct error *err)
{
	int lives[2], says[2];

	if (pipe2(lives, O_CLOEXEC) < 0) {
		fail(err, errno, "pipe2");
		return NULL;
	}
	cleanup_fd int life = lives[0], ours = lives[1];
	if (pipe2(says, O_CLOEXEC) < 0) {
		fail(err, errno, "pipe2");
		return NULL;
	}
	cleanup_fd int heard = says[0], said = says[1];
	pid_t pid = fork();
	if (pid == 0) {
		begin(arg, life, said);
		_exit(1);
	}
	close(steal_fd(&said));
	int code = pid < 0 ? errno : hear(heard);
	struct forwarder *ret = calloc(1, sizeof(*ret));
	if (!ret)
		out_of_memory();
	*ret = (struct forwarder){ .pid = pid, .life = steal_fd(&ours), .pidfd = pid < 0 ? -1 : sys_pidfd_open(pid), .name = name };
	if (!code)
		return ret;
	fail(err, code, pid < 0 ? "fork of %s" : "setns(2) of %s into the network namespace", name);
	forwarder_free(ret);
	return NULL;
}

struct forwarder *forwarder_new(const struct forward *forward, int user, int net, int owner, struct error *err)
{
	cleanup_fd int listening = listen_on_host(forward, err);
	const struct serving serving = { forward, listening, user, net, owner };

	if (listening < 0)
		return NULL;
	struct forwarder *forwarder = forward_start(serve, &serving, "stave-forwarder", err);
	if (!forwarder)
		return NULL;
	forwarder->forward = *forward;
	forwarder->forward.port = port_of(listening);
	return forwarder;
}

uint16_t forwarder_port(const struct forwarder *forwarder)
{
	return forwarder->forward.port;
}

pid_t forwarder_pid(const struct forwarder *forwarder)
{
	return forwarder->pid;
}

bool forwarder_has(const struct forwarder *forwarder, const struct forward *forward)
{
	static const unsigned char any[16];
	const struct forward *own = &forwarder->forward;

	return own->port == forward->port && own->datagrams == forward->datagrams && own->at.family == forward->at.family &&
	       (address_equal(&own->at, &forward->at) || memcmp(own->at.bytes, any, own->at.size) == 0 ||
		memcmp(forward->at.bytes, any, forward->at.size) == 0);
}

bool forwarder_ended(const struct forwarder *forwarder, struct text *news)
{
	struct pollfd end = { .fd = forwarder->pidfd, .events = POLLIN };
	siginfo_t info = { 0 };

	if (forwarder->pidfd < 0 || poll(&end, 1, 0) <= 0)
		return false;
	/* It ends by itself with the process whose network namespace that is. */
	if (waitid(P_PID, (id_t)forwarder->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid &&
	    info.si_code == CLD_EXITED && info.si_status == 0)
		return true;
	if (forwarder->forward.port)
		text_sayf(news, "port %d of the host leads nowhere any more: the process %d (%s) has ended", forwarder->forward.port,
			  forwarder->pid, forwarder->name);
	else
		text_sayf(news, "the router's way out is gone: the process %d (%s) has ended", forwarder->pid, forwarder->name);
	if (info.si_pid && info.si_code != CLD_EXITED)
		text_sayf(news, ", by SIG%s", signal_name(info.si_status));
	text_add(news, "\n");
	return true;
}

void forwarder_free(struct forwarder *forwarder)
{
	int status;

	if (!forwarder)
		return;
	close(forwarder->life);
	/* Killed when it does not end by itself. */
	if (forwarder->pid > 0 && waitid(P_PID, (id_t)forwarder->pid, &(siginfo_t){ 0 }, WEXITED | WNOHANG | WNOWAIT) == 0)
		await_exit(forwarder->pid, ENDING, &status);
	if (forwarder->pidfd >= 0)
		close(forwarder->pidfd);
	free(forwarder);
}
