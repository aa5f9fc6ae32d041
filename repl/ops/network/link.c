#include "ops/network/link.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/list.h"
#include "ops/op.h"

unsigned link_index(const char *name)
{
	unsigned index = name && strlen(name) < IFNAMSIZ ? if_nametoindex(name) : 0;

	if (!index)
		errno = ENODEV;
	return index;
}

bool link_mac(const char *s, unsigned char mac[6])
{
	int end = 0;

	return sscanf(s, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac[0], &mac[1], &mac[2], &mac[3], &mac[4], &mac[5],
		      &end) == 6 && s[end] == '\0';
}

int link_ask(struct netlink *request, struct op_outcome *outcome)
{
	cleanup_fd int fd = netlink_open();

	return fd < 0 ? -1 : link_ask_by(fd, request, outcome);
}

int link_ask_by(int fd, struct netlink *request, struct op_outcome *outcome)
{
	char reason[160];

	if (netlink_ask(fd, request, reason, sizeof(reason)) == 0)
		return 0;
	int code = errno;
	if (*reason)
		outcome_say(outcome, "the kernel says: %s", reason);
	errno = code;
	return -1;
}

void link_option(const char *kind, struct op_outcome *outcome)
{
	static const struct { const char *kind, *option, *module; } rows[] = {
		{ "veth", "CONFIG_VETH", "veth" }, { "bridge", "CONFIG_BRIDGE", "bridge" },
		{ "dummy", "CONFIG_DUMMY", "dummy" }, { "macvlan", "CONFIG_MACVLAN", "macvlan" },
		{ "ipvlan", "CONFIG_IPVLAN", "ipvlan" }, { "vlan", "CONFIG_VLAN_8021Q", "8021q" },
		{ "netem", "CONFIG_NET_SCH_NETEM", "sch_netem" }, { "tbf", "CONFIG_NET_SCH_TBF", "sch_tbf" },
	};
	char before[sizeof(outcome->detail)];

	memcpy(before, outcome->detail, sizeof(before));
	for (size_t i = 0; i < COUNT(rows); i++)
		if (strcmp(rows[i].kind, kind) == 0)
			outcome_say(outcome, before[0] ? "%s; %s brings it (modprobe %s)" :
				    "%s%s brings it (modprobe %s)", before, rows[i].option, rows[i].module);
}
