#include "base/syscalls.h"

#include <errno.h>
#include <linux/capability.h>

int sys_openat2(int dirfd, const char *path, const struct open_how *how)
{
	/* RESOLVE_CACHED, Linux 5.12: there EAGAIN says that the way is not in the cache. */
	enum { MOST_RACES = 128, CACHED = 0x20 };

	for (int tries = 0; tries < MOST_RACES; tries++) {
		long fd = syscall(SYS_openat2, dirfd, path, how, sizeof(*how));
		if (fd >= 0 || errno != EAGAIN || (how->resolve & CACHED))
			return (int)fd;
	}
	return -1;
}

int sys_capget(pid_t pid, struct sys_caps *ret)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, pid };
	struct __user_cap_data_struct sets[2];

	if (syscall(SYS_capget, &header, sets) < 0)
		return -1;
	*ret = (struct sys_caps){
		.effective = sets[0].effective | (uint64_t)sets[1].effective << 32,
		.permitted = sets[0].permitted | (uint64_t)sets[1].permitted << 32,
		.inheritable = sets[0].inheritable | (uint64_t)sets[1].inheritable << 32,
	};
	return 0;
}

int sys_capset(const struct sys_caps *from)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct sets[2];

	for (int half = 0; half < 2; half++)
		sets[half] = (struct __user_cap_data_struct){
			.effective = (uint32_t)(from->effective >> (32 * half)),
			.permitted = (uint32_t)(from->permitted >> (32 * half)),
			.inheritable = (uint32_t)(from->inheritable >> (32 * half)),
		};
	return (int)syscall(SYS_capset, &header, sets);
}
