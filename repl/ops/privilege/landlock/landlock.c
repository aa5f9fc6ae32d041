#include "base/syscalls.h"
#include "ops/privilege/landlock/landlock.h"

#include <stddef.h>
#include <unistd.h>

#define RIGHT(name) { "LANDLOCK_ACCESS_FS_" #name, LL_##name }

const struct flag landlock_rights[] = {
	RIGHT(EXECUTE), RIGHT(WRITE_FILE), RIGHT(READ_FILE), RIGHT(READ_DIR), RIGHT(REMOVE_DIR),
	RIGHT(REMOVE_FILE), RIGHT(MAKE_CHAR), RIGHT(MAKE_DIR), RIGHT(MAKE_REG), RIGHT(MAKE_SOCK),
	RIGHT(MAKE_FIFO), RIGHT(MAKE_BLOCK), RIGHT(MAKE_SYM), RIGHT(REFER), RIGHT(TRUNCATE),
	RIGHT(IOCTL_DEV), { 0 }
};

int landlock_version(void)
{
	return sys_landlock_create(NULL, 0, SYS_LANDLOCK_VERSION);
}

uint64_t landlock_known(int version)
{
	return LL_ALL & ~(uint64_t)((version < 2 ? LL_REFER : 0) | (version < 3 ? LL_TRUNCATE : 0) |
				    (version < 5 ? LL_IOCTL_DEV : 0));
}
