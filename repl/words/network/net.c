/* net: the interfaces, addresses and routes of the child's network namespace.
 * network_namespaces(7), rtnetlink(7). */
#include "base/message.h"
#include "words/network/network.h"

#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "snapshot/facts.h"
#include "words/plans/plans.h"

#define ARGS(name, ...) static const struct arg_spec name##_args[] = { __VA_ARGS__, { 0 } }
#define LINK { "LINK", .means = "an interface" }

static const struct choice add_del[] = { { "add" }, { "del" }, { 0 } };

ARGS(link, { "NAME" });
ARGS(above, { "NAME" }, { "ON", .means = "the interface below it" });
ARGS(vlan, { "NAME" }, { "ON", .means = "the interface below it" },
     { "ID", WORD_NUMBER, .means = "1 to 4094" });
ARGS(veth, { "NAME" }, { "PEER", .optional = true, .means = "the name of its other end" });
ARGS(join, { "BRIDGE" }, LINK);
ARGS(which, LINK);
ARGS(mtu, LINK, { "BYTES", WORD_NUMBER });
ARGS(mac, LINK, { "ADDRESS", .means = "as in 02:00:00:00:00:01" });
ARGS(addr, { "ACTION", WORD_CHOICE, .choices = add_del },
     { "ADDR/LEN", .means = "as in 10.0.0.1/24" },
     { "[dev] LINK", .many = true, .most = 2 });
ARGS(route, { "ACTION", WORD_CHOICE, .choices = add_del },
     { "PREFIX", .means = "as in 10.1.0.0/16, or default" },
     { "via GATEWAY, dev LINK", .many = true, .optional = true, .most = 4 });
static const struct choice on_off[] = { { "on" }, { "off" }, { 0 } };
static const struct choice set[] = { { "set" }, { 0 } };
static const struct choice up_down[] = { { "up" }, { "down" }, { 0 } };
ARGS(forward, { "STATE", WORD_CHOICE, .choices = on_off });
ARGS(link_set, { "set", WORD_CHOICE, .choices = set }, LINK, { "STATE", WORD_CHOICE, .choices = up_down });
ARGS(impair, LINK, { "delay TIME, loss SHARE, rate RATE, off", .many = true, .most = 6,
		     .means = "as in delay 100ms loss 5% rate 1mbit" });
ARGS(probe, { "ADDRESS[:PORT]", .optional = true, .means = "where to; of all, how many seconds to listen" });
const struct choice net_probes[] = {
	{ "icmp", .args = probe_args }, { "tcp", .args = probe_args }, { "udp", .args = probe_args },
	{ "all", .args = probe_args }, { 0 }
};
ARGS(trace, { "icmp|tcp|udp|all|CMD", WORD_PROGRAM, .choices = net_probes,
	      .means = "a packet that is sent, or a program of the child's root" },
     { "ADDRESS[:PORT]|ARG", .many = true, .optional = true,
       .means = "where the packet goes; of all, how many seconds to listen; the program's arguments" });
ARGS(nat, { "LINK", .optional = true, .means = "only what leaves by it" }, { "off", .optional = true });
ARGS(publish, { "PORT:PORT[/udp]", .means = "as in 8080:80" },
     { "to ADDRESS, off", .many = true, .optional = true, .most = 3 });
ARGS(filter, { "in|out|forward" },
     { "MATCH", .many = true, .optional = true, .most = 11,
       .means = "tcp, udp, icmp, established, from PREFIX, to PREFIX, port PORT, on LINK; off at the end" });
ARGS(show, { "PID", WORD_PID, .optional = true, .means = "a process, or host" });

static const struct choice choices[] = {
	{ "lo", "bring up the loopback interface", .args = no_args, .build = net_lo },
	{ "veth", "a wire with two ends", .args = veth_args, .build = net_veth },
	{ "bridge", N_("a switch"), .args = link_args, .build = net_link },
	{ "dummy", "an interface that leads nowhere", .args = link_args, .build = net_link },
	{ "macvlan", "a second interface on another, with a MAC address of its own",
	  .args = above_args, .build = net_link },
	{ "ipvlan", "the same with the other's MAC address", .args = above_args, .build = net_link },
	{ "vlan", "a tagged network on another interface", .args = vlan_args, .build = net_link },
	{ "tun", "an interface whose other end is a program", .args = link_args, .build = net_tun },
	{ "join", "make an interface a port of a bridge", .args = join_args, .build = net_join },
	{ "addr", "give an interface an address, or take it away", .args = addr_args,
	  .build = net_addr },
	{ "route", "set how a network is reached", .args = route_args, .build = net_route },
	{ "up", "switch an interface on", .args = which_args, .build = net_state },
	{ "down", "switch it off", .args = which_args, .build = net_state },
	{ "link", "the same, as ip(8) has it", .args = link_set_args, .build = net_link_set },
	{ "forward", "pass on packets of others, or drop them", .args = forward_args, .build = net_forward },
	{ "nat", "translate the source of what leaves for others", .args = nat_args, .build = net_nat },
	{ "publish", "pass a port's packets on to another port or address", .args = publish_args,
	  .build = net_publish },
	{ "allow", "let packets pass", .args = filter_args, .build = net_filter },
	{ "deny", "drop packets", .args = filter_args, .build = net_filter },
	{ "world", "connect the router with the world", .reach = REACH_HOST, .args = no_args, .build = net_world },
	{ "impair", "delay, lose or slow down what leaves by an interface", .args = impair_args,
	  .build = net_impair },
	{ "mtu", "the longest packet it takes", .args = mtu_args, .build = net_mtu },
	{ "mac", "its hardware address", .args = mac_args, .build = net_mac },
	{ "rm", "remove an interface", .args = which_args, .build = net_rm },
	{ "show", "all of them", .args = show_args, .look = net_show, .bare = true },
	{ "trace", "follow a packet", .args = trace_args, .build = net_trace_build, .look = net_trace },
	{ "stat", "what each interface has carried", .args = no_args, .look = net_stat },
	{ 0 }
};

static const struct flag_spec flags[] = {
	{ "--json", 0, NULL, .of = "show, trace", .means = "the same for programs, with the names of ip -j and nft -j" },
	{ "--draw", 0, NULL, .of = "show", .means = "boxes and wires, of all children and containers" },
	{ "--to", 0, "PID", WORD_PID, .of = "veth",
	  .means = "the other end is made in that process's network namespace, or the router's" },
	ON_HOST_FLAG,
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "WHAT", WORD_CHOICE, .optional = true, .choices = choices },
	{ 0 }
};

int net_lo(const struct context *context, const struct words *words, struct plan *plan,
	   struct error *err)
{
	(void)context, (void)words, (void)err;
	plan_loopback(plan);
	plan->meaning = _("127.0.0.1 now answers the processes of this network namespace, and no others.");
	return 0;
}

/* The host's network instead of the child's. */
static int build_on_host(const struct context *context, const struct words *words, struct plan *plan,
			 struct error *err)
{
	struct context outside = *context;

	outside.pid = getpid();
	outside.child = context->host;
	if (network_check_host(context, words, err) < 0 || words->choice->build(&outside, words, plan, err) < 0 ||
	    network_plan_host(context, plan, 0, err) < 0)
		return -1;
	plan->changes = true;
	return 0;
}

/* Whether the words are wrong whatever network they are for: then that is why, and not that it is the host's. */
static bool are_wrong(const struct context *context, const struct words *words, struct error *err)
{
	struct context anywhere = *context;
	struct plan plan = { 0 };
	struct error bad = { 0 };

	anywhere.pid = 0;
	bool ret = words->choice->build(&anywhere, words, &plan, &bad) < 0 && bad.column &&
		   (text_begins(bad.id, "argument.") || strcmp(bad.id, error_row(ERR_NETWORK_PORT)->id) == 0 ||
		    strcmp(bad.id, error_row(ERR_NETWORK_ADDRESS)->id) == 0);
	plan_done(&plan);
	if (ret)
		*err = bad;
	return ret;
}

/* A network namespace of an ordinary user's own can be wired to the router where it is made in the user namespace
 * of that. */
static int refuse_hosts(const struct context *context, const struct words *words, struct error *err)
{
	if (refuse_shared(context, words, NS_NET, _("setting an interface"), err) == 0)
		return 0;
	if (are_wrong(context, words, err))
		return -1;
	bool able = context->facts->root || ns_own(context->child, context->host, NS_USER);
	return able || !net_leads_to_router(words) || strcmp(err->id, error_row(ERR_HOST_SHARED)->id) != 0 ? -1 :
	       fail_fix(err, "setns @%s user", ROUTER);
}

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	if (words->choice->look || words->choice->build == net_world)
		return words->choice->build(context, words, plan, err);
	if (words_flag(words, "--on-host") && !net_leads_to_host(words))
		return build_on_host(context, words, plan, err);
	if (refuse_hosts(context, words, err) < 0)
		return -1;
	plan->changes = plan->network = true;
	return words->choice->build(context, words, plan, err);
}

static int look(const struct context *context, const struct words *words, struct text *ret,
		struct error *err)
{
	return words->choice->look(context, words, ret, err);
}

static bool only_looks(const struct words *words)
{
	return words->choice->look && !net_trace_runs(words);
}

/* A job that has ended has no network namespace. */
static unsigned needs(const struct words *words)
{
	return words_flag(words, "--to") ? NEEDS_JOBS : 0;
}

const struct command command_net = {
	.name = "net", .kind = BUILDS, .stage = STAGE_NETWORK, .group = GROUP_WALLS,
	.summary = "show and build the child's network",
	.explain = "A new network namespace has one interface, lo, and it is down: 127.0.0.1 is "
		"unreachable (ENETUNREACH) until you bring lo up. It has no route to the host or "
		"the world.\n\n"
		"A veth is a wire: what goes into one end comes out of the other, and the ends may "
		"be in two network namespaces (--to PID). A bridge is a switch: join makes "
		"interfaces its ports. An address with its prefix (10.0.0.1/24) says which network "
		"an interface is on; a route says by which gateway another network is reached. "
		"docker does these steps for each container: a bridge docker0, a veth, an address, "
		"a default route. Names and the order of arguments are those of ip(8).\n\n"
		"--to router leads to the session's router: a child of that name, made when a line first "
		"needs it, which plays the host. @router before a line makes bridges, addresses, "
		"forwarding and rules there, and the host's own network stays as it is. An ordinary "
		"user wires what is in the router's user namespace, or below it: setns @router user, "
		"then unshare net.\n\n"
		"forward makes the namespace a router, which passes on packets of others. nat, "
		"publish, allow and deny are rules of nftables, in a table of Stave's own "
		"(inet stave) that nft(8) makes; net shows the rules as they are, and the same line "
		"with off takes one back. publish leads a port to another port of this namespace, "
		"or with to ADDRESS to that of another host, as docker does. impair makes a bad "
		"line: netem delays and loses packets, tbf limits the rate.\n\n"
		"world gives the router a way out: an ordinary user's is pasta(1) or slirp4netns(1), root's "
		"a wire to the host, which --on-host allows. --on-host aims any line at the host's own network "
		"instead of the child's, as root; each change is taken back by undo and at exit, and what could "
		"not be is refused.\n\n"
		"trace follows a packet from one network namespace of the session to the next, its answer and "
		"an error that it causes: which rules each hook asks, what becomes of its addresses, where it "
		"ends and why. Behind trace stands a packet that is sent, or a program that is run in the child: "
		"then it is its first packet that got no answer. trace all shows what passes the child's own "
		"namespace. The trace of nftables is switched on, in tables that are gone afterwards.\n\n"
		"net without more shows interfaces, and where the other end of each is, addresses, "
		"routes, neighbours, listening sockets and rules; net show PID those of another "
		"process, net --draw the same as boxes and wires. Interfaces end with their network "
		"namespace; when one end of a veth goes, so does the other.",
	.example = "unshare user net\nnet lo\nnet bridge br0\nnet veth a b\nnet join br0 a\n"
		   "net addr add 10.0.0.1/24 dev br0\nnet up br0\nnet",
	.flags = flags, .args = args, .needs = needs, .only_looks = only_looks, .runs = net_trace_runs,
	.before = net_before, .build = build,
	.look = look,
};
