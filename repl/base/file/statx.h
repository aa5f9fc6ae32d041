/* statx(2), also where the C library is a musl before 1.2.5, or has less of it. */
#pragma once

#include <sys/stat.h>

#ifndef STATX_BASIC_STATS
#include <linux/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline int statx(int dirfd, const char *path, int flags, unsigned mask, struct statx *ret)
{
	return (int)syscall(SYS_statx, dirfd, path, flags, mask, ret);
}
#endif

/* musl since 1.2.5 has the call, and the structure as Linux 4.11 had it: what came later lies in its padding. */
#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x1000
#define stx_mnt_id   __pad1[0]
#endif
#ifndef STATX_ATTR_IMMUTABLE
#define STATX_ATTR_IMMUTABLE 0x10
#define STATX_ATTR_APPEND    0x20
#endif
#ifndef STATX_ATTR_MOUNT_ROOT
#define STATX_ATTR_MOUNT_ROOT 0x2000
#endif
