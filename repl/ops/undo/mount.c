/* Undo kinds: mounts that others than the child see. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "base/file/statx.h"
#include "ops/undo/undo.h"

/* Whether the mount of this number is still in the table; true as well where nobody can tell. */
static bool is_mounted(const char *number)
{
	cleanup_text struct text table = { 0 };
	char *save = NULL;

	if (read_file(AT_FDCWD, "/proc/self/mountinfo", 1 << 26, &table) < 0 || !table.len)
		return true;
	for (char *line = strtok_r(table.s, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (strncmp(line, number, strlen(number)) == 0 && line[strlen(number)] == ' ')
			return true;
	return false;
}

/* A mount whose number is known: a folder bound to itself has the same root when it is unmounted again.
 * statx(2) gives the number of the topmost since Linux 5.8. */
static int take_numbered(const struct undo *undo, struct error *err)
{
	struct statx st;

	if (!is_mounted(undo->value))
		return 0;
	if (statx(AT_FDCWD, undo->path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_MNT_ID, &st) < 0)
		return fail(err, errno, "statx %s", vis(undo->path));
	if ((st.stx_mask & STATX_MNT_ID) && st.stx_mnt_id != strtoull(undo->value, NULL, 10))
		return undo_leave(err, undo, "another mount covers it");
	if (umount2(undo->path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0 || errno == EINVAL)
		return 0;
	return fail(err, errno, "umount2(%s)", vis(undo->path));
}

static int take_mount(const struct undo *undo, struct error *err)
{
	const char *name;
	int dirfd, ret;

	if (undo->value && strcmp(undo->value, "-") != 0)
		return take_numbered(undo, err);
	if (undo_settled(undo, &dirfd, &name, &ret, err))
		return ret;
	if (umount2(undo->path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0 || errno == EINVAL)
		return 0;
	return fail(err, errno, "umount2(%s)", vis(undo->path));
}

/* An empty file that nobody may open, as a pinned namespace covers one. */
static bool is_cover(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0 && !(st.st_mode & 07777);
}

/* Unmount, then remove the file. If the mount is gone already, only the file is left to
 * remove. */
static int take_pin(const struct undo *undo, struct error *err)
{
	const char *name;
	int dirfd, ret;

	if (!undo->inode || !is_cover(undo->path)) {
		if (undo_settled(undo, &dirfd, &name, &ret, err))
			return ret;
		if (umount2(undo->path, MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
			return fail(err, errno, "umount2(%s)", vis(undo->path));
	}
	if (!is_cover(undo->path) || unlink(undo->path) == 0 || errno == ENOENT)
		return 0;
	return fail(err, errno, "unlink %s", vis(undo->path));
}

const struct undo_info undo_pin = {
	.place = PLACE_FREE, .seen = true, .take = take_pin,
};

const struct undo_info undo_umount = {
	.place = PLACE_MOUNT, .asked = true, .seen = true, .take = take_mount,
};
