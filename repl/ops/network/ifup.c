/* Set a network interface up: ioctl(SIOCSIFFLAGS), netdevice(7). A new network namespace has one,
 * lo, and it is down. */
#include <errno.h>
#include <linux/capability.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "base/text.h"
#include "ops/op.h"

static const struct field fields[] = {
	{ "name", FIELD_STRING, offsetof(struct op, ifup.name) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EPERM, "it needs CAP_NET_ADMIN in the user namespace that owns the network namespace", "unshare net, after unshare user" },
	{ ENODEV, "the network namespace has no interface of that name", "run ip link lists them" },
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

static void say(const struct op *op, pid_t pid, struct text *text)
{
	(void)pid;
	text_add(text, "ioctl(socket(AF_INET, SOCK_DGRAM, 0), SIOCSIFFLAGS, {ifr_name=");
	text_add_c(text, op->ifup.name);
	text_add(text, ", ifr_flags=IFF_UP|IFF_RUNNING})");
}

static void shell(const struct op *op, struct text *text)
{
	text_add(text, "ip link set ");
	text_add_sh(text, op->ifup.name);
	text_add(text, " up");
}

const struct op_info op_ifup = {
	.name = "ioctl", .man = "netdevice(7)", .does = "set the interface {name} up",
	.side = IN_CHILD, .needs = CAP_NET_ADMIN, .fields = fields, .hints = hints, .run = run, .say = say, .shell = shell,
};
