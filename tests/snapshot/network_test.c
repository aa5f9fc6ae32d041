/* Answers of rtnetlink(7), of nft(8) and of /proc become rows and lines, and malformed ones become none. */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/net_namespace.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/error.h"
#include "base/list.h"
#include "base/net/netlink.h"
#include "snapshot/network/lines.h"
#include "snapshot/network/parse.h"
#include "snapshot/network/rules.h"

static const struct network unread = { .hosts = -1, .rules_known = RULES_NONE, .forward = { -1, -1 } };

static void add(struct text *messages, const struct netlink *message)
{
	text_addn(messages, (const char *)message->bytes, message->header.nlmsg_len);
}

static void note(struct text *messages, unsigned type, const char *s)
{
	struct netlink message;

	netlink_begin(&message, type, 0, s, strlen(s));
	message.header.nlmsg_len = (uint32_t)NLMSG_LENGTH(strlen(s));
	text_addn(messages, (const char *)message.bytes, NLMSG_ALIGN(message.header.nlmsg_len));
}

static void add_link(struct text *messages, int index, const char *name, const char *type, int master)
{
	struct ifinfomsg body = { .ifi_index = index, .ifi_flags = IFF_UP };
	struct netlink message;

	netlink_begin(&message, RTM_NEWLINK, 0, &body, sizeof(body));
	netlink_add_text(&message, IFLA_IFNAME, name);
	netlink_add(&message, IFLA_ADDRESS, "\2\0\0\0\0\1", 6);
	netlink_add_number(&message, IFLA_MTU, 1500);
	netlink_add(&message, IFLA_OPERSTATE, "\6", 1);
	if (master)
		netlink_add_number(&message, IFLA_MASTER, (uint32_t)master);
	if (type) {
		size_t info = netlink_nest(&message, IFLA_LINKINFO, NULL, 0);
		netlink_add(&message, IFLA_INFO_KIND, type, strlen(type)); /* not ended: the kernel does so too */
		netlink_end(&message, info);
	}
	add(messages, &message);
}

static void test_links_are_read(void **state)
{
	cleanup_network struct network network = unread;
	cleanup_text struct text messages = { 0 }, lines = { 0 };

	(void)state;
	add_link(&messages, 2, "br0", "bridge", 0);
	add_link(&messages, 3, "a\x1b", NULL, 2);
	network_parse(&messages, &network);
	assert_int_equal(network.link_count, 2);
	assert_string_equal(network.links[0].type, "bridge");
	assert_int_equal(network.links[0].operstate, 6);
	assert_int_equal(network.links[0].elsewhere, -1);
	assert_ptr_equal(network_link(&network, 3), &network.links[1]);
	assert_null(network_link(&network, 4));
	network_lines(&network, &lines);
	assert_string_equal(text_of(&lines), "link br0: bridge, up, mtu 1500, 02:00:00:00:00:01\n"
					     "link a\\x1b: up, mtu 1500, 02:00:00:00:00:01, port of br0\n");
}

/* A hardware address of another length, and numbers of none: as if they were not there. */
static void test_attributes_of_a_wrong_length_are_none(void **state)
{
	cleanup_network struct network network = unread;
	cleanup_text struct text messages = { 0 }, lines = { 0 };
	struct ifinfomsg body = { .ifi_index = 5 };
	struct netlink message;

	(void)state;
	netlink_begin(&message, RTM_NEWLINK, 0, &body, sizeof(body));
	netlink_add_text(&message, IFLA_IFNAME, "x");
	netlink_add(&message, IFLA_ADDRESS, "\1\2\3\4", 4);
	netlink_add(&message, IFLA_MTU, "\1\2", 2);
	netlink_add(&message, IFLA_MASTER, "", 0);
	add(&messages, &message);
	network_parse(&messages, &network);
	network_lines(&network, &lines);
	assert_string_equal(text_of(&lines), "link x: down\n");
}

static void add_address(struct text *messages, unsigned type, int family, unsigned prefix, const void *bytes, size_t size)
{
	struct ifaddrmsg body = { .ifa_index = 2, .ifa_family = (uint8_t)family, .ifa_prefixlen = (uint8_t)prefix };
	struct netlink message;

	netlink_begin(&message, RTM_NEWADDR, 0, &body, sizeof(body));
	netlink_add(&message, type, bytes, size);
	add(messages, &message);
}

static void test_addresses_are_read(void **state)
{
	static const unsigned char six[16] = { 0xfd, [15] = 1 };
	cleanup_network struct network network = unread;
	cleanup_text struct text messages = { 0 }, lines = { 0 };

	(void)state;
	add_link(&messages, 2, "br0", "bridge", 0);
	add_address(&messages, IFA_LOCAL, AF_INET, 24, "\x0a\0\0\1", 4);
	add_address(&messages, IFA_ADDRESS, AF_INET6, 64, six, 16);
	/* None of these is an address. */
	add_address(&messages, IFA_LOCAL, AF_INET, 33, "\x0a\0\0\2", 4);
	add_address(&messages, IFA_LOCAL, AF_INET6, 64, "\x0a\0\0\3", 4);
	add_address(&messages, IFA_LABEL, AF_INET, 24, "\x0a\0\0\4", 4);
	network_parse(&messages, &network);
	network.links[0].name = "b";
	network.links[0].has_mac = false;
	network_lines(&network, &lines);
	assert_string_equal(text_of(&lines), "link b: bridge, up, mtu 1500\naddress 10.0.0.1/24 on b\naddress fd00::1/64 on b\n");
}

struct route_row {
	struct rtmsg body;
	const void *to, *via;
	size_t to_size, via_size;
	uint32_t table, dev;
};

static void test_routes_of_the_main_table_are_read(void **state)
{
	static const struct route_row rows[] = {
		{ { .rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN }, NULL, "\x0a\0\0\1", 0, 4, 0, 2 },
		{ { .rtm_family = AF_INET, .rtm_table = RT_TABLE_COMPAT, .rtm_dst_len = 16 }, "\x0a\1\0\0", NULL, 4, 0, RT_TABLE_MAIN, 9 },
		{ { .rtm_family = AF_INET6, .rtm_table = RT_TABLE_MAIN }, NULL, NULL, 0, 0, 0, 2 },
		/* A gateway of a wrong length is none; these are of another table, or of the cache. */
		{ { .rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN, .rtm_dst_len = 8 }, "\x0b\0\0\0", "\x0a", 4, 1, 0, 2 },
		{ { .rtm_family = AF_INET, .rtm_table = RT_TABLE_LOCAL }, NULL, NULL, 0, 0, 0, 2 },
		{ { .rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN }, NULL, NULL, 0, 0, 77, 2 },
		{ { .rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN, .rtm_flags = RTM_F_CLONED }, NULL, NULL, 0, 0, 0, 2 },
	};
	cleanup_network struct network network = unread;
	cleanup_text struct text messages = { 0 }, lines = { 0 };

	(void)state;
	add_link(&messages, 2, "lo", NULL, 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct netlink message;
		netlink_begin(&message, RTM_NEWROUTE, 0, &rows[i].body, sizeof(rows[i].body));
		if (rows[i].to)
			netlink_add(&message, RTA_DST, rows[i].to, rows[i].to_size);
		if (rows[i].via)
			netlink_add(&message, RTA_GATEWAY, rows[i].via, rows[i].via_size);
		if (rows[i].table)
			netlink_add_number(&message, RTA_TABLE, rows[i].table);
		netlink_add_number(&message, RTA_OIF, rows[i].dev);
		netlink_add_number(&message, RTA_PRIORITY, 7);
		add(&messages, &message);
	}
	network_parse(&messages, &network);
	assert_int_equal(network.routes[0].metric, 7);
	network.link_count = 1;
	network_lines(&network, &lines);
	assert_non_null(strstr(text_of(&lines), "\nroute to default via 10.0.0.1 dev lo\nroute to 10.1.0.0/16 dev ?\n"
						"route to default (IPv6) dev lo\nroute to 11.0.0.0/8 dev lo\n"));
	assert_int_equal(network.route_count, 4);
}

static void test_neighbours_are_read(void **state)
{
	static const struct { uint16_t state; uint8_t flags; size_t size, mac; } rows[] = {
		{ NUD_REACHABLE, 0, 4, 6 }, { NUD_FAILED, 0, 4, 0 }, { NUD_STALE, 0, 4, 8 },
		{ NUD_NOARP, 0, 4, 6 }, { NUD_REACHABLE, NTF_PROXY, 4, 6 }, { NUD_REACHABLE, 0, 16, 6 },
	};
	cleanup_network struct network network = unread;
	cleanup_text struct text messages = { 0 };
	static const unsigned char bytes[16] = { 10, 0, 0, 9 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ndmsg body = { .ndm_family = AF_INET, .ndm_ifindex = 2, .ndm_state = rows[i].state, .ndm_flags = rows[i].flags };
		struct netlink message;
		netlink_begin(&message, RTM_NEWNEIGH, 0, &body, sizeof(body));
		netlink_add(&message, NDA_DST, bytes, rows[i].size);
		if (rows[i].mac)
			netlink_add(&message, NDA_LLADDR, bytes, rows[i].mac);
		add(&messages, &message);
	}
	network_parse(&messages, &network);
	assert_int_equal(network.neighbour_count, 3);
	assert_true(network.neighbours[0].has_mac);
	assert_false(network.neighbours[1].has_mac);
	assert_false(network.neighbours[2].has_mac);
	assert_int_equal(network.neighbours[1].state, NUD_FAILED);
	assert_int_equal(network.neighbours[0].address.prefix, 32);
}

static struct netlink qdisc(const char *kind, uint32_t handle)
{
	struct tcmsg body = { .tcm_ifindex = 2, .tcm_handle = handle };
	struct netlink ret;

	netlink_begin(&ret, RTM_NEWQDISC, 0, &body, sizeof(body));
	netlink_add_text(&ret, TCA_KIND, kind);
	return ret;
}

static void add_netem(struct text *messages, size_t size, const int64_t *exact, size_t exact_size)
{
	struct tc_netem_qopt options = { .loss = UINT32_MAX / 20 };
	struct netlink message = qdisc("netem", 0x10000);
	size_t nest = netlink_nest(&message, TCA_OPTIONS, &options, size);

	if (exact)
		netlink_add(&message, TCA_NETEM_LATENCY64, exact, exact_size);
	netlink_end(&message, nest);
	add(messages, &message);
}

static void add_tbf(struct text *messages, unsigned type, uint32_t rate, size_t size)
{
	struct tc_tbf_qopt options = { .rate = { .rate = rate } };
	struct netlink message = qdisc("tbf", 0x20000);
	size_t nest = netlink_nest(&message, TCA_OPTIONS, NULL, 0);

	netlink_add(&message, type, &options, size);
	netlink_end(&message, nest);
	add(messages, &message);
}

static void test_impairments_are_read(void **state)
{
	static const char *const kinds[] = { "netem", "tbf", "noqueue", "fq" };
	const int64_t delay = 1500000;
	cleanup_network struct network network = unread;
	cleanup_text struct text messages = { 0 }, lines = { 0 };

	(void)state;
	add_netem(&messages, sizeof(struct tc_netem_qopt), &delay, sizeof(delay));
	add_netem(&messages, sizeof(struct tc_netem_qopt), &delay, 4); /* a delay that is cut off */
	add_netem(&messages, sizeof(struct tc_netem_qopt), NULL, 0);
	add_netem(&messages, 8, NULL, 0);
	add_tbf(&messages, TCA_TBF_PARMS, 125000, sizeof(struct tc_tbf_qopt));
	add_tbf(&messages, TCA_TBF_PARMS, 125, sizeof(struct tc_tbf_qopt));
	add_tbf(&messages, TCA_TBF_PARMS, 1, sizeof(struct tc_tbf_qopt));
	add_tbf(&messages, TCA_TBF_PARMS, 125, 4);
	add_tbf(&messages, TCA_TBF_RTAB, 125, sizeof(struct tc_tbf_qopt));
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct netlink message = qdisc(kinds[i], kinds[i][0] == 'n' && kinds[i][1] == 'o');
		add(&messages, &message);
	}
	network_parse(&messages, &network);
	network_lines(&network, &lines);
	assert_string_equal(text_of(&lines), "out of ?: delay 1.5ms loss 5%\nout of ?: loss 5%\nout of ?: loss 5%\n"
		"out of ?: qdisc netem\nout of ?: rate 1mbit\nout of ?: rate 1kbit\nout of ?: rate 8bit\n"
		"out of ?: qdisc tbf\nout of ?: qdisc tbf\nout of ?: qdisc netem\nout of ?: qdisc tbf\n");
}

static void test_what_the_helper_notes_is_read(void **state)
{
	cleanup_network struct network network = unread;
	cleanup_text struct text messages = { 0 };
	struct rtgenmsg body = { 0 };
	struct netlink message;

	(void)state;
	note(&messages, NOTE_FORWARD4, "1\n");
	note(&messages, NOTE_FORWARD6, "0\n");
	note(&messages, NOTE_NO_NFT, "");
	note(&messages, NOTE_NO_RULES + 1, "later");
	netlink_begin(&message, RTM_NEWNSID, 0, &body, sizeof(body));
	netlink_add_number(&message, NETNSA_NSID, 4);
	add(&messages, &message);
	network_parse(&messages, &network);
	assert_int_equal(network.forward[0], 1);
	assert_int_equal(network.forward[1], 0);
	assert_int_equal(network.rules_known, RULES_NO_NFT);
	assert_int_equal(network.hosts, 4);
	messages.len = 0;
	note(&messages, NOTE_NO_RULES, "EPERM");
	network_parse(&messages, &network);
	assert_int_equal(network.rules_known, RULES_UNREAD);
	assert_string_equal(network.unread, "EPERM");
	messages.len = 0;
	note(&messages, NOTE_RULES, "");
	network_parse(&messages, &network);
	assert_int_equal(network.rules_known, RULES_READ);
}

/* Every message cut at every place: what is whole before the cut is read, and nothing beyond it. */
static void test_messages_that_are_cut_are_passed_over(void **state)
{
	static const unsigned types[] = { RTM_NEWLINK, RTM_NEWADDR, RTM_NEWROUTE, RTM_NEWNEIGH, RTM_NEWQDISC, RTM_NEWNSID, RTM_DELLINK };
	cleanup_network struct network network = unread;
	cleanup_text struct text whole = { 0 }, few = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(types); i++) {
		struct netlink message;
		netlink_begin(&message, types[i], 0, NULL, 0); /* without its body */
		add(&few, &message);
	}
	network_parse(&few, &network);
	assert_int_equal(network.link_count + network.address_count + network.route_count + network.neighbour_count +
			 network.qdisc_count, 0);
	assert_int_equal(network.hosts, -1);
	add_link(&whole, 2, "br0", "bridge", 0);
	for (size_t cut = 0; cut < whole.len; cut++) {
		cleanup_network struct network none = unread;
		cleanup_text struct text part = { 0 };
		text_addn(&part, whole.s, cut);
		network_parse(&part, &none);
		assert_int_equal(none.link_count, 0);
	}
}

static const char ruleset[] =
	"table inet stave { # handle 1\n"
	"\tset peers { # handle 5\n\t\ttype ipv4_addr\n\t}\n"
	"\tchain in { # handle 2\n"
	"\t\ttype filter hook input priority filter + 10; policy drop;\n"
	"\t\ttcp dport 22 counter packets 3 bytes 180 accept comment \" # handle 9\" # handle 7\n"
	"\t\tcounter packets 5 drop # handle 8\n"
	"\t}\n"
	"\tchain jumped { # handle 3\n\t}\n"
	"}\n"
	"table ip {\n}\n"
	"stray line\n\t\tdrop # handle 4";

/* What comes behind the end is not theirs, also where the last one's length is not a multiple of four. */
static void test_nothing_is_read_behind_the_messages(void **state)
{
	cleanup_text struct text messages = { 0 };
	cleanup_network struct network network = unread;

	(void)state;
	note(&messages, NOTE_FORWARD4, "1");
	size_t end = NLMSG_LENGTH(1);
	add_link(&messages, 2, "eth0", NULL, 0);
	messages.len = end;
	network_parse(&messages, &network);
	assert_int_equal(network.forward[0], 1);
	assert_int_equal(network.link_count, 0);
}

static void test_rules_are_read(void **state)
{
	cleanup_network struct network network = unread;
	cleanup_text struct text lines = { 0 };

	(void)state;
	rules_parse(ruleset, &network);
	assert_int_equal(network.chain_count, 2);
	const struct nft_chain *in = &network.chains[0];
	assert_string_equal(in->table, "stave");
	assert_string_equal(in->type, "filter");
	assert_string_equal(in->hook, "input");
	assert_string_equal(in->priority, "filter + 10");
	assert_string_equal(in->policy, "drop");
	assert_string_equal(network.chains[1].hook, "");
	assert_int_equal(network.rule_count, 2);
	assert_int_equal(network.rules[0].handle, 7);
	network_lines(&network, &lines);
	assert_string_equal(text_of(&lines), "rule inet stave in: tcp dport 22 counter accept comment \" # handle 9\"\n"
					     "rule inet stave in: counter drop\n");
}

static void test_what_is_no_ruleset_has_no_rules(void **state)
{
	static const char *const texts[] = { "", "\n\n", "}", "}\n}\n", "chain in {\n\t\tdrop # handle 1\n}", "table \n",
					     "table t\n\t\tdrop # handle 1\n", "table inet t {\n\tchain c {\n\t\ttype \n\t\tdrop\n" };
	cleanup_network struct network network = unread;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		rules_parse(texts[i], &network);
	assert_int_equal(network.rule_count, 0);
	assert_int_equal(network.chain_count, 1);
	assert_string_equal(network.chains[0].priority, "");
}

static void test_what_two_networks_have_not_in_common(void **state)
{
	cleanup_text struct text difference = { 0 };

	(void)state;
	lines_difference("a\nb\n", "b\nab\n", &difference);
	assert_string_equal(text_of(&difference), "+ ab\n- a\n");
	difference.len = 0;
	lines_difference("a\n", "a\n", &difference);
	assert_int_equal(difference.len, 0);
}

static void test_forwarding_has_its_lines(void **state)
{
	cleanup_network struct network network = unread;
	cleanup_text struct text lines = { 0 };

	(void)state;
	network_lines(&network, &lines);
	assert_int_equal(lines.len, 0);
	network.forward[0] = network.forward[1] = 1;
	network_lines(&network, &lines);
	assert_string_equal(text_of(&lines), "forwarding of IPv4\nforwarding of IPv6\n");
}

#define REST "00000000:00000000 00:00000000 00000000  1000        0 "

static void test_listeners_are_read(void **state)
{
	static const char tcp[] =
		"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
		"   0: 0100007F:1F90 00000000:0000 0A " REST "4711 1\n"
		"   1: 0100007F:1F90 0100007F:1F91 01 " REST "4712 1\n"
		"   2: 0100007F:1F90\n"
		"   3: 010000:1F90 00000000:0000 0A " REST "4713 1\n"
		"   4: 0100007F01:1F90 00000000:0000 0A " REST "4714 1\n"
		"   5: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A " REST "4715 1";
	cleanup_network struct network network = unread;
	char text[ADDRESS_TEXT];

	(void)state;
	network_parse_listeners(tcp, false, &network);
	assert_int_equal(network.listener_count, 2);
	assert_string_equal(address_print(&network.listeners[0].address, text), "127.0.0.1");
	assert_int_equal(network.listeners[0].port, 8080);
	assert_int_equal(network.listeners[0].inode, 4711);
	assert_string_equal(address_print(&network.listeners[1].address, text), "::1");
	network_parse_listeners("   0: 0100007F:1F90 00000000:0000 07 " REST "1 1\n", true, &network);
	network_parse_listeners("   0: 0100007F:1F90 00000000:0000 0A " REST "1 1\n", true, &network);
	network_parse_listeners("   0: 0100007F:1F90 00000000:0000 07 " REST "1 1\n", false, &network);
	assert_int_equal(network.listener_count, 3);
	assert_true(network.listeners[2].udp);
}

static void test_of_nobody_nothing_is_read(void **state)
{
	cleanup_network struct network network = unread;
	struct error err;
	int status;
	pid_t gone = fork();

	(void)state;
	if (gone == 0)
		_exit(0);
	assert_int_equal(waitpid(gone, &status, 0), gone);
	assert_int_equal(network_read(gone, &network, &err), -1);
	assert_int_equal(err.code, ENOENT);
	assert_int_equal(network_find_listeners(gone, &network, &err), -1);
	assert_int_equal(err.code, ENOENT);
	/* A link that leads elsewhere, of a namespace that cannot be asked: where it leads stays unknown. */
	struct link link = { .index = 1, .name = "a", .type = "veth", .elsewhere = 0, .peer_name = "" };
	struct network leading = unread;
	leading.links = &link;
	leading.link_count = 1;
	network_find_peers(gone, &leading);
	assert_int_equal(link.peer, 0);
}

static void test_this_namespace_is_read_without_joining(void **state)
{
	cleanup_network struct network network = { 0 };
	struct error err;

	(void)state;
	assert_int_equal(network_read(getpid(), &network, &err), 0);
	assert_true(network.link_count > 0);
	assert_int_equal(network.hosts, -1);
	assert_true(network.forward[0] >= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_links_are_read),
		cmocka_unit_test(test_attributes_of_a_wrong_length_are_none),
		cmocka_unit_test(test_addresses_are_read),
		cmocka_unit_test(test_routes_of_the_main_table_are_read),
		cmocka_unit_test(test_neighbours_are_read),
		cmocka_unit_test(test_impairments_are_read),
		cmocka_unit_test(test_what_the_helper_notes_is_read),
		cmocka_unit_test(test_messages_that_are_cut_are_passed_over),
		cmocka_unit_test(test_nothing_is_read_behind_the_messages),
		cmocka_unit_test(test_rules_are_read),
		cmocka_unit_test(test_what_is_no_ruleset_has_no_rules),
		cmocka_unit_test(test_what_two_networks_have_not_in_common),
		cmocka_unit_test(test_forwarding_has_its_lines),
		cmocka_unit_test(test_listeners_are_read),
		cmocka_unit_test(test_of_nobody_nothing_is_read),
		cmocka_unit_test(test_this_namespace_is_read_without_joining),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
