/* Why a mount cannot become the root: pivot_root(2). EINVAL has seven causes, and the mount table shows
 * each but one. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "advice/question.h"
#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "ops/op.h"
#include "snapshot/look.h"
#include "snapshot/snapshot.h"

static const struct mount *by_id(const struct mounts *mounts, int id)
{
	for (size_t i = 0; i < mounts->count; i++)
		if (mounts->list[i].id == id)
			return &mounts->list[i];
	return NULL;
}

static bool is_shared(const struct mount *mount)
{
	return mount && strstr(mount->propagation, "shared");
}

static bool no_root(const struct failure *at, struct error *err)
{
	const struct mount *root = mounts_at(at->child->mounts, "/");

	if (!root) {
		fail_cause(err, CAUSE_PIVOT_ROOT_NO_MOUNT);
		fail_why(err, "the current root is not a mount point: chroot has put it inside a mount");
		fail_fix(err, "undo the chroot, then pivot");
		return true;
	}
	if (strcmp(root->type, "rootfs") != 0)
		return false;
	fail_cause(err, CAUSE_PIVOT_INITRAMFS);
	fail_why(err, "the current root is the initramfs, which cannot be moved");
	fail_fix(err, "chroot DIR, as switch_root does");
	return true;
}

static bool no_mount(const struct failure *at, struct error *err)
{
	const char *dir = at->op->pivot_root.new_root;

	/* "." is a folder that the op before has made the working directory. */
	if (strcmp(dir, ".") == 0 || mounts_at(at->child->mounts, dir))
		return false;
	fail_cause(err, CAUSE_PIVOT_NO_MOUNT);
	fail_why(err, "%s is not a mount point", vis(dir));
	fail_fix(err, "bindmount %s %s makes it one", vis(dir), vis(dir));
	return true;
}

/* The mount that is to become the root: at its path, or of the working directory. */
static const struct mount *new_root(const struct failure *at)
{
	const char *dir = at->op->pivot_root.new_root;

	return strcmp(dir, ".") ? mounts_at(at->child->mounts, dir) : mounts_find(at->child->mounts, at->child->cwd);
}

static bool shared_parent(const struct failure *at, struct error *err)
{
	const struct mounts *mounts = at->child->mounts;
	const struct mount *root = mounts_at(mounts, "/"), *new = new_root(at);
	const struct mount *above = new ? by_id(mounts, new->parent) : NULL, *over = root ? by_id(mounts, root->parent) : NULL;
	bool below = is_shared(above);

	if (!below && !is_shared(over))
		return false;
	fail_cause(err, below ? CAUSE_PIVOT_SHARED : CAUSE_PIVOT_ROOT_SHARED);
	fail_why(err, below ? "mount %d, at %s, is the parent of the new root, and shared: a pivot would reach its peers" :
			      "mount %d, at %s, is the parent of the current root, and shared: a pivot would reach its peers",
		 (below ? above : over)->id, vis((below ? above : over)->point));
	fail_fix(err, "propagation private /");
	return true;
}

/* Mounts that were copied from a more privileged mount namespace stay on what they cover. Asked last: nothing shows it. */
static bool is_locked(const struct failure *at, struct error *err)
{
	const struct mount *new = new_root(at);

	if (at->outcome->code != EINVAL || !has_own(at, NS_USER) || !new)
		return false;
	fail_cause(err, CAUSE_PIVOT_LOCKED);
	fail_why(err, "mount %d (%s) was copied from a more privileged mount namespace, and is locked to its place", new->id, vis(new->point));
	fail_fix(err, "bindmount %s %s makes a mount of the child's own of it", vis(new->point), vis(new->point));
	return true;
}

static bool old_outside(const struct failure *at, struct error *err)
{
	const char *dir = at->op->pivot_root.new_root, *old = at->op->pivot_root.put_old;

	if (strcmp(dir, ".") == 0 || !old || path_inside(dir, old))
		return false;
	fail_cause(err, CAUSE_PIVOT_OLD_OUTSIDE);
	fail_why(err, "the place for the old root, %s, does not lie below the new one, %s", vis(old), vis(dir));
	fail_fix(err, "pivot %s --keep-old", vis(dir));
	return true;
}

static bool old_shared(const struct failure *at, struct error *err)
{
	const char *old = at->op->pivot_root.put_old;
	const struct mount *on = !old ? NULL : strcmp(old, ".") ? mounts_find(at->child->mounts, old) : new_root(at);

	if (!is_shared(on))
		return false;
	fail_cause(err, CAUSE_PIVOT_OLD_SHARED);
	fail_why(err, "the place for the old root is on mount %d (%s), which is shared", on->id, vis(on->point));
	fail_fix(err, "propagation private %s", vis(on->point));
	return true;
}

static bool same_mount(const struct failure *at, struct error *err)
{
	const struct mounts *mounts = at->child->mounts;
	const char *dir = at->op->pivot_root.new_root, *old = at->op->pivot_root.put_old;
	const struct mount *root = mounts_at(mounts, "/");
	const struct mount *on = strcmp(dir, ".") ? mounts_find(mounts, dir) : NULL;
	const char *which = dir;

	if (at->outcome->code != EBUSY || !root)
		return false;
	if ((!on || on->id != root->id) && old && strcmp(old, ".") != 0) {
		on = mounts_find(mounts, old);
		which = old;
	}
	if (!on || on->id != root->id)
		return false;
	fail_cause(err, CAUSE_PIVOT_SAME);
	fail_why(err, "%s is on mount %d, the current root's own", vis(which), on->id);
	fail_fix(err, "bindmount %s %s makes it a mount of its own", vis(which), vis(which));
	return true;
}

static bool is_no_folder(const struct failure *at, struct error *err)
{
	const char *const paths[] = { at->op->pivot_root.new_root, at->op->pivot_root.put_old };
	struct stat st;

	for (size_t i = 0; i < 2 && at->pid; i++) {
		if (!paths[i] || paths[i][0] != '/')
			continue;
		bool absent = look_stat(at->pid, paths[i], 0, &st) < 0;
		if (absent ? !path_is_absent(errno) : S_ISDIR(st.st_mode) != 0)
			continue;
		fail_cause(err, absent ? CAUSE_PIVOT_MISSING : CAUSE_PIVOT_NO_FOLDER);
		fail_why(err, absent ? "there is no %s in the child's root" : "%s is not a folder", vis(paths[i]));
		return true;
	}
	return false;
}

bool advise_pivot(const struct failure *at, struct error *err)
{
	static question *const list[] = { no_root, no_mount, shared_parent, old_outside, old_shared, same_mount, is_no_folder, is_locked, NULL };

	return at->op->kind == OP_pivot_root && at->child->mounts && ask(list, at, err);
}
