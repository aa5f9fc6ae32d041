#include "snapshot/union/overlay.h"

#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

bool overlay_attribute(int dirfd, const char *name, const char *attribute, const char *wanted)
{
	static const char *const spaces[] = { "trusted", "user" };
	char path[320], full[64], value[8];

	/* There is no getxattrat(2) before Linux 6.13: through the descriptor's link. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dirfd, name);
	for (size_t i = 0; i < 2; i++) {
		snprintf(full, sizeof(full), "%s.overlay.%s", spaces[i], attribute);
		ssize_t length = lgetxattr(path, full, value, sizeof(value));
		if (length >= 0 && (!wanted || ((size_t)length == strlen(wanted) &&
						memcmp(value, wanted, (size_t)length) == 0)))
			return true;
	}
	return false;
}

bool overlay_whiteout(int dirfd, const char *name, const struct stat *st)
{
	if (S_ISCHR(st->st_mode))
		return st->st_rdev == makedev(0, 0);
	return S_ISREG(st->st_mode) && st->st_size == 0 &&
	       overlay_attribute(dirfd, name, "whiteout", NULL);
}
