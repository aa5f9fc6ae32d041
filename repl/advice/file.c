/* Why a file or folder cannot be made, changed, removed or entered: path_resolution(7), inode(7). */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>

#include "advice/seen/named.h"
#include "advice/seen/where.h"
#include "advice/question.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/list.h"
#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "ops/op.h"
#include "snapshot/look.h"
#include "snapshot/snapshot.h"

/* The path of the child's that the op is about; NULL for an op of another kind, or one on an image's root. */
static const char *path_of(const struct failure *at, struct arena *arena)
{
	const struct op *op = at->op;
	const char *path = op->kind == OP_mkdir && !op->mkdir.inside	 ? op->mkdir.path :
			   op->kind == OP_mknod && !op->mknod.inside	 ? op->mknod.path :
			   op->kind == OP_symlink && !op->symlink.inside ? op->symlink.path :
			   op->kind == OP_file && !op->file.inside	 ? op->file.path :
			   op->kind == OP_remove	     ? op->remove.path :
			   op->kind == OP_copyup	     ? op->copyup.path :
			   op->kind == OP_setxattr	     ? op->setxattr.path :
			   op->kind == OP_chroot	     ? op->chroot.path :
			   op->kind == OP_chdir		     ? op->chdir.path :
							       NULL;

	return path && at->pid ? look_absolute(at->child, path, arena) : NULL;
}

static bool enters(const struct failure *at)
{
	return at->op->kind == OP_chroot || at->op->kind == OP_chdir;
}

static bool is_read_only(const struct failure *at, const char *path, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	const struct mount *on = at->child->mounts ? mounts_find(at->child->mounts, path) : NULL;

	if (at->outcome->code != EROFS || !on)
		return false;
	/* The mount's own flag, or that of the file system. */
	if (strcmp(on->type, "overlay") != 0 || !option_stands(on->super, "ro")) {
		fail_cause(err, CAUSE_FILE_READ_ONLY);
		fail_why(err, "%s is on mount %d (%s), which is read-only", vis(path), on->id, vis(on->point));
		fail_fix(err, "mount none %s -o remount,bind,rw", vis(on->point));
		return true;
	}
	const char *upper = mount_option(on, "upperdir", &arena);
	fail_cause(err, upper ? CAUSE_OVERLAY_MOUNTED_RO : CAUSE_OVERLAY_NO_UPPER);
	if (upper)
		fail_why(err, "mount %d (%s) is an overlay with the writable layer %s, and the kernel has mounted it read-only, because it "
			 "could not write to that layer or its work folder", on->id, vis(on->point), vis(upper));
	else
		fail_why(err, "mount %d (%s) is an overlay without a writable layer", on->id, vis(on->point));
	fail_fix(err, upper ? "umount %s, make %s yours, and mount it again" : "union LAYERS %s --upper DIR", vis(on->point),
		 vis(upper ? upper : ""));
	return true;
}

/* The first part of the path that is not there, or is no folder. */
static bool is_absent(const struct failure *at, const char *path, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	const char *level = path;
	struct stat st;

	if (at->outcome->code != ENOENT && at->outcome->code != ENOTDIR)
		return false;
	while (strlen(level) > 1 && look_stat(at->pid, level, 0, &st) < 0 && path_is_absent(errno)) {
		const char *above = path_parent(&arena, level);
		if (look_stat(at->pid, above, 0, &st) == 0) {
			bool folder = S_ISDIR(st.st_mode);
			fail_cause(err, folder ? CAUSE_FILE_MISSING : CAUSE_FILE_NO_FOLDER);
			fail_why(err, folder ? "there is no %s in the child's root" : "%s is not a folder", vis(folder ? level : above));
			return where_look(at, folder ? above : path_parent(&arena, above), err);
		}
		level = above;
	}
	if (!enters(at) || look_stat(at->pid, path, 0, &st) < 0 || S_ISDIR(st.st_mode))
		return false;
	fail_cause(err, CAUSE_FILE_NO_FOLDER);
	fail_why(err, "%s is not a folder", vis(path));
	return where_look(at, path_parent(&arena, path), err);
}

static bool exists(const struct failure *at, const char *path, struct error *err)
{
	struct stat st;

	if (at->outcome->code != EEXIST || look_stat(at->pid, path, 1, &st) < 0)
		return false;
	fail_cause(err, CAUSE_FILE_EXISTS);
	fail_why(err, "%s is there already, a %s of user %u", vis(path),
		 S_ISDIR(st.st_mode) ? _("folder") : _("file"), st.st_uid);
	fail_fix(err, "choose another name");
	return true;
}

/* The folder that the child may not search or write to: its mode and owner. */
static bool is_denied(const struct failure *at, const char *path, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	const struct reading *child = at->child;
	struct stat st;

	if (at->outcome->code != EACCES || has_cap(at, CAP_DAC_OVERRIDE))
		return false;
	const char *level = enters(at) ? path : path_parent(&arena, path);
	unsigned wanted = enters(at) ? 1 : 3;
	for (;; level = path_parent(&arena, level), wanted = 1) {
		if (look_stat(at->pid, level, 0, &st) == 0) {
			unsigned shift = st.st_uid == child->uid[3] ? 6 : st.st_gid == child->gid[3] ? 3 : 0;
			if ((st.st_mode >> shift & wanted) != wanted)
				break;
		}
		if (strlen(level) < 2)
			return false;
	}
	fail_cause(err, CAUSE_FILE_DENIED);
	fail_why(err, wanted == 1 ? "user %u may not search %s, which has mode %04o and belongs to %u:%u" :
				    "user %u may not write to %s, which has mode %04o and belongs to %u:%u",
		 child->uid[3], vis(level), st.st_mode & 07777, st.st_uid, st.st_gid);
	fail_fix(err, "a path below a folder of your own; tree -l shows owners and modes");
	return true;
}

static bool is_mount_point(const struct failure *at, const char *path, struct error *err)
{
	const struct mount *on = at->child->mounts ? mounts_at(at->child->mounts, path) : NULL;

	if (at->outcome->code != EBUSY || at->op->kind != OP_remove || !on)
		return false;
	fail_cause(err, CAUSE_FILE_MOUNT_POINT);
	fail_why(err, "mount %d (%s) is mounted at %s", on->id, on->type, vis(path));
	fail_fix(err, "umount %s", vis(path));
	return true;
}

static bool is_device(const struct failure *at, const char *path, struct error *err)
{
	if (at->outcome->code != EPERM || at->op->kind != OP_mknod || !has_own(at, NS_USER))
		return false;
	fail_cause(err, CAUSE_MKNOD_USERNS);
	fail_why(err, "%s would be a device, which needs CAP_MKNOD in the initial user namespace; the child has it in %llu alone", vis(path),
		 (unsigned long long)at->child->ns[NS_USER].id);
	fail_fix(err, "bindmount the host's device over a file");
	return true;
}

bool advise_file(const struct failure *at, struct error *err)
{
	static bool (*const list[])(const struct failure *, const char *, struct error *) = {
		is_read_only, is_absent, exists, is_denied, is_mount_point, is_device,
	};
	cleanup_arena struct arena arena = { 0 };
	const char *path = path_of(at, &arena);
	bool found = false;

	for (size_t i = 0; path && !found && i < COUNT(list); i++)
		found = list[i](at, path, err);
	return found;
}
