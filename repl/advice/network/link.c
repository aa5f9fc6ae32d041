/* Why the kernel refuses to make an interface, or to change one: rtnetlink(7). */
#include "advice/network/refused.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <string.h>

#include "advice/seen/failure.h"
#include "base/causes/causes.h"
#include "base/error.h"
#include "base/text.h"
#include "ops/op.h"
#include "snapshot/network/network.h"

/* ---- what the network namespace has ---- */

/* The interface that lies on this one, if any of a kind that takes all it receives. */
static const struct link *carried(const struct network *net, const struct link *lower)
{
	for (size_t i = 0; i < net->link_count; i++)
		if (net->links[i].on == lower->index && net->links[i].elsewhere < 0 &&
		    (strcmp(net->links[i].type, "macvlan") == 0 || strcmp(net->links[i].type, "ipvlan") == 0))
			return &net->links[i];
	return NULL;
}

/* The interface below it in the same namespace; of a veth that is the other end, and none. */
static const struct link *below(const struct network *net, const struct link *link)
{
	bool lies = link && link->on && link->elsewhere < 0 && strcmp(link->type, "veth") != 0;

	return lies ? network_link(net, link->on) : NULL;
}

static bool is_ethernet(const struct link *link)
{
	return link->has_mac && !(link->flags & IFF_LOOPBACK);
}

static bool not_ethernet(const struct link *link, struct error *err)
{
	if (is_ethernet(link))
		return false;
	fail_cause(err, CAUSE_NET_NOT_ETHERNET);
	fail_why(err, "%s is not an Ethernet interface: it cannot be a port of a bridge, nor carry another interface", vis(link->name));
	fail_fix(err, "net veth A B makes two that are, a wire's ends");
	return true;
}

/* ---- interfaces that are made ---- */

/* The one of the two names that is there; of a VLAN it may be the number. */
static bool name_used(const struct failure *at, const struct network *net, struct error *err)
{
	const struct op *op = at->op;
	bool here = op->link_add.to.fd < 0 && !op->link_add.to.path;
	const struct link *link = network_link_called(net, op->link_add.name);

	if (!link && here && op->link_add.peer)
		link = network_link_called(net, op->link_add.peer);
	if (!link && op->link_add.id && op->link_add.on) {
		fail_cause(err, CAUSE_NET_VLAN_THERE);
		fail_why(err, "%s carries the VLAN %llu already, by another name", vis(op->link_add.on), (unsigned long long)op->link_add.id);
		fail_fix(err, "net lists it; net rm NAME removes it");
		return true;
	}
	if (!link && (here || !op->link_add.peer))
		return false;
	fail_cause(err, CAUSE_NET_NAME_USED);
	if (link) {
		fail_why(err, "the interface %s is there already", vis(link->name));
		fail_fix(err, link->flags & IFF_LOOPBACK ? "another name" : "another name, or net rm %s", vis(link->name));
	} else {
		fail_why(err, "the other network namespace has an interface %s already", vis(op->link_add.peer));
		fail_fix(err, "another name for that end: net veth %s PEER --to ...", vis(op->link_add.name));
	}
	return true;
}

static bool lower_busy(const struct network *net, const struct link *lower, struct error *err)
{
	const struct link *master = network_link(net, lower->master), *other = carried(net, lower);

	if (!master && !other)
		return false;
	fail_cause(err, CAUSE_NET_LOWER_BUSY);
	if (master) {
		fail_why(err, "%s is a port of %s, which takes all that it receives", vis(lower->name), vis(master->name));
		fail_fix(err, "run ip link set %s nomaster, or undo of net join", vis(lower->name));
	} else {
		fail_why(err, "%s lies on %s, and takes what that receives", vis(other->name), vis(lower->name));
		fail_fix(err, "net rm %s", vis(other->name));
	}
	return true;
}

bool network_make_refused(const struct failure *at, const struct network *net, struct error *err)
{
	const struct link *lower = at->op->link_add.on ? network_link_called(net, at->op->link_add.on) : NULL;
	bool no_type = strstr(at->outcome->detail, "Unknown device type");

	switch (at->outcome->code) {
	case EEXIST: return name_used(at, net, err);
	case EBUSY: return lower && lower_busy(net, lower, err);
	case EINVAL: return lower && not_ethernet(lower, err);
	case EOPNOTSUPP: return lower && !no_type && not_ethernet(lower, err);
	default: return false;
	}
}

/* ---- interfaces that are changed ---- */

static bool join_refused(const struct failure *at, const struct network *net, const struct link *link, struct error *err)
{
	const char *name = at->op->link_set.master;
	const struct link *master = network_link_called(net, name);

	if (at->outcome->code == ENODEV && !master) {
		fail_cause(err, CAUSE_NET_NO_LINK);
		fail_why(err, "there is no interface %s", vis(name));
		fail_fix(err, "net bridge %s", vis(name));
	} else if (!master) {
		return false;
	} else if (at->outcome->code == EOPNOTSUPP && strcmp(master->type, "bridge") != 0) {
		fail_cause(err, CAUSE_NET_NO_BRIDGE);
		fail_why(err, "%s is not a bridge", vis(name));
		fail_fix(err, "net bridge NAME makes one");
	} else if (at->outcome->code == EINVAL && strcmp(link->type, "bridge") == 0) {
		/* One without ports may have the address 00:00:00:00:00:00, for which the kernel refuses it first. */
		fail_cause(err, CAUSE_NET_BRIDGE_BRIDGE);
		fail_why(err, "a bridge cannot be part of a bridge");
		fail_fix(err, "net veth A B makes a wire: an end of it in each bridge connects them");
	} else if (at->outcome->code == EBUSY && link->on == master->index && below(net, link)) {
		fail_cause(err, CAUSE_NET_LOOP);
		fail_why(err, "%s lies on %s: its packets would go in a circle", vis(link->name), vis(name));
		fail_fix(err, "net veth A B makes a wire, whose end may be a port");
	} else {
		return at->outcome->code == EINVAL ? not_ethernet(link, err) : at->outcome->code == EBUSY && lower_busy(net, link, err);
	}
	return true;
}

/* Who has the hardware address: the interface below, or another one on it. */
static bool mac_used(const struct failure *at, const struct network *net, const struct link *link, const struct link *lower,
		     struct error *err)
{
	const char *wanted = at->op->link_set.address;
	struct ether_addr read, own;
	const struct link *other = lower;

	memcpy(&own, link->mac, sizeof(own));
	if (!lower || (wanted && !ether_aton_r(wanted, &read)))
		return false;
	for (size_t i = 0; i < net->link_count; i++)
		if (&net->links[i] != link && below(net, &net->links[i]) == lower &&
		    memcmp(net->links[i].mac, wanted ? &read : &own, sizeof(own)) == 0)
			other = &net->links[i];
	fail_cause(err, CAUSE_NET_MAC_USED);
	fail_why(err, "%s has this hardware address already, and %s leads to the same wire", vis(other->name), vis(link->name));
	fail_fix(err, "net mac %s 02:00:00:00:00:99 gives it another one", vis(link->name));
	return true;
}

bool network_change_refused(const struct failure *at, const struct network *net, struct error *err)
{
	const struct op *op = at->op;
	const struct link *link = network_link_called(net, op->link_set.name), *lower = below(net, link);
	int code = at->outcome->code;

	if (!link)
		return false;
	if (op->link_set.master && *op->link_set.master)
		return join_refused(at, net, link, err);
	if (code == EADDRINUSE)
		return mac_used(at, net, link, lower, err);
	if (code == ENETDOWN && lower && !(lower->flags & IFF_UP)) {
		fail_cause(err, CAUSE_NET_DOWN);
		fail_why(err, "%s lies on %s, which is down", vis(link->name), vis(lower->name));
		fail_fix(err, "net up %s", vis(lower->name));
		return true;
	}
	if (!op->link_set.mtu || !lower || lower->mtu >= op->link_set.mtu || (code != EINVAL && code != ERANGE))
		return false;
	fail_cause(err, CAUSE_NET_VALUE);
	fail_why(err, "%s lies on %s, whose MTU is %u", vis(link->name), vis(lower->name), lower->mtu);
	fail_fix(err, "net mtu %s %llu", vis(lower->name), (unsigned long long)op->link_set.mtu);
	return true;
}
