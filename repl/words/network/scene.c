/* net --draw: which boxes there are and what stands in them. */
#include <linux/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/message.h"
#include "base/process/process_stat.h"
#include "base/text.h"
#include "snapshot/network/lines.h"
#include "snapshot/network/network.h"
#include "words/network/draw.h"
#include "words/network/network.h"

/* What is drawn: whose box it is, and the wire of each link that has one, plus one. */
struct scene {
	const struct context *context;
	const struct network *network;
	struct picture picture;
	size_t *wires;
};

static size_t place_of(const struct network *network, int index)
{
	for (size_t i = 0; i < network->link_count; i++)
		if (network->links[i].index == index)
			return i;
	return network->link_count;
}

/* The wire of a veth, one for both of its ends. */
static void end_wire(struct scene *scene, size_t i)
{
	const struct link *link = &scene->network->links[i];
	size_t other = link->elsewhere < 0 ? place_of(scene->network, link->on) : scene->network->link_count;
	bool here = other < scene->network->link_count;

	if (strcmp(link->type, "veth") != 0 || other == i)
		return;
	if (here && scene->wires[other])
		scene->wires[i] = scene->wires[other];
	else
		scene->wires[i] = picture_wire(&scene->picture) + 1;
	picture_end_wire(&scene->picture, scene->wires[i] - 1);
}

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

/* The row of an interface with its IPv4 addresses, or those of IPv6 where it has no other. */
static void add_link(struct scene *scene, size_t i, const char *before)
{
	const struct network *network = scene->network;
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
		    (!four || network->addresses[a].address.family == AF_INET))
			text_addf(&row, " %s", address_print(&network->addresses[a].address, text));
	add_kind(network, link, &row);
	picture_row(&scene->picture, text_of(&row));
	end_wire(scene, i);
}

/* A bridge's ports below it. */
static void add_ports(struct scene *scene, int bridge)
{
	const struct network *network = scene->network;
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
	const struct network *network = scene->network;
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

/* Whether an earlier link leads to the same process's namespace. */
static bool is_drawn(const struct network *network, size_t i)
{
	for (size_t before = 0; before < i; before++)
		if (network->links[before].elsewhere == network->links[i].elsewhere)
			return true;
	return false;
}

/* The other ends of a wire, in a box of whom they belong to; of those in there no more is told. */
static void add_others(struct scene *scene, size_t first)
{
	const struct network *network = scene->network;
	char row[IFNAMSIZ * 4 + 8];

	for (size_t i = first; i < network->link_count; i++) {
		const struct link *link = &network->links[i];
		if (link->elsewhere != network->links[first].elsewhere || !scene->wires[i])
			continue;
		snprintf(row, sizeof(row), *link->peer_name ? "%s" : "?", vis(link->peer_name));
		picture_row(&scene->picture, row);
		picture_end_wire(&scene->picture, scene->wires[i] - 1);
	}
}

static void add_other_boxes(struct scene *scene)
{
	const struct network *network = scene->network;
	cleanup_text struct text title = { 0 };

	for (size_t i = 0; i < network->link_count; i++) {
		if (network->links[i].elsewhere < 0 || !scene->wires[i] || is_drawn(network, i))
			continue;
		text_clear(&title);
		network_whose(scene->context, &network->links[i], &title);
		picture_box(&scene->picture, text_of(&title));
		add_others(scene, i);
		picture_end(&scene->picture);
	}
}

void network_draw(const struct context *context, const struct network *network, bool hosts,
		  struct text *ret)
{
	struct scene scene = { .context = context, .network = network };
	cleanup_arena struct arena arena = { 0 };
	cleanup_text struct text title = { 0 };

	scene.wires = arena_new(&arena, (network->link_count + 1) * sizeof(*scene.wires));
	if (context->name && !hosts)
		text_sayf(&title, "the child %s", context->name);
	else
		text_say(&title, hosts ? "the host" : "the child");
	picture_box(&scene.picture, text_of(&title));
	for (size_t i = 0; i < network->link_count; i++) {
		if (network_link(network, network->links[i].master))
			continue;
		add_link(&scene, i, "");
		add_ports(&scene, network->links[i].index);
	}
	add_ways(&scene);
	picture_end(&scene.picture);
	add_other_boxes(&scene);
	picture_print(&scene.picture, context->columns, context->utf8, ret);
}
