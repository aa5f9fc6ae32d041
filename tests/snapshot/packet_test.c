/* Packets: what is sent, what counts as an answer, and what is read from headers; and how a network namespace
 * with interfaces, neighbours and sockets of this test's own is read. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
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
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "ops/op.h"
#include "snapshot/network/network.h"
#include "snapshot/network/packet.h"

static struct probe probe_of(int protocol, const char *to, uint16_t port)
{
	struct probe ret = { .protocol = protocol, .port = port, .seconds = 1 };

	assert_true(address_parse(to, &ret.to));
	return ret;
}

static void test_headers_are_read_as_far_as_they_go(void **state)
{
	unsigned char four[20] = { 0x45, [9] = IPPROTO_TCP, [12] = 10, 0, 0, 1, 10, 0, 0, 2 };
	unsigned char six[40] = { 0x60, [6] = IPPROTO_UDP, [8] = 0xfd, [23] = 1, [24] = 0xfd, [39] = 2 };
	static const unsigned char ports[4] = { 0x1f, 0x90, 0, 80 };
	struct packet event = { 0 };
	char text[ADDRESS_TEXT];

	(void)state;
	packet_read(four, sizeof(four), ports, sizeof(ports), &event);
	assert_true(event.known);
	assert_string_equal(address_print(&event.from, text), "10.0.0.1");
	assert_string_equal(address_print(&event.to, text), "10.0.0.2");
	assert_true(event.sport == 8080 && event.dport == 80);
	event = (struct packet){ 0 };
	packet_read(six, sizeof(six), ports, sizeof(ports), &event);
	assert_string_equal(address_print(&event.to, text), "fd00::2");
	assert_int_equal(event.dport, 80);
	event = (struct packet){ 0 };
	packet_read(six, sizeof(six), ports, 3, &event); /* no whole port */
	assert_true(event.known && event.dport == 0);
	packet_read(six, sizeof(six), NULL, 4, &event);
	assert_int_equal(event.dport, 0);
	six[6] = IPPROTO_ICMPV6;
	packet_read(six, sizeof(six), ports, sizeof(ports), &event);
	assert_true(event.protocol == IPPROTO_ICMPV6 && event.dport == 0);
	/* Cut off, or of another version. */
	static const struct { size_t size; unsigned char first; } none[] = { { 0, 0x45 }, { 19, 0x45 }, { 39, 0x60 }, { 20, 0x60 }, { 40, 0x50 } };
	for (size_t i = 0; i < COUNT(none); i++) {
		event = (struct packet){ 0 };
		six[0] = none[i].first;
		packet_read(six, none[i].size, ports, sizeof(ports), &event);
		assert_false(event.known);
	}
}

/* Make of 0x5354, or of a number that differs from it, the socket's own number, or one that differs likewise. */
static void number_echo(int fd, bool six, unsigned char *bytes)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	bytes[six ? 4 : 24] ^= (unsigned char)(0x53 ^ (st.st_ino >> 8 & 255));
	bytes[six ? 5 : 25] ^= (unsigned char)(0x54 ^ (st.st_ino & 255));
}

/* An echo's answer bears the number of the question, which is its socket's; what else comes is passed over. */
static void test_what_is_an_answer(void **state)
{
	static const struct { const char *to; unsigned char bytes[28]; size_t size; bool answer; } rows[] = {
		{ "10.0.0.1", { 0x45, [20] = ICMP_ECHOREPLY, [24] = 0x53, 0x54 }, 28, true },
		{ "10.0.0.1", { 0x45, [20] = ICMP_ECHO, [24] = 0x53, 0x54 }, 28, false },
		{ "10.0.0.1", { 0x45, [20] = ICMP_ECHOREPLY, [24] = 0x53, 0x55 }, 28, false },
		{ "10.0.0.1", { 0x45, [20] = ICMP_ECHOREPLY, [24] = 0x52, 0x54 }, 28, false },
		{ "10.0.0.1", { 0x45, [20] = ICMP_ECHOREPLY, [24] = 0x53, 0x54 }, 25, false },
		{ "10.0.0.1", { 0x4f, [20] = ICMP_ECHOREPLY, [24] = 0x53, 0x54 }, 28, false },
		{ "10.0.0.1", { 0 }, 0, false },
		{ "fd00::1", { ICMP6_ECHO_REPLY, [4] = 0x53, 0x54 }, 8, true },
		{ "fd00::1", { ICMP6_ECHO_REQUEST, [4] = 0x53, 0x54 }, 8, false },
	};
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct probe probe = probe_of(IPPROTO_ICMP, rows[i].to, 0);
		unsigned char bytes[28];
		int code = -1;
		memcpy(bytes, rows[i].bytes, sizeof(bytes));
		number_echo(ends[0], probe.to.family == AF_INET6, bytes);
		assert_false(packet_answer(ends[0], &probe, &code)); /* nothing is there yet */
		assert_int_equal(send(ends[1], bytes, rows[i].size, 0), rows[i].size);
		assert_int_equal(packet_answer(ends[0], &probe, &code), rows[i].answer);
		assert_int_equal(code, rows[i].answer ? 0 : -1);
	}
	struct probe udp = probe_of(IPPROTO_UDP, "10.0.0.1", 53), tcp = probe_of(IPPROTO_TCP, "10.0.0.1", 80);
	int code = -1;
	assert_int_equal(send(ends[1], "x", 1, 0), 1);
	assert_true(packet_answer(ends[0], &udp, &code));
	assert_int_equal(code, 0);
	assert_true(packet_answer(ends[0], &tcp, &code));
	assert_true(packet_waits(&udp) == POLLIN && packet_waits(&tcp) == POLLOUT);
	close(ends[1]);
	close(ends[0]);
	assert_true(packet_answer(ends[0], &udp, &code));
	assert_int_equal(code, EBADF);
}

/* ---- in a network namespace of this test's own ---- */

static bool allowed;
static pid_t far;

static void write_map(const char *path, const char *format, unsigned id)
{
	char map[32];

	snprintf(map, sizeof(map), format, id);
	write_control(AT_FDCWD, path, map);
}

static bool leave(void)
{
	unsigned uid = geteuid(), gid = getegid();

	if (uid == 0)
		return unshare(CLONE_NEWNET) == 0;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return false;
	write_map("/proc/self/setgroups", "deny", 0);
	write_map("/proc/self/uid_map", "0 %u 1", uid);
	write_map("/proc/self/gid_map", "0 %u 1", gid);
	return geteuid() == 0;
}

static int perform(const struct op *op)
{
	const struct op_stage stage = { .proc = -1 };
	struct op_outcome outcome;

	op_run(op, &stage, &outcome);
	return outcome.code;
}

static int begin(void **state)
{
	struct op up = op_new(OP_ifup);
	int ready[2];
	char byte;

	(void)state;
	allowed = leave();
	if (!allowed)
		return 0;
	up.ifup.name = "lo";
	if (perform(&up) || pipe2(ready, O_CLOEXEC) < 0)
		return -1;
	far = fork();
	if (far == 0) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 && write(ready[1], "y", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	close(ready[1]);
	bool waits = far > 0 && read(ready[0], &byte, 1) == 1;
	close(ready[0]);
	return waits ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	if (allowed) {
		kill(far, SIGKILL);
		waitpid(far, NULL, 0);
	}
	return 0;
}

static void need_namespace(void)
{
	if (!allowed) {
		print_message("a network namespace may not be made here\n");
		skip();
	}
}

static int answer_to(const struct probe *probe)
{
	int code = -1;
	cleanup_fd int fd = packet_send(probe, &code);
	struct pollfd polled = { fd, packet_waits(probe), 0 };

	if (fd < 0)
		return code;
	for (int i = 0; i < 50; i++)
		if (poll(&polled, 1, 100) > 0 && packet_answer(fd, probe, &code))
			return code;
	return ETIMEDOUT;
}

static void test_packets_are_sent_and_answered(void **state)
{
	static const struct { int protocol; const char *to; uint16_t port; int code; } rows[] = {
		{ IPPROTO_ICMP, "127.0.0.1", 0, 0 },
		{ IPPROTO_TCP, "127.0.0.1", 9, ECONNREFUSED },
		{ IPPROTO_UDP, "127.0.0.1", 9, ECONNREFUSED },
		{ IPPROTO_TCP, "10.1.2.3", 9, ENETUNREACH },
		{ IPPROTO_UDP, "10.1.2.3", 9, ENETUNREACH },
		{ IPPROTO_ICMP, "10.1.2.3", 9, ENETUNREACH },
	};

	(void)state;
	need_namespace();
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct probe probe = probe_of(rows[i].protocol, rows[i].to, rows[i].port);
		assert_int_equal(answer_to(&probe), rows[i].code);
	}
	struct probe six = probe_of(IPPROTO_ICMP, "::1", 0);
	int code = answer_to(&six);
	assert_true(code == 0 || code == EAFNOSUPPORT || code == EADDRNOTAVAIL || code == ENETUNREACH);
	struct probe none = probe_of(IPPROTO_TCP, "127.0.0.1", 9);
	none.to.family = -1;
	assert_int_equal(packet_send(&none, &code), -1);
	assert_int_equal(code, EAFNOSUPPORT);
}

static int listen_at(int type, uint16_t port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static const struct listener *at_port(const struct network *network, uint16_t port)
{
	for (size_t i = 0; i < network->listener_count; i++)
		if (network->listeners[i].port == port)
			return &network->listeners[i];
	return NULL;
}

static void test_listeners_are_found_with_whose_they_are(void **state)
{
	cleanup_network struct network network = { 0 };
	struct error err;

	(void)state;
	need_namespace();
	int tcp = listen_at(SOCK_STREAM, 8080), udp = listen_at(SOCK_DGRAM, 5353);
	int found = network_find_listeners(getpid(), &network, &err);
	close(tcp);
	close(udp);
	assert_int_equal(found, 0);
	const struct listener *first = at_port(&network, 8080), *second = at_port(&network, 5353);
	assert_non_null(first);
	assert_non_null(second);
	assert_true(second->udp && !first->udp);
	assert_int_equal(first->pid, getpid());
	assert_true(*first->comm);
	assert_null(at_port(&network, 81));
}

static struct op wire(const char *name, const char *peer, int to)
{
	struct op ret = op_new(OP_link_add);

	ret.link_add.type = "veth";
	ret.link_add.name = name;
	ret.link_add.peer = peer;
	ret.link_add.to.fd = to;
	return ret;
}

static const struct link *named(const struct network *network, const char *name)
{
	for (size_t i = 0; i < network->link_count; i++)
		if (strcmp(network->links[i].name, name) == 0)
			return &network->links[i];
	return NULL;
}

/* A wire leads into another namespace, seen from either end; one within this one leads nowhere else. */
static void test_where_a_wire_leads(void **state)
{
	cleanup_network struct network near = { 0 }, other = { 0 };
	struct error err;
	char path[32];

	(void)state;
	need_namespace();
	snprintf(path, sizeof(path), "/proc/%d/ns/net", far);
	cleanup_fd int net = open(path, O_RDONLY | O_CLOEXEC);
	struct op there = wire("near", "distant", net), here = wire("one", "two", -1);
	assert_int_equal(perform(&there), 0);
	assert_int_equal(perform(&here), 0);
	assert_int_equal(network_read(getpid(), &near, &err), 0);
	network_find_peers(getpid(), &near);
	const struct link *link = named(&near, "near");
	assert_non_null(link);
	assert_int_equal(link->peer, far);
	assert_string_equal(link->peer_name, "distant");
	assert_false(link->peer_here);
	assert_int_equal(named(&near, "one")->elsewhere, -1);
	assert_int_equal(named(&near, "one")->peer, 0);
	assert_int_equal(network_read(far, &other, &err), 0);
	network_find_peers(far, &other);
	link = named(&other, "distant");
	assert_non_null(link);
	assert_true(link->peer_here);
	assert_int_equal(link->peer, getpid());
	assert_string_equal(link->peer_name, "near");
	assert_true(other.hosts >= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers_are_read_as_far_as_they_go),
		cmocka_unit_test(test_what_is_an_answer),
		cmocka_unit_test(test_packets_are_sent_and_answered),
		cmocka_unit_test(test_listeners_are_found_with_whose_they_are),
		cmocka_unit_test(test_where_a_wire_leads),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
