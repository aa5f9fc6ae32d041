/* EPERM of a call about a file: what its owner alone may do, what the sticky bit of a folder keeps, and what an attribute
 * forbids to everybody. chmod(2), unlink(2), ioctl_iflags(2). */
#include "advice/calls/refusing.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/file/statx.h"
#include "base/list.h"
#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "ops/privilege/capability.h"
#include "snapshot/eyes/denied.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/snapshot.h"

static const int owners_calls[] = {
	SYS_fchmodat, SYS_utimensat,
#ifdef SYS_chmod
	SYS_chmod,
#endif
};

static const int removing_calls[] = {
	SYS_unlinkat, SYS_renameat, SYS_renameat2,
#ifdef SYS_unlink
	SYS_unlink, SYS_rmdir, SYS_rename,
#endif
};

static bool is_one_of(const int *numbers, size_t count, int number)
{
	for (size_t i = 0; i < count; i++)
		if (numbers[i] == number)
			return true;
	return false;
}

/* Its STATX_ATTR_*; 0 where they cannot be read. */
static uint64_t attributes_of(const struct refused *at, const char *path)
{
	struct statx st;
	cleanup_fd int fd = eyes_open(at->eyes, at->child->pid, path, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	return fd >= 0 && statx(fd, "", AT_EMPTY_PATH, STATX_TYPE, &st) == 0 ? st.stx_attributes : 0;
}

/* Of the file, or of the folder whose names are changed. */
static bool by_attribute(const struct refused *at, bool removes, struct arena *arena, struct verdict *ret)
{
	const char *levels[] = { at->path, path_parent(arena, at->path) };

	for (size_t i = 0; i < (removes ? 2 : 1); i++) {
		uint64_t attributes = attributes_of(at, levels[i]);
		if (!(attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND)))
			continue;
		text_sayf(ret->why, attributes & STATX_ATTR_IMMUTABLE ? "%s has the attribute i (immutable): it is changed by nobody" :
									 "%s has the attribute a: it is appended to, and not changed otherwise",
			  vis(levels[i]));
		text_say(ret->fix, "on the host: lsattr shows attributes, chattr -i -a takes these away");
		return blame(ret, WALLS, CAUSE_FILE_IMMUTABLE);
	}
	return false;
}

static bool by_sticky(const struct refused *at, const struct reading *who, const struct stat *st, struct arena *arena, struct verdict *ret)
{
	const char *folder = path_parent(arena, at->path);
	struct stat above;

	if (eyes_stat(at->eyes, at->child->pid, folder, false, &above) < 0 || !(above.st_mode & S_ISVTX) || at->uid == above.st_uid)
		return false;
	text_sayf(ret->why, "%s has the sticky bit: a name in it is removed by user %u, whose file it is, or by user %u, who owns the folder; this is user %u",
		  vis(folder), st->st_uid, above.st_uid, at->uid);
	return blame_right(at, CAP_FOWNER, denied_maps(who, st), CAUSE_FILE_STICKY, ret);
}

bool by_owners(const struct refused *at, struct verdict *ret)
{
	bool removes = is_one_of(removing_calls, COUNT(removing_calls), at->number);
	bool owners = is_one_of(owners_calls, COUNT(owners_calls), at->number);
	cleanup_arena struct arena arena = { 0 };
	struct reading who = *at->child;
	struct stat st;

	if (at->code != EPERM || !at->known_ids || !at->path || at->path[0] != '/' || is_of_process(at->path))
		return false;
	if (by_attribute(at, removes, &arena, ret))
		return true;
	who.cap_effective = at->caps;
	if ((!owners && !removes) || eyes_stat(at->eyes, at->child->pid, at->path, removes, &st) < 0 || st.st_uid == at->uid ||
	    ((at->caps & CAPABILITY(CAP_FOWNER)) && denied_maps(&who, &st)))
		return false;
	if (removes)
		return by_sticky(at, &who, &st, &arena, ret);
	text_sayf(ret->why, "%s belongs to %u:%u, and user %u may not do what its owner may", vis(at->path), st.st_uid, st.st_gid, at->uid);
	return blame_right(at, CAP_FOWNER, denied_maps(&who, &st), CAUSE_FILE_OWNER, ret);
}
