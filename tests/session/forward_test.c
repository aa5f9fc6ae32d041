/* A port of the host's that leads into another network namespace: bytes both ways, ends, refusals, and
 * that nothing of it outlives its end. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/error.h"
#include "base/fd.h"
#include "session/host/forward/forward.h"

/* A process in namespaces of its own that gives back what it gets, on TCP and UDP port 80. */
struct world {
	pid_t pid;
	int user, net;
};

static struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(port),
				     .sin_addr = { htonl(INADDR_LOOPBACK) } };
}

static int bound(int type)
{
	struct sockaddr_in address = loopback(80);
	int fd = socket(AF_INET, type, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		_exit(3);
	return fd;
}

static void lo_up(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo) < 0)
		_exit(4);
	close(fd);
}

/* One TCP client: back what came, to its end. */
static void echo(int listening)
{
	static char bytes[4096];
	int fd = accept(listening, NULL, NULL);
	ssize_t n;

	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		if (write_fd(fd, bytes, (size_t)n) < 0)
			break;
	close(fd);
}

static void echo_datagram(int fd)
{
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	char bytes[100];
	ssize_t n = recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &size);

	if (n >= 0)
		(void)sendto(fd, bytes, (size_t)n, 0, (struct sockaddr *)&from, size);
}

static _Noreturn void serve(int ready)
{
	if (unshare((geteuid() ? CLONE_NEWUSER : 0) | CLONE_NEWNET) < 0)
		_exit(77);
	lo_up();
	int stream = bound(SOCK_STREAM), datagram = bound(SOCK_DGRAM);
	if (listen(stream, 8) < 0 || write(ready, "", 1) != 1)
		_exit(5);
	for (;;) {
		struct pollfd polled[] = { { .fd = stream, .events = POLLIN }, { .fd = datagram, .events = POLLIN } };
		if (poll(polled, 2, -1) < 0)
			_exit(6);
		if (polled[0].revents)
			echo(stream);
		if (polled[1].revents)
			echo_datagram(datagram);
	}
}

static int open_namespace(pid_t pid, const char *type)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, type);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static int build(void **state)
{
	static struct world world;
	int ready[2];
	char byte;

	signal(SIGPIPE, SIG_IGN);
	if (pipe(ready) < 0)
		return -1;
	world.pid = fork();
	if (world.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(ready[1]);
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1) {
		puts("# no network namespace can be made here");
		return -1;
	}
	close(ready[0]);
	world.user = geteuid() ? open_namespace(world.pid, "user") : -1;
	world.net = open_namespace(world.pid, "net");
	*state = &world;
	return world.net < 0 ? -1 : 0;
}

static int clear(void **state)
{
	struct world *world = *state;

	kill(world->pid, SIGKILL);
	waitpid(world->pid, NULL, 0);
	close(world->net);
	return 0;
}

static struct forward to_port(uint16_t to, bool datagrams)
{
	struct forward forward = { .to_port = to, .datagrams = datagrams };

	assert_true(address_parse("127.0.0.1", &forward.at));
	forward.to = forward.at;
	return forward;
}

static struct forwarder *start(const struct world *world, struct forward forward)
{
	struct error err;
	struct forwarder *forwarder = forwarder_new(&forward, world->user, world->net, -1, &err);

	if (!forwarder)
		print_error("%s\n", err.what);
	assert_non_null(forwarder);
	return forwarder;
}

static int client(int type, uint16_t port)
{
	const struct timeval second = { 10, 0 };
	struct sockaddr_in address = loopback(port);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* More than any buffer on the way holds, and back whole, then the end of the stream. */
static void carries_both_ways(void **state)
{
	enum { MUCH = 8 << 20 };
	struct forwarder *forwarder = start(*state, to_port(80, false));
	int fd = client(SOCK_STREAM, forwarder_port(forwarder));
	pid_t writer;
	size_t got = 0;
	static unsigned char bytes[65536];
	ssize_t n;

	assert_true(fd >= 0);
	writer = fork();
	if (writer == 0) {
		for (size_t sent = 0; sent < MUCH; sent += sizeof(bytes)) {
			memset(bytes, (int)(sent / sizeof(bytes)), sizeof(bytes));
			if (write_fd(fd, (char *)bytes, sizeof(bytes)) < 0)
				_exit(1);
		}
		_exit(shutdown(fd, SHUT_WR) < 0);
	}
	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		for (ssize_t i = 0; i < n; i++, got++)
			if (bytes[i] != (unsigned char)(got / sizeof(bytes)))
				assert_int_equal(got, SIZE_MAX); /* a byte that came back as another */
	assert_int_equal(n, 0);
	assert_int_equal(got, MUCH);
	waitpid(writer, NULL, 0);
	close(fd);
	forwarder_free(forwarder);
}

static void carries_datagrams(void **state)
{
	struct forwarder *forwarder = start(*state, to_port(80, true));
	int one = client(SOCK_DGRAM, forwarder_port(forwarder));
	int two = client(SOCK_DGRAM, forwarder_port(forwarder));
	char bytes[10];

	assert_int_equal(send(one, "one", 3, 0), 3);
	assert_int_equal(send(two, "two", 3, 0), 3);
	assert_int_equal(recv(two, bytes, sizeof(bytes), 0), 3);
	assert_memory_equal(bytes, "two", 3);
	assert_int_equal(recv(one, bytes, sizeof(bytes), 0), 3);
	assert_memory_equal(bytes, "one", 3);
	close(one);
	close(two);
	forwarder_free(forwarder);
}

/* Nobody listens there: the client is refused, and the next one is served as this one was. */
static void says_that_nobody_listens(void **state)
{
	struct forwarder *forwarder = start(*state, to_port(81, false));
	char byte;

	for (int i = 0; i < 300; i++) {
		int fd = client(SOCK_STREAM, forwarder_port(forwarder));
		if (fd < 0)
			continue; /* the reset came before connect(2) had returned */
		assert_true(read(fd, &byte, 1) <= 0);
		close(fd);
	}
	forwarder_free(forwarder);
}

static void refuses_a_port_in_use(void **state)
{
	const struct world *world = *state;
	struct forwarder *first = start(world, to_port(80, false));
	struct forward forward = to_port(80, false);
	struct error err;

	forward.port = forwarder_port(first);
	assert_null(forwarder_new(&forward, world->user, world->net, -1, &err));
	assert_string_equal(err.id, "port.used");
	assert_int_equal(err.code, EADDRINUSE);
	forwarder_free(first);
}

/* A port that was given up is free at once, its connections end, and so does its process. */
static void leaves_nothing(void **state)
{
	struct forwarder *forwarder = start(*state, to_port(80, false));
	uint16_t port = forwarder_port(forwarder);
	pid_t pid = forwarder_pid(forwarder);
	int fd = client(SOCK_STREAM, port);
	char byte;

	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(read(fd, &byte, 1), 1);
	forwarder_free(forwarder);
	assert_true(read(fd, &byte, 1) <= 0);
	close(fd);
	assert_int_equal(client(SOCK_STREAM, port), -1);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
}

/* Killed without a word, the one who started it takes it along. */
static void ends_with_who_started_it(void **state)
{
	int says[2];
	pid_t pid, forwarder = 0;

	assert_int_equal(pipe(says), 0);
	pid = fork();
	if (pid == 0) {
		struct forwarder *mine = start(*state, to_port(80, false));
		forwarder = forwarder_pid(mine);
		(void)!write(says[1], &forwarder, sizeof(forwarder));
		pause();
		_exit(0);
	}
	assert_int_equal(read(says[0], &forwarder, sizeof(forwarder)), sizeof(forwarder));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	for (int i = 0; i < 500 && kill(forwarder, 0) == 0; i++)
		usleep(10000);
	assert_int_equal(kill(forwarder, 0), -1);
	close(says[0]);
	close(says[1]);
}

/* What reads from the network has no capability and cannot be traced. */
static void has_no_privilege(void **state)
{
	struct forwarder *forwarder = start(*state, to_port(80, false));
	char path[64], line[200];
	int found = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", forwarder_pid(forwarder));
	FILE *status = fopen(path, "re");
	assert_non_null(status);
	while (fgets(line, sizeof(line), status))
		found += strcmp(line, "CapEff:\t0000000000000000\n") == 0 ||
			 strcmp(line, "CapPrm:\t0000000000000000\n") == 0 || strcmp(line, "NoNewPrivs:\t1\n") == 0;
	fclose(status);
	assert_int_equal(found, 3);
	forwarder_free(forwarder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(carries_both_ways),
		cmocka_unit_test(carries_datagrams),
		cmocka_unit_test(says_that_nobody_listens),
		cmocka_unit_test(refuses_a_port_in_use),
		cmocka_unit_test(leaves_nothing),
		cmocka_unit_test(ends_with_who_started_it),
		cmocka_unit_test(has_no_privilege),
	};

	return cmocka_run_group_tests(tests, build, clear);
}
