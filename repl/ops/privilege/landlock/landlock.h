/* Landlock's rights over files, as <linux/landlock.h> numbers them; older headers lack the newer
 * ones. A ruleset names the rights that it takes away everywhere, and paths below which it gives
 * some of them back. */
#pragma once

#include "ops/op.h"

enum {
	LL_EXECUTE = 1 << 0, LL_WRITE_FILE = 1 << 1, LL_READ_FILE = 1 << 2, LL_READ_DIR = 1 << 3,
	LL_REMOVE_DIR = 1 << 4, LL_REMOVE_FILE = 1 << 5, LL_MAKE_CHAR = 1 << 6,
	LL_MAKE_DIR = 1 << 7, LL_MAKE_REG = 1 << 8, LL_MAKE_SOCK = 1 << 9, LL_MAKE_FIFO = 1 << 10,
	LL_MAKE_BLOCK = 1 << 11, LL_MAKE_SYM = 1 << 12,
	LL_REFER = 1 << 13,     /* ABI 2, Linux 5.19: into another folder */
	LL_TRUNCATE = 1 << 14,  /* ABI 3, Linux 6.2 */
	LL_IOCTL_DEV = 1 << 15, /* ABI 5, Linux 6.10 */
	LL_READING = LL_EXECUTE | LL_READ_FILE | LL_READ_DIR,
	LL_ALL = (1 << 16) - 1,
	/* The rights that apply to a path that is not a folder. */
	LL_OF_FILES = LL_EXECUTE | LL_WRITE_FILE | LL_READ_FILE | LL_TRUNCATE | LL_IOCTL_DEV,
};

extern const struct flag landlock_rights[];

/* The version of this kernel's interface, 1 or more; -1 with errno: ENOSYS before Linux 5.13 or
 * without CONFIG_SECURITY_LANDLOCK, EOPNOTSUPP where it was not started at boot. */
int landlock_version(void);

/* The rights that this version knows. */
uint64_t landlock_known(int version);
