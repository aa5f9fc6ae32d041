/* Why a mount, or the file system of it, cannot be changed: mount(2), mount_namespaces(7). */
#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>

#include "advice/question.h"
#include "base/error.h"
#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "ops/op.h"
#include "snapshot/snapshot.h"

static const uint64_t ATIMES = MS_NOATIME | MS_NODIRATIME | MS_RELATIME;

static bool no_remount(const struct failure *at, struct error *err)
{
	if (at->outcome->code != EINVAL || !at->child->mounts ||
	    mounts_at(at->child->mounts, at->op->mount.target))
		return false;
	fail_cause(err, CAUSE_MOUNT_NO_REMOUNT);
	fail_why(err, "%s is not a mount point, so there is no mount to change", vis(at->op->mount.target));
	/* A bind mount is of the host's file system, which a remount without bind would change for all. */
	fail_fix(err, at->op->mount.flags & MS_BIND ? "bindmount %s %s makes it one" :
		 "bindmount %s %s makes it one, which -o remount,bind changes", vis(at->op->mount.target), vis(at->op->mount.target));
	return true;
}

/* The mount that a user namespace of the child's may not change so. */
static const struct mount *refused_remount(const struct failure *at)
{
	if (at->outcome->code != EPERM || !at->child->mounts || !has_own(at, NS_USER))
		return NULL;
	return mounts_at(at->child->mounts, at->op->mount.target);
}

/* What the more privileged namespace has set stays: mount_namespaces(7), "Restrictions". When files were read is
 * noted as before where the call says nothing of it. */
static bool has_locked_flags(const struct failure *at, struct error *err)
{
	static const struct { uint64_t flag; const char *name; } locked[] = {
		{ MS_RDONLY, "ro" }, { MS_NOSUID, "nosuid" }, { MS_NODEV, "nodev" }, { MS_NOEXEC, "noexec" },
		{ MS_NOATIME, "noatime" }, { MS_NODIRATIME, "nodiratime" }, { MS_RELATIME, "relatime" },
	};
	const struct mount *mount = refused_remount(at);
	uint64_t kept = at->op->mount.flags & (ATIMES | MS_STRICTATIME) ? 0 : ATIMES;

	for (size_t i = 0; mount && i < COUNT(locked); i++) {
		if (((at->op->mount.flags | kept) & locked[i].flag) || !strstr(mount->options, locked[i].name))
			continue;
		fail_cause(err, CAUSE_MOUNT_LOCKED_FLAGS);
		fail_why(err, "mount %d has %s from a more privileged mount namespace (%s), where it is locked", mount->id, locked[i].name,
			 vis(mount->options));
		fail_fix(err, "mount none %s -o remount,bind,%s keeps it", vis(mount->point), vis(mount->options));
		return true;
	}
	return false;
}

/* Without MS_BIND it is the file system that is changed, which the user namespace may do that has mounted it. Asked after
 * the flags, as the kernel does. */
static bool has_other_owner(const struct failure *at, struct error *err)
{
	const struct mount *mount = refused_remount(at);

	if (!mount || at->op->mount.flags & MS_BIND || !has_cap(at, CAP_SYS_ADMIN))
		return false;
	fail_cause(err, CAUSE_MOUNT_OTHERS);
	fail_why(err, "without bind it changes the file system (%s) and not one mount of it, and that was mounted in another user namespace than the child's",
		 vis(mount->type));
	fail_fix(err, at->op->mount.data && at->op->mount.data[0] ? "undo takes back the step that left its user namespace; flags of the mount alone: mount none %s -o remount,bind,%s" :
		 "mount none %s -o remount,bind,%s", vis(mount->point), at->op->mount.flags & MS_RDONLY ? "ro" : "rw");
	return true;
}

bool advise_remount(const struct failure *at, struct error *err)
{
	static question *const list[] = { no_remount, has_locked_flags, has_other_owner, NULL };

	return at->op->kind == OP_mount && at->op->mount.flags & MS_REMOUNT && ask(list, at, err);
}
