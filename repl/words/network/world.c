/* net world: the router's way out. An ordinary user's is a program, pasta(1) or slirp4netns(1), that speaks for
 * the router on the host; root's is a wire to the host, which translates addresses and forwards. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/message.h"
#include "base/net/address.h"
#include "base/net/inside.h"
#include "base/text.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/facts.h"
#include "snapshot/network/network.h"
#include "words/network/network.h"
#include "words/network/rules.h"
#include "words/plans/network/network.h"

/* Whether it means another machine on each machine, or each wire: 127.0.0.0/8, ::1, fe80::/10. */
static bool is_local(const struct address *address)
{
	static const unsigned char loopback[16] = { [15] = 1 };

	if (address->family == AF_INET)
		return address->bytes[0] == 127;
	return memcmp(address->bytes, loopback, sizeof(loopback)) == 0 ||
	       (address->bytes[0] == 0xfe && (address->bytes[1] & 0xc0) == 0x80);
}

/* The host's addresses of one family, divided by commas, also those that lo has beside its own. */
static void list_addresses(const struct network *host, int family, struct text *ret)
{
	char text[ADDRESS_TEXT];

	for (size_t i = 0; i < host->address_count; i++) {
		struct address address = host->addresses[i].address;
		if (address.family != family || is_local(&address))
			continue;
		address.prefix = family == AF_INET6 ? 128 : 32;
		text_addf(ret, "%s%s", ret->len ? ", " : "", address_print(&address, text));
	}
}

/* What leaves the router by its way out bears the router's own address; neither the host itself (root's name server
 * may be there) nor the link-local addresses at which clouds give out keys can be reached from behind the router. wire: the
 * host's end of root's way out, or NULL. */
static int plan_router_rules(struct plan *plan, const char *wire, struct error *err)
{
	static const struct { int family; const char *word; } families[] = { { AF_INET, "ip" }, { AF_INET6, "ip6" } };
	cleanup_text struct text input = { 0 };
	cleanup_network struct network host = { 0 };

	if (network_read_links(getpid(), &host, err) < 0)
		return -1;
	rule_add(CHAIN_POSTROUTING, "oifname \"" WORLD_LINK "\" counter masquerade", "net world", &input);
	rule_add(CHAIN_FORWARD, "oifname \"" WORLD_LINK "\" ip daddr 169.254.0.0/16 counter drop", "net world", &input);
	for (size_t i = 0; i < COUNT(families); i++) {
		cleanup_text struct text list = { 0 }, rule = { 0 };
		if (i == 0 && wire)
			text_add(&list, wire);
		list_addresses(&host, families[i].family, &list);
		if (!list.len)
			continue;
		text_addf(&rule, "oifname \"" WORLD_LINK "\" %s daddr { %s } ct state new meta l4proto { tcp, udp }%s counter drop",
			  families[i].word, text_of(&list), wire ? " th dport != 53" : "");
		rule_add(CHAIN_FORWARD, text_of(&rule), "net world", &input);
	}
	plan_rules(plan, "net world", &input, false, NULL);
	/* Where the program of a way out has ended, its rules are there still. */
	plan->ops[plan->count - 1].flags |= PLAN_MAY_EXIST;
	return 0;
}

/* ---- an ordinary user ---- */

static int fail_program(struct error *err)
{
	fail_id(err, ERR_NETWORK_WORLD, ENOENT, "net world: pasta(1) and slirp4netns(1) are not installed");
	fail_why(err, "an ordinary user may not change the host's network; one of these programs speaks for the router there");
	return fail_fix(err, "!sudo apt install passt (dnf, apk and pacman call the package so, too)");
}

static int fail_device(int code, struct error *err)
{
	fail_id(err, ERR_NETWORK_WORLD, code, "net world: open /dev/net/tun");
	if (code == ENOENT) {
		fail_why(err, "the way out is a tun interface, and there is no such device here");
		return fail_fix(err, "!sudo modprobe tun; in a container of docker's or podman's: --device /dev/net/tun");
	}
	fail_why(err, "the way out is a tun interface, and this user may not open the device");
	return fail_fix(err, "!sudo chmod 0666 /dev/net/tun, as most distributions have it");
}

/* A program for it, and the device that it needs. */
static int find_program(const struct context *context, struct plan *plan, struct op *op, struct error *err)
{
	char place[256];
	const char *program = inside_program("pasta", place, sizeof(place));

	op->outlet.pasta = program;
	if (!program)
		program = inside_program("slirp4netns", place, sizeof(place));
	if (!program)
		return fail_program(err);
	cleanup_fd int device = eyes_open(context->eyes, 0, "/dev/net/tun", O_RDONLY);
	if (device < 0)
		return fail_device(errno, err);
	op->outlet.program = arena_copy(&plan->arena, program);
	op->outlet.name = WORLD_LINK;
	op->outlet.dns = WORLD_DNS;
	op->outlet.net = (struct op_fd){ .path = "/proc/%p/ns/net", .flags = O_RDONLY, .fd = -1 };
	return 0;
}

static int plan_for_user(const struct context *context, struct plan *plan, struct error *err)
{
	if (plan_router_rules(plan, NULL, err) < 0)
		return -1;
	network_plan_apart(plan);
	network_plan_forward(plan, true);
	struct op *op = plan_add(plan, OP_outlet);
	if (find_program(context, plan, op, err) < 0)
		return -1;
	if (!op->outlet.pasta)
		plan->man = "slirp4netns(1)";
	plan->same_as = "";
	plan->meaning = arena_print(&plan->arena, _("What the router has no other route for leaves by the interface %s. "
		"%s opens a connection of its own on the host for each, without any rights there; it ends with this step. "
		"The host's own loopback cannot be reached by it."), WORLD_LINK, op->outlet.pasta ? "pasta(1)" : "slirp4netns(1)");
	return 0;
}

/* ---- root ---- */

static int fail_root(const struct words *words, struct error *err)
{
	fail_id(err, ERR_NETWORK_HOST, 0, "%s world: refused: root's way out changes the host's network", words->name.s);
	fail_why(err, "it is a wire to the host, a rule there that translates addresses, and forwarding");
	return fail_fix(err, "net world --on-host: undo and the end of the session take all of it back");
}

/* Whether the host has an address or a route in it. */
static bool is_used(const struct network *host, const struct address *subnet)
{
	for (size_t i = 0; i < host->address_count; i++)
		if (address_overlaps(&host->addresses[i].address, subnet))
			return true;
	for (size_t i = 0; i < host->route_count; i++)
		if (host->routes[i].to.prefix && address_overlaps(&host->routes[i].to, subnet))
			return true;
	return false;
}

/* A network of two addresses that the host knows nothing of: 10.213.0.0/16 in parts. */
static int find_subnet(struct address *ret, struct error *err)
{
	cleanup_network struct network host = { 0 };

	if (network_read(getpid(), &host, err) < 0)
		return -1;
	for (unsigned i = 0; i < 0x10000; i += 4) {
		*ret = (struct address){ AF_INET, { 10, 213, (unsigned char)(i >> 8), (unsigned char)i }, 4, 30 };
		if (!is_used(&host, ret))
			return 0;
	}
	fail_id(err, ERR_NETWORK_TAKEN, 0, "net world: the host has all of 10.213.0.0/16 in use");
	return fail_fix(err, "net show host lists its addresses and routes");
}

/* The address number of the subnet, with or without its length. */
static const char *host_of(struct plan *plan, const struct address *subnet, unsigned char number, bool length)
{
	struct address address = *subnet;
	char text[ADDRESS_TEXT];

	address.bytes[3] |= number;
	address.prefix = length ? subnet->prefix : 32;
	return arena_copy(&plan->arena, address_print(&address, text));
}

static void plan_address(struct plan *plan, const char *link, const char *address)
{
	struct op *op = plan_add(plan, OP_addr);

	op->addr.add = true;
	op->addr.address = address;
	op->addr.name = link;
	op = plan_add(plan, OP_link_set);
	op->link_set.name = link;
	op->link_set.state = LINK_UP;
}

/* The router's end of the wire, and what goes by it. */
static int plan_router_end(struct plan *plan, const char *peer, const struct address *subnet, struct error *err)
{
	struct op *op = plan_add(plan, OP_link_add);

	op->link_add.type = "veth";
	op->link_add.name = WORLD_LINK;
	op->link_add.peer = peer;
	op->link_add.to = (struct op_fd){ .path = "/proc/self/ns/net", .flags = O_RDONLY, .fd = -1 };
	plan_address(plan, WORLD_LINK, host_of(plan, subnet, 2, true));
	if (plan_router_rules(plan, host_of(plan, subnet, 1, false), err) < 0)
		return -1;
	network_plan_apart(plan);
	network_plan_forward(plan, true);
	return 0;
}

/* The host's end: an address, a rule for what comes from the router, forwarding. */
static int plan_host_end(const struct context *context, struct plan *plan, const char *peer,
			 const struct address *subnet, struct error *err)
{
	size_t first = plan->count;
	cleanup_text struct text input = { 0 };
	char rule[120], comment[64];

	plan_address(plan, peer, host_of(plan, subnet, 1, true));
	snprintf(rule, sizeof(rule), "ip saddr %s oifname != \"%s\" counter masquerade", host_of(plan, subnet, 2, false), peer);
	snprintf(comment, sizeof(comment), "net world %s", peer);
	rule_add(CHAIN_POSTROUTING, rule, comment, &input);
	plan_rules(plan, comment, &input, false, NULL);
	network_plan_forward(plan, true);
	if (network_plan_host(context, plan, first, err) < 0)
		return -1;
	/* With the router the wire would go some time later: its name is to be free at once. The address goes with it. */
	plan->ops[first].back = arena_print(&plan->arena, "link_del name=%s", peer);
	return 0;
}

static int plan_for_root(const struct context *context, const struct words *words, struct plan *plan, struct error *err)
{
	struct address subnet;

	if (!words_flag(words, "--on-host"))
		return fail_root(words, err);
	if (find_subnet(&subnet, err) < 0)
		return -1;
	const char *peer = arena_print(&plan->arena, "stave-%d", getpid());
	if (plan_router_end(plan, peer, &subnet, err) < 0 || plan_host_end(context, plan, peer, &subnet, err) < 0)
		return -1;
	struct op *op = plan_add(plan, OP_route);
	op->route.add = true;
	op->route.to = "default";
	op->route.via = host_of(plan, &subnet, 1, false);
	plan->same_as = "";
	plan->meaning = arena_print(&plan->arena, _("What the router has no other route for goes to the host by the wire from %s to "
		"%s; the host gives it its own address and forwards it. Undo and the end of the session take the rule and the "
		"switches of the host back; the wire goes with the router."), WORLD_LINK, peer);
	return 0;
}

/* ---- the word ---- */

int net_world(const struct context *context, const struct words *words, struct plan *plan, struct error *err)
{
	cleanup_network struct network network = { 0 };

	if (lan_read(context, &network, err) < 0)
		return -1;
	if (lan_has_world(&network))
		return fail_fix((fail_arg(err, ERR_NAME_USED, words, 0, "the router has an interface %s already", WORLD_LINK), err),
				"@router net shows where it leads; undo takes back the line that made it");
	plan->sibling = ROUTER;
	plan->changes = plan->network = true;
	if (context->facts->root)
		return plan_for_root(context, words, plan, err);
	if (words_flag(words, "--on-host"))
		return network_check_host(context, words, err);
	return plan_for_user(context, plan, err);
}
