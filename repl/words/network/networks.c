/* network: networks of containers, which are bridges in the session's router. docker network. */
#include <errno.h>
#include <jansson.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/message.h"
#include "base/text.h"
#include "base/show/table.h"
#include "snapshot/network/network.h"
#include "words/network/network.h"
#include "words/plans/network/network.h"

static int build_create(const struct context *context, const struct words *words, struct plan *plan,
			struct error *err);
static int build_remove(const struct context *context, const struct words *words, struct plan *plan,
			struct error *err);
static int look_list(const struct context *context, const struct words *words, struct text *ret,
		     struct error *err);
static int look_inspect(const struct context *context, const struct words *words, struct text *ret,
			struct error *err);

static const struct arg_spec name_args[] = { { "NAME", .means = "also its bridge's" }, { 0 } };
static const struct arg_spec names_args[] = { { "NAME", .many = true, .distinct = true, .means = "a network" }, { 0 } };

static const struct choice choices[] = {
	{ "create", "make one", .args = name_args, .build = build_create },
	{ "ls", "list them", .args = no_args, .look = look_list, .bare = true },
	{ "inspect", "all of one, as JSON", .args = names_args, .look = look_inspect },
	{ "rm", "remove one that nobody is in", .args = names_args, .build = build_remove },
	{ 0 }
};

static const struct flag_spec flags[] = {
	{ "--subnet", 0, "PREFIX", .of = "create", .means = "as in 172.20.0.0/16; a free one when left out" },
	{ "--gateway", 0, "ADDRESS", .of = "create", .means = "the bridge's address; the first of the subnet when left out" },
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "WHAT", WORD_CHOICE, .optional = true, .choices = choices },
	{ 0 }
};

static int fail_absent(const struct words *words, size_t i, struct error *err)
{
	fail_arg(err, ERR_NETWORK_ABSENT, words, i, "no network is called %s", vis(words->args[i].s));
	if (!link_name_fits(words->args[i].s) || lan_name_is_reserved(words->args[i].s))
		return fail_fix(err, "network ls lists them");
	return fail_fix(err, "network ls lists them; network create %s makes one", vis(words->args[i].s));
}

/* ---- create ---- */

enum { SHORTEST = 8, LONGEST = 30 /* bits of a subnet's prefix */ };

static int bad_value(const struct words *words, const char *value, const char *why, const struct address *example,
		     struct error *err)
{
	char text[ADDRESS_TEXT];

	fail_id(err, ERR_NETWORK_ADDRESS, 0, "network: %s: not a valid value here", vis(value));
	err->column = words_column(words, value, 0);
	if (why)
		fail_why(err, "%s", why);
	return fail_fix(err, "as in %s", address_print(example, text));
}

/* What no network may have, RFC 6890: "this network", loopback, groups and all hosts, and what each link has for itself. */
static const char *why_nobodys(const struct address *subnet)
{
	static const struct address link_local = { AF_INET, { 169, 254 }, 4, 16 };

	if (subnet->bytes[0] == 0 || subnet->bytes[0] == 127 || subnet->bytes[0] >= 224)
		return _("no host may have these addresses: they are loopback, multicast or reserved");
	return address_overlaps(subnet, &link_local) ?
		_("169.254.0.0/16 is link-local: no router passes it on, and clouds give out keys at 169.254.169.254") : NULL;
}

static int check_subnet(const struct words *words, const char *given, struct address *ret, struct error *err)
{
	struct address example = { AF_INET, { 172, 20 }, 4, 16 };
	const char *why = NULL;

	*ret = (struct address){ 0 };
	if (address_parse(given, ret) && ret->family == AF_INET6)
		why = _("networks of containers have addresses of IPv4 alone");
	if (ret->family == AF_INET)
		why = ret->prefix < SHORTEST || ret->prefix > LONGEST ? _("the length of a subnet is 8 to 30 bits") : why_nobodys(ret);
	if (ret->family == AF_INET && !why) {
		if (address_is_network(ret))
			return 0;
		why = _("it is a host's address: bits behind the length are set");
		example = *ret;
		address_clear_host(&example);
	}
	return bad_value(words, given, why, &example, err);
}

static int read_subnet(const struct words *words, const struct network *network, struct address *ret,
		       struct error *err)
{
	const char *given = words_flag(words, "--subnet");
	struct lan lan;

	if (!given && lan_free_subnet(network, words->args[1].s, ret))
		return 0;
	if (!given) {
		fail_id(err, ERR_NETWORK_TAKEN, 0, "network: all subnets of the pool are in use");
		return fail_fix(err, "--subnet PREFIX names another");
	}
	if (check_subnet(words, given, ret, err) < 0)
		return -1;
	if (!lan_overlaps(network, ret, &lan))
		return 0;
	fail_id(err, ERR_NETWORK_TAKEN, 0, "network: %s: the network %s has addresses of it", given, vis(lan.name));
	err->column = words_column(words, given, 0);
	return fail_fix(err, "network ls shows their subnets");
}

static int read_gateway(const struct words *words, const struct address *subnet, struct address *ret,
			struct error *err)
{
	const char *given = words_flag(words, "--gateway");
	char text[ADDRESS_TEXT], why[ADDRESS_TEXT + 100];

	lan_first_host(subnet, ret);
	if (!given)
		return 0;
	struct address first = { AF_INET, { 0 }, 4, 32 };
	memcpy(first.bytes, ret->bytes, 4);
	if (!address_parse(given, ret) || strchr(given, '/'))
		return bad_value(words, given, NULL, &first, err);
	snprintf(why, sizeof(why), _("it is not a host's address in the subnet %s"), address_print(subnet, text));
	if (!lan_has_host(subnet, ret))
		return bad_value(words, given, why, &first, err);
	ret->prefix = subnet->prefix;
	return 0;
}

/* The bridge, which is up, and its address: what "net" makes by three lines. */
static void plan_bridge(struct plan *plan, const char *bridge, const struct address *gateway)
{
	char text[ADDRESS_TEXT];
	struct op *op = plan_add(plan, OP_link_add);

	op->link_add.type = "bridge";
	op->link_add.name = bridge;
	op->link_add.up = true;
	op = plan_add(plan, OP_addr);
	op->addr.add = true;
	op->addr.address = arena_copy(&plan->arena, address_print(gateway, text));
	op->addr.name = bridge;
}

static int check_new(const struct words *words, const struct network *network, struct error *err)
{
	const char *name = words->args[1].s, *bridge = lan_bridge(name);

	if (network_check_name(words, 1, err) < 0)
		return -1;
	if (lan_name_is_reserved(name)) {
		fail_id(err, ERR_NAME_INVALID, 0, "%s: %s: this name has a meaning of its own", words->name.s, name);
		err->column = words->args[1].column;
		return fail_fix(err, "another name, such as %s1", name);
	}
	for (size_t i = 0; i < network->link_count; i++)
		if (strcmp(network->links[i].name, bridge) == 0)
			return fail_fix((fail_arg(err, ERR_NAME_USED, words, 1, "the router has an interface %s already",
						  vis(bridge)), err), "another name, or @router net rm %s first; @router net lists them", vis(bridge));
	return 0;
}

static int build_create(const struct context *context, const struct words *words, struct plan *plan,
			struct error *err)
{
	cleanup_network struct network network = { 0 };
	struct address subnet, gateway;
	char text[ADDRESS_TEXT];

	if (lan_read(context, &network, err) < 0 || check_new(words, &network, err) < 0 ||
	    read_subnet(words, &network, &subnet, err) < 0 || read_gateway(words, &subnet, &gateway, err) < 0)
		return -1;
	const char *name = arena_copy(&plan->arena, words->args[1].s), *bridge = lan_bridge(name);
	plan_bridge(plan, bridge, &gateway);
	plan->same_as = arena_print(&plan->arena, "docker network create --subnet %s %s",
				    address_print(&subnet, text), shell_word(plan, name));
	plan->meaning = arena_print(&plan->arena, _("The bridge %s is in the router. container --net %s makes a port of it for "
				    "each container, and gives that an address of this subnet."), vis(bridge), vis(name));
	return 0;
}

/* ---- rm ---- */

static int build_remove(const struct context *context, const struct words *words, struct plan *plan,
			struct error *err)
{
	cleanup_network struct network network = { 0 };
	struct lan_member member;
	struct lan lan;

	if (lan_read(context, &network, err) < 0)
		return -1;
	for (size_t i = 1; i < words->count; i++) {
		if (!lan_find(&network, words->args[i].s, &lan))
			return fail_absent(words, i, err);
		if (lan_member_at(&network, &lan, 0, &member)) {
			fail_arg(err, ERR_NETWORK_TAKEN, words, i, "the network %s is in use by %s", vis(lan.name),
				 member.name[0] ? vis(member.name) : vis(member.link->name));
			return fail_fix(err, "network inspect %s shows who is in it", vis(lan.name));
		}
		plan_add(plan, OP_link_del)->link_del.name = arena_copy(&plan->arena, lan.bridge);
	}
	plan->meaning = _("A network is its bridge: with that it is gone.");
	return 0;
}

/* ---- looking ---- */

static int look_list(const struct context *context, const struct words *words, struct text *ret,
		     struct error *err)
{
	static const char *const head[] = { N_("NETWORK"), N_("BRIDGE"), N_("SUBNET"), N_("GATEWAY"),
					    N_("MEMBERS"), NULL };
	cleanup_network struct network network = { 0 };
	struct table table = { .columns = 5, .right = 1 << 4 };
	struct lan_member member;
	char text[ADDRESS_TEXT];
	struct lan lan;

	(void)words;
	if (lan_read(context, &network, err) < 0)
		return -1;
	if (!lan_at(&network, 0, &lan)) {
		table_note("There are no networks: network create NAME makes one, and container --net bridge the "
			   "default one.", 1, context->columns, ret);
		return 0;
	}
	table_head(&table, head);
	for (size_t i = 0; lan_at(&network, i, &lan); i++) {
		struct address subnet = lan.gateway, gateway = lan.gateway;
		size_t members = 0;
		while (lan_member_at(&network, &lan, members, &member))
			members++;
		address_clear_host(&subnet);
		gateway.prefix = 32;
		table_add(&table, "%s", vis(lan.name));
		table_paint(&table, PAINT_NAME);
		table_add(&table, "%s", vis(lan.bridge));
		table_add(&table, "%s", address_print(&subnet, text));
		table_add(&table, "%s", address_print(&gateway, text));
		table_add(&table, "%zu", members);
	}
	table_print(&table, context->color, 1, context->columns, ret);
	return 0;
}

/* The part of docker's answer that has a meaning here. */
static json_t *lan_json(const struct network *network, const struct lan *lan)
{
	struct address subnet = lan->gateway, gateway = lan->gateway;
	char one[ADDRESS_TEXT], other[ADDRESS_TEXT];
	json_t *members = json_object();
	struct lan_member member;

	for (size_t i = 0; lan_member_at(network, lan, i, &member); i++)
		json_object_set_new(members, member.link->name, json_pack(
			"{s:s, s:s}", "Name", member.name, "IPv4Address",
			member.address.family ? address_print(&member.address, one) : ""));
	address_clear_host(&subnet);
	gateway.prefix = 32;
	return json_pack("{s:s, s:s, s:s, s:{s:[{s:s, s:s}]}, s:o, s:{s:s}}", "Name", lan->name, "Scope", "local",
			 "Driver", "bridge", "IPAM", "Config", "Subnet", address_print(&subnet, one), "Gateway",
			 address_print(&gateway, other), "Containers", members, "Options",
			 "com.docker.network.bridge.name", lan->bridge);
}

static int look_inspect(const struct context *context, const struct words *words, struct text *ret,
			struct error *err)
{
	cleanup_network struct network network = { 0 };
	json_t *list = json_array();
	struct lan lan;

	if (lan_read(context, &network, err) < 0) {
		json_decref(list);
		return -1;
	}
	for (size_t i = 1; i < words->count; i++) {
		if (!lan_find(&network, words->args[i].s, &lan)) {
			json_decref(list);
			return fail_absent(words, i, err);
		}
		json_array_append_new(list, lan_json(&network, &lan));
	}
	char *text = json_dumps(list, JSON_INDENT(4));
	json_decref(list);
	if (!text)
		return fail(err, ENOMEM, "json_dumps");
	text_addf(ret, "%s\n", text);
	free(text);
	return 0;
}

/* ---- the word ---- */

/* Containers that have ended are no members; and of the host nothing is asked. */
static unsigned needs(const struct words *words)
{
	(void)words;
	return NEEDS_JOBS | NEEDS_NO_SIGHT;
}

static bool only_looks(const struct words *words)
{
	return !words->choice || words->choice->look;
}

static const char *before(const struct context *context, const struct words *words)
{
	struct error ignored;

	/* For a name that is refused no router is made. */
	return !only_looks(words) && words->choice->build == build_create && network_check_name(words, 1, &ignored) == 0 ?
		       router_line(context) : NULL;
}

static int look(const struct context *context, const struct words *words, struct text *ret,
		struct error *err)
{
	return words->choice->look(context, words, ret, err);
}

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	plan->sibling = ROUTER;
	plan->changes = true;
	return words->choice->build(context, words, plan, err);
}

const struct command command_network = {
	.name = "network", .kind = BUILDS, .stage = STAGE_NETWORK, .group = GROUP_RUNNING, .host_safe = true,
	.late = true,
	.summary = "networks of containers: bridges in the session's router",
	.explain = "A network of containers is a bridge with an address, in the session's router: see net "
		"--to router. container --net NAME makes a veth for each container, one end a port "
		"of the bridge, and gives the other an address of the subnet and a default route by "
		"the bridge's address. create is what net bridge, net addr and net up do by hand.\n\n"
		"container --net bridge takes the default network, which is made when it is first "
		"needed: its bridge is stave0, where docker's is docker0. Other networks are called "
		"as their bridge. Those in one network reach each other; others are reached where "
		"the router forwards and a rule lets them: @router net forward on, @router net allow forward from PREFIX to PREFIX, "
		"@router net allow forward established.\n\n"
		"In a network that create has made, containers also know each other by name, as in "
		"docker: the session writes /etc/hosts of each again when another joins or leaves. In the "
		"default network they do not, as in docker.\n\n"
		"What is shown is what the kernel has; which container a port belongs to, and its "
		"address, stand in the port's alias (ip link shows it).",
	.example = "network create web --subnet 172.30.0.0/24\nnetwork ls\ncontainer --net web -- ip addr\nnetwork rm web",
	.flags = flags, .args = args, .needs = needs, .only_looks = only_looks, .before = before, .build = build, .look = look,
};
