/* net --draw: which boxes there are and what stands in them. */
#include <linux/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "ops/plan.h"
#include "snapshot/network/lines.h"
#include "snapshot/network/network.h"
#include "words/network/draw.h"
#include "words/network/network.h"

/* A network namespace that gets a box, and the wire of each of its links that has one, plus one. */
struct place {
	pid_t pid;
	const char *title;
	bool hosts;
	struct network network;
	size_t *wires;
};

struct scene {
	const struct context *context;
	struct arena arena;
	struct place *places;
	size_t count, room;
	const struct place *at; /* whose box is drawn */
	struct picture picture;
};

/* ---- which boxes ---- */

/* A namespace that is drawn already gets the other name as well. */
static void add_place(struct scene *scene, pid_t pid, const char *title)
{
	struct error unread;

	for (size_t i = 0; pid && i < scene->count; i++)
		if (network_shared(pid, scene->places[i].pid)) {
			struct place *same = &scene->places[i];
			if (!same->hosts && strcmp(same->title, title) != 0)
				same->title = arena_print(&scene->arena, "%s, %s", same->title, title);
			return;
		}
	if (!pid || network_shared(pid, getpid()))
		return;
	LIST_ROOM(scene->places, scene->count, scene->room);
	struct place *place = &scene->places[scene->count];
	*place = (struct place){ .pid = pid, .title = title };
	if (network_read(pid, &place->network, &unread) < 0)
		return; /* it has ended since */
	network_find_peers(pid, &place->network);
	scene->count++;
}

static const char *child_title(struct scene *scene, const char *name)
{
	cleanup_text struct text title = { 0 };

	if (name)
		text_sayf(&title, "the child %s", vis(name));
	else
		text_say(&title, "the child");
	return arena_copy(&scene->arena, text_of(&title));
}

/* The session's other children and its containers. */
static void add_session(struct scene *scene)
{
	const struct context *context = scene->context;
	const char *name;
	pid_t pid;

	for (size_t i = 0; context->sibling && (name = context->sibling(context, i, &pid)); i++)
		add_place(scene, pid, child_title(scene, name));
	for (size_t i = 0; context->container && (name = context->container(context, i, &pid)); i++)
		add_place(scene, pid, arena_copy(&scene->arena, vis(name)));
}

static size_t place_of(const struct network *network, int index)
{
	for (size_t i = 0; i < network->link_count; i++)
		if (network->links[i].index == index)
			return i;
	return network->link_count;
}

/* The number of the wire of a veth's other end, where that end is drawn too: NULL where it is not. */
static size_t *other_end(struct scene *scene, const struct link *link)
{
	const struct place *at = scene->at;

	for (size_t i = 0; i < scene->count; i++) {
		struct place *place = &scene->places[i];
		bool there = link->elsewhere < 0 ? place == at : link->peer && network_shared(link->peer, place->pid);
		size_t end = there ? place_of(&place->network, link->on) : place->network.link_count;
		if (end < place->network.link_count)
			return &place->wires[end];
	}
	return NULL;
}

/* The wire of a veth, one for both of its ends. */
static void end_wire(struct scene *scene, size_t i)
{
	const struct link *link = &scene->at->network.links[i];
	size_t *mine = &scene->at->wires[i], *other = other_end(scene, link);

	if (strcmp(link->type, "veth") != 0 || other == mine)
		return;
	*mine = other && *other ? *other : picture_wire(&scene->picture) + 1;
	picture_end_wire(&scene->picture, *mine - 1);
}

/* ---- what stands in them ---- */

/* What an interface is, but for its name and addresses. */
static void add_kind(const struct network *network, const struct link *link, struct text *ret)
{
	const struct link *on = link->elsewhere < 0 ? network_link(network, link->on) : NULL;

	text_addf(ret, " %s", *link->type ? vis(link->type) : "");
	if (on && on != link && strcmp(link->type, "veth") != 0)
		text_sayf(ret, " on %s", vis(on->name));
	if (!(link->flags & IFF_UP))
		text_say(ret, " (down)");
	for (size_t i = 0; i < network->qdisc_count; i++)
		if (network->qdiscs[i].index == link->index) {
			text_add(ret, " ");
			qdisc_tell(&network->qdiscs[i], ret);
		}
}

/* The row of an interface with its IPv4 addresses, or those of IPv6 where it has no other and is no bridge's port:
 * there the kernel's own are for nobody. */
static void add_link(struct scene *scene, size_t i, const char *before)
{
	const struct network *network = &scene->at->network;
	const struct link *link = &network->links[i];
	cleanup_text struct text row = { 0 };
	char text[ADDRESS_TEXT];
	bool four = false;

	text_addf(&row, "%s%s", before, vis(link->name));
	text_pad(&row, text_columns(row.s) < 9 ? 9 - text_columns(row.s) : 0);
	for (size_t a = 0; a < network->address_count; a++)
		four = four || (network->addresses[a].index == link->index &&
				network->addresses[a].address.family == AF_INET);
	for (size_t a = 0; a < network->address_count; a++)
		if (network->addresses[a].index == link->index &&
		    (four ? network->addresses[a].address.family == AF_INET : !link->master))
			text_addf(&row, " %s", address_print(&network->addresses[a].address, text));
	add_kind(network, link, &row);
	picture_row(&scene->picture, text_of(&row));
	end_wire(scene, i);
}

/* A bridge's ports below it. */
static void add_ports(struct scene *scene, int bridge)
{
	const struct network *network = &scene->at->network;
	size_t left = 0;

	for (size_t i = 0; i < network->link_count; i++)
		left += network->links[i].master == bridge;
	for (size_t i = 0; i < network->link_count; i++) {
		if (network->links[i].master != bridge)
			continue;
		left--;
		add_link(scene, i, !scene->context->utf8 ? "+- " : left ? "├─ " : "└─ ");
	}
}

static void add_ways(struct scene *scene)
{
	const struct network *network = &scene->at->network;
	char row[160], text[ADDRESS_TEXT], via[ADDRESS_TEXT];

	for (size_t i = 0; i < network->route_count; i++) {
		const struct route *route = &network->routes[i];
		const struct link *link = network_link(network, route->index);
		if (!route->via.family)
			continue;
		snprintf(row, sizeof(row), _("%s by %s, out of %s"),
			 route->to.prefix ? address_print(&route->to, text) : route->to.size == 16 ?
			 _("all of IPv6") : _("all else"), address_print(&route->via, via),
			 link ? vis(link->name) : "?");
		picture_row(&scene->picture, row);
	}
	if (network->forward[0] == 1)
		picture_row(&scene->picture, _("passes packets of others on"));
	if (network->rule_count) {
		snprintf(row, sizeof(row), message_of(network->rule_count, "%zu rule", "%zu rules"),
			 network->rule_count);
		picture_row(&scene->picture, row);
	}
}

/* The program through which the session's router reaches the world. */
static void add_outlet(struct scene *scene, const struct op *op)
{
	char row[80];

	snprintf(row, sizeof(row), _("%s leads to the world, by %s"), vis(op->outlet.name),
		 op->outlet.pasta ? "pasta(1)" : "slirp4netns(1)");
	picture_row(&scene->picture, row);
}

/* As docker ps has it. */
static void add_published(struct scene *scene, const struct op *op)
{
	char row[160];

	snprintf(row, sizeof(row), _("%s:%d->%d/%s, a port of the host"), vis(op->forward.at), (int)op->forward.port,
		 (int)op->forward.to_port, op->forward.datagrams ? "udp" : "tcp");
	picture_row(&scene->picture, row);
}

/* What the session has begun that leads out of it, and into it. */
static void add_ties(struct scene *scene)
{
	const struct context *context = scene->context;
	const struct plan *plan;

	for (size_t i = 0; context->plan_of && (plan = context->plan_of(context, scene->at->pid, i)); i++)
		for (size_t n = 0; n < plan->count; n++) {
			const struct op *op = &plan->ops[n].op;
			if (op->kind == OP_outlet)
				add_outlet(scene, op);
			if (op->kind == OP_forward)
				add_published(scene, op);
		}
}

/* ---- the ends of wires of whom no more is told ---- */

static bool is_other(struct scene *scene, const struct link *link)
{
	return link->elsewhere >= 0 && strcmp(link->type, "veth") == 0 && !other_end(scene, link);
}

/* Whether an earlier link leads to the same process's namespace. */
static bool is_drawn(struct scene *scene, size_t i)
{
	const struct network *network = &scene->at->network;

	for (size_t before = 0; before < i; before++)
		if (is_other(scene, &network->links[before]) &&
		    network->links[before].elsewhere == network->links[i].elsewhere)
			return true;
	return false;
}

static void add_others(struct scene *scene, size_t first)
{
	const struct network *network = &scene->at->network;
	char row[IFNAMSIZ * 4 + 8];

	for (size_t i = first; i < network->link_count; i++) {
		const struct link *link = &network->links[i];
		if (link->elsewhere != network->links[first].elsewhere || !scene->at->wires[i])
			continue;
		snprintf(row, sizeof(row), *link->peer_name ? "%s" : "?", vis(link->peer_name));
		picture_row(&scene->picture, row);
		picture_end_wire(&scene->picture, scene->at->wires[i] - 1);
	}
}

/* A box for each of those that they belong to. */
static void add_other_boxes(struct scene *scene)
{
	const struct network *network = &scene->at->network;
	cleanup_text struct text title = { 0 };

	for (size_t i = 0; i < network->link_count; i++) {
		if (!is_other(scene, &network->links[i]) || is_drawn(scene, i))
			continue;
		text_clear(&title);
		network_whose(scene->context, &network->links[i], &title);
		picture_box(&scene->picture, text_of(&title));
		add_others(scene, i);
		picture_end(&scene->picture);
	}
}

static void draw_place(struct scene *scene, size_t number)
{
	const struct network *network = &scene->places[number].network;

	scene->at = &scene->places[number];
	picture_box(&scene->picture, scene->at->title);
	for (size_t i = 0; i < network->link_count; i++) {
		if (network_link(network, network->links[i].master))
			continue;
		add_link(scene, i, "");
		add_ports(scene, network->links[i].index);
	}
	add_ways(scene);
	add_ties(scene);
	picture_end(&scene->picture);
}

/* The one that was asked about comes first, but for the host's, which all others are within. */
static void add_asked(struct scene *scene, pid_t pid, const struct network *network, bool hosts, bool alone)
{
	const struct context *context = scene->context;

	LIST_ROOM(scene->places, scene->count, scene->room);
	scene->places[scene->count++] = (struct place){
		.pid = pid, .network = *network, .hosts = hosts,
		.title = hosts ? _("the host") : alone && pid != context->pid ?
			 arena_print(&scene->arena, _("process %d"), pid) : child_title(scene, context->name),
	};
}

void network_draw(const struct context *context, pid_t pid, const struct network *network, bool hosts, bool alone,
		  struct text *ret)
{
	struct scene scene = { .context = context };

	if (!hosts)
		add_asked(&scene, pid, network, false, alone);
	if (!alone)
		add_session(&scene);
	if (hosts)
		add_asked(&scene, pid, network, true, alone);
	for (size_t i = 0; i < scene.count; i++)
		scene.places[i].wires = arena_new(&scene.arena, (scene.places[i].network.link_count + 1) * sizeof(size_t));
	for (size_t i = 0; i < scene.count; i++)
		draw_place(&scene, i);
	for (size_t i = 0; i < scene.count; i++) {
		scene.at = &scene.places[i];
		add_other_boxes(&scene);
	}
	picture_print(&scene.picture, context->columns, context->utf8, ret);
	for (size_t i = 0; i < scene.count; i++)
		if (scene.places[i].pid != pid)
			network_done(&scene.places[i].network);
	free(scene.places);
	arena_done(&scene.arena);
}
