/* Why no namespace can be made or pinned: unshare(2), clone(2), namespaces(7). */
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "advice/question.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "base/net/inside.h"
#include "ops/op.h"
#include "snapshot/facts.h"
#include "snapshot/root.h"
#include "snapshot/snapshot.h"

enum { LEVELS_MOST = 32, USER_LEVELS_MOST = 33 /* below the first: user_namespaces(7) */, WAIT_MS = 2000, FEW = 64 };

/* The CLONE_NEW* bits that failed; 0 for another op. */
static uint64_t types_of(const struct failure *at)
{
	return at->op->kind == OP_unshare ? at->op->unshare.flags : at->op->kind == OP_clone ? at->op->clone.flags : 0;
}

/* The value of a setting that lets them be made: as many as doctor asks for, or the switch the other way round. */
static const char *allowing(const char *setting)
{
	return text_begins(setting, "user.") ? "15000" : setting[strcspn(setting, "=") + 1] == '0' ? "1" : "0";
}

/* What the site has set against user namespaces of ordinary users. */
static bool is_forbidden(const struct failure *at, struct error *err)
{
	const char *why = at->facts->no_userns;

	if (!(types_of(at) & CLONE_NEWUSER) || !why[0])
		return false;
	fail_cause(err, CAUSE_USERNS_FORBIDDEN);
	fail_why(err, "user namespaces are forbidden here: %s", why);
	if (at->facts->root)
		fail_fix(err, "!sysctl -w %.*s=%s", (int)strcspn(why, "= "), why, allowing(why));
	else
		fail_fix(err, "ask root to allow them (sysctl), or run Stave as root");
	return true;
}

/* In a helper. */
static int leave(void *arg, int out, int *status)
{
	(void)arg, (void)out;
	*status = root_leave_chroot();
	return 0;
}

/* The shell is in a chroot that is a mount: neither its link in /proc nor the table of mounts shows that. */
static bool is_shell_in_chroot(void)
{
	const struct inside nowhere = { -1, -1 };
	struct inside_end end;

	return inside_call(&nowhere, leave, NULL, WAIT_MS, NULL, &end) == 0 && end.status;
}

/* unshare(2), EPERM: the caller's root directory is not the root of its mount namespace. */
static bool is_in_chroot(const struct failure *at, struct error *err)
{
	if (!(types_of(at) & CLONE_NEWUSER) || at->outcome->code != EPERM)
		return false;
	if (!reading_has_chroot(at->child) && is_shell_in_chroot()) {
		fail_cause(err, CAUSE_USERNS_CHROOT);
		fail_why(err, "the shell is in a chroot: who joins its mount namespace once more, setns(2), gets another / than the shell's");
		fail_fix(err, "start Stave outside the chroot");
		return true;
	}
	if (!reading_has_chroot(at->child))
		return false;
	fail_cause(err, CAUSE_USERNS_CHROOT);
	fail_why(err, "the child is in a chroot: its / is %s, and not the root of its mount namespace", vis(at->child->root));
	if (reading_has_chroot(at->host))
		fail_fix(err, "start Stave outside the chroot");
	else
		fail_fix(err, "undo the chroot; then unshare user before it, or pivot in its place");
	return true;
}

/* user_namespaces(7): both ids of the caller need a number in its user namespace. The child's have one; those of a shell
 * that was started in a namespace without a map have none. */
static bool is_unmapped(const struct failure *at, struct error *err)
{
	const struct reading *shell = at->host;

	if (!(types_of(at) & CLONE_NEWUSER) || has_own(at, NS_USER) || !shell->uid_map || !shell->gid_map || (shell->uid_map[0] && shell->gid_map[0]))
		return false;
	fail_cause(err, CAUSE_USERNS_UNMAPPED);
	fail_why(err, "the %s of the user namespace that the shell is in is empty: its ids have no numbers there",
		 shell->uid_map[0] ? "gid_map" : "uid_map");
	fail_fix(err, "start Stave where its ids are mapped, as by unshare --map-root-user");
	return true;
}

/* ---- limits: ENOSPC ---- */

/* In a helper: the files of /proc/sys/user show the limits of the user namespace that a process is in. */
static int read_limits(void *arg, int out, int *status)
{
	const int *user = arg;

	if (*user >= 0 && setns(*user, CLONE_NEWUSER) < 0)
		return -1;
	for (enum ns_link type = 0; type < NS_TYPES; type++) {
		char path[64], value[32];
		snprintf(path, sizeof(path), "/proc/sys/user/max_%s_namespaces", ns_types[type].name);
		cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
		ssize_t n = fd < 0 ? -1 : read(fd, value, sizeof(value) - 1);
		if (n < 0 && (n = 3))
			memcpy(value, "-1\n", 3);
		if (write(out, value, (size_t)n) != n)
			return -1;
	}
	*status = 0;
	return 0;
}

/* The limits in the user namespace of process pid; 0: the shell's. false where they cannot be read. */
static bool limits_of(pid_t pid, long ret[NS_TYPES])
{
	const struct inside nowhere = { -1, -1 };
	cleanup_text struct text said = { 0 };
	struct inside_end end;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	cleanup_fd int user = pid ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if ((pid && user < 0) || inside_call(&nowhere, read_limits, &user, WAIT_MS, &said, &end) < 0)
		return false;
	const char *s = text_of(&said);
	for (enum ns_link type = 0; type < NS_TYPES; type++) {
		ret[type] = atol(s);
		s += strcspn(s, "\n") + 1;
	}
	return true;
}

/* The smallest limit of those types in one user namespace. */
static bool is_limited_in(const struct failure *at, pid_t pid, struct error *err)
{
	long limits[NS_TYPES];
	int least = -1;

	if (!limits_of(pid, limits))
		return false;
	for (enum ns_link type = 0; type < NS_TYPES; type++)
		if ((types_of(at) & ns_types[type].flag) && limits[type] >= 0 && (least < 0 || limits[type] < limits[least]))
			least = (int)type;
	/* A machine's own limit is in the thousands: one of those is reached only by who makes thousands. */
	if (least < 0 || limits[least] > FEW)
		return false;
	fail_cause(err, CAUSE_NS_LIMIT);
	fail_why(err, "/proc/sys/user/max_%s_namespaces is %ld in the user namespace %llu, and that many exist", ns_types[least].name, limits[least],
		 (unsigned long long)(pid ? at->child : at->host)->ns[NS_USER].id);
	fail_fix(err, pid && has_own(at, NS_USER) ? "run sh -c 'echo 64 > /proc/sys/user/max_%s_namespaces'" :
						    "!sysctl user.max_%s_namespaces=64", ns_types[least].name);
	return true;
}

/* How many user namespaces lie around that of process pid, as far as this one sees. ioctl_ns(2). */
static int user_levels(pid_t pid)
{
	char path[64];
	int ret = 0;

	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	for (int fd = open(path, O_RDONLY | O_CLOEXEC), above; fd >= 0; fd = above) {
		above = ret < 2 * USER_LEVELS_MOST ? ioctl(fd, NS_GET_PARENT) : -1;
		close(fd);
		ret += above >= 0;
	}
	return ret;
}

static bool is_limited(const struct failure *at, struct error *err)
{
	if (!types_of(at) || at->outcome->code != ENOSPC)
		return false;
	if ((types_of(at) & CLONE_NEWPID) && at->child->levels > LEVELS_MOST) {
		fail_cause(err, CAUSE_NS_DEPTH);
		fail_why(err, "the pid namespace is %d levels deep, and %d is the most", at->child->levels - 1, LEVELS_MOST);
		fail_fix(err, "undo takes back a level");
		return true;
	}
	int levels = (types_of(at) & CLONE_NEWUSER) && at->pid ? user_levels(at->pid) : 0;
	if (levels >= USER_LEVELS_MOST) {
		fail_cause(err, CAUSE_NS_DEPTH);
		fail_why(err, "%d user namespaces lie around the child's, and %d is the most", levels, USER_LEVELS_MOST);
		fail_fix(err, "undo takes back a level");
		return true;
	}
	return (at->pid && is_limited_in(at, at->pid, err)) || is_limited_in(at, 0, err);
}

static bool no_type(const struct failure *at, struct error *err)
{
	char path[64];

	for (enum ns_link type = 0; type < NS_TYPES && at->outcome->code == EINVAL; type++) {
		snprintf(path, sizeof(path), "/proc/self/ns/%s", ns_types[type].name);
		if (!(types_of(at) & ns_types[type].flag) || access(path, F_OK) == 0)
			continue;
		fail_cause(err, CAUSE_NS_UNKNOWN);
		fail_why(err, "Linux %s has no %s namespaces: there is no %s", vis(at->facts->kernel), ns_types[type].name, path);
		return true;
	}
	return false;
}

/* ---- pins ---- */

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

/* ENOENT: the folder of the host's that the name would lie in, else the child's link in /proc/PID/ns. */
static bool pinned_nowhere(const struct failure *at, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };

	if (at->op->kind != OP_pin || at->outcome->code != ENOENT)
		return false;
	const char *folder = path_parent(&arena, at->op->pin.target);
	bool there = access(folder, F_OK) == 0;
	fail_cause(err, there ? CAUSE_NS_UNKNOWN : CAUSE_FILE_MISSING);
	if (there)
		fail_why(err, "Linux %s has no %s namespaces", vis(at->facts->kernel), vis(at->op->pin.type));
	else
		fail_why(err, "the host has no folder %s", vis(folder));
	fail_fix(err, there ? "ns lists the types" : "!mkdir -p %s", vis(folder));
	return true;
}

bool advise_unshare(const struct failure *at, struct error *err)
{
	static question *const list[] = { is_forbidden, is_in_chroot, is_unmapped, is_limited, no_type, pinned_on_shared, pinned_nowhere, NULL };

	return ask(list, at, err);
}

bool advise_userns(const struct failure *at, struct error *err)
{
	if (!(types_of(at) & CLONE_NEWUSER) || at->outcome->code != EPERM)
		return false;
	fail_why(err, "nothing that can be looked at forbids it: settings, filters, profiles, chroots");
	fail_fix(err, "doctor tries what works here; dmesg, or the audit log of the host, may tell more");
	return true;
}
