#include "archive/layer/meta.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "archive/layer/attributes.h"
#include "base/error.h"
#include "base/text.h"

/* What ext4 can store, the narrowest of the file systems in use that reach beyond 2038. */
#define TIME_LEAST (-0x80000000LL)
#define TIME_MOST 0x37fffffffLL

/* ---- what an entry says about a file ---- */

struct timespec meta_when(struct tree *tree, struct timespec time)
{
	bool least = time.tv_sec < TIME_LEAST, most = time.tv_sec > TIME_MOST;

	if (!least && !most)
		return time;
	notes_add(&tree->notes, NOTE_TIMES, NULL);
	return (struct timespec){ .tv_sec = least ? TIME_LEAST : TIME_MOST };
}

/* chown(2) says EINVAL for an id that this user namespace has no number for. */
static bool is_foreign(int code)
{
	return code == EINVAL || code == EPERM;
}

static int fail_owner(const struct meta *meta, struct error *err)
{
	return fail(err, errno, "chown to %lld:%lld", (long long)meta->uid, (long long)meta->gid);
}

/* Another's file belongs to this user; whose it is to be is kept for commit. */
int tree_own(struct tree *tree, int fd, const struct meta *meta, struct error *err)
{
	char owner[48];

	if (fchown(fd, (uid_t)meta->uid, (gid_t)meta->gid) == 0)
		return 0;
	if (!is_foreign(errno))
		return fail_owner(meta, err);
	notes_add(&tree->notes, NOTE_OWNERS, NULL);
	snprintf(owner, sizeof(owner), "%lld:%lld", (long long)meta->uid, (long long)meta->gid);
	if (fsetxattr(fd, "user.stave.owner", owner, strlen(owner), 0) < 0 && errno != EOPNOTSUPP)
		return fail(err, errno, "fsetxattr user.stave.owner");
	return 0;
}

int meta_own(struct tree *tree, int at, const char *name, const struct meta *meta,
		    struct error *err)
{
	if (fchownat(at, name, (uid_t)meta->uid, (gid_t)meta->gid, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	if (!is_foreign(errno))
		return fail_owner(meta, err);
	notes_add(&tree->notes, NOTE_OWNERS, NULL);
	return 0;
}

int meta_time(struct tree *tree, int at, const char *name, const struct meta *meta,
		    struct error *err)
{
	struct timespec mtime = meta_when(tree, meta->mtime), times[2] = { mtime, mtime };

	if (utimensat(at, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(err, errno, "utimensat");
	return 0;
}

int tree_finish(struct tree *tree, int fd, const struct meta *meta, struct error *err)
{
	struct timespec mtime = meta_when(tree, meta->mtime), times[2] = { mtime, mtime };

	if (fchmod(fd, meta->mode & 07777) < 0)
		return fail(err, errno, "chmod %04o", meta->mode & 07777);
	if (futimens(fd, times) < 0)
		return fail(err, errno, "utimensat");
	return 0;
}

/* ---- extended attributes ---- */

int tree_attribute(struct tree *tree, int fd, const char *name, const void *value, size_t size,
		   struct error *err)
{
	if (!attribute_kept(name)) {
		notes_add(&tree->notes, NOTE_ATTRIBUTES, NULL);
		return 0;
	}
	if (fsetxattr(fd, name, value, size, 0) == 0)
		return 0;
	if (errno != EOPNOTSUPP && errno != EPERM && errno != EINVAL)
		return fail(err, errno, "fsetxattr %s (%zu bytes)", vis(name), size);
	notes_add(&tree->notes, NOTE_ATTRIBUTES, NULL);
	return 0;
}
