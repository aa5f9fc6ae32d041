/* Requests of ioctl(2): what they ask for, and what forbids them. TIOCSTI(2const), ioctl_ns(2), netdevice(7), ioctl_iflags(2). */
#include "advice/calls/refusing.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/if_tun.h>
#include <linux/loop.h>
#include <linux/nsfs.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "base/list.h"
#include "base/text.h"
#include "ops/privilege/capability.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/snapshot.h"

static unsigned request_of(const struct refused *at)
{
	return at->number == SYS_ioctl ? (unsigned)at->args[1] : 0;
}

bool sets_network(const struct refused *at)
{
	static const unsigned requests[] = {
		TUNSETIFF, SIOCSIFFLAGS, SIOCSIFADDR, SIOCSIFDSTADDR, SIOCSIFBRDADDR, SIOCSIFNETMASK, SIOCSIFMTU, SIOCSIFNAME, SIOCSIFHWADDR,
		SIOCADDRT, SIOCDELRT, SIOCBRADDBR, SIOCBRDELBR, SIOCBRADDIF, SIOCBRDELIF,
	};

	for (size_t i = 0; i < COUNT(requests); i++)
		if (requests[i] == request_of(at))
			return true;
	return false;
}

/* Of who is not kept from it by the owner of the file. */
bool marks_file(const struct refused *at)
{
	return request_of(at) == (unsigned)FS_IOC_SETFLAGS && (at->caps & CAPABILITY(CAP_FOWNER));
}

bool puts_input(const struct refused *at)
{
	return request_of(at) == TIOCSTI;
}

/* Who has the device open for writing may do all but the last as well. loop(4). */
bool sets_device(const struct refused *at)
{
	static const unsigned requests[] = { LOOP_SET_STATUS, LOOP_SET_STATUS64, LOOP_SET_CAPACITY, LOOP_SET_DIRECT_IO, LOOP_SET_BLOCK_SIZE, BLKROSET };

	for (size_t i = 0; i < COUNT(requests); i++)
		if (requests[i] == request_of(at))
			return true;
	return false;
}

bool by_request(const struct refused *at, struct verdict *ret)
{
	cleanup_text struct text legacy = { 0 };
	unsigned request = request_of(at);

	if (request == TIOCSTI && at->code == EIO && eyes_read(at->eyes, "/proc/sys/dev/tty/legacy_tiocsti", 16, &legacy) == 0 &&
	    atoi(text_of(&legacy)) == 0) {
		text_say(ret->why, "dev.tty.legacy_tiocsti is 0: without CAP_SYS_ADMIN nobody puts input into a terminal, as if it had been typed");
		return blame(ret, WALLS, CAUSE_TTY_NO_STUFFING);
	}
	if ((request != NS_GET_USERNS && request != NS_GET_PARENT) || at->code != EPERM)
		return false;
	text_sayf(ret->why, "the namespace that it asks for lies outside of the program's own, the user namespace %llu and those in it",
		  (unsigned long long)at->child->ns[NS_USER].id);
	return blame(ret, ns_own(at->child, at->host, NS_USER) ? WALL_USER : WALLS, CAUSE_NS_SCOPE);
}
