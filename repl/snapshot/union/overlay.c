#include "snapshot/union/overlay.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "base/arena.h"
#include "base/error.h"
#include "snapshot/facts.h"
#include "snapshot/snapshot.h"

enum overlay_dialect overlay_dialect(const struct mount *mount)
{
	cleanup_arena struct arena arena = { 0 };

	return mount_option(mount, "userxattr", &arena) ? OVERLAY_USER : OVERLAY_TRUSTED;
}

enum overlay_dialect overlay_dialect_to_be(const struct facts *facts, const struct reading *child,
					   const struct reading *host)
{
	return !facts->initial_userns || facts->uid != 0 || (child && ns_own(child, host, NS_USER)) ?
		       OVERLAY_USER : OVERLAY_TRUSTED;
}

int overlay_attribute(enum overlay_dialect dialect, int dirfd, const char *name,
		       const char *attribute, const char *wanted)
{
	static const char *const spaces[] = { [OVERLAY_TRUSTED] = "trusted", [OVERLAY_USER] = "user" };
	char path[320], full[64], value[8];

	/* There is no getxattrat(2) before Linux 6.13: through the descriptor's link. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dirfd, name);
	snprintf(full, sizeof(full), "%s.overlay.%s", spaces[dialect], attribute);
	ssize_t length = lgetxattr(path, full, value, sizeof(value));
	if (length < 0)
		return errno_may_pass(errno) ? -1 : 0;
	return !wanted || ((size_t)length == strlen(wanted) && memcmp(value, wanted, (size_t)length) == 0);
}

int overlay_whiteout(enum overlay_dialect dialect, int dirfd, const char *name,
		      const struct stat *st)
{
	if (S_ISCHR(st->st_mode))
		return st->st_rdev == makedev(0, 0);
	if (!S_ISREG(st->st_mode) || st->st_size > 0)
		return 0;
	return overlay_attribute(dialect, dirfd, name, "whiteout", NULL);
}
