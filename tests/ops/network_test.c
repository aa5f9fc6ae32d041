/* The ops of networks, made in a network namespace of this test's own: what the kernel has afterwards, and the
 * errno and the words of what is refused. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
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
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/fd.h"
#include "base/list.h"
#include "base/text.h"
#include "ops/op.h"

#define LONG_NAME "sixteen-bytes-aa"

/* This process's namespace, and that of a process which waits in another below it. */
static bool allowed;
static pid_t far;
static int far_proc = -1;
static char folder[] = "/tmp/stave-network.XXXXXX";

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

static int begin(void **state)
{
	int ready[2];
	char path[32], byte;

	(void)state;
	allowed = leave();
	if (!allowed)
		return 0;
	if (!mkdtemp(folder) || pipe2(ready, O_CLOEXEC) < 0)
		return -1;
	far = fork();
	if (far == 0) {
		bool made = unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
		if (made && write(ready[1], "y", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	close(ready[1]);
	bool waits = far > 0 && read(ready[0], &byte, 1) == 1;
	close(ready[0]);
	snprintf(path, sizeof(path), "/proc/%d", far);
	far_proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return waits && far_proc >= 0 ? 0 : -1;
}

static int end(void **state)
{
	char path[64];

	(void)state;
	if (!allowed)
		return 0;
	close(far_proc);
	kill(far, SIGKILL);
	waitpid(far, NULL, 0);
	snprintf(path, sizeof(path), "%s/nft", folder);
	unlink(path);
	return rmdir(folder);
}

/* Perform it; the outcome. */
static struct op_outcome perform(const struct op *op, int proc)
{
	const struct op_stage stage = { .pid = far, .proc = proc };
	struct op_outcome outcome;

	if (!allowed) {
		print_message("a network namespace may not be made here\n");
		skip();
	}
	int ret = op_run(op, &stage, &outcome);
	assert_int_equal(ret, outcome.code ? -1 : 0);
	return outcome;
}

static void gives(const struct op *op, int code)
{
	struct op_outcome outcome = perform(op, far_proc);

	if (outcome.code != code)
		print_error("%s: errno %d, not %d: %s\n", op_info(op->kind)->name, outcome.code, code, outcome.detail);
	assert_int_equal(outcome.code, code);
}

static struct op link_of(const char *type, const char *name)
{
	struct op op = op_new(OP_link_add);

	op.link_add.type = type;
	op.link_add.name = name;
	return op;
}

static struct op set_of(const char *name)
{
	struct op op = op_new(OP_link_set);

	op.link_set.name = name;
	return op;
}

static void remove_link(const char *name, int code)
{
	struct op op = op_new(OP_link_del);

	op.link_del.name = name;
	gives(&op, code);
}

static struct ifreq interface(const char *name, unsigned long request)
{
	cleanup_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ret = { 0 };

	strncpy(ret.ifr_name, name, IFNAMSIZ - 1);
	assert_int_equal(ioctl(fd, request, &ret), 0);
	return ret;
}

static void test_a_wire_has_two_ends_and_goes_as_one(void **state)
{
	struct op op = link_of("veth", "one");

	(void)state;
	op.link_add.peer = "two";
	gives(&op, 0);
	assert_true(if_nametoindex("one") && if_nametoindex("two"));
	gives(&op, EEXIST);
	remove_link("two", 0);
	assert_int_equal(if_nametoindex("one"), 0);
	remove_link("two", ENODEV);
	remove_link("lo", EOPNOTSUPP);
	remove_link(LONG_NAME, ENODEV);
	remove_link(NULL, ENODEV);
}

/* The other end lies in the namespace that the descriptor is of, and has a name that the kernel gives. */
static void test_the_other_end_is_made_elsewhere(void **state)
{
	cleanup_fd int net = openat(far_proc, "ns/net", O_RDONLY | O_CLOEXEC);
	struct op op = link_of("veth", "one");

	(void)state;
	op.link_add.to.fd = net;
	gives(&op, 0);
	assert_true(if_nametoindex("one"));
	struct if_nameindex *all = if_nameindex();
	size_t count = 0;
	while (all && all[count].if_index)
		count++;
	if_freenameindex(all);
	remove_link("one", 0);
	op.link_add.to.fd = 12345; /* none */
	gives(&op, EBADF);
	struct if_nameindex *left = if_nameindex();
	for (size_t i = 0; left && left[i].if_index; i++)
		count--;
	if_freenameindex(left);
	assert_int_equal(count, 1);
}

static void test_what_lies_on_an_interface(void **state)
{
	static const char *const types[] = { "vlan", "macvlan" };
	struct op below = link_of("veth", "one");

	(void)state;
	gives(&below, 0);
	for (size_t i = 0; i < COUNT(types); i++) {
		struct op op = link_of(types[i], "upon");
		op.link_add.on = "none";
		gives(&op, ENODEV);
		op.link_add.on = LONG_NAME;
		gives(&op, ENODEV);
		op.link_add.on = "one";
		op.link_add.id = 7;
		struct op_outcome outcome = perform(&op, far_proc);
		if (outcome.code == EOPNOTSUPP) {
			assert_non_null(strstr(outcome.detail, "CONFIG_"));
			continue;
		}
		assert_int_equal(outcome.code, 0);
		gives(&op, EEXIST);
		remove_link("upon", 0);
	}
	remove_link("one", 0);
}

/* A type that no kernel has: its errno, and no option that would bring it. */
static void test_a_type_that_is_none(void **state)
{
	struct op op = link_of("nosuch", "one");

	(void)state;
	struct op_outcome outcome = perform(&op, far_proc);
	assert_int_equal(outcome.code, EOPNOTSUPP);
	assert_null(strstr(outcome.detail, "CONFIG_"));
	op = link_of("veth", "a/b");
	gives(&op, EINVAL);
	op = link_of("veth", LONG_NAME);
	gives(&op, ERANGE);
}

static void test_a_change_is_the_one_that_was_asked_for(void **state)
{
	struct op wire = link_of("veth", "one"), op = set_of("one");

	(void)state;
	gives(&wire, 0);
	op.link_set.state = LINK_UP;
	gives(&op, 0);
	assert_true(interface("one", SIOCGIFFLAGS).ifr_flags & IFF_UP);
	op.link_set.state = 0;
	op.link_set.mtu = 1400;
	gives(&op, 0);
	assert_int_equal(interface("one", SIOCGIFMTU).ifr_mtu, 1400);
	assert_true(interface("one", SIOCGIFFLAGS).ifr_flags & IFF_UP);
	op = set_of("one");
	op.link_set.state = LINK_DOWN;
	op.link_set.address = "02:00:00:00:0a:ff";
	gives(&op, 0);
	assert_false(interface("one", SIOCGIFFLAGS).ifr_flags & IFF_UP);
	assert_memory_equal(interface("one", SIOCGIFHWADDR).ifr_hwaddr.sa_data, "\x02\0\0\0\x0a\xff", 6);
	remove_link("one", 0);
}

static void test_a_change_that_is_none_is_refused(void **state)
{
	static const char *const bad[] = { "", "02", "02:00:00:00:00", "02:00:00:00:00:0g", "02:00:00:00:00:00:00",
					   "02:00:00:00:00:001", "02-00-00-00-00-00" };
	struct op op = set_of("lo");

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		op.link_set.address = bad[i];
		gives(&op, EINVAL);
	}
	op = set_of("lo");
	op.link_set.master = "none";
	gives(&op, ENODEV);
	op.link_set.master = "lo"; /* it is no bridge */
	gives(&op, EOPNOTSUPP);
	op = set_of("none");
	op.link_set.mtu = 1400;
	gives(&op, ENODEV);
}

static void test_an_interface_is_set_up_by_ioctl(void **state)
{
	struct op op = op_new(OP_ifup);

	(void)state;
	op.ifup.name = "lo";
	gives(&op, 0);
	assert_true(interface("lo", SIOCGIFFLAGS).ifr_flags & IFF_UP);
	op.ifup.name = "none";
	gives(&op, ENODEV);
	op.ifup.name = LONG_NAME;
	gives(&op, ENODEV);
}

static void test_addresses_come_and_go(void **state)
{
	static const char *const bad[] = { "", "10.0.0.1/33", "host", "10.0.0" };
	struct op op = op_new(OP_addr);

	(void)state;
	op.addr.name = "lo";
	op.addr.address = "10.5.0.1/24";
	op.addr.add = true;
	gives(&op, 0);
	gives(&op, EEXIST);
	op.addr.add = false;
	gives(&op, 0);
	gives(&op, EADDRNOTAVAIL);
	for (size_t i = 0; i < COUNT(bad); i++) {
		op.addr.address = bad[i];
		gives(&op, EINVAL);
	}
	op.addr.name = "none";
	gives(&op, ENODEV);
	op.addr.name = "lo";
	op.addr.address = "fd00::5/64";
	op.addr.add = true;
	struct op_outcome outcome = perform(&op, far_proc);
	assert_true(outcome.code == 0 || outcome.code == EACCES || outcome.code == EOPNOTSUPP);
}

static struct op route_of(bool add, const char *to, const char *via, const char *name)
{
	struct op op = op_new(OP_route);

	op.route.add = add;
	op.route.to = to;
	op.route.via = via;
	op.route.name = name;
	return op;
}

static void test_routes_come_and_go(void **state)
{
	static const struct { bool add; const char *to, *via, *name; int code; } rows[] = {
		{ true, "10.6.0.0/16", NULL, "lo", 0 },
		{ true, "10.6.0.0/16", NULL, "lo", EEXIST },
		{ false, "10.6.0.0/16", NULL, "lo", 0 },
		{ false, "10.6.0.0/16", NULL, "lo", ESRCH },
		{ true, "default", NULL, "lo", 0 },
		{ false, "default", NULL, NULL, 0 },
		{ true, "default", "10.77.0.1", NULL, ENETUNREACH },
		{ true, "10.6.0.1/16", NULL, "lo", EINVAL },
		{ true, "10.6.0.0/16", "fd00::1", "lo", EINVAL },
		{ true, "fd00::/64", "10.0.0.1", "lo", EINVAL },
		{ true, "10.6.0.0/16", "gateway", "lo", EINVAL },
		{ true, "default", "", "lo", EINVAL },
		{ true, "nowhere", NULL, "lo", EINVAL },
		{ true, "10.6.0.0/16", NULL, "none", ENODEV },
	};
	struct op up = op_new(OP_ifup);

	(void)state;
	up.ifup.name = "lo";
	gives(&up, 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct op op = route_of(rows[i].add, rows[i].to, rows[i].via, rows[i].name);
		gives(&op, rows[i].code);
	}
}

/* A gateway of IPv6 makes the default that of IPv6. */
static void test_the_default_is_of_its_gateways_family(void **state)
{
	struct op op = route_of(true, "default", "fd77::1", NULL);

	(void)state;
	struct op_outcome outcome = perform(&op, far_proc);
	assert_true(outcome.code == EHOSTUNREACH || outcome.code == ENETUNREACH || outcome.code == EOPNOTSUPP);
}

static void test_a_rate_is_set_once_and_taken_away(void **state)
{
	struct op op = op_new(OP_qdisc);

	(void)state;
	op.qdisc.name = "lo";
	gives(&op, ESRCH);
	op.qdisc.add = true;
	op.qdisc.kind = "tbf";
	op.qdisc.rate = 125000;
	struct op_outcome outcome = perform(&op, far_proc);
	if (outcome.code == EOPNOTSUPP) {
		assert_non_null(strstr(outcome.detail, "CONFIG_NET_SCH_TBF"));
		return;
	}
	assert_int_equal(outcome.code, 0);
	gives(&op, EEXIST);
	op.qdisc.add = false;
	gives(&op, 0);
	/* A rate beyond 32 bits goes beside the old field. */
	op.qdisc.add = true;
	op.qdisc.rate = UINT64_C(1) << 33;
	gives(&op, 0);
	op.qdisc.add = false;
	gives(&op, 0);
	op.qdisc.name = "none";
	gives(&op, ENODEV);
}

static void test_a_delay_is_set_or_its_option_named(void **state)
{
	struct op op = op_new(OP_qdisc);

	(void)state;
	op.qdisc.name = "lo";
	op.qdisc.add = true;
	op.qdisc.kind = "netem";
	op.qdisc.delay = 1000;
	op.qdisc.loss = "5%";
	struct op_outcome outcome = perform(&op, far_proc);
	assert_true(outcome.code == 0 || outcome.code == EOPNOTSUPP);
	if (outcome.code)
		assert_non_null(strstr(outcome.detail, "CONFIG_NET_SCH_NETEM"));
	/* Below a root that is not there. */
	op.qdisc.kind = "tbf";
	op.qdisc.rate = 1000;
	op.qdisc.below = true;
	op.qdisc.name = "lo";
	outcome = perform(&op, far_proc);
	assert_int_equal(outcome.code != 0, outcome.code == EOPNOTSUPP || outcome.code == EINVAL || outcome.code == ENOENT);
}

/* ---- what the shell does in the child's namespace ---- */

static void test_without_a_child_there_is_no_namespace(void **state)
{
	struct op ops[] = { op_new(OP_tun), op_new(OP_sysctl) };

	(void)state;
	ops[0].tun.name = "t0";
	ops[1].sysctl.path = "/proc/sys/net/ipv4/ip_forward";
	ops[1].sysctl.value = "1";
	for (size_t i = 0; i < COUNT(ops); i++) {
		assert_int_equal(perform(&ops[i], -1).code, ESRCH);
		/* A folder that is no process's. */
		cleanup_fd int other = open("/", O_PATH | O_CLOEXEC);
		assert_int_equal(perform(&ops[i], other).code, ENOENT);
	}
}

static void test_a_switch_is_the_childs_alone(void **state)
{
	struct op op = op_new(OP_sysctl);
	char path[32];

	(void)state;
	op.sysctl.path = "/proc/sys/net/ipv4/ip_forward";
	op.sysctl.value = "1";
	gives(&op, 0);
	cleanup_text struct text here = { 0 }, there = { 0 };
	assert_int_equal(read_file(AT_FDCWD, op.sysctl.path, 16, &here), 0);
	assert_string_equal(text_of(&here), "0\n");
	snprintf(path, sizeof(path), "/proc/%d", getpid());
	cleanup_fd int self = open(path, O_PATH | O_CLOEXEC);
	assert_int_equal(perform(&op, self).code, 0);
	assert_int_equal(read_file(AT_FDCWD, op.sysctl.path, 16, &there), 0);
	assert_string_equal(text_of(&there), "1\n");
	op.sysctl.value = "0";
	assert_int_equal(perform(&op, self).code, 0);
	op.sysctl.path = "/proc/sys/net/ipv4/no_such_switch";
	gives(&op, ENOENT);
	op.sysctl.path = "/proc/sys/net/ipv4/ip_forward";
	op.sysctl.value = "many";
	gives(&op, EINVAL);
}

static void test_a_tun_is_made_once(void **state)
{
	struct op op = op_new(OP_tun);

	(void)state;
	op.tun.name = LONG_NAME;
	gives(&op, EINVAL);
	op.tun.name = "t0";
	struct op_outcome outcome = perform(&op, far_proc);
	/* The device is missing, or another user's. */
	if (outcome.code == EACCES || outcome.code == ENOENT || outcome.code == ENODEV || outcome.code == EPERM)
		return;
	assert_int_equal(outcome.code, 0);
	gives(&op, EEXIST);
	assert_int_equal(if_nametoindex("t0"), 0); /* not here */
	op.tun.name = "lo";
	gives(&op, EEXIST);
}

/* An nft of this test's: it says and returns what the row has, and keeps what it was given. */
static void install_nft(const char *script)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/nft", folder);
	unlink(path);
	cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	assert_true(fd >= 0);
	assert_int_equal(write_fd(fd, script, strlen(script)), 0);
	assert_int_equal(setenv("PATH", folder, 1), 0);
}

static struct op rule_of(bool add)
{
	struct op op = op_new(OP_nft);

	op.nft.add = add;
	op.nft.comment = "deny in";
	op.nft.input = "add rule inet stave in drop";
	return op;
}

#define TABLE "table inet stave { # handle 1\n\tchain in { # handle 2\n\t\tdrop comment \"%s\" # handle 7\n%s\t}\n}\n"

static void test_what_nft_refuses_has_its_errno(void **state)
{
	static const struct { const char *words; int code; } rows[] = {
		{ "Error: Could not process rule: Operation not permitted", EPERM },
		{ "Error: Could not process rule: File exists", EEXIST },
		{ "Error: Could not process rule: No such file or directory", EOPNOTSUPP },
		{ "Error: Could not process rule: Operation not supported", EOPNOTSUPP },
		{ "netlink: Error: cache initialization failed: Protocol not supported", EOPNOTSUPP },
		{ "Error: syntax error, unexpected newline", EINVAL }, { "", EINVAL }, { "gone\x1b", EINVAL },
	};
	char script[400];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct op op = rule_of(true);
		snprintf(script, sizeof(script), "#!/bin/sh\n[ \"$1\" = -a ] || echo '%s'\nexit 1\n", rows[i].words);
		if (allowed)
			install_nft(script);
		struct op_outcome outcome = perform(&op, far_proc);
		assert_int_equal(outcome.code, rows[i].code);
		assert_int_equal(strncmp(outcome.detail, "nft says: ", 10), 0);
		assert_null(strchr(outcome.detail, '\x1b'));
	}
}

/* Which rule is there is found by its comment; the last one takes the table with it. */
static void test_a_rule_is_found_by_its_comment(void **state)
{
	static const struct { bool add; const char *comment, *more, *input; int code; } rows[] = {
		{ true, "deny in", "", NULL, EEXIST },
		{ true, "deny out", "", "add rule inet stave in drop", 0 },
		{ false, "deny out", "", NULL, ESRCH },
		{ false, "deny in", "", "delete table inet stave", 0 },
		{ false, "deny in", "\t\taccept # handle 8\n", "delete rule inet stave in handle 7", 0 },
	};
	char script[900];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		cleanup_text struct text given = { 0 };
		struct op op = rule_of(rows[i].add);
		snprintf(script, sizeof(script), "#!/bin/sh\nif [ \"$1\" = -a ]; then cat <<'END'\n" TABLE
			 "END\nelse exec /bin/cat >%s/given; fi\n", rows[i].comment, rows[i].more, folder);
		if (allowed)
			install_nft(script);
		gives(&op, rows[i].code);
		char path[64];
		snprintf(path, sizeof(path), "%s/given", folder);
		int there = read_file(AT_FDCWD, path, 4096, &given);
		unlink(path);
		assert_int_equal(there == 0, rows[i].input != NULL);
		if (rows[i].input)
			assert_int_equal(strncmp(text_of(&given), rows[i].input, strlen(rows[i].input)), 0);
	}
}

static void test_an_nft_that_cannot_be_run(void **state)
{
	struct op op = rule_of(true);

	(void)state;
	/* Ended by a signal, no program at all: no rule was made. */
	static const char *const scripts[] = { "#!/bin/sh\nkill -9 $$\n", "no program" };
	for (size_t i = 0; i < COUNT(scripts); i++) {
		if (allowed)
			install_nft(scripts[i]);
		gives(&op, EINVAL);
	}
	assert_int_equal(perform(&op, -1).code, ESRCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_wire_has_two_ends_and_goes_as_one),
		cmocka_unit_test(test_the_other_end_is_made_elsewhere),
		cmocka_unit_test(test_what_lies_on_an_interface),
		cmocka_unit_test(test_a_type_that_is_none),
		cmocka_unit_test(test_a_change_is_the_one_that_was_asked_for),
		cmocka_unit_test(test_a_change_that_is_none_is_refused),
		cmocka_unit_test(test_an_interface_is_set_up_by_ioctl),
		cmocka_unit_test(test_addresses_come_and_go),
		cmocka_unit_test(test_routes_come_and_go),
		cmocka_unit_test(test_the_default_is_of_its_gateways_family),
		cmocka_unit_test(test_a_rate_is_set_once_and_taken_away),
		cmocka_unit_test(test_a_delay_is_set_or_its_option_named),
		cmocka_unit_test(test_without_a_child_there_is_no_namespace),
		cmocka_unit_test(test_a_switch_is_the_childs_alone),
		cmocka_unit_test(test_a_tun_is_made_once),
		cmocka_unit_test(test_what_nft_refuses_has_its_errno),
		cmocka_unit_test(test_a_rule_is_found_by_its_comment),
		cmocka_unit_test(test_an_nft_that_cannot_be_run),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
