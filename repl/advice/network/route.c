/* Why the kernel refuses an address or a route: rtnetlink(7). */
#include "advice/network/refused.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "advice/seen/failure.h"
#include "base/causes/causes.h"
#include "base/error.h"
#include "base/text.h"
#include "ops/op.h"
#include "snapshot/network/network.h"

enum { IPV6_LEAST = 1280 /* bytes: RFC 8200 */ };

/* ---- addresses ---- */

static bool is_group(const struct address *a)
{
	return a->family == AF_INET6 ? a->bytes[0] == 0xff : a->bytes[0] >> 4 == 14;
}

static bool is_none(const struct address *a)
{
	static const unsigned char zeros[16] = { 0 };

	return memcmp(a->bytes, zeros, a->size) == 0;
}

static bool is_loopback(const struct address *a)
{
	static const unsigned char six[16] = { [15] = 1 };

	return a->family == AF_INET6 ? memcmp(a->bytes, six, 16) == 0 : a->bytes[0] == 127;
}

static bool no_host(const char *text, const struct address *address, enum cause_id cause, struct error *err)
{
	if (is_group(address))
		fail_why(err, "%s is a multicast address: a group's, and no interface's", vis(text));
	else if (is_none(address))
		fail_why(err, "%s stands for no address", vis(text));
	else if (is_loopback(address))
		fail_why(err, "%s is an address of lo alone", vis(text));
	else
		return false;
	fail_cause(err, cause);
	return true;
}

bool network_address_refused(const struct failure *at, const struct network *net, struct error *err)
{
	const struct link *link = network_link_called(net, at->op->addr.name);
	int code = at->outcome->code;
	struct address address;

	if (!at->op->addr.add || !link || !address_parse(at->op->addr.address, &address))
		return false;
	if (code == EADDRNOTAVAIL && no_host(at->op->addr.address, &address, CAUSE_NET_NO_HOST, err)) {
		fail_fix(err, address.family == AF_INET6 ? "as in fd00::1/64" : "as in 10.0.0.1/24");
		return true;
	}
	if ((code != EINVAL && code != ENOBUFS) || address.family != AF_INET6 || link->mtu >= IPV6_LEAST)
		return false;
	fail_cause(err, CAUSE_NET_MTU_IPV6);
	fail_why(err, "IPv6 asks for an MTU of %d bytes, and %s has %u", IPV6_LEAST, vis(link->name), link->mtu);
	fail_fix(err, "net mtu %s %d", vis(link->name), IPV6_LEAST);
	return true;
}

/* ---- routes ---- */

/* The last address of an interface's network is all of its hosts'. */
static bool is_broadcast(const struct address *network, const struct address *host)
{
	if (host->family != AF_INET || network->prefix > 30 || !address_overlaps(network, host))
		return false;
	for (unsigned bit = network->prefix; bit < 32; bit++)
		if (!(host->bytes[bit / 8] >> (7 - bit % 8) & 1))
			return false;
	return true;
}

/* Whether the gateway is nobody whom a packet could be handed to. */
static bool no_gateway(const struct failure *at, const struct network *net, const struct address *via, struct error *err)
{
	const char *text = at->op->route.via;
	bool nobody = no_host(text, via, CAUSE_NET_NO_NEIGHBOUR, err);

	for (size_t i = 0; i < net->address_count && !nobody; i++) {
		const struct link_address *own = &net->addresses[i];
		const struct link *link = network_link(net, own->index);
		bool same = address_equal(&own->address, via);
		if (!link || (!same && !is_broadcast(&own->address, via)))
			continue;
		nobody = true;
		fail_cause(err, CAUSE_NET_NO_NEIGHBOUR);
		fail_why(err, same ? "%s is an address of this network namespace itself, on %s" :
			 "%s is the broadcast address of the network on %s: all of its hosts, and none", vis(text), vis(link->name));
	}
	if (nobody)
		fail_fix(err, "via the address of a neighbour that passes packets on");
	return nobody;
}

/* Which interface has an address in the gateway's network, whatever its state. */
static const struct link *leads_to(const struct network *net, const struct address *via, const struct address **ret)
{
	for (size_t i = 0; i < net->address_count; i++) {
		*ret = &net->addresses[i].address;
		if (address_overlaps(*ret, via))
			return network_link(net, net->addresses[i].index);
	}
	return NULL;
}

static bool gateway_unreached(const struct failure *at, const struct network *net, const struct address *via, struct error *err)
{
	const char *dev = at->op->route.name, *text = at->op->route.via;
	const struct address *own;
	const struct link *link = leads_to(net, via, &own);

	if (!link) {
		fail_cause(err, CAUSE_NET_GATEWAY);
		fail_why(err, "no interface has an address in a network of which %s is", vis(text));
		fail_fix(err, "net addr add ADDR/LEN dev %s, with the network that the gateway is in", dev ? vis(dev) : "LINK");
	} else if (!(link->flags & IFF_UP)) {
		fail_cause(err, CAUSE_NET_DOWN);
		fail_why(err, "%s is in the network on %s, which is down", vis(text), vis(link->name));
		fail_fix(err, "net up %s", vis(link->name));
	} else if (dev && strcmp(dev, link->name) != 0) {
		fail_cause(err, CAUSE_NET_GATEWAY);
		fail_why(err, "%s is in the network on %s, and not on %s", vis(text), vis(link->name), vis(dev));
		fail_fix(err, "dev %s, or no dev: the kernel finds it", vis(link->name));
	} else {
		return false;
	}
	return true;
}

/* An address that begins with fe80 is looked for on one wire, which has to be named. */
static bool wire_unsaid(const struct failure *at, const struct address *via, struct error *err)
{
	if (at->op->route.name || via->family != AF_INET6 || via->bytes[0] != 0xfe || (via->bytes[1] & 0xc0) != 0x80)
		return false;
	fail_cause(err, CAUSE_NET_GATEWAY_WIRE);
	fail_why(err, "%s is a link-local address, which a host on each of the wires may have", vis(at->op->route.via));
	fail_fix(err, "net route add %s via %s dev LINK", vis(at->op->route.to), vis(at->op->route.via));
	return true;
}

/* The route that is there to the same network. */
static bool other_route(const struct failure *at, const struct network *net, enum cause_id cause, struct error *err)
{
	struct address to = { 0 };
	char via[ADDRESS_TEXT];

	if (strcmp(at->op->route.to, "default") != 0 && !address_parse(at->op->route.to, &to))
		return false;
	for (size_t i = 0; i < net->route_count; i++) {
		const struct route *route = &net->routes[i];
		const struct link *link = network_link(net, route->index);
		bool same = to.size ? route->to.prefix == to.prefix && address_equal(&route->to, &to) : route->to.prefix == 0;
		if (!same || !link)
			continue;
		fail_cause(err, cause);
		if (route->via.family)
			fail_why(err, "the route to %s leads to %s on %s", vis(at->op->route.to), address_print(&route->via, via), vis(link->name));
		else
			fail_why(err, "the route to %s has no gateway: it is the network on %s", vis(at->op->route.to), vis(link->name));
		fail_fix(err, "net route del %s", vis(at->op->route.to));
		return true;
	}
	return false;
}

static bool is_down(const struct failure *at, const struct network *net, struct error *err)
{
	const struct link *link = at->op->route.name ? network_link_called(net, at->op->route.name) : NULL;

	if (!link || (link->flags & IFF_UP))
		return false;
	fail_cause(err, CAUSE_NET_DOWN);
	fail_why(err, "%s is down", vis(link->name));
	fail_fix(err, "net up %s", vis(link->name));
	return true;
}

bool network_route_refused(const struct failure *at, const struct network *net, struct error *err)
{
	int code = at->outcome->code;
	bool refused = code == EINVAL || code == ENETUNREACH || code == EHOSTUNREACH || code == ENODEV;
	struct address via;

	if (code == ENETDOWN)
		return is_down(at, net, err);
	if (code == ESRCH || code == EEXIST)
		return other_route(at, net, code == EEXIST ? CAUSE_NET_ROUTE_THERE : CAUSE_NET_NO_ROUTE, err);
	if (!at->op->route.add || !refused || !at->op->route.via || !address_parse(at->op->route.via, &via))
		return false;
	if (at->op->route.name && !network_link_called(net, at->op->route.name))
		return false;
	return no_gateway(at, net, &via, err) || wire_unsaid(at, &via, err) || gateway_unreached(at, net, &via, err);
}
