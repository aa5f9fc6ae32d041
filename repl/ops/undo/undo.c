#include "ops/undo/undo.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "base/trace.h"

#define UNDO(kind, name) extern const struct undo_info undo_##name;
#include "ops/undos.h"
#undef UNDO

const struct undo_info *undo_info(enum undo_kind kind)
{
	static const struct undo_info none = { 0 };
	static const struct undo_info *const rows[] = {
		[UNDO_NONE] = &none,
#define UNDO(kind, name) [UNDO_##kind] = &undo_##name,
#include "ops/undos.h"
#undef UNDO
	};

	return rows[kind];
}

const char *undo_name(enum undo_kind kind)
{
	static const char *const names[] = {
		[UNDO_NONE] = "none",
#define UNDO(kind, name) [UNDO_##kind] = #name,
#include "ops/undos.h"
#undef UNDO
	};

	return names[kind];
}

/* What has the name now. */
enum found { FOUND_OURS, FOUND_NOTHING, FOUND_ANOTHER, FOUND_UNSEEN };

int undo_leave(struct error *err, const struct undo *undo, const char *why)
{
	fail_id(err, ERR_LEFT_ALONE, 0, "%s is left alone", vis(undo->path));
	fail_why(err, "%s", _(why));
	return 1;
}

/* The folder that the name lies in, and the name. Where no descriptor of it is held only a path
 * from the root means the same to everybody. */
static bool find_place(const struct undo *undo, int *dirfd, const char **name)
{
	bool held = undo->parent >= 0 && undo_info(undo->kind)->place == PLACE_NAME;

	*dirfd = held ? undo->parent : AT_FDCWD;
	*name = held ? path_name(undo->path) : undo->path;
	return held || undo->path[0] == '/';
}

/* Whether it is the same thing that was made, and not another that has taken its name. Without its
 * inode a record was written before the thing was made: a folder may go by its name if it is
 * empty, for the name was free then; of a file or a mount nobody can tell whose it is. */
static enum found look(const struct undo *undo, int dirfd, const char *name)
{
	struct stat now;

	if (fstatat(dirfd, name, &now, AT_SYMLINK_NOFOLLOW) < 0)
		return path_is_absent(errno) ? FOUND_NOTHING : FOUND_UNSEEN;
	if (undo->inode == 0)
		return undo_info(undo->kind)->empties ? FOUND_OURS : FOUND_ANOTHER;
	return now.st_dev == undo->device && now.st_ino == undo->inode ? FOUND_OURS :
									 FOUND_ANOTHER;
}

bool undo_passes(int fd)
{
	cleanup_text struct text mounts = { 0 };
	struct statfs fs;
	struct stat st;
	char device[40];

	if (fd < 0 || fstatfs(fd, &fs) < 0 ||
	    (fs.f_type != TMPFS_MAGIC && fs.f_type != RAMFS_MAGIC) || fstat(fd, &st) < 0 ||
	    read_file(AT_FDCWD, "/proc/self/mountinfo", 1 << 26, &mounts) < 0 || !mounts.len)
		return false;
	snprintf(device, sizeof(device), " %u:%u ", major(st.st_dev), minor(st.st_dev));
	return !strstr(mounts.s, device);
}

bool undo_settled(const struct undo *undo, int *dirfd, const char **name, int *ret,
		  struct error *err)
{
	*ret = 0;
	if (!find_place(undo, dirfd, name)) {
		*ret = undo_leave(err, undo, "no path leads to its folder, and nobody holds it");
		return true;
	}
	switch (look(undo, *dirfd, *name)) {
	case FOUND_OURS:
		return false;
	case FOUND_NOTHING:
		return true;
	case FOUND_ANOTHER:
		*ret = undo_leave(err, undo, undo->inode ? "it is not what was made: another has taken its name" :
			     "it is not known to be what was made");
		return true;
	case FOUND_UNSEEN:
		if (undo->passes || undo_passes(undo->parent))
			return true;
		*ret = fail(err, errno, "stat %s", vis(undo->path));
		return true;
	}
	return true;
}

int undo_perform(const struct undo *undo, struct error *err)
{
	const struct undo_info *info = undo_info(undo->kind);
	int left = info->take ? info->take(undo, err) : 0;

	if (info->take)
		TRACE(TRACE_UNDO, "%s: %s", vis(undo->path),
		      left == 0 ? "taken back" : left > 0 ? "left" : errno_name(err->code));
	return left;
}

void undo_tell(const struct error *err, struct text *told)
{
	text_addf(told, "%s%s%s%s%s\n", err->what, err->code ? ": " : "",
		  err->code ? errno_name(err->code) : "", err->why[0] ? ": " : "", err->why);
}

void undo_done(struct undo *undo)
{
	if (undo->parent >= 0)
		close(undo->parent);
	free(undo->path);
	free(undo->value);
	*undo = (struct undo){ .parent = -1 };
}
