/* Set a network interface up: ioctl(SIOCSIFFLAGS), netdevice(7). A new network namespace has one,
 * lo, and it is down. */
#include <errno.h>
#include <linux/capability.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "ops/op.h"

static const struct field fields[] = {
	{ "name", FIELD_STRING, offsetof(struct op, ifup.name) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "it needs CAP_NET_ADMIN in the user namespace that owns the network namespace", "unshare net, after unshare user" },
	{ ENODEV, "the network namespace has no interface with that name", "run ip link lists them" },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	struct ifreq request = { .ifr_flags = IFF_UP | IFF_RUNNING };
	cleanup_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)stage, (void)outcome;
	if (fd < 0)
		return -1;
	if (strlen(op->ifup.name) >= sizeof(request.ifr_name)) {
		errno = ENODEV;
		return -1;
	}
	memcpy(request.ifr_name, op->ifup.name, strlen(op->ifup.name) + 1);
	return ioctl(fd, SIOCSIFFLAGS, &request);
}

const struct op_info op_ifup = {
	.name = "ioctl", .man = "netdevice(7)", .does = "set the interface {name} up",
	.call = "ioctl(socket(AF_INET, SOCK_DGRAM, 0), SIOCSIFFLAGS, "
		"{ifr_name={name|c}, ifr_flags=IFF_UP|IFF_RUNNING})",
	.shell = "ip link set {name|sh} up",
	.side = IN_CHILD, .needs = CAP_NET_ADMIN, .fields = fields, .hints = hints, .run = run,
};
