/* Why a file system cannot be mounted, or a mount not be changed: mount(2), mount_namespaces(7). */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/mount.h>

#include "advice/question.h"
#include "base/error.h"
#include "base/list.h"
#include "base/text.h"
#include "ops/op.h"
#include "snapshot/facts.h"
#include "snapshot/snapshot.h"

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
	fail_cause(err, CAUSE_MOUNT_COVERED);
	fail_why(err, "the %s that the child sees has parts covered by other mounts, as in a container; "
		      "a fresh one would reveal them", type);
	fail_fix(err, "start the outer container with --security-opt systempaths=unconfined");
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
	fail_why(err, "/ is not a mount point: this shell or its child is in a chroot, whose / is a folder "
		      "inside a mount");
	fail_fix(err, "start Stave outside the chroot; unshare mnt --propagation unchanged does not need it");
	return true;
}

/* What lies on a device is parsed by the kernel with no guard against a hostile image. */
static bool disk_in_userns(const struct failure *at, struct error *err)
{
	static const char *const anybodys[] = { "tmpfs", "proc", "sysfs", "devpts", "mqueue", "cgroup2",
						"overlay", "ramfs" };
	const char *type = at->op->kind == OP_mount ? at->op->mount.fstype : NULL;

	if (!type || at->outcome->code != EPERM || !has_own(at, NS_USER) ||
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

	if (at->outcome->code != EINVAL || length < 7 || !(at->op->mount.flags & MS_BIND) ||
	    strcmp(source + length - 7, "/ns/mnt") != 0)
		return false;
	fail_cause(err, CAUSE_BIND_MNTNS_ITSELF);
	fail_why(err, "a mount namespace cannot be bound in itself, or in one that was made after it");
	fail_fix(err, "ns pin mnt PATH binds it on the host");
	return true;
}

/* A copy of a mount namespace's file goes to no other namespace, nor does a bind that would be copied. */
static bool pinned_on_shared(const struct failure *at, struct error *err)
{
	if (at->op->kind != OP_pin || at->outcome->code != EINVAL || strcmp(at->op->pin.type, "mnt") != 0)
		return false;
	const struct mount *on = at->host->mounts ? mounts_find(at->host->mounts, at->op->pin.target) : NULL;
	if (!on || !strstr(on->propagation, "shared"))
		return false;
	fail_cause(err, CAUSE_PIN_SHARED);
	fail_why(err, "%s is on the mount %s, which is shared: its peers would get a copy, and a mount namespace "
		 "is never copied into others", vis(at->op->pin.target), vis(on->point));
	fail_fix(err, "!mount --bind DIR DIR and !mount --make-private DIR make a folder for it");
	return true;
}

bool advise_mount(const struct failure *at, struct error *err)
{
	static question *const list[] = { foreign_namespace, no_mount_point, disk_in_userns, bound_in_itself, pinned_on_shared, NULL };

	return ask(list, at, err);
}
