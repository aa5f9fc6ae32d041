/* net addr, net route: which network an interface is on, and how the others are reached. */
#include <string.h>
#include <sys/socket.h>

#include "base/message.h"
#include "base/net/address.h"
#include "base/text.h"
#include "snapshot/network/network.h"
#include "words/network/network.h"
#include "words/plans/network/network.h"

static int bad_address(const struct words *words, size_t i, const char *example, struct error *err)
{
	fail_arg(err, ERR_NETWORK_ADDRESS, words, i, "%s: not a valid address", vis(words->args[i].s));
	return fail_fix(err, "as in %s", example);
}

static bool is_removal(const struct words *words)
{
	return strcmp(words->args[1].s, "del") == 0;
}

/* Two that have one address get each other's packets. */
static int refuse_containers(const struct context *context, const struct words *words, const struct address *address,
			     struct error *err)
{
	cleanup_network struct network network = { 0 };
	struct lan_member member;
	struct error ignored;
	struct lan lan;

	if (lan_read(context, &network, &ignored) < 0)
		return 0;
	for (size_t i = 0; lan_at(&network, i, &lan); i++)
		for (size_t n = 0; lan_member_at(&network, &lan, n, &member); n++)
			if (member.address.family && address_equal(&member.address, address)) {
				fail_arg(err, ERR_NETWORK_TAKEN, words, 2, "the container %s in the network %s has this address",
					 vis(member.name), vis(lan.name));
				return fail_fix(err, "network inspect %s shows the addresses", vis(lan.name));
			}
	return 0;
}

int net_addr(const struct context *context, const struct words *words, struct plan *plan,
	     struct error *err)
{
	size_t last = words->count - 1;
	struct address address;

	if (!address_parse(words->args[2].s, &address))
		return bad_address(words, 2, "10.0.0.1/24 or fd00::1/64", err);
	/* The kernel takes 0.0.0.0 without an error, and gives it to nobody; :: it refuses itself. */
	if (!is_removal(words) && address.family == AF_INET && address_is_none(&address)) {
		fail_arg(err, ERR_NETWORK_ADDRESS, words, 2, "%s: stands for no address", vis(words->args[2].s));
		return fail_fix(err, "as in 10.0.0.1/24");
	}
	if (!is_removal(words) && !words_flag(words, "--on-host") && refuse_containers(context, words, &address, err) < 0)
		return -1;
	if (last == 4 && strcmp(words->args[3].s, "dev") != 0)
		return fail_arg(err, ERR_ARGUMENT_MANY, words, 4, "%s: one argument too many",
				vis(words->args[4].s));
	struct op *op = plan_add(plan, OP_addr);
	op->addr.add = !is_removal(words);
	op->addr.address = arena_copy(&plan->arena, words->args[2].s);
	op->addr.name = arena_copy(&plan->arena, words->args[last].s);
	plan->meaning = !op->addr.add ?
		_("Nothing answers at this address any more.") :
		strchr(words->args[2].s, '/') ?
		_("The kernel answers at this address and, once the interface is up, has a route "
		"to all of the network that the prefix names.") :
		_("Without a length the prefix is the address alone: so no neighbour can be reached.");
	return 0;
}

/* The network of a route: without bits behind its prefix. */
static int check_network(const struct words *words, struct error *err)
{
	const char *s = words->args[2].s;
	char text[ADDRESS_TEXT];
	struct address to;

	if (strcmp(s, "default") == 0)
		return 0;
	if (!address_parse(s, &to))
		return bad_address(words, 2, _("10.1.0.0/16, or default"), err);
	if (address_is_network(&to))
		return 0;
	address_clear_host(&to);
	fail_arg(err, ERR_NETWORK_ADDRESS, words, 2, "%s: an address within a network, not the network",
		 vis(s));
	return fail_fix(err, "net route %s %s", words->args[1].s, address_print(&to, text));
}

/* The pairs "via GATEWAY" and "dev LINK" from argument 3 on. */
static int read_ways(const struct words *words, struct op *op, struct arena *arena, struct error *err)
{
	struct address address, to;

	for (size_t i = 3; i < words->count; i += 2) {
		bool via = strcmp(words->args[i].s, "via") == 0;
		const char *value = words_arg(words, i + 1);
		if (!via && strcmp(words->args[i].s, "dev") != 0)
			return fail_arg(err, ERR_ARGUMENT_CHOICE, words, i, "%s: not one of via, dev",
					vis(words->args[i].s));
		if (!value)
			return fail_arg(err, ERR_ARGUMENT_MISSING, words, i, "%s needs %s",
					words->args[i].s, via ? _("a gateway's address") : _("an interface"));
		if (via && (!address_parse(value, &address) || strchr(value, '/')))
			return bad_address(words, i + 1, "10.0.0.254", err);
		if (via && address_parse(op->route.to, &to) && to.family != address.family) {
			fail_arg(err, ERR_NETWORK_ADDRESS, words, i + 1, "%s: a gateway of another IP version than the network's", vis(value));
			return fail_fix(err, "as in %s", to.family == AF_INET ? "10.0.0.254" : "fd00::fe");
		}
		*(via ? &op->route.via : &op->route.name) = arena_copy(arena, value);
	}
	return 0;
}

int net_route(const struct context *context, const struct words *words, struct plan *plan,
	      struct error *err)
{
	(void)context;
	if (check_network(words, err) < 0)
		return -1;
	struct op *op = plan_add(plan, OP_route);
	op->route.add = !is_removal(words);
	op->route.to = arena_copy(&plan->arena, words->args[2].s);
	if (read_ways(words, op, &plan->arena, err) < 0)
		return -1;
	if (op->route.add && !op->route.via && !op->route.name) {
		fail_arg(err, ERR_ARGUMENT_MISSING, words, 2, "the gateway or interface is missing");
		return fail_fix(err, "net route add %s via GATEWAY, or dev LINK", vis(words->args[2].s));
	}
	plan->meaning = !op->route.add ? _("Packets for that network take another route, or have none.") :
		op->route.via ? _("Packets for that network go to the gateway, which passes them on.") :
				_("The hosts of that network are on the wire of this interface itself.");
	return 0;
}
