/* Why a file or folder cannot be made, changed, removed or entered: path_resolution(7), inode(7). */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "advice/seen/named.h"
#include "advice/seen/room.h"
#include "advice/seen/where.h"
#include "advice/question.h"
#include "base/arena.h"
#include "base/causes/room.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "ops/file/stopped.h"
#include "ops/op.h"
#include "snapshot/eyes/absent.h"
#include "snapshot/eyes/denied.h"
#include "snapshot/eyes/fixed.h"
#include "snapshot/look.h"
#include "snapshot/snapshot.h"
#include "walls/closed.h"

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
			   op->kind == OP_file_caps	     ? op->file_caps.path :
			   op->kind == OP_chroot	     ? op->chroot.path :
			   op->kind == OP_chdir		     ? op->chdir.path :
			   op->kind == OP_mask		     ? op->mask.target :
			   op->kind == OP_umount	     ? op->umount.target :
			   op->kind == OP_mount && !op->mount.inside && at->outcome->code == EACCES ? op->mount.target :
			   op->kind == OP_landlock_add	     ? op->landlock_add.path :
			   op->kind == OP_export_file	     ? op->export_file.path :
			   op->kind == OP_volume_make	     ? op->volume_make.path :
			   op->kind == OP_copy		     ? op->copy.to : /* what it reads: advise_copy() */
							       NULL;

	return path && at->pid ? look_absolute(at->child, path, arena) : NULL;
}

static bool enters(const struct failure *at)
{
	return at->op->kind == OP_chroot || at->op->kind == OP_chdir;
}

/* Whether it writes to the folder that the path lies in; the others only search it. */
static bool writes(const struct failure *at)
{
	return at->op->kind == OP_mkdir || at->op->kind == OP_mknod || at->op->kind == OP_symlink || at->op->kind == OP_file ||
	       at->op->kind == OP_remove || at->op->kind == OP_copyup || at->op->kind == OP_export_file || at->op->kind == OP_volume_make;
}

static bool is_read_only(const struct failure *at, const char *path, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	const struct mount *on = at->child->mounts ? mounts_find(at->child->mounts, path) : NULL;

	if (at->outcome->code != EROFS || !on)
		return false;
	/* The file system's own flag: each of its mounts has it, and remounting one changes nothing. */
	if (strcmp(on->type, "overlay") != 0 && option_stands(on->super, "ro")) {
		fail_cause(err, CAUSE_FILE_SYSTEM_RO);
		fail_why(err, "%s is on mount %d (%s), whose file system (%s) is read-only", vis(path), on->id, vis(on->point), vis(on->type));
		where_remount(at, on->point, "rw", err);
		return true;
	}
	if (strcmp(on->type, "overlay") != 0 || !option_stands(on->super, "ro")) {
		fail_cause(err, CAUSE_FILE_READ_ONLY);
		fail_why(err, "%s is on mount %d (%s), which is read-only", vis(path), on->id, vis(on->point));
		where_remount(at, on->point, "bind,rw", err);
		return true;
	}
	/* What it cannot write there is "work" below the work folder; a writable layer that it cannot write to is refused. */
	const char *upper = mount_option(on, "upperdir", &arena), *work = mount_option(on, "workdir", &arena);
	fail_cause(err, upper ? CAUSE_OVERLAY_MOUNTED_RO : CAUSE_OVERLAY_NO_UPPER);
	if (upper)
		fail_why(err, "mount %d (%s) is an overlay with the writable layer %s, and the kernel has mounted it read-only, because it "
			 "could not make a folder in its work folder %s", on->id, vis(on->point), vis(upper), vis(work ? work : ""));
	else
		fail_why(err, "mount %d (%s) is an overlay without a writable layer", on->id, vis(on->point));
	fail_fix(err, upper ? "umount %s, make %s yours, and mount it again" : "union LAYERS %s --upper DIR", vis(on->point),
		 vis(upper && work ? work : ""));
	return true;
}

/* The first part of the path that is not there, or is no folder. A link that leads nowhere has the name of what cannot be made. */
static bool is_absent(const struct failure *at, const char *path, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	struct absence absence;

	if ((at->outcome->code != ENOENT && at->outcome->code != ENOTDIR && at->outcome->code != EEXIST) ||
	    !absent_find(NULL, at->pid, path, enters(at), &arena, &absence) || (at->outcome->code == EEXIST && absence.kind != ABSENT_TARGET))
		return false;
	absent_tell(&absence, err);
	if (absence.kind == ABSENT_TARGET) {
		fail_fix(err, "run ls -l %s shows it", vis(absence.path));
		return true;
	}
	if (!at->own || absence.kind == ABSENT_FOLDER)
		return where_look(at, path_parent(&arena, absence.path), err);
	fail_fix(err, "!mkdir -p %s", vis(path_parent(&arena, path)));
	return true;
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

/* A file of the host's that the shell was to write has the name of a folder. */
static bool is_folder(const struct failure *at, const char *path, struct error *err)
{
	struct stat st;

	if (at->op->kind != OP_export_file || at->outcome->code != EISDIR || look_stat(at->pid, path, 0, &st) < 0 || !S_ISDIR(st.st_mode))
		return false;
	fail_cause(err, CAUSE_FILE_FOLDER);
	fail_why(err, "%s is a folder", vis(path));
	fail_fix(err, "the name of a file in it");
	return true;
}

/* What belongs to another process, into which the shell may not look either. */
static bool is_closed(const struct failure *at, const char *path, struct error *err)
{
	bool binds = at->op->kind == OP_mount && (at->op->mount.flags & MS_BIND) && at->op->mount.source;

	return at->outcome->code == EACCES && closed_path(at->facts, at->child, at->host, binds ? at->op->mount.source : path, err);
}

/* The folder that the child may not search or write to. */
static bool is_denied(const struct failure *at, const char *path, struct error *err)
{
	return at->outcome->code == EACCES && denied_tell(NULL, at->child, path, writes(at), enters(at), err);
}

/* A mount at the path, or below it: of a folder all is removed. */
static bool is_mount_point(const struct failure *at, const char *path, struct error *err)
{
	const struct mounts *mounts = at->child->mounts;

	if (at->outcome->code != EBUSY || at->op->kind != OP_remove || !mounts)
		return false;
	for (size_t i = mounts->count; i-- > 0;) {
		const struct mount *on = &mounts->list[i];
		if (!path_inside(path, on->point))
			continue;
		fail_cause(err, CAUSE_FILE_MOUNT_POINT);
		fail_why(err, "mount %d (%s) is mounted at %s", on->id, on->type, vis(on->point));
		fail_fix(err, "umount %s", vis(on->point));
		return true;
	}
	return false;
}

/* How much there has to be room for. */
static unsigned long long wanted(const struct failure *at, const char *path)
{
	struct stat st;

	if (at->op->kind == OP_export_file)
		return at->op->export_file.bytes.length;
	return at->op->kind == OP_copyup && look_stat(at->pid, path, 0, &st) == 0 ? (unsigned long long)st.st_size : 0;
}

static bool is_full(const struct failure *at, const char *path, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	struct stopped stopped;
	struct room room;

	if (at->outcome->code != ENOSPC)
		return false;
	const struct mount *on = room_look(at, path_parent(&arena, path), &room);
	if (on && stopped_read(at->outcome, &stopped) && stopped.short_of) {
		room.left = stopped.bytes;
		room.inodes = stopped.inodes;
	}
	return on && room_tell(at, on, &room, wanted(at, path), err);
}

/* What shows the kernel's own takes no new names, and gives none away. */
static bool is_fixed(const struct failure *at, const char *path, struct error *err)
{
	int code = at->outcome->code;

	return writes(at) && (code == ENOENT || code == EPERM || code == EACCES) && fixed_tell(NULL, at->pid, at->child->mounts, path, err);
}

bool advise_file(const struct failure *at, struct error *err)
{
	static bool (*const list[])(const struct failure *, const char *, struct error *) = {
		is_read_only, is_fixed, is_absent, exists, is_folder, is_closed, is_denied, is_mount_point, is_full,
	};
	cleanup_arena struct arena arena = { 0 };
	const char *path = path_of(at, &arena);
	bool found = false;

	for (size_t i = 0; path && !found && i < COUNT(list); i++)
		found = list[i](at, path, err);
	return found;
}

/* What the errno says of the path alone, where looking at it gives the same. */
static bool is_unresolvable(const struct failure *at, const char *typed, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	struct stat st;

	if (!typed || !strchr(typed, '/'))
		return false;
	const char *path = look_absolute(at->child, typed, &arena);
	if (look_stat(at->pid, path, 0, &st) == 0 || errno != at->outcome->code)
		return false;
	fail_path(err, at->outcome->code, path);
	return true;
}

bool advise_path(const struct failure *at, struct error *err)
{
	const struct op_info *info = op_info(at->op->kind);
	bool found = false;

	if ((at->outcome->code != ELOOP && at->outcome->code != ENAMETOOLONG) || !at->pid)
		return false;
	for (const struct field *field = info->fields; field->name && !found; field++)
		found = field->kind == FIELD_STRING && is_unresolvable(at, op_string(at->op, field->at), err);
	if (!found && info->starts == STARTS_PROGRAM && strchr(at->op->exec.argv[0], '/'))
		found = is_unresolvable(at, at->op->exec.argv[0], err);
	return found;
}
