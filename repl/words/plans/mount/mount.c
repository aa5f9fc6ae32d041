/* Parts of plans: mounts, binds, unions, the new root. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/path.h"
#include "base/text.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/facts.h"
#include "words/plans/plans.h"

void plan_mount(struct plan *plan, const char *fstype, const char *source, const char *target,
		uint64_t flags, const char *data)
{
	struct op *op = plan_add(plan, OP_mount);

	op->mount.source = source;
	op->mount.target = target;
	op->mount.fstype = fstype;
	op->mount.flags = flags;
	op->mount.data = data;
}

void plan_propagation(struct plan *plan, const char *path, uint64_t flags)
{
	plan_mount(plan, NULL, NULL, path, flags, NULL);
}

uint64_t plan_flags_at(const struct context *context, const char *path)
{
	static const struct { unsigned long seen; uint64_t flag; } flags[] = {
		{ ST_RDONLY, MS_RDONLY },   { ST_NOSUID, MS_NOSUID },
		{ ST_NODEV, MS_NODEV },	    { ST_NOEXEC, MS_NOEXEC },
		{ ST_NOATIME, MS_NOATIME }, { ST_NODIRATIME, MS_NODIRATIME },
		{ ST_RELATIME, MS_RELATIME },
	};
	cleanup_fd int fd = eyes_open(context->eyes, context->child->pid, path, O_PATH);
	struct statvfs here;
	uint64_t ret = 0;

	if (fd < 0 || fstatvfs(fd, &here) < 0)
		return 0;
	for (size_t i = 0; i < COUNT(flags); i++)
		if (here.f_flag & flags[i].seen)
			ret |= flags[i].flag;
	return ret;
}

bool has_mounts_below(const struct mounts *mounts, const char *path)
{
	for (size_t i = 0; mounts && i < mounts->count; i++) {
		const char *inside = path_inside(path, mounts->list[i].point);
		if (inside && *inside)
			return true;
	}
	return false;
}

static bool has_mount_setattr(const struct context *context)
{
	return facts_kernel(context->facts, 5, 12);
}

uint64_t bind_flags(unsigned how)
{
	return (how & BIND_READ_ONLY ? MS_RDONLY : 0) | (how & BIND_VOLUME ? MS_NOSUID | MS_NODEV : 0);
}

/* MS_BIND takes no other flag in the same call: mount(2) ignores MS_RDONLY with it. */
void plan_restrict(const struct context *context, struct plan *plan, const char *src, const char *dst,
		   unsigned how)
{
	const uint64_t flags = bind_flags(how);

	if (!flags)
		return;
	if (has_mount_setattr(context) && !(how & BIND_NOT_RECURSIVE) && has_mounts_below(context->child->mounts, src)) {
		struct op *op = plan_add(plan, OP_mount_setattr);
		op->mount_setattr.path = dst;
		op->mount_setattr.set = flags; /* MOUNT_ATTR_* of these three are the same bits */
		return;
	}
	plan_mount(plan, NULL, NULL, dst, MS_REMOUNT | MS_BIND | flags | plan_flags_at(context, src),
		   NULL);
}

static void plan_file(const struct context *context, struct plan *plan, const char *path,
		      unsigned flags)
{
	plan_mkdirs(context, plan, path_parent(&plan->arena, path), flags);
	struct op *op = plan_add_with(plan, OP_mknod, flags);
	op->mknod.path = path;
	op->mknod.type = S_IFREG;
	op->mknod.mode = 0644;
}

/* A volume has its flags, on all the mounts in it, before there is a way to it. */
static void plan_attach_volume(struct plan *plan, const char *src, const char *dst, unsigned how)
{
	plan_add(plan, OP_open_tree)->open_tree.path = src;
	struct op *op = plan_add(plan, OP_mount_setattr);
	/* MOUNT_ATTR_* of these three are the same bits. */
	op->mount_setattr.set = bind_flags(how);
	plan_add(plan, OP_move_mount)->move_mount.target = dst;
}

void plan_bind_at(const struct context *context, struct plan *plan, const char *src,
		  const char *dst, unsigned how)
{
	if ((how & BIND_VOLUME) && !(how & BIND_NOT_RECURSIVE) && has_mount_setattr(context)) {
		plan_attach_volume(plan, src, dst, how);
		return;
	}
	plan_mount(plan, NULL, src, dst, MS_BIND | (how & BIND_NOT_RECURSIVE ? 0 : MS_REC), NULL);
	plan_restrict(context, plan, src, dst, how);
}

int plan_bind(const struct context *context, struct plan *plan, const char *src, const char *dst,
	      unsigned how, struct error *err)
{
	unsigned to, from;

	if (mode_here(context, src, &from, err) < 0 || mode_here(context, dst, &to, err) < 0)
		return -1;
	if (!from)
		return fail_id(err, ERR_PATH_ABSENT, 0, "there is no %s in the child's root", vis(src));
	if (to && S_ISDIR(from) != S_ISDIR(to)) {
		fail_id(err, ERR_PATH_KIND, 0, "%s is a %s and %s is not", vis(S_ISDIR(from) ? src : dst), "folder",
		     vis(S_ISDIR(from) ? dst : src));
		return fail_why(err, "a folder can be mounted only on a folder, and a file only on a file");
	}
	if (!to && S_ISDIR(from))
		plan_mkdirs(context, plan, dst, PLAN_TAKE_BACK);
	else if (!to)
		plan_file(context, plan, dst, PLAN_TAKE_BACK);
	plan_bind_at(context, plan, src, dst, how);
	return 0;
}

const char *plan_scratch(const struct context *context, struct plan *plan)
{
	if (!mounts_at(context->child->mounts, context->scratch)) {
		plan_mkdirs(context, plan, context->scratch, PLAN_TAKE_BACK | PLAN_PRIVATE);
		plan_mount(plan, "tmpfs", "stave", context->scratch, MS_NOSUID | MS_NODEV,
			   "mode=0755");
	}
	return arena_print(&plan->arena, "%s/%u", context->scratch, context->serial);
}

void plan_pivot(struct plan *plan, const char *new_root, const char *keep_old)
{
	struct op *op;

	plan->stage = STAGE_PIVOT;
	if (!keep_old) {
		op = plan_add(plan, OP_chdir);
		op->chdir.path = new_root;
		/* Both on one place: the old root lands on top of the new one and is taken off. */
		op = plan_add(plan, OP_pivot_root);
		op->pivot_root.new_root = op->pivot_root.put_old = ".";
		op = plan_add(plan, OP_umount);
		op->umount.target = ".";
		op->umount.flags = MNT_DETACH;
	} else {
		op = plan_add(plan, OP_pivot_root);
		op->pivot_root.new_root = new_root;
		op->pivot_root.put_old = keep_old;
	}
	op = plan_add(plan, OP_chdir);
	op->chdir.path = "/";
}
