#include "ops/network/link.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "ops/op.h"

unsigned link_index(const char *name)
{
	unsigned index = name && strlen(name) < IFNAMSIZ ? if_nametoindex(name) : 0;

	if (!index)
		errno = ENODEV;
	return index;
}

int link_ask(struct netlink *request, struct op_outcome *outcome)
{
	char reason[160];
	cleanup_fd int fd = netlink_open();

	if (fd < 0)
		return -1;
	if (netlink_ask(fd, request, reason, sizeof(reason)) == 0)
		return 0;
	int code = errno;
	if (*reason)
		snprintf(outcome->detail, sizeof(outcome->detail), "the kernel says: %s", reason);
	errno = code;
	return -1;
}
