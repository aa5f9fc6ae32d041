#include "advice/advice.h"

#include <ctype.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/list.h"
#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "base/message/printed.h"
#include "ops/privilege/capability.h"
#include "snapshot/facts.h"
#include "snapshot/look.h"
#include "snapshot/snapshot.h"

static bool own(const struct failure *at, enum ns_link link)
{
	return ns_own(at->child, at->host, link);
}

/* It was taken out of the bounding set: no new namespace but a user namespace brings it back, and
 * where a filter stands not even that. */
static bool given_up(const struct reading *now, int cap, struct error *err)
{
	cleanup_text struct text name = { 0 };

	if (now->cap_bounding >> cap & 1)
		return false;
	capability_list(CAPABILITY(cap), "", "", &name);
	fail_why(err, "it needs the capability %s, which the child has given up: it is not in its "
		 "bounding set", text_of(&name));
	fail_fix(err, "undo takes back the step that dropped it; a container keeps it with --cap-add %s, "
		 "or all with --privileged", text_of(&name));
	return true;
}

/* Nothing else stands in its way but a filter. */
static bool filtered(const struct failure *at, struct error *err)
{
	if ((at->outcome->code != EPERM && at->outcome->code != ENOSYS) || at->child->seccomp != 2 ||
	    !op_info(at->op->kind)->needs)
		return false;
	/* One that was there before the child is no step's. */
	if (at->host->seccomp == 2 && at->child->filters == at->host->filters) {
		fail_why(err, "a seccomp filter around this shell checks its system calls, and may be rejecting the call");
		fail_fix(err, "start Stave outside of it: --security-opt seccomp=unconfined with docker and podman");
		return true;
	}
	fail_why(err, "a seccomp filter checks the child's system calls, and may be rejecting the call");
	fail_fix(err, "seccomp show %s shows which rule applies; undo takes the filter back",
		 op_info(at->op->kind)->name);
	return true;
}

/* A capability that the call takes and the child does not have. */
static bool missing_capability(const struct failure *at, struct error *err)
{
	int cap = op_info(at->op->kind)->needs;
	const char *must = at->op->kind == OP_unshare ? _("unshare user first, or together with it") :
			   at->op->kind == OP_chroot  ? _("unshare user first") :
							_("unshare user first, and the namespace after it");
	/* Who begins with all capabilities has given this one up. */
	bool had = at->facts->root || own(at, NS_USER);

	if (at->outcome->code != EPERM || !cap || (at->child->cap_effective >> cap & 1))
		return false;
	if (given_up(at->child, cap, err))
		return true;
	if (at->op->kind == OP_unshare && at->op->unshare.flags == CLONE_NEWUSER)
		return false;
	char *name = cap_to_name(cap);
	for (char *p = name; p && *p; p++)
		*p = (char)toupper((unsigned char)*p);
	fail_why(err, "it needs %s, which the child lacks in its user namespace (%s)",
		 name ? name : _("a capability"), own(at, NS_USER) ? _("its own") : _("the host's"));
	cap_free(name);
	if (had)
		fail_fix(err, "undo takes back the step that gave it up");
	else
		fail_fix(err, "%s; or run Stave as root", must);
	return true;
}

/* What the site has set against user namespaces of ordinary users. */
static bool forbidden_userns(const struct failure *at, struct error *err)
{
	const char *why = at->facts->no_userns;

	if (at->op->kind != OP_unshare || !(at->op->unshare.flags & CLONE_NEWUSER) || !why[0])
		return false;
	fail_why(err, "user namespaces are forbidden here: %s", why);
	if (at->facts->root)
		fail_fix(err, "!sysctl -w allows them");
	else
		fail_fix(err, "ask root to allow them (sysctl), or run Stave as root");
	return true;
}

/* In a user namespace a new proc or sysfs may show no more than one that can be seen already. */
static bool too_revealing(const struct failure *at, const char *type, struct error *err)
{
	const struct mounts *mounts = at->child->mounts;
	size_t seen = 0;

	for (size_t i = 0; mounts && i < mounts->count; i++)
		seen += strcmp(mounts->list[i].type, type) == 0;
	if (!own(at, NS_USER))
		return false;
	if (!seen) {
		fail_why(err, "in a user namespace a new %s may be mounted only while an existing one "
			      "is fully visible, and the child's mount namespace no longer has one", type);
		fail_fix(err, "undo the pivot and what followed it, and mount it below the new root "
			      "first");
		return true;
	}
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
		if (!own(at, shows[i].link)) {
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

/* Overlay came to user namespaces with Linux 5.11. */
static bool old_overlay(const struct failure *at, struct error *err)
{
	const struct facts *facts = at->facts;
	bool old = !facts_kernel(facts, 5, 11);

	if (at->op->kind != OP_mount || !at->op->mount.fstype || !old || at->outcome->code != EPERM ||
	    strcmp(at->op->mount.fstype, "overlay") != 0 || !own(at, NS_USER))
		return false;
	fail_why(err, "overlay can be mounted in a user namespace since Linux 5.11; this is %s",
		 vis(facts->kernel));
	if (at->facts->root)
		fail_fix(err, "undo takes back unshare user; or use bindmount for a root without layers");
	else
		fail_fix(err, "run Stave as root, or use bindmount for a root without layers");
	return true;
}

static bool nothing_mounted(const struct failure *at, struct error *err)
{
	if (at->op->kind != OP_umount || at->outcome->code != EINVAL || !at->child->mounts)
		return false;
	if (!mounts_at(at->child->mounts, at->op->umount.target)) {
		fail_why(err, "nothing is mounted there");
		fail_fix(err, "mountinfo lists the mounts");
		return true;
	}
	fail_why(err, "it was copied from a more privileged mount namespace, "
		      "and is locked: what it hides was hidden on purpose");
	fail_fix(err, "mount something over it, or pivot to another root");
	return true;
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
		fail_why(err, "%s is not a mount point, and only mounts have a propagation type", vis(target));
		fail_fix(err, "bindmount %s %s makes it one", vis(target), vis(target));
		return true;
	}
	fail_why(err, "/ is not a mount point: this shell or its child is in a chroot, whose / is a folder "
		      "inside a mount");
	fail_fix(err, "start Stave outside the chroot; unshare mnt --propagation unchanged does not need it");
	return true;
}

static bool bad_pivot(const struct failure *at, struct error *err)
{
	if (at->op->kind != OP_pivot_root || at->outcome->code != EINVAL || !at->child->mounts)
		return false;
	if (!mounts_at(at->child->mounts, "/")) {
		fail_why(err, "the current root is not a mount point: chroot has put it inside a mount");
		fail_fix(err, "undo the chroot, then pivot");
		return true;
	}
	const struct mount *root = mounts_at(at->child->mounts, "/");
	if (strcmp(root->type, "rootfs") == 0) {
		fail_why(err, "the current root is the initramfs, which cannot be moved");
		fail_fix(err, "chroot DIR, as switch_root does");
		return true;
	}
	return false;
}

/* What lies on a device is parsed by the kernel with no guard against a hostile image. */
static bool disk_in_userns(const struct failure *at, struct error *err)
{
	static const char *const anybodys[] = { "tmpfs", "proc", "sysfs", "devpts", "mqueue", "cgroup2",
						"overlay", "ramfs" };
	const char *type = at->op->kind == OP_mount ? at->op->mount.fstype : NULL;

	if (!type || at->outcome->code != EPERM || !own(at, NS_USER) ||
	    !(at->child->cap_effective >> CAP_SYS_ADMIN & 1))
		return false;
	for (size_t i = 0; i < COUNT(anybodys); i++)
		if (strcmp(anybodys[i], type) == 0)
			return false;
	fail_why(err, "%s may be mounted only from the initial user namespace", vis(type));
	fail_fix(err, "mount it on the host, and bindmount it before pivot");
	return true;
}

/* Before the program: the folder that it is to start in, and the user that it is to be. */
static bool no_start(const struct failure *at, struct error *err)
{
	const char *cwd = at->op->exec.cwd;
	struct stat st;

	if (at->outcome->code == EINVAL && (at->op->exec.uid != OP_NO_ID || at->op->exec.gid != OP_NO_ID)) {
		fail_why(err, "setresuid(2) or setresgid(2): this user or group id has no mapping in the child's user namespace");
		fail_fix(err, "idmap shows the map");
		return true;
	}
	if (!cwd || !at->pid)
		return false;
	bool absent = look_stat(at->pid, cwd, 0, &st) < 0;
	if (absent && !path_is_absent(errno))
		return false;
	if (!absent && S_ISDIR(st.st_mode))
		return false;
	fail_why(err, absent ? "chdir(2): there is no folder %s in the child's root" : "chdir(2): %s is not a folder", vis(cwd));
	fail_fix(err, "--workdir takes a folder that is there; tree shows them");
	return true;
}

/* The program itself: there or not, a file or not, with the x bit or not. */
static bool no_program(const struct failure *at, struct error *err)
{
	const char *name = at->op->exec.argv[0];
	struct stat st;

	if ((at->outcome->code != ENOENT && at->outcome->code != EACCES) || !at->pid)
		return false;
	if (!strchr(name, '/')) {
		fail_why(err, "no folder in PATH has a program %s in the child's root", vis(name));
		fail_fix(err, "tree /bin shows what it has");
		return at->outcome->code == ENOENT;
	}
	if (look_stat(at->pid, name, 0, &st) < 0) {
		if (!path_is_absent(errno))
			return false; /* nobody can tell */
		fail_why(err, "there is no %s in the child's root", vis(name));
		fail_fix(err, "tree shows what it has");
		return true;
	}
	if (at->outcome->code != EACCES)
		return false;
	if (S_ISDIR(st.st_mode))
		fail_why(err, "%s is a folder", vis(name));
	else if (!(st.st_mode & 0111))
		fail_why(err, "%s has no x bit (mode %03o)", vis(name), st.st_mode & 07777);
	else
		return false;
	return true;
}

static bool layers_on_overlay(const struct failure *at, struct error *err)
{
	const char *data = at->op->kind == OP_mount ? at->op->mount.data : NULL;
	const char *upper = data ? strstr(data, "upperdir=") : NULL;
	char path[1024];

	if (!upper || at->outcome->code != EINVAL)
		return false;
	snprintf(path, sizeof(path), "%.*s", (int)strcspn(upper + 9, ","), upper + 9);
	const struct mount *on = mounts_find(at->child->mounts, path);
	if (!on || strcmp(on->type, "overlay") != 0)
		return false;
	fail_why(err, "the writable layer %s is on an overlay, which cannot hold one", vis(path));
	fail_fix(err, "leave out --upper: the writable layer is then made in memory");
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
	fail_why(err, "%s is on the mount %s, which is shared: its peers would get a copy, and a mount namespace "
		 "is never copied into others", vis(at->op->pin.target), vis(on->point));
	fail_fix(err, "!mount --bind DIR DIR and !mount --make-private DIR make a folder for it");
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
	fail_why(err, "a mount namespace cannot be bound in itself, or in one that was made after it");
	fail_fix(err, "ns pin mnt PATH binds it on the host");
	return true;
}

static void from_table(const struct op_outcome *outcome, const struct hint *hint, bool root, bool starts,
		       struct error *err)
{
	cleanup_text struct text detail = { 0 };

	message_printed(outcome->detail, &detail);
	/* What a program's start says of itself is the whole cause. */
	if (detail.len && starts)
		fail_why(err, "%s", text_of(&detail));
	else if (detail.len)
		fail_why(err, "%s%s%s", text_of(&detail), hint ? _("; ") : "", hint ? _(hint->why) : "");
	else if (hint)
		fail_why(err, "%s", _(hint->why));
	if (hint && hint->fix && !(hint->user && root))
		fail_fix(err, "%s", _(hint->fix));
}

void advise(const struct failure *at, struct error *err)
{
	static bool (*const looks[])(const struct failure *, struct error *) = {
		advise_setns, missing_capability, advise_owner, forbidden_userns, foreign_namespace, old_overlay,
		nothing_mounted, no_mount_point, bad_pivot, layers_on_overlay, filtered,
		disk_in_userns, pinned_on_shared,
		bound_in_itself,
	};
	const struct op_info *info = op_info(at->op->kind);
	const struct op_outcome *outcome = at->outcome;
	cleanup_text struct text call = { 0 };

	op_say(at->op, at->pid, &call);
	fail(err, outcome->code, "%s", text_of(&call));
	snprintf(err->id, sizeof(err->id), "%s.%s", info->name, errno_name(outcome->code));
	bool found = advise_idmap(at, err);
	for (size_t n = 0; !found && n < COUNT(looks); n++)
		found = looks[n](at, err);
	found = found || (!outcome->detail[0] && advise_cgroup(at, err));
	bool starts = info->starts == STARTS_PROGRAM;
	found = found || (starts && no_start(at, err));
	if (!found && !outcome->detail[0] && starts)
		found = no_program(at, err);
	if (!found)
		from_table(outcome, op_hint(at->op->kind, outcome->code), at->facts->root, starts, err);
}
