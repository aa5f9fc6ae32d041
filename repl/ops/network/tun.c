/* Make a TUN interface, whose other end is a program: ioctl(TUNSETIFF) on /dev/net/tun. It is made in the
 * network namespace of the process that opens the device, so a helper that joins opens the host's; and it
 * stays when that ends, TUNSETPERSIST. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/fd.h"
#include "ops/network/within.h"
#include "ops/op.h"

static const struct field fields[] = {
	{ "name", FIELD_STRING, offsetof(struct op, tun.name) },
	{ 0 }
};

static const struct hint hints[] = {
	{ ENOENT, "there is no /dev/net/tun: the kernel option CONFIG_TUN brings it", NULL },
	{ ENXIO, "/dev/net/tun has no driver: the kernel option CONFIG_TUN brings it", "a kernel with CONFIG_TUN, or !modprobe tun" },
	{ ENODEV, "/dev/net/tun has no driver: the kernel option CONFIG_TUN brings it", "a kernel with CONFIG_TUN, or !modprobe tun" },
	{ EACCES, "/dev/net/tun may not be opened by this user", "!ls -l /dev/net/tun" },
	{ EPERM, "making an interface needs CAP_NET_ADMIN in the user namespace that owns the network namespace", "unshare user net" },
	{ EBUSY, "an interface of that name is there already", "net lists them; net rm NAME removes one" },
	{ EEXIST, "an interface of that name is there already", "net lists them; net rm NAME removes one" },
	{ EINVAL, "the kernel does not take this name of an interface", "net lists them" },
	{ 0 }
};

static int make(void *arg, int out, int *status)
{
	const char *name = arg;
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };

	(void)out, (void)status;
	/* The call would take over one that is there. */
	if (if_nametoindex(name)) {
		errno = EEXIST;
		return -1;
	}
	cleanup_fd int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -1;
	strncpy(request.ifr_name, name, IFNAMSIZ - 1);
	return ioctl(fd, TUNSETIFF, &request) < 0 ? -1 : ioctl(fd, TUNSETPERSIST, 1);
}

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	char name[IFNAMSIZ] = "";

	(void)outcome;
	if (strlen(op->tun.name) >= sizeof(name)) {
		errno = EINVAL;
		return -1;
	}
	memcpy(name, op->tun.name, strlen(op->tun.name) + 1);
	return within_call(stage, make, name, NULL);
}

const struct op_info op_tun = {
	.name = "TUNSETIFF", .man = "ioctl(2)", .does = "make the tun interface {name}",
	.call = "ioctl(open(\"/dev/net/tun\", O_RDWR), TUNSETIFF, {ifr_name={name|c}, ifr_flags=IFF_TUN|IFF_NO_PI})",
	.shell = "ip tuntap add dev {name|sh} mode tun",
	.side = ON_HOST, .needs = CAP_NET_ADMIN, .fields = fields, .hints = hints, .run = run,
};
