/* net ... --on-host: the host's own network. What is changed there is written down with the call that takes it
 * back; what no call would bring back as it was is refused. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/message.h"
#include "base/text.h"
#include "ops/line.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/facts.h"
#include "snapshot/network/network.h"
#include "words/network/network.h"

static int fail_user(const struct words *words, struct error *err)
{
	fail_id(err, ERR_NETWORK_HOST, EPERM, "%s: refused: the host's network is root's", words->name.s);
	err->column = words_column(words, words_flag(words, "--on-host"), 0);
	fail_why(err, "changing it needs CAP_NET_ADMIN in the user namespace that the machine started with");
	return fail_fix(err, "start Stave as root, or build the same in the session's router: @router net ...");
}

static int fail_final(const struct words *words, struct error *err)
{
	fail_arg(err, ERR_NETWORK_HOST, words, 0, "net %s: refused on the host", words->choice->name);
	fail_why(err, "nobody could put it back as it was");
	return fail_fix(err, "undo takes back what a line with --on-host has made; for the rest use ip(8): !ip help");
}

/* Whether it only adds something, or sets a value that can be read before. */
static bool can_be_taken_back(const struct words *words)
{
	static const char *const adding[] = { "veth", "bridge", "dummy", "macvlan", "ipvlan", "vlan", "join", "up", "link",
					      "forward", "nat", "publish", "allow", "deny", "impair", "mtu", "mac", NULL };
	const char *name = words->choice->name, *last = words->args[words->count - 1].s;

	if (strcmp(name, "addr") == 0 || strcmp(name, "route") == 0)
		return strcmp(words->args[1].s, "add") == 0;
	for (size_t i = 0; adding[i]; i++)
		if (strcmp(adding[i], name) == 0)
			return strcmp(name, "forward") == 0 || (strcmp(last, "off") != 0 && strcmp(last, "down") != 0);
	return false;
}

int network_check_host(const struct context *context, const struct words *words, struct error *err)
{
	if (!context->facts->root)
		return fail_user(words, err);
	return can_be_taken_back(words) ? 0 : fail_final(words, err);
}

/* ---- the call that takes one back ---- */

/* What the interface has now, where the op gives it something else; false where nothing changes. Of one that
 * is not there the call is going to fail. */
static bool set_before(const struct op *op, const struct network *host, struct arena *arena, struct op *back)
{
	const struct link *link = network_link_called(host, op->link_set.name);
	const struct link *master = link ? network_link(host, link->master) : NULL;

	if (!link)
		return false;
	*back = op_new(OP_link_set);
	back->link_set.name = op->link_set.name;
	if (op->link_set.state == LINK_UP && !(link->flags & IFF_UP))
		back->link_set.state = LINK_DOWN;
	if (op->link_set.mtu && op->link_set.mtu != link->mtu)
		back->link_set.mtu = link->mtu;
	if (op->link_set.address && link->has_mac)
		back->link_set.address = arena_print(arena, "%02x:%02x:%02x:%02x:%02x:%02x", link->mac[0], link->mac[1],
						     link->mac[2], link->mac[3], link->mac[4], link->mac[5]);
	if (op->link_set.master)
		back->link_set.master = master ? master->name : "";
	return back->link_set.state || back->link_set.mtu || back->link_set.address || back->link_set.master;
}

static bool value_before(const struct context *context, const struct op *op, struct arena *arena, struct op *back)
{
	cleanup_text struct text value = { 0 };

	if (eyes_read(context->eyes, op->sysctl.path, 64, &value) < 0)
		return false;
	*back = *op;
	back->sysctl.value = arena_copyn(arena, text_of(&value), strcspn(text_of(&value), "\n"));
	return strcmp(back->sysctl.value, op->sysctl.value) != 0;
}

/* Whether a call takes op back, and which. */
static bool find_back(const struct context *context, const struct op *op, const struct network *host,
		      struct arena *arena, struct op *back)
{
	*back = *op;
	switch (op->kind) {
	case OP_link_add:
		*back = op_new(OP_link_del);
		back->link_del.name = op->link_add.name;
		back->link_del.index = op->link_add.index;
		return true;
	case OP_link_set:
		return set_before(op, host, arena, back);
	case OP_sysctl:
		return value_before(context, op, arena, back);
	case OP_addr:
		back->addr.add = false;
		return true;
	case OP_route:
		back->route.add = false;
		return true;
	case OP_nft:
		back->nft.add = false;
		back->nft.input = back->nft.taken = NULL;
		return true;
	case OP_qdisc:
		back->qdisc = (typeof(back->qdisc)){ .name = op->qdisc.name };
		return !op->qdisc.below;
	default:
		return false;
	}
}

/* A number that no other interface has: so the one that is taken back is known to be the one that was made. */
static uint64_t own_index(const struct context *context, size_t i)
{
	return UINT64_C(1) << 30 | (uint64_t)(getpid() & 0xfffff) << 10 | (((uint64_t)context->serial + i) & 0x3ff);
}

int network_plan_host(const struct context *context, struct plan *plan, size_t first, struct error *err)
{
	cleanup_network struct network host = { 0 };

	if (network_read(getpid(), &host, err) < 0)
		return -1;
	for (size_t i = first; i < plan->count; i++) {
		struct planned *planned = &plan->ops[i];
		cleanup_text struct text line = { 0 };
		struct op back;
		planned->flags |= PLAN_ON_HOST;
		if (planned->op.kind == OP_link_add)
			planned->op.link_add.index = own_index(context, i);
		if (find_back(context, &planned->op, &host, &plan->arena, &back) && op_write(&back, &line))
			planned->back = arena_copy(&plan->arena, text_of(&line));
	}
	plan->network = false;
	return 0;
}
