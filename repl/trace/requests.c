/* Arguments that are numbers of many parts, as C: requests of ioctl(2), priorities of ioprio_set(2), sets of capset(2), lists of groups. */
#include "trace/seen.h"

#include <inttypes.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/if_tun.h>
#include <linux/loop.h>
#include <linux/nsfs.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <stddef.h>
#include <sys/ioctl.h>

#include "base/list.h"
#include "base/text.h"
#include "ops/privilege/capability.h"

#define REQUEST(name) { name, #name }
static const struct { uint64_t request; const char *name; } requests[] = {
	REQUEST(TCGETS), REQUEST(TCSETS), REQUEST(TCSETSW), REQUEST(TCSETSF), REQUEST(TIOCGWINSZ), REQUEST(TIOCSWINSZ), REQUEST(TIOCSTI),
	REQUEST(TIOCLINUX), REQUEST(TIOCSCTTY), REQUEST(TIOCNOTTY), REQUEST(TIOCGPGRP), REQUEST(TIOCSPGRP), REQUEST(TIOCGSID), REQUEST(TIOCGPTN),
	REQUEST(TIOCSPTLCK), REQUEST(TIOCGPTPEER), REQUEST(TIOCCONS), REQUEST(TIOCEXCL), REQUEST(FIONREAD), REQUEST(FIONBIO), REQUEST(FIOCLEX),
	REQUEST(TUNSETIFF), REQUEST(TUNGETIFF), REQUEST(TUNSETPERSIST), REQUEST(TUNSETOWNER), REQUEST(TUNSETGROUP), REQUEST(TUNGETFEATURES),
	REQUEST(SIOCGIFCONF), REQUEST(SIOCGIFFLAGS), REQUEST(SIOCSIFFLAGS), REQUEST(SIOCGIFADDR), REQUEST(SIOCSIFADDR), REQUEST(SIOCSIFDSTADDR),
	REQUEST(SIOCSIFBRDADDR), REQUEST(SIOCGIFNETMASK), REQUEST(SIOCSIFNETMASK), REQUEST(SIOCGIFMTU), REQUEST(SIOCSIFMTU), REQUEST(SIOCSIFNAME),
	REQUEST(SIOCGIFHWADDR), REQUEST(SIOCSIFHWADDR), REQUEST(SIOCGIFINDEX), REQUEST(SIOCGIFNAME), REQUEST(SIOCADDRT), REQUEST(SIOCDELRT),
	REQUEST(SIOCBRADDBR), REQUEST(SIOCBRDELBR), REQUEST(SIOCBRADDIF), REQUEST(SIOCBRDELIF), REQUEST(SIOCETHTOOL), REQUEST(SIOCGSKNS),
	REQUEST(FS_IOC_GETFLAGS), REQUEST(FS_IOC_SETFLAGS), REQUEST(FS_IOC_FSGETXATTR), REQUEST(FS_IOC_FSSETXATTR), REQUEST(FICLONE),
	REQUEST(FICLONERANGE), REQUEST(FIFREEZE), REQUEST(FITHAW), REQUEST(FITRIM), REQUEST(BLKGETSIZE64), REQUEST(BLKROSET),
	REQUEST(LOOP_SET_FD), REQUEST(LOOP_CLR_FD), REQUEST(LOOP_CHANGE_FD), REQUEST(LOOP_SET_STATUS), REQUEST(LOOP_GET_STATUS),
	REQUEST(LOOP_SET_STATUS64), REQUEST(LOOP_GET_STATUS64), REQUEST(LOOP_SET_CAPACITY), REQUEST(LOOP_CTL_ADD), REQUEST(LOOP_CTL_REMOVE),
	REQUEST(LOOP_CTL_GET_FREE),
#ifdef LOOP_CONFIGURE
	REQUEST(LOOP_CONFIGURE),
#endif
	REQUEST(NS_GET_USERNS), REQUEST(NS_GET_PARENT), REQUEST(NS_GET_NSTYPE), REQUEST(NS_GET_OWNER_UID),
	REQUEST(SECCOMP_IOCTL_NOTIF_RECV), REQUEST(SECCOMP_IOCTL_NOTIF_SEND), REQUEST(SECCOMP_IOCTL_NOTIF_ID_VALID),
};

void add_request(uint64_t value, struct text *ret)
{
	static const char *const directions[] = { [_IOC_NONE] = "", [_IOC_READ] = "R", [_IOC_WRITE] = "W", [_IOC_READ | _IOC_WRITE] = "WR" };
	unsigned request = (unsigned)value; /* the kernel takes an int */

	for (size_t i = 0; i < COUNT(requests); i++)
		if (requests[i].request == request) {
			text_add(ret, requests[i].name);
			return;
		}
	text_addf(ret, "_IO%s(%#x, %u", directions[_IOC_DIR(request) & 3], _IOC_TYPE(request), _IOC_NR(request));
	if (_IOC_SIZE(request))
		text_addf(ret, ", %u", _IOC_SIZE(request));
	text_add(ret, ")");
}

/* Its class in the upper bits: ioprio_set(2). */
void add_io_priority(uint64_t value, struct text *ret)
{
	enum { SHIFT = 13 };
	static const char *const classes[] = { "NONE", "RT", "BE", "IDLE" };
	uint64_t class = (uint32_t)value >> SHIFT;

	if (class < COUNT(classes))
		text_addf(ret, "IOPRIO_PRIO_VALUE(IOPRIO_CLASS_%s, %u)", classes[class], (unsigned)(value & ((1u << SHIFT) - 1)));
	else
		text_addf(ret, "%u", (unsigned)value);
}

void add_io_whom(uint64_t value, struct text *ret)
{
	static const char *const whom[] = { NULL, "PROCESS", "PGRP", "USER" };

	if (value && value < COUNT(whom))
		text_addf(ret, "IOPRIO_WHO_%s", whom[value]);
	else
		text_addf(ret, "%d", (int)value);
}

static void add_set(const char *name, uint64_t set, struct text *ret)
{
	text_addf(ret, "%s=", name);
	if ((set & capabilities_known) == capabilities_known)
		text_add(ret, "all");
	else if (set)
		capability_list(set, "", ",", ret);
	else
		text_add(ret, "0");
}

bool add_sets(pid_t pid, uint64_t at, struct text *ret)
{
	struct __user_cap_data_struct data[2];

	if (read_memory(pid, at, data, sizeof(data)) != sizeof(data))
		return false;
	text_add(ret, "{");
	add_set("effective", data[0].effective | (uint64_t)data[1].effective << 32, ret);
	add_set(", permitted", data[0].permitted | (uint64_t)data[1].permitted << 32, ret);
	add_set(", inheritable", data[0].inheritable | (uint64_t)data[1].inheritable << 32, ret);
	text_add(ret, "}");
	return true;
}

bool add_groups(pid_t pid, uint64_t at, uint64_t count, struct text *ret)
{
	enum { MOST = 8 };
	uint32_t groups[MOST];
	size_t most = count < MOST ? (size_t)count : MOST;

	if (!at || read_memory(pid, at, groups, most * sizeof(*groups)) != most * sizeof(*groups))
		return false;
	text_add(ret, "{");
	for (size_t i = 0; i < most; i++)
		text_addf(ret, "%s%" PRIu32, i ? ", " : "", groups[i]);
	text_add(ret, count > MOST ? ", ...}" : "}");
	return true;
}
