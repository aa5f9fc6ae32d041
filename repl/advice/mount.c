/* Why a file system cannot be mounted: mount(2), mount_namespaces(7). */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "advice/seen/where.h"
#include "advice/question.h"
#include "base/error.h"
#include "base/list.h"
#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "base/message/printed.h"
#include "doctor/doctor.h"
#include "ops/op.h"
#include "snapshot/look.h"
#include "snapshot/snapshot.h"
#include "snapshot/eyes/eyes.h"

/* The first mount of a type that is seen, and the first thing on top of a part of it. */
static const struct mount *covered_at(const struct mounts *mounts, const char *type)
{
	for (size_t i = 0; i < mounts->count; i++)
		if (strcmp(mounts->list[i].type, type) == 0 && strcmp(mounts->list[i].root, "/") == 0)
			return &mounts->list[i];
	return NULL;
}

static const struct mount *covering(const struct mounts *mounts, const char *type)
{
	const struct mount *seen = covered_at(mounts, type);

	for (size_t i = 0; seen && i < mounts->count; i++) {
		const char *below = path_inside(seen->point, mounts->list[i].point);
		char usual[512];
		/* What is mounted on the folders that the kernel keeps empty for it hides nothing. */
		snprintf(usual, sizeof(usual), "%s/%s", strcmp(type, "proc") == 0 ? "/proc" : "/sys", below ? below : "");
		if (below && below[0] && !site_keeps_empty(usual))
			return &mounts->list[i];
	}
	return NULL;
}

/* In a user namespace a new proc or sysfs may show no more than one that can be seen already. */
static bool too_revealing(const struct failure *at, const char *type, struct error *err)
{
	const struct mounts *mounts = at->child->mounts;
	size_t seen = 0;

	for (size_t i = 0; mounts && i < mounts->count; i++)
		seen += strcmp(mounts->list[i].type, type) == 0;
	if (!has_own(at, NS_USER))
		return false;
	if (!seen) {
		fail_cause(err, CAUSE_MOUNT_NONE_SEEN);
		fail_why(err, "in a user namespace a new %s may be mounted only while an existing one "
			      "is fully visible, and the child's mount namespace no longer has one", type);
		fail_fix(err, "undo the pivot and what followed it, and mount it below the new root "
			      "first");
		return true;
	}
	const struct mount *cover = covering(mounts, type);
	fail_cause(err, CAUSE_MOUNT_COVERED);
	if (!cover) {
		fail_why(err, "the %s that the child sees has parts covered by other mounts, as in a container; "
			      "a fresh one would reveal them", type);
		doctor_fix("covered", "", err->fix, sizeof(err->fix));
		return true;
	}
	fail_why(err, "mount %d (%s) covers a part of the %s that the child sees at %s, and a fresh one would reveal what is below", cover->id,
		 vis(cover->point), type, covered_at(mounts, type)->point);
	/* One that the host's mount namespace has, too, is of whoever made this place. */
	if (at->host->mounts && mounts_at(at->host->mounts, cover->point))
		doctor_fix("covered", "", err->fix, sizeof(err->fix));
	else
		fail_fix(err, "undo takes back the step that covered it; or mount %s before that step", type);
	return true;
}

/* File systems that show a namespace may be mounted only by the one it belongs to. */
static bool foreign_namespace(const struct failure *at, struct error *err)
{
	static const struct { const char *type; enum ns_link link; } shows[] = {
		{ "proc", NS_PID }, { "sysfs", NS_NET }, { "cgroup2", NS_CGROUP },
		{ "cgroup", NS_CGROUP }, { "mqueue", NS_IPC },
	};
	const char *type = at->op->kind == OP_mount ? at->op->mount.fstype : NULL;

	for (size_t i = 0; type && at->outcome->code == EPERM && i < COUNT(shows); i++) {
		if (strcmp(shows[i].type, type) != 0)
			continue;
		if (!has_own(at, shows[i].link)) {
			fail_cause(err, CAUSE_MOUNT_NAMESPACE);
			fail_why(err, "%s shows the %s namespace, and the child's is still the host's",
				 type, ns_types[shows[i].link].name);
			if (where_of(at).aside)
				fail_fix(err, "container without --without %s; or run Stave as root", ns_types[shows[i].link].name);
			else
				fail_fix(err, "unshare %s", ns_types[shows[i].link].name);
			return true;
		}
		if (strcmp(type, "proc") == 0 || strcmp(type, "sysfs") == 0)
			return too_revealing(at, type, err);
	}
	return false;
}

/* A propagation type belongs to a mount. The / of a process in a chroot is none. */
static bool no_mount_point(const struct failure *at, struct error *err)
{
	const unsigned long types = MS_PRIVATE | MS_SLAVE | MS_SHARED | MS_UNBINDABLE;
	const char *target = at->op->mount.target;

	if (at->op->kind != OP_mount || !(at->op->mount.flags & types) || at->outcome->code != EINVAL ||
	    !at->child->mounts || mounts_at(at->child->mounts, target))
		return false;
	if (strcmp(target, "/") != 0) {
		fail_cause(err, CAUSE_PROPAGATION_NO_MOUNT);
		fail_why(err, "%s is not a mount point, and only mounts have a propagation type", vis(target));
		fail_fix(err, "bindmount %s %s makes it one", vis(target), vis(target));
		return true;
	}
	fail_cause(err, CAUSE_PROPAGATION_CHROOT);
	fail_why(err, reading_has_chroot(at->host) ? "/ is not a mount point: this shell is in a chroot, whose / is a folder inside a mount" :
		      "/ is not a mount point: the child is in a chroot, whose / is a folder inside a mount");
	if (reading_has_chroot(at->host))
		fail_fix(err, "start Stave outside the chroot; unshare mnt --propagation unchanged does not need it");
	else
		fail_fix(err, "undo the chroot; then propagation, and chroot after it");
	return true;
}

/* What lies on a device is parsed by the kernel with no guard against a hostile image. */
static bool disk_in_userns(const struct failure *at, struct error *err)
{
	static const char *const anybodys[] = { "tmpfs", "proc", "sysfs", "devpts", "mqueue", "cgroup2",
						"overlay", "ramfs" };
	const char *type = at->op->kind == OP_mount ? at->op->mount.fstype : NULL;

	if (!type || at->outcome->code != EPERM || at->op->mount.flags & MS_REMOUNT || !has_own(at, NS_USER) ||
	    !has_cap(at, CAP_SYS_ADMIN))
		return false;
	for (size_t i = 0; i < COUNT(anybodys); i++)
		if (strcmp(anybodys[i], type) == 0)
			return false;
	fail_cause(err, CAUSE_MOUNT_INITIAL);
	fail_why(err, "%s may be mounted only from the initial user namespace", vis(type));
	fail_fix(err, "mount it on the host, and bindmount it before pivot");
	return true;
}

/* It would keep itself alive. */
static bool bound_in_itself(const struct failure *at, struct error *err)
{
	const char *source = at->op->kind == OP_mount ? at->op->mount.source : NULL;
	size_t length = source ? strlen(source) : 0;
	struct stat st;

	if (at->outcome->code != EINVAL || length < 7 || !(at->op->mount.flags & MS_BIND) ||
	    strcmp(source + length - 7, "/ns/mnt") != 0)
		return false;
	bool own = look_stat(at->pid, source, 0, &st) < 0 || st.st_ino == at->child->ns[NS_MNT].id;
	fail_cause(err, CAUSE_BIND_MNTNS_ITSELF);
	fail_why(err, own ? "a mount namespace cannot be bound in itself" :
		      "a mount namespace cannot be bound in one that was made after it, as the child's was");
	fail_fix(err, "ns pin mnt PATH binds it on the host");
	return true;
}

/* ---- what is named ---- */

/* Whether the file system reads a block device: "nodev" stands before the others. */
static bool of_device(const char *type)
{
	cleanup_text struct text known = { 0 };
	cleanup_text struct text line = { 0 };

	if (!type || eyes_read(NULL, "/proc/filesystems", 1 << 16, &known) < 0)
		return false;
	text_addf(&line, "\n\t%s\n", type);
	return strstr(text_of(&known), text_of(&line));
}

static bool no_type(const struct failure *at, struct error *err)
{
	cleanup_text struct text known = { 0 };
	const char *type = at->op->mount.fstype;

	if (!type || at->outcome->code != ENODEV || eyes_read(NULL, "/proc/filesystems", 1 << 16, &known) < 0)
		return false;
	for (const char *s = text_of(&known); (s = strstr(s, type)); s++)
		if (s[-1] == '\t' && s[strlen(type)] == '\n')
			return false;
	fail_cause(err, CAUSE_MOUNT_TYPE);
	fail_why(err, "/proc/filesystems does not list %s, and the kernel found no module fs-%s", vis(type), vis(type));
	fail_fix(err, "!cat /proc/filesystems");
	return true;
}

static bool no_device(const struct failure *at, struct error *err)
{
	struct stat st;

	if (at->outcome->code != ENOTBLK || !at->op->mount.source)
		return false;
	fail_cause(err, CAUSE_MOUNT_NO_DEVICE);
	if (look_stat(at->pid, at->op->mount.source, 0, &st) < 0)
		fail_why(err, "%s reads a block device, and there is no %s", vis(at->op->mount.fstype), vis(at->op->mount.source));
	else
		fail_why(err, "%s reads a block device, and %s is a %s", vis(at->op->mount.fstype), vis(at->op->mount.source),
			 S_ISDIR(st.st_mode) ? _("folder") : S_ISCHR(st.st_mode) ? _("character device") : _("file"));
	fail_fix(err, "!losetup -f --show FILE makes a device of a file; bindmount shows a folder");
	return true;
}

/* ENOENT and ENOTDIR of what is not an overlay, whose options name more folders. */
static bool no_place(const struct failure *at, struct error *err)
{
	bool reads = (at->op->mount.flags & MS_BIND) || of_device(at->op->mount.fstype);
	const char *target = at->op->mount.target, *source = reads ? at->op->mount.source : NULL;
	struct stat st;

	if (!at->pid || at->op->mount.inside || (at->outcome->code != ENOENT && at->outcome->code != ENOTDIR))
		return false;
	if (look_stat(at->pid, target, 0, &st) < 0 || (source && look_stat(at->pid, source, 0, &st) < 0)) {
		if (!path_is_absent(errno))
			return false;
		fail_cause(err, CAUSE_MOUNT_MISSING);
		fail_why(err, "there is no %s in the child's root", vis(look_stat(at->pid, target, 0, &st) < 0 ? target : source));
		fail_fix(err, "tree shows what does");
		return true;
	}
	if (at->outcome->code != ENOTDIR || look_stat(at->pid, target, 0, &st) < 0 || S_ISDIR(st.st_mode))
		return false;
	fail_cause(err, CAUSE_MOUNT_KIND);
	fail_why(err, "%s is a file, and a file system can be mounted only on a folder", vis(target));
	fail_fix(err, "tree shows the folders");
	return true;
}

static bool would_uncover(const struct failure *at, struct error *err)
{
	const struct mounts *mounts = at->child->mounts;
	const char *source = at->op->mount.source;

	if ((at->op->mount.flags & (MS_BIND | MS_REC | MS_REMOUNT)) != MS_BIND || at->outcome->code != EINVAL || !source || !mounts)
		return false;
	for (size_t i = 0; has_own(at, NS_USER) && i < mounts->count; i++) {
		const char *below = path_inside(source, mounts->list[i].point);
		if (!below || !below[0])
			continue;
		fail_cause(err, CAUSE_BIND_UNCOVERS);
		fail_why(err, "it would uncover what mount %d hides at %s, which came from a more privileged mount namespace",
			 mounts->list[i].id, vis(mounts->list[i].point));
		fail_fix(err, "bindmount %s %s without --norec takes the mounts below along", vis(source), vis(at->op->mount.target));
		return true;
	}
	return false;
}

static bool is_unbindable(const struct failure *at, struct error *err)
{
	const struct mount *on = at->child->mounts && at->op->mount.source ? mounts_find(at->child->mounts, at->op->mount.source) : NULL;

	if (!(at->op->mount.flags & MS_BIND) || (at->op->mount.flags & MS_REMOUNT) || at->outcome->code != EINVAL || !on ||
	    !strstr(on->propagation, "unbindable"))
		return false;
	fail_cause(err, CAUSE_BIND_UNBINDABLE);
	fail_why(err, "%s is on mount %d, which is unbindable", vis(at->op->mount.source), on->id);
	fail_fix(err, "propagation private %s", vis(on->point));
	return true;
}

/* Where files are open for writing a file system stays writable; the same one is mounted at a place once. */
static bool is_busy(const struct failure *at, struct error *err)
{
	const struct mount *mount = at->child->mounts ? mounts_at(at->child->mounts, at->op->mount.target) : NULL;

	if (at->outcome->code != EBUSY || !mount)
		return false;
	if ((at->op->mount.flags & (MS_REMOUNT | MS_RDONLY)) == (MS_REMOUNT | MS_RDONLY)) {
		fail_cause(err, CAUSE_MOUNT_WRITTEN);
		if (at->op->mount.flags & MS_BIND)
			fail_why(err, "files are open for writing that were opened on mount %d (%s)", mount->id, vis(mount->point));
		else
			fail_why(err, "mount %d shows the file system %u:%u (%s), of which files are open for writing", mount->id, mount->major, mount->minor, vis(mount->source));
		/* remount,bind,ro is refused as well where they were opened on this very mount. */
		fail_fix(err, "bindmount %s %s --ro covers it with a mount of the same that is read-only", vis(at->op->mount.target),
			 vis(at->op->mount.target));
		return true;
	}
	if (!at->op->mount.fstype || strcmp(mount->type, at->op->mount.fstype) != 0)
		return false;
	fail_cause(err, CAUSE_MOUNT_TWICE);
	fail_why(err, "mount %d at %s is this file system already (%s)", mount->id, vis(mount->point), vis(mount->source));
	fail_fix(err, "umount %s", vis(mount->point));
	return true;
}

/* The line of /proc/PID/cgroup, from its controllers on, of the hierarchy that has one; NULL: none has. */
static const char *hierarchy_of(const char *groups, const char *name, size_t length)
{
	for (const char *line = groups; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *list = line + strcspn(line, ":"), *end = list + 1 + strcspn(list + 1, ":");
		for (const char *at = list + 1; at < end; at += strcspn(at, ",:") + 1)
			if (strcspn(at, ",:") == length && strncmp(at, name, length) == 0)
				return list + 1;
	}
	return NULL;
}

/* A hierarchy of cgroup v1 that there is can be mounted with all of its controllers only: cgroups(7). */
static bool of_hierarchy(const struct failure *at, struct error *err)
{
	const char *data = at->op->mount.data, *list = NULL;
	cleanup_text struct text groups = { 0 };

	if (at->outcome->code != EBUSY || !data || !at->op->mount.fstype || strcmp(at->op->mount.fstype, "cgroup") != 0 ||
	    eyes_read(NULL, "/proc/self/cgroup", 1 << 14, &groups) < 0)
		return false;
	for (const char *name = data; !list && *name; name += strcspn(name, ",") + (name[strcspn(name, ",")] == ','))
		list = hierarchy_of(text_of(&groups), name, strcspn(name, ","));
	int length = list ? (int)strcspn(list, ":") : 0;
	if (!list || (strlen(data) == (size_t)length && strncmp(data, list, (size_t)length) == 0))
		return false;
	fail_cause(err, CAUSE_MOUNT_HIERARCHY);
	fail_why(err, "a mount of cgroup v1 has all controllers of one hierarchy, and those of this one are %.*s", length, list);
	fail_fix(err, "mount cgroup %s -o %.*s", vis(at->op->mount.target), length, list);
	return true;
}

/* How many mounts the call would add: of a tree all of them. */
static size_t added(const struct failure *at)
{
	const struct mounts *mounts = at->child->mounts;
	bool tree = (at->op->mount.flags & (MS_BIND | MS_REC)) == (MS_BIND | MS_REC);
	size_t ret = 1;

	for (size_t i = 0; tree && i < mounts->count; i++)
		ret += at->op->mount.source && path_inside(at->op->mount.source, mounts->list[i].point);
	return ret;
}

static bool too_many(const struct failure *at, struct error *err)
{
	cleanup_text struct text most = { 0 };

	if (at->outcome->code != ENOSPC || !at->child->mounts || eyes_read(NULL, "/proc/sys/fs/mount-max", 64, &most) < 0 ||
	    at->child->mounts->count + added(at) <= (size_t)atol(text_of(&most)))
		return false;
	fail_cause(err, CAUSE_MOUNT_MANY);
	fail_why(err, "the mount namespace has %zu mounts, the call would add %zu, and fs.mount-max is %ld: no disk is full",
		 at->child->mounts->count, added(at), atol(text_of(&most)));
	fail_fix(err, "!sysctl fs.mount-max");
	return true;
}

/* ---- the kernel's own words ---- */

static bool kernel_says(const struct failure *at, struct error *err)
{
	const char *detail = at->outcome->detail;
	cleanup_text struct text said = { 0 };

	if (strstr(detail, "the kernel says: ") != detail)
		return false;
	fail_cause(err, strstr(detail, "Unknown parameter") ? CAUSE_MOUNT_OPTION : strstr(detail, "Bad value for") ?
		   CAUSE_MOUNT_VALUE : CAUSE_MOUNT_SAYS);
	message_printed(detail, &said);
	fail_why(err, "%s", text_of(&said));
	fail_fix(err, "the options of %s: its page of the manual, mount(8)", vis(at->op->mount.fstype));
	return true;
}

bool advise_mount(const struct failure *at, struct error *err)
{
	static question *const list[] = {
		advise_remount, foreign_namespace, no_mount_point, no_type, no_device, bound_in_itself,
		is_unbindable, would_uncover, disk_in_userns, of_hierarchy, is_busy, too_many, no_place, NULL
	};

	return at->op->kind == OP_mount && ask(list, at, err);
}

bool advise_kernel(const struct failure *at, struct error *err)
{
	static question *const list[] = { kernel_says, NULL };

	return at->op->kind == OP_mount && ask(list, at, err);
}
