/* Why a mount cannot become the root: pivot_root(2). EINVAL has seven causes, and the mount table shows
 * each but one. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "advice/question.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/net/inside.h"
#include "base/path.h"
#include "base/text.h"
#include "ops/op.h"
#include "snapshot/look.h"
#include "snapshot/snapshot.h"

enum { WAIT_MS = 2000 };

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

struct namespaces {
	int user, mnt; /* user -1: this process's own */
};

/* In a helper: the mount table as who is in no chroot sees it. */
static int read_table(void *arg, int out, int *status)
{
	const struct namespaces *to = arg;
	char bytes[4096];
	ssize_t n;

	cleanup_fd int self = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if ((to->user >= 0 && setns(to->user, CLONE_NEWUSER) < 0) || setns(to->mnt, CLONE_NEWNS) < 0)
		return -1;
	cleanup_fd int table = openat(self, "mountinfo", O_RDONLY | O_CLOEXEC);
	while ((n = table < 0 ? -1 : read(table, bytes, sizeof(bytes))) > 0)
		if (write(out, bytes, (size_t)n) != n)
			return -1;
	*status = 0;
	return n < 0 ? -1 : 0;
}

/* In a chroot the mount that the root lies on is not in the child's own table: whether it is shared; where it is
 * mounted to *point. */
static bool is_shared_outside(const struct failure *at, int id, struct text *point)
{
	const struct inside nowhere = { -1, -1 };
	cleanup_text struct text table = { 0 };
	struct inside_end end;
	char path[64], where[512], rest[1024];
	int number;

	snprintf(path, sizeof(path), "/proc/%d/ns/user", at->pid);
	cleanup_fd int user = has_own(at, NS_USER) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", at->pid);
	cleanup_fd int mnt = open(path, O_RDONLY | O_CLOEXEC);
	struct namespaces to = { .user = user, .mnt = mnt };
	if (mnt < 0 || inside_call(&nowhere, read_table, &to, WAIT_MS, &table, &end) < 0)
		return false;
	for (const char *line = text_of(&table); *line; line += strcspn(line, "\n"), line += *line == '\n') {
		if (sscanf(line, "%d %*d %*s %*s %511s %*s %1023[^\n]", &number, where, rest) != 3 || number != id)
			continue;
		text_add(point, where);
		char *mark = strstr(rest, " - ");
		return mark && (*mark = '\0', strstr(rest, "shared:"));
	}
	return false;
}

static bool shared_outside(const struct failure *at, struct error *err)
{
	const struct mount *root = mounts_at(at->child->mounts, "/");
	cleanup_text struct text point = { 0 };

	if (at->outcome->code != EINVAL || !at->pid || !root || !reading_has_chroot(at->child) || by_id(at->child->mounts, root->parent) ||
	    !is_shared_outside(at, root->parent, &point))
		return false;
	fail_cause(err, CAUSE_PIVOT_ROOT_SHARED);
	fail_why(err, "mount %d, at %s outside of the child's chroot, is the parent of the current root, and shared: a pivot would reach its peers",
		 root->parent, vis(text_of(&point)));
	fail_fix(err, "undo the chroot, propagation private %s, then chroot", vis(text_of(&point)));
	return true;
}

static bool shared_parent(const struct failure *at, struct error *err)
{
	const struct mount *new = new_root(at), *above = new ? by_id(at->child->mounts, new->parent) : NULL;

	if (!is_shared(above))
		return false;
	fail_cause(err, CAUSE_PIVOT_SHARED);
	fail_why(err, "mount %d, at %s, is the parent of the new root, and shared: a pivot would reach its peers", above->id, vis(above->point));
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
	static question *const list[] = { no_root, no_mount, shared_parent, shared_outside, old_outside, old_shared, same_mount, is_no_folder, is_locked, NULL };

	return at->op->kind == OP_pivot_root && at->child->mounts && ask(list, at, err);
}
