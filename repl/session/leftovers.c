/* What a step leaves outside processes: noted before and after it is made, taken back later. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/causes/causes.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/path.h"
#include "base/text.h"
#include "child/child.h"
#include "ops/undo/undo.h"
#include "session/inside.h"
#include "session/host/janitor.h"
#include "session/host/journal.h"
#include "session/host/strays.h"
#include "session/session.h"
#include "snapshot/look.h"
#include "snapshot/union/layers.h"

static const char *path_of(const struct op *op)
{
	return *(const char *const *)(const void *)((const char *)op + op_info(op->kind)->undo_path);
}

bool planned_leaves(const struct planned *planned)
{
	const struct op_info *info = op_info(planned->op.kind);

	if (planned->flags & PLAN_ON_HOST)
		return planned->back;
	if (info->undo == UNDO_NONE)
		return false;
	if (undo_info(info->undo)->asked)
		return planned->flags & PLAN_TAKE_BACK;
	return !info->undo_value || op_string(&planned->op, info->undo_value);
}

bool step_leaves(const struct step *step)
{
	for (size_t i = 0; i < step->plan.count; i++)
		if (planned_leaves(&step->plan.ops[i]))
			return true;
	return false;
}

/* Open the folder that a path of the child's lies in. ret is its path on the host, "-" if that
 * path leads elsewhere there. */
static int host_parent(struct child *child, const char *path, char *ret, size_t size)
{
	cleanup_arena struct arena arena = { 0 };
	struct stat seen, host;
	char link[40];

	cleanup_fd int fd = look_open_in(child_proc(child), path_parent(&arena, path), O_PATH | O_DIRECTORY);
	if (fd < 0 || fstat(fd, &seen) < 0)
		return -1;
	snprintf(ret, size, "-");
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, ret, size - 1);
	ret[n > 0 ? n : 0] = '\0';
	if (ret[0] != '/' || stat(ret, &host) < 0 || host.st_dev != seen.st_dev || host.st_ino != seen.st_ino)
		snprintf(ret, size, "-");
	return steal_fd(&fd);
}

static int handed(const void *session, pid_t pid, const char *path, const char **inside)
{
	return session_handed(session, pid, path, inside);
}

/* Whether path lies in a union whose writable layer goes with the child. */
static bool passes(const struct session *session, const char *path)
{
	const struct reading *reading = &session->at->now;
	const struct kept_folders kept = { handed, session };
	const char *inside = "";
	struct layers layers;
	struct error ignored;

	const struct mount *mount = reading->mounts ?
				    layers_union(reading->mounts, path, &inside) : NULL;
	if (!mount || layers_take(NULL, reading, mount, &kept, &layers, &ignored) < 0)
		return false;
	cleanup_fd int top = layers.writable ? layer_open(&layers, layers.count - 1) : -1;
	layers_done(&layers);
	return undo_passes(top);
}

/* Note the undo of a name in a file system, by descriptor and, if the host has one, by path. The
 * name has to be free: what is already there is not ours to take back. */
static int note_name(struct session *session, struct step *step, size_t i, struct child *child,
		      struct undo *ret)
{
	const char *path = path_of(&step->plan.ops[i].op), *name = path_name(path);
	cleanup_arena struct arena arena = { 0 };
	char parent[4096];
	struct stat st;

	cleanup_fd int folder = host_parent(child, path, parent, sizeof(parent));
	if (folder >= 0 && fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	/* Where its folder is not there either, the call is going to fail. */
	if (!path_is_absent(errno))
		return step_cannot_tell(step, child->pid, path, errno);
	if (folder < 0)
		return 0;
	ret->parent = steal_fd(&folder);
	ret->path = text_copy(parent[0] == '-' ? name : path_join(&arena, parent, name));
	ret->passes = passes(session, path);
	return 1;
}

/* A path on the host where nothing may exist yet. */
static int note_free_path(struct step *step, size_t i, struct undo *ret)
{
	const char *path = path_of(&step->plan.ops[i].op);
	struct stat st;

	if (lstat(path, &st) == 0)
		return 0;
	if (!path_is_absent(errno))
		return step_cannot_tell(step, 0, path, errno);
	ret->path = text_copy(path);
	return 1;
}

/* Fill *ret with the undo of op i: 1. 0 if op i is not taken back, -1 if it had better not be made. */
static int note(struct session *session, struct step *step, size_t i, struct child *child, struct undo *ret)
{
	const struct op *op = &step->plan.ops[i].op;
	const char *value = op_string(op, op_info(op->kind)->undo_value);

	if (step->plan.ops[i].flags & PLAN_ON_HOST)
		return undo_of_network(op, step->plan.ops[i].back, ret);
	*ret = (struct undo){ .kind = op_info(op->kind)->undo, .parent = -1 };
	switch (undo_info(ret->kind)->place) {
	case PLACE_NAME:
		return note_name(session, step, i, child, ret);
	case PLACE_FREE:
		return note_free_path(step, i, ret);
	case PLACE_NONE:
	case PLACE_PATH:
	case PLACE_MOUNT:
		break;
	}
	ret->value = value ? text_copy(value) : NULL;
	ret->path = text_copy(path_of(op));
	return 1;
}

int step_note_making(struct session *session, struct step *step, size_t i, struct child *child)
{
	struct error ignored;
	struct undo undo;

	if (!planned_leaves(&step->plan.ops[i]) || session_journal(session, &ignored) < 0)
		return 0;
	int found = note(session, step, i, child, &undo);
	if (found <= 0)
		return found;
	int record = journal_make(session->journal, &undo, &ignored);
	if (undo.parent >= 0 && session->janitor)
		janitor_hold(session->janitor, record, undo.parent);
	step_add_undo(step, undo, record);
	return 1;
}

/* stat(2) what op made, as it is now. 0, or -1 with errno set. */
static int stat_made(const struct undo *undo, const char *path, struct child *child, struct stat *ret)
{
	switch (undo_info(undo->kind)->place) {
	case PLACE_NAME:
		return fstatat(undo->parent, path_name(path), ret, AT_SYMLINK_NOFOLLOW);
	case PLACE_PATH:
		return undo->parent >= 0 ? fstat(undo->parent, ret) : lstat(path, ret);
	case PLACE_FREE:
		return lstat(path, ret);
	case PLACE_MOUNT: {
		cleanup_fd int top = look_open_in(child_proc(child), path, O_PATH | O_NOFOLLOW);
		return top < 0 ? -1 : fstat(top, ret);
	}
	case PLACE_NONE:
		break;
	}
	*ret = (struct stat){ 0 };
	return 0;
}

/* It is gone: drop its record and what is held for it. */
static void forget(struct session *session, const struct undo *undo, int record)
{
	journal_gone(session->journal, record, undo->kind == UNDO_RMCGROUP && undo->inode);
	if (session->janitor)
		janitor_let_go(session->janitor, record);
}

void leftovers_hold(struct session *session)
{
	for (size_t i = 0; i < session->count; i++) {
		const struct step *step = session->steps[i];
		for (size_t n = 0; n < step->undo_count; n++)
			if (step->undos[n].parent >= 0)
				janitor_hold(session->janitor, step->records[n], step->undos[n].parent);
	}
}

/* The device of the child's own tmpfs at path; 0 if it is none or cannot be opened. */
static dev_t device_of_own(const struct session *session, struct child *child, const char *path)
{
	cleanup_fd int fd = look_open_in(child_proc(child), path, O_PATH | O_NOFOLLOW);
	struct statfs fs;
	struct stat st;

	bool own = fd >= 0 && fstatfs(fd, &fs) == 0 && fs.f_type == TMPFS_MAGIC && fstat(fd, &st) == 0 &&
		   !session_host_mounts(session, major(st.st_dev), minor(st.st_dev));
	return own ? st.st_dev : 0;
}

/* Forget what the step made in that file system. */
static bool release(struct session *session, struct step *step, dev_t device)
{
	size_t kept = 0, count = step->undo_count;
	struct stat st;

	for (size_t i = 0; i < count; i++) {
		struct undo *undo = &step->undos[i];
		if (undo_info(undo->kind)->place != PLACE_NAME || undo->parent < 0 ||
		    fstat(undo->parent, &st) < 0 || st.st_dev != device) {
			step->undos[kept] = *undo;
			step->records[kept++] = step->records[i];
			continue;
		}
		forget(session, undo, step->records[i]);
		undo_done(undo);
	}
	step->undo_count = kept;
	return kept < count;
}

void leftovers_release(struct session *session, const struct planned *ops, size_t count, struct child *child)
{
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		const struct op *op = &ops[i].op;
		dev_t device = op->kind == OP_umount && !(op->umount.flags & MNT_DETACH) ?
			       device_of_own(session, child, op->umount.target) : 0;
		for (size_t n = 0; device && n < session->count; n++)
			any = release(session, session->steps[n], device) || any;
	}
	if (any && session->janitor)
		janitor_catch_up(session->janitor);
}

static void forget_last(struct session *session, struct step *step)
{
	forget(session, &step->undos[step->undo_count - 1], step->records[step->undo_count - 1]);
	undo_done(&step->undos[--step->undo_count]);
}

void step_note_made(struct session *session, struct step *step, size_t i, struct child *child, enum made made)
{
	struct undo *undo = &step->undos[step->undo_count - 1];
	const char *path = step->plan.ops[i].flags & PLAN_ON_HOST ? "" : path_of(&step->plan.ops[i].op);
	bool unsure = made == MADE_UNKNOWN;
	struct stat st;

	/* An empty folder is ours to remove where no answer came, or where it cannot be looked at; a file may be
	 * another's. */
	if (made == MADE_NOT || (unsure && undo_info(undo->kind)->seen)) {
		forget_last(session, step);
		return;
	}
	/* A group's folder is opened once: to hold it, and to see which one it is. */
	if (undo_info(undo->kind)->has_processes)
		undo->parent = stray_hold(path);
	if (stat_made(undo, path, child, &st) < 0) {
		bool absent = path_is_absent(errno);
		/* A child that lives may make it yet. */
		bool may_come = unsure && !child->gone && undo_info(undo->kind)->empties;
		if (may_come || (!absent && !undo_info(undo->kind)->seen))
			return;
		if (!absent)
			step_tell_kept(step, path, errno);
		forget_last(session, step);
		return;
	}
	if (!st.st_ino)
		return;
	undo->device = st.st_dev;
	undo->inode = st.st_ino;
	journal_made(session->journal, step->records[step->undo_count - 1], undo);
}

/* ---- what several control groups stand on ---- */

static bool has_group(const struct step *step)
{
	for (size_t i = 0; step && i < step->undo_count; i++)
		if (step->undos[i].kind == UNDO_RMCGROUP)
			return true;
	return false;
}

/* Another step, or a job, that still has a control group. */
static struct step *other_with_group(const struct session *session, const struct step *but)
{
	if (session->performing != but && has_group(session->performing))
		return session->performing;
	for (size_t i = 0; i < session->count; i++)
		if (session->steps[i] != but && has_group(session->steps[i]))
			return session->steps[i];
	for (size_t i = 0; i < session->job_count; i++)
		if (session->jobs[i].remains != but && has_group(session->jobs[i].remains))
			return session->jobs[i].remains;
	return NULL;
}

/* Enabling a controller, moving the shell out of its group for that, and the leaf that it moved
 * to serve every group made since. */
static bool is_shared(const struct undo *undo, const struct step *other)
{
	if (undo_info(undo->kind)->shared)
		return true;
	for (size_t i = 0; undo->kind == UNDO_RMCGROUP && i < other->undo_count; i++)
		if (other->undos[i].kind == UNDO_VACATE &&
		    strcmp(other->undos[i].path, undo->path) == 0)
			return true;
	return false;
}

/* Hand the last of step's undos to another step, in the order in which things were made. */
static void hand_over(struct step *step, struct step *other)
{
	struct undo undo = step->undos[--step->undo_count];
	int record = step->records[step->undo_count];
	size_t at = other->undo_count;

	step_add_undo(other, undo, record);
	for (; at > 0 && other->records[at - 1] > record; at--) {
		other->undos[at] = other->undos[at - 1];
		other->records[at] = other->records[at - 1];
	}
	other->undos[at] = undo;
	other->records[at] = record;
}

void step_take_back(struct session *session, struct step *step, struct text *told)
{
	ties_cut(&step->ties);
	while (step->undo_count > 0) {
		struct undo *undo = &step->undos[step->undo_count - 1];
		bool may = undo_info(undo->kind)->shared || undo->kind == UNDO_RMCGROUP;
		struct step *other = may ? other_with_group(session, step) : NULL;
		struct error err;
		if (other && is_shared(undo, other)) {
			hand_over(step, other);
			continue;
		}
		step->undo_count--;
		int left = undo_perform(undo, &err);
		if (left >= 0)
			forget(session, undo, step->records[step->undo_count]);
		else /* The record stays, so that the next start tries once more. */
			session->left_something = true;
		if (left) {
			text_sayf(told, "step %d: ", step->number);
			undo_tell(&err, told);
		}
		undo_done(undo);
	}
}
