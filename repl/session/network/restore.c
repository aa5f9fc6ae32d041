/* Ops that make a network what it was, found by the difference, and the proof that it is. */
#include "session/network/restore.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/text.h"
#include "base/net/inside.h"
#include "child/child.h"
#include "ops/plan.h"
#include "snapshot/network/lines.h"
#include "snapshot/network/network.h"

enum { IPV6_METRIC = 1024 /* what the kernel gives a route of IPv6 for which none is asked */, HELPER_MS = 30000 };

/* The ops so far. */
struct making {
	const struct network *was, *now;
	struct arena *arena;
	struct planned *ops;
	size_t count, room;
};

static struct op *add(struct making *making, enum op_kind kind)
{
	if (making->count == making->room) {
		struct planned *before = making->ops;
		making->room = making->room ? 2 * making->room : 16;
		making->ops = arena_new(making->arena, making->room * sizeof(*making->ops));
		if (making->count)
			memcpy(making->ops, before, making->count * sizeof(*making->ops));
	}
	making->ops[making->count] = (struct planned){ .op = op_new(kind) };
	return &making->ops[making->count++].op;
}

const struct link *network_called(const struct network *network, const char *name)
{
	for (size_t i = 0; name && i < network->link_count; i++)
		if (strcmp(network->links[i].name, name) == 0)
			return &network->links[i];
	return NULL;
}

static const char *name_of(const struct network *network, int index)
{
	const struct link *link = index ? network_link(network, index) : NULL;

	return link ? link->name : NULL;
}

/* ---- interfaces ---- */

static bool is_veth(const struct link *link)
{
	return strcmp(link->type, "veth") == 0;
}

static const struct link *peer_of(const struct network *network, const struct link *link)
{
	return is_veth(link) && link->elsewhere < 0 ? network_link(network, link->on) : NULL;
}

bool network_makeable(const struct network *was, const struct link *link)
{
	const struct link *peer = peer_of(was, link);

	if (*link->alias || (peer && *peer->alias))
		return false;
	return is_veth(link) ? peer || link->elsewhere >= 0 :
			       strcmp(link->type, "bridge") == 0 || strcmp(link->type, "dummy") == 0;
}

/* Of a veth both ends are made at once, by the one that was made first. One into another network namespace has been
 * made before. */
static int make_link(struct making *making, const struct link *link)
{
	const struct link *peer = peer_of(making->was, link);
	bool veth = is_veth(link);

	if ((veth && !peer) || !network_makeable(making->was, link))
		return -1;
	if (veth && peer->index > link->index && !network_called(making->now, peer->name))
		return 0;
	struct op *op = add(making, OP_link_add);
	op->link_add.type = link->type;
	op->link_add.name = link->name;
	op->link_add.index = (uint64_t)link->index;
	op->link_add.peer = peer ? peer->name : NULL;
	return 0;
}

static struct op *set(struct making *making, const struct link *link)
{
	struct op *op = add(making, OP_link_set);

	op->link_set.name = link->name;
	return op;
}

static uint64_t number_of(const unsigned char mac[6])
{
	uint64_t ret = 0;

	for (int i = 0; i < 6; i++)
		ret = ret << 8 | mac[i];
	return ret;
}

/* now: as it is, NULL where it has just been made. */
static void set_link(struct making *making, const struct link *link, const struct link *now)
{
	const char *master = name_of(making->was, link->master), *has = now ? name_of(making->now, now->master) : NULL;

	if (link->has_mac && !(link->flags & IFF_LOOPBACK) && (!now || memcmp(link->mac, now->mac, 6) != 0))
		set(making, link)->link_set.mac = number_of(link->mac);
	if (link->mtu != (now ? now->mtu : 1500))
		set(making, link)->link_set.mtu = link->mtu;
	if (master ? !has || strcmp(master, has) != 0 : has != NULL)
		set(making, link)->link_set.master = master ? master : "";
	if ((link->flags & IFF_UP) != (now ? now->flags & IFF_UP : 0))
		set(making, link)->link_set.state = link->flags & IFF_UP ? LINK_UP : LINK_DOWN;
}

/* ---- addresses ---- */

/* With the length of the prefix. */
static bool is_equal(const struct address *one, const struct address *other)
{
	return address_equal(one, other) && one->prefix == other->prefix;
}

static bool has_address(const struct network *network, const char *link, const struct address *address)
{
	for (size_t i = 0; i < network->address_count; i++) {
		const char *name = name_of(network, network->addresses[i].index);
		if (name && strcmp(name, link) == 0 && is_equal(&network->addresses[i].address, address))
			return true;
	}
	return false;
}

static bool is_kernels(const struct address *address)
{
	return address->family == AF_INET6 && address->bytes[0] == 0xfe && (address->bytes[1] & 0xc0) == 0x80;
}

static void set_addresses(struct making *making)
{
	char text[ADDRESS_TEXT];

	for (size_t i = 0; i < making->was->address_count; i++) {
		const struct link_address *one = &making->was->addresses[i];
		const char *link = name_of(making->was, one->index);
		if (!link || is_kernels(&one->address) || has_address(making->now, link, &one->address))
			continue;
		struct op *op = add(making, OP_addr);
		op->addr.add = true;
		op->addr.name = link;
		op->addr.address = arena_copy(making->arena, address_print(&one->address, text));
	}
}

/* ---- routes, and what impairs ---- */

static bool has_route(const struct network *network, const struct route *route, const char *link)
{
	for (size_t i = 0; i < network->route_count; i++) {
		const struct route *one = &network->routes[i];
		const char *name = name_of(network, one->index);
		if (is_equal(&one->to, &route->to) && is_equal(&one->via, &route->via) &&
		    one->metric == route->metric && one->type == route->type && (link ? name && strcmp(name, link) == 0 : !name))
			return true;
	}
	return false;
}

/* First those that others are reached by. */
static int set_routes(struct making *making, bool gateways)
{
	char text[ADDRESS_TEXT];

	for (size_t i = 0; i < making->was->route_count; i++) {
		const struct route *route = &making->was->routes[i];
		const char *link = name_of(making->was, route->index);
		if ((route->via.family != 0) != gateways || has_route(making->now, route, link) || is_kernels(&route->to))
			continue;
		if (route->type != RTN_UNICAST || !link || (route->metric && route->metric != IPV6_METRIC))
			return -1;
		struct op *op = add(making, OP_route);
		op->route.add = true;
		op->route.name = link;
		op->route.to = route->to.prefix ? arena_copy(making->arena, address_print(&route->to, text)) :
			       gateways ? "default" : route->to.size == 16 ? "::/0" : "0.0.0.0/0";
		op->route.via = gateways ? arena_copy(making->arena, address_print(&route->via, text)) : NULL;
	}
	return 0;
}

static void set_qdiscs(struct making *making)
{
	for (size_t i = 0; i < making->was->qdisc_count; i++) {
		const struct qdisc *qdisc = &making->was->qdiscs[i];
		const char *link = name_of(making->was, qdisc->index);
		bool there = !link;
		for (size_t n = 0; n < making->now->qdisc_count && !there; n++)
			there = strcmp(name_of(making->now, making->now->qdiscs[n].index), link) == 0 &&
				making->now->qdiscs[n].handle == qdisc->handle;
		if (there)
			continue;
		struct op *op = add(making, OP_qdisc);
		op->qdisc.add = true;
		op->qdisc.name = link;
		op->qdisc.kind = qdisc->kind;
		op->qdisc.delay = qdisc->delay_us;
		op->qdisc.rate = qdisc->rate;
		op->qdisc.loss = qdisc->loss ? arena_print(making->arena, "%.9g%%", qdisc->loss * 100.0 / UINT32_MAX) : NULL;
		op->qdisc.below = qdisc->parent == 0x10001;
	}
}

/* Ops that lead from now to what was. Interfaces and their addresses come first: the kernel makes routes with them, so
 * those are found after a new reading. */
static int find_ops(struct making *making, bool routes)
{
	const struct network *was = making->was, *now = making->now;

	if (routes) {
		set_qdiscs(making);
		return set_routes(making, false) < 0 ? -1 : set_routes(making, true);
	}
	for (size_t i = 0; i < was->link_count; i++)
		if (!network_called(now, was->links[i].name) && make_link(making, &was->links[i]) < 0)
			return -1;
	for (size_t i = 0; i < was->link_count; i++)
		set_link(making, &was->links[i], network_called(now, was->links[i].name));
	set_addresses(making);
	return 0;
}

static int fail_unknown(struct error *err)
{
	return fail_id(err, ERR_LEFT_ALONE, 0, "the network cannot be made what it was");
}

/* For the helper. */
struct errand {
	struct planned *ops;
	size_t count;
};

static int run_errand(void *arg, int out, int *status)
{
	const struct op_stage stage = { .proc = -1 };
	struct errand *errand = arg;
	struct op_outcome outcome;

	(void)out, (void)status;
	for (size_t i = 0; i < errand->count; i++)
		if (op_run(&errand->ops[i].op, &stage, &outcome) < 0) {
			errno = outcome.code;
			return -1;
		}
	return 0;
}

static int send_there(const struct restore_place *place, struct errand *errand, struct error *err)
{
	cleanup_inside struct inside inside = { -1, -1 };
	struct inside_end end;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d", place->pid);
	cleanup_fd int proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0 || inside_open(proc, &inside) < 0 || inside_call(&inside, run_errand, errand, HELPER_MS, NULL, &end) < 0)
		return fail(err, errno, "bringing a network back");
	return 0;
}

static int let_child(struct child *child, struct making *making, struct error *err)
{
	struct op_outcome *outcomes = arena_new(making->arena, making->count * sizeof(*outcomes));
	int done = child_do(child, making->ops, making->count, outcomes, err);

	if (done < 0)
		return -1;
	if ((size_t)done < making->count || outcomes[done - 1].code)
		return fail(err, done ? outcomes[done - 1].code : 0, "bringing a network back");
	return 0;
}

int network_restore(const struct restore_place *place, const struct network *was, enum restore_part part, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	cleanup_network struct network now = { 0 };
	struct making making = { .was = was, .now = &now, .arena = &arena };

	if (network_read(place->pid, &now, err) < 0)
		return -1;
	if (find_ops(&making, part == RESTORE_ROUTES) < 0)
		return fail_unknown(err);
	if (!making.count)
		return 0;
	return place->child ? let_child(place->child, &making, err) :
			      send_there(place, &(struct errand){ making.ops, making.count }, err);
}

int network_prove(const struct restore_place *place, const struct network *was, struct error *err)
{
	cleanup_text struct text one = { 0 }, other = { 0 }, changes = { 0 };
	cleanup_network struct network now = { 0 };

	if (network_read(place->pid, &now, err) < 0)
		return -1;
	network_lines(was, &one);
	network_lines(&now, &other);
	lines_difference(text_of(&one), text_of(&other), &changes);
	for (const char *line = text_of(&changes); *line; line += strcspn(line, "\n") + 1)
		if (strncmp(line + 2, "address fe80:", 13) != 0 && strncmp(line + 2, "route to fe80:", 14) != 0)
			return fail_unknown(err);
	return 0;
}
