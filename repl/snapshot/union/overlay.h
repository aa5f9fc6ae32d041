/* The extended attributes by which overlay keeps its notes: trusted.overlay.NAME, or
 * user.overlay.NAME where it was mounted with userxattr. */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

struct facts;
struct mount;
struct reading;

/* A mount reads the attributes of one name space alone: in its folders those of the other are data,
 * which somebody's programs have written, or a mount of the other kind. */
enum overlay_dialect { OVERLAY_TRUSTED, OVERLAY_USER };

/* Of a mount in a reading's table. */
enum overlay_dialect overlay_dialect(const struct mount *mount);

/* Of the mounts that child could make: in a user namespace of its own, which an ordinary user has to
 * enter first, they take the option userxattr. child and host are NULL where it is in the shell's. */
enum overlay_dialect overlay_dialect_to_be(const struct facts *facts, const struct reading *child,
					   const struct reading *host);

/* Whether the entry name of folder dirfd has the attribute in this dialect, and with the value
 * wanted, where that is not NULL: 1 or 0. Links are not followed. -1 with errno set where that cannot be told now:
 * errno_may_pass(). */
int overlay_attribute(enum overlay_dialect dialect, int dirfd, const char *name,
		       const char *attribute, const char *wanted);

/* Whether the entry is a whiteout of overlay's: a character device 0:0; or an empty file with the
 * attribute overlay.whiteout, since Linux 6.7. As overlay_attribute(). */
int overlay_whiteout(enum overlay_dialect dialect, int dirfd, const char *name,
		      const struct stat *st);
