/* container: a network that it is in, with others: docker's --net bridge. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/facts.h"
#include "snapshot/network/network.h"
#include "words/plans/network/network.h"
#include "words/run/chain.h"

/* What --net asks for, where that is a network: its name. A published port needs one. */
static const char *lan_asked(const struct words *words)
{
	const char *value = words_flag(words, "--net");

	if (!value && words_flag(words, "--publish"))
		return LAN_DEFAULT;
	if (value && strcmp(value, "world") == 0)
		return LAN_DEFAULT;
	if (!value || !*value || strcmp(value, "none") == 0 || strcmp(value, "host") == 0 || strchr(value, ':'))
		return NULL;
	return value;
}

static bool world_asked(const struct words *words)
{
	const char *value = words_flag(words, "--net");

	return value && strcmp(value, "world") == 0;
}

static int check_values(const struct words *words, struct error *err);

const char *container_before(const struct context *context, const struct words *words)
{
	const char *name = lan_asked(words), *line = name ? lan_line(context, name) : NULL;
	cleanup_network struct network network = { 0 };
	struct error ignored;

	/* For a line that is refused as it stands, nothing is made. */
	if (check_values(words, &ignored) < 0)
		return NULL;
	if (!world_asked(words))
		return line;
	bool stands = lan_read(context, &network, &ignored) == 0 && lan_has_world(&network);
	/* Root's is refused without one: then nothing is made for it. */
	if (context->facts->root)
		return stands ? line : NULL;
	return line || stands ? line : "net world";
}

static int fail_lan(const struct words *words, const char *name, struct error *err)
{
	fail_id(err, ERR_OPTION_CHOICE, 0, "container: there is no network %s", vis(name));
	err->column = words_column(words, name, 0);
	return !link_name_fits(name) || lan_name_is_reserved(name) ?
		fail_fix(err, "none, host, bridge, world, container:NAME, or one of network ls") :
		fail_fix(err, "none, host, bridge, world, container:NAME, or one of network ls; network create %s makes one", vis(name));
}

/* Root's way out changes the host: nothing but a line that says so makes it. */
static int fail_world(const struct words *words, struct error *err)
{
	fail_id(err, ERR_NETWORK_WORLD, 0, "container: the router has no way out into the world");
	err->column = words_column(words, words_flag(words, "--net"), 0);
	return fail_fix(err, "net world --on-host");
}

static int fail_without_lan(const struct words *words, struct error *err)
{
	static const char *const flags[] = { "--ip", "--publish" };

	for (size_t i = 0; i < COUNT(flags); i++) {
		const char *value = words_flag(words, flags[i]);
		if (!value)
			continue;
		fail_id(err, ERR_OPTION_CONFLICT, 0, "container: %s goes with a network", flags[i]);
		err->column = words_column(words, value, 0);
		return fail_fix(err, "--net bridge %s %s", flags[i], vis(value));
	}
	return 0;
}

/* In a dry run there is no router yet, and so no network: what would be made then. */
static void imagine_lan(const char *name, struct network *network, struct lan *ret)
{
	struct address subnet;

	*ret = (struct lan){ .name = name, .bridge = lan_bridge(name) };
	if (lan_free_subnet(network, name, &subnet))
		lan_first_host(&subnet, &ret->gateway);
}

/* What the others in the network call it, by --name or --hostname, as a line of hosts(5). */
static void read_line(struct chain *chain, const char *label)
{
	const char *name = label ? label : words_flag(chain->words, "--hostname");

	if (name)
		chain->line = arena_print(&chain->plan->arena, "%.*s\t%s", (int)strcspn(chain->address, "/"),
					  chain->address, name);
}

int chain_read_lan(struct chain *chain, struct error *err)
{
	const char *name = lan_asked(chain->words), *label = words_flag(chain->words, "--name");
	cleanup_network struct network network = { 0 };
	char text[ADDRESS_TEXT];
	struct address address;
	struct lan lan;
	pid_t pid = 0;

	if (check_values(chain->words, err) < 0)
		return -1;
	if (!name)
		return fail_without_lan(chain->words, err);
	if (lan_read(&chain->outside, &network, err) < 0)
		return -1;
	bool known = router_is_there(&chain->outside, NULL) || strcmp(name, LAN_DEFAULT) == 0;
	if (!network.link_count && known)
		imagine_lan(name, &network, &lan);
	else if (!lan_find(&network, name, &lan))
		return fail_lan(chain->words, name, err);
	chain->world = lan_has_world(&network);
	if (world_asked(chain->words) && chain->outside.facts->root && !chain->world)
		return fail_world(chain->words, err);
	const char *wanted = words_flag(chain->words, "--ip");
	if (lan_address(&chain->outside, &network, &lan, wanted, &address, err) < 0) {
		err->column = words_column(chain->words, wanted ? wanted : name, 0);
		return fail_wrap(err, "container");
	}
	struct arena *arena = &chain->plan->arena;
	lan.gateway.prefix = 32;
	chain->bridge = arena_copy(arena, lan.bridge);
	chain->gateway = arena_copy(arena, address_print(&lan.gateway, text));
	chain->address = arena_copy(arena, address_print(&address, text));
	/* Who gets an address that another had is at the same hardware address, which neighbours still know: so docker
	 * has it, too. */
	chain->mac = arena_print(arena, "02:42:%02x:%02x:%02x:%02x", address.bytes[0], address.bytes[1],
				 address.bytes[2], address.bytes[3]);
	/* In the default network nobody has a name for the others, as in docker. */
	chain->names = strcmp(lan.name, LAN_DEFAULT) != 0;
	read_line(chain, label);
	chain->alias = lan_alias(chain->plan, label ? label : chain->hostname, &address);
	router_is_there(&chain->outside, &pid);
	/* A veth leads to nowhere but into its user namespace, or one below. */
	if (!chain->outside.facts->root && !chain->userns) {
		chain->userns = pid;
		chain->below = true;
	}
	return 0;
}

void chain_plan_ping(struct chain *chain)
{
	const struct facts *facts = chain->outside.facts;
	bool all = facts->root && facts->initial_userns && !chain->userns;

	if (!chain->bridge)
		return;
	struct op *op = plan_add_with(chain->plan, OP_file, PLAN_MAY_FAIL);
	op->file.path = "/proc/sys/net/ipv4/ping_group_range";
	op->file.text = !all ? "0 0" : chain->box.mapped ?
			arena_print(&chain->plan->arena, "0 %d", MAPPED_IDS - 1) : "0 2147483647";
	op->file.mode = 0644;
}

void chain_plan_lan(struct chain *chain)
{
	struct plan *plan = chain->plan;

	if (!chain->bridge)
		return;
	plan->stage = STAGE_NETWORK;
	struct op *op = plan_wire(&chain->outside, plan, "eth0",
				  arena_print(&plan->arena, "veth%u", chain->outside.serial));
	op->wire.bridge = chain->bridge;
	op->wire.address = chain->mac;
	op->wire.alias = chain->alias;
	plan_loopback(plan);
	op = plan_add(plan, OP_addr);
	op->addr.add = true;
	op->addr.address = chain->address;
	op->addr.name = "eth0";
	op = plan_add(plan, OP_link_set);
	op->link_set.name = "eth0";
	op->link_set.state = LINK_UP;
	op = plan_add(plan, OP_route);
	op->route.add = true;
	op->route.to = "default";
	op->route.via = chain->gateway;
}

/* ---- published ports ---- */

#define ANY "0.0.0.0"

/* [ADDRESS:]PORT:PORT[/tcp|/udp]. An address of IPv6 may stand in brackets. */
struct published {
	char at[64];
	int family; /* of at */
	uint64_t port, to_port;
	bool datagrams;
};

static bool parse_port(const char *s, size_t length, uint64_t *ret, struct error *err)
{
	char text[8];

	snprintf(text, sizeof(text), "%.*s", (int)length, s);
	if (length && length < sizeof(text) && parse_number(text, ret) && *ret >= 1 && *ret <= 65535)
		return true;
	cleanup_text struct text whole = { 0 };
	text_addn(&whole, s, length);
	fail_why(err, "%s: not a port, 1 to 65535", vis(text_of(&whole)));
	return false;
}

/* False with err.why. */
static bool parse_published(const char *s, struct published *ret, struct error *err)
{
	size_t length = strcspn(s, "/");
	const char *to = memrchr(s, ':', length), *port = to ? memrchr(s, ':', (size_t)(to - s)) : NULL;
	struct address address;

	*ret = (struct published){ .at = ANY, .datagrams = strcmp(s + length, "/udp") == 0 };
	if (!to)
		return fail_why(err, "there are no two ports in it, with a colon between them"), false;
	if (s[length] && !ret->datagrams && strcmp(s + length, "/tcp") != 0)
		return fail_why(err, "%s: neither tcp nor udp", vis(s + length + 1)), false;
	bool bracket = port && port - s > 2 && s[0] == '[' && port[-1] == ']', fits = !port || (size_t)(port - s) < sizeof(ret->at);
	if (port && fits)
		snprintf(ret->at, sizeof(ret->at), "%.*s", (int)(port - s) - 2 * bracket, s + bracket);
	if (!fits || !address_parse(ret->at, &address))
		return fail_why(err, "what stands before the ports is not an address"), false;
	ret->family = address.family;
	port = port ? port + 1 : s;
	return parse_port(port, (size_t)(to - port), &ret->port, err) &&
	       parse_port(to + 1, (size_t)(s + length - to - 1), &ret->to_port, err);
}

/* The value of a --publish that the words have. -1 with err. */
static int read_published(const struct words *words, const char *value, struct published *ret, struct error *err)
{
	struct error why = { 0 };
	bool is = parse_published(value, ret, &why);

	if (is && ret->family != AF_INET6)
		return 0;
	if (is)
		fail_id(err, ERR_NETWORK_PORT, 0, "container: --publish %s: the host's side has addresses of IPv4 alone", vis(value));
	else
		fail_id(err, ERR_NETWORK_PORT, 0, "container: --publish %s: not a valid value", vis(value));
	err->column = words_column(words, value, 0);
	if (is)
		return fail_fix(err, "-p 8080:80 listens at all of the host's addresses of IPv4, -p 127.0.0.1:8080:80 at that one alone");
	memcpy(err->why, why.why, sizeof(err->why));
	return fail_fix(err, "-p 8080:80: port 8080 of the host leads to port 80 of the container; "
			     "127.0.0.1:8080:80, 8080:80/udp");
}

/* Whether one that is asked for before on the line has the same port of the host. */
static bool is_twice(const struct plan *plan, const struct published *published)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct op *op = &plan->ops[i].op;
		if (op->kind == OP_forward && op->forward.port == published->port && op->forward.datagrams == published->datagrams &&
		    (strcmp(op->forward.at, published->at) == 0 || strcmp(op->forward.at, ANY) == 0 || strcmp(published->at, ANY) == 0))
			return true;
	}
	return false;
}

static int fail_twice(const struct words *words, const char *value, uint64_t port, struct error *err)
{
	fail_id(err, ERR_PORT_USED, 0, "container: --publish %s: this line asks for port %d of the host twice", vis(value), (int)port);
	err->column = words_column(words, value, 0);
	return fail_fix(err, "choose another port of the host for one of them");
}

int chain_plan_ports(struct chain *chain, struct error *err)
{
	struct plan *plan = chain->plan;
	struct published published;
	const char *value;

	for (size_t n = 0; (value = words_flag_nth(chain->words, "--publish", n)); n++) {
		if (read_published(chain->words, value, &published, err) < 0)
			return -1;
		if (is_twice(plan, &published))
			return fail_twice(chain->words, value, published.port, err);
		struct op *op = plan_add(plan, OP_forward);
		op->forward.at = arena_copy(&plan->arena, published.at);
		op->forward.port = published.port;
		op->forward.to = chain->box.address;
		op->forward.to_port = published.to_port;
		op->forward.datagrams = published.datagrams;
		op->forward.net = router_net(&chain->outside, plan);
	}
	return 0;
}

/* ---- names ---- */

static int fail_host(const struct words *words, const char *value, struct error *err)
{
	fail_id(err, ERR_NETWORK_ADDRESS, 0, "container: --add-host %s: not NAME:ADDRESS", vis(value));
	err->column = words_column(words, value, 0);
	return fail_fix(err, "--add-host db:172.17.0.9");
}

/* A name is one word of hosts(5). */
static int add_host(const struct words *words, const char *value, struct text *ret, struct error *err)
{
	size_t length = strcspn(value, ":");
	struct address address;

	if (!length || !value[length] || !address_parse(value + length + 1, &address) || strchr(value, '/') ||
	    strcspn(value, " \t\r\n\v\f#") < length)
		return fail_host(words, value, err);
	text_addf(ret, "%s\t%.*s\n", value + length + 1, (int)length, value);
	return 0;
}

static int add_server(const struct words *words, const char *value, struct text *ret, struct error *err)
{
	struct address address;

	if (!address_parse(value, &address) || strchr(value, '/')) {
		fail_id(err, ERR_NETWORK_ADDRESS, 0, "container: --dns %s: not a valid address", vis(value));
		err->column = words_column(words, value, 0);
		return fail_fix(err, "--dns 1.1.1.1");
	}
	text_addf(ret, "nameserver %s\n", value);
	return 0;
}

/* What is wrong however the networks are. -1 with err. */
static int check_values(const struct words *words, struct error *err)
{
	cleanup_text struct text ignored = { 0 };
	struct published published;
	const char *value;

	for (size_t n = 0; (value = words_flag_nth(words, "--publish", n)); n++)
		if (read_published(words, value, &published, err) < 0)
			return -1;
	for (size_t n = 0; (value = words_flag_nth(words, "--add-host", n)); n++)
		if (add_host(words, value, &ignored, err) < 0)
			return -1;
	for (size_t n = 0; (value = words_flag_nth(words, "--dns", n)); n++)
		if (add_server(words, value, &ignored, err) < 0)
			return -1;
	return 0;
}

/* Whom a container asks for names that leaves by the router: the way out itself; of root's, those whom the host
 * asks, but for one that only the host's own loopback reaches. */
static void add_servers(const struct chain *chain, struct text *ret)
{
	cleanup_text struct text resolv = { 0 };
	const char *line;

	if (!chain->outside.facts->root) {
		text_add(ret, "nameserver " WORLD_DNS "\n");
		return;
	}
	if (eyes_read(chain->outside.eyes, "/etc/resolv.conf", 65536, &resolv) < 0)
		return;
	for (line = text_of(&resolv); *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (strncmp(line, "nameserver ", 11) == 0 && strncmp(line + 11, "127.", 4) != 0 &&
		    strncmp(line + 11, "::1", 3) != 0)
			text_addf(ret, "%.*s\n", (int)strcspn(line, "\n"), line);
}

int chain_read_names(struct chain *chain, struct error *err)
{
	cleanup_text struct text hosts = { 0 }, servers = { 0 };
	const char *value;

	for (size_t n = 0; (value = words_flag_nth(chain->words, "--add-host", n)); n++)
		if (add_host(chain->words, value, &hosts, err) < 0)
			return -1;
	for (size_t n = 0; (value = words_flag_nth(chain->words, "--dns", n)); n++)
		if (add_server(chain->words, value, &servers, err) < 0)
			return -1;
	if (!servers.len && chain->world)
		add_servers(chain, &servers);
	struct box *box = &chain->box;
	box->address = chain->address ? arena_copyn(&chain->plan->arena, chain->address, strcspn(chain->address, "/")) :
					NULL;
	box->hosts = arena_copy(&chain->plan->arena, text_of(&hosts));
	box->connected = chain->address || chain->joins[NS_NET];
	box->resolv = servers.len ? arena_copy(&chain->plan->arena, servers.s) : NULL;
	return 0;
}
