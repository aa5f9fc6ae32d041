/* The extended attributes by which overlay keeps its notes: trusted.overlay.NAME, or
 * user.overlay.NAME where it was mounted with userxattr. */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

/* Whether the entry name of folder dirfd has the attribute, in either space, and with the value
 * wanted, where that is not NULL. Links are not followed. */
bool overlay_attribute(int dirfd, const char *name, const char *attribute, const char *wanted);

/* Whether the entry is a whiteout of overlay's: a character device 0:0; or an empty file with the
 * attribute overlay.whiteout, since Linux 6.7. */
bool overlay_whiteout(int dirfd, const char *name, const struct stat *st);
