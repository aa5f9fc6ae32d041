/* Whose a namespace is: capabilities count over what belongs to the process's user namespace, or to one below
 * it, alone. user_namespaces(7). */
#include "advice/question.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/error.h"
#include "base/list.h"
#include "base/message.h"
#include "base/process/process_stat.h"
#include "base/text.h"
#include "ops/privilege/capability.h"
#include "snapshot/facts.h"
#include "snapshot/process.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/snapshot.h"
#include "walls/closed.h"

static bool has(const struct failure *at, int cap)
{
	return at->child->cap_effective >> cap & 1;
}

static bool is_in_own_userns(const struct failure *at)
{
	return ns_own(at->child, at->host, NS_USER);
}

/* ---- what an op changes ---- */

static const struct { enum op_kind kind; enum ns_link link; } changes[] = {
	{ OP_sethostname, NS_UTS }, { OP_ifup, NS_NET }, { OP_addr, NS_NET }, { OP_route, NS_NET }, { OP_tun, NS_NET },
	{ OP_link_set, NS_NET }, { OP_link_del, NS_NET }, { OP_link_add, NS_NET }, { OP_qdisc, NS_NET }, { OP_nft, NS_NET },
	{ OP_sysctl, NS_NET }, { OP_mount, NS_MNT }, { OP_umount, NS_MNT }, { OP_pivot_root, NS_MNT },
	{ OP_mount_setattr, NS_MNT }, { OP_move_mount, NS_MNT },
};

bool advise_owner(const struct failure *at, struct error *err)
{
	size_t i = 0;

	while (i < COUNT(changes) && changes[i].kind != at->op->kind)
		i++;
	if (i == COUNT(changes) || (at->outcome->code != EPERM && at->outcome->code != EACCES) || !at->pid ||
	    !is_in_own_userns(at) || !has(at, op_info(at->op->kind)->needs))
		return false;
	const char *type = ns_types[changes[i].link].name;
	uint64_t owner = ns_owner(at->pid, changes[i].link), user = at->child->ns[NS_USER].id;
	if (!owner || !user || owner == user)
		return false;
	fail_cause(err, CAUSE_NS_OWNER);
	fail_why(err, "its %s namespace belongs to the user namespace %llu, and the child's capabilities count in its own, "
		 "%llu, alone", type, (unsigned long long)owner, (unsigned long long)user);
	if (at->op->kind == OP_umount || (at->op->kind == OP_mount && (at->op->mount.flags & MS_REMOUNT)))
		fail_fix(err, "undo takes back the step that made the user namespace; after unshare mnt the mounts that were copied would be locked");
	else
		fail_fix(err, "unshare %s makes one that belongs to it", type);
	return true;
}

/* ---- setns(2) ---- */

/* Process and type of "/proc/PID/ns/TYPE"; 0 for other paths. */
static pid_t target_of(const struct op *op, enum ns_link *type)
{
	char name[32];
	int pid = 0, found;

	if (!op->setns.fd.path || sscanf(op->setns.fd.path, "/proc/%9d/ns/%31s", &pid, name) != 2)
		return 0;
	found = ns_type_find(name);
	*type = (enum ns_link)found;
	return found < 0 ? 0 : pid;
}

/* Down the tree of user namespaces alone: whoever is in one below, or beside, has nothing there. */
static bool not_above(const struct failure *at, enum ns_link type, pid_t pid, const struct reading *target,
		      struct error *err)
{
	uint64_t user = at->child->ns[NS_USER].id;
	uint64_t owner = type == NS_USER ? target->ns[NS_USER].id : ns_owner(pid, type);
	bool hosts = owner == at->host->ns[NS_USER].id;

	if (!owner || owner == user || !is_in_own_userns(at))
		return false;
	fail_cause(err, type == NS_USER ? CAUSE_SETNS_NOT_BELOW : CAUSE_SETNS_FOREIGN);
	if (type == NS_USER)
		fail_why(err, "setns(2) leads to user namespaces below the process's own alone: %llu, of process %d, is not below the "
			 "child's %llu", (unsigned long long)owner, pid, (unsigned long long)user);
	else
		fail_why(err, "the %s namespace belongs to the user namespace %llu, over which the child, in %llu, has no capabilities",
			 ns_types[type].name, (unsigned long long)owner, (unsigned long long)user);
	if (hosts && !at->facts->root)
		fail_fix(err, "run Stave as root, and join it without unshare user");
	else if (hosts)
		fail_fix(err, "undo takes back the step that left the host's user namespace; then setns %d %s", pid, ns_types[type].name);
	else
		fail_fix(err, "undo takes back the step that left the host's user namespace; then setns %d user%s%s", pid,
			 type == NS_USER ? "" : " ", type == NS_USER ? "" : ns_types[type].name);
	return true;
}

/* An ordinary user who is in no user namespace of his own. */
static bool lacks_all(const struct failure *at, enum ns_link type, pid_t pid, const struct reading *target,
		      struct error *err)
{
	if (has(at, CAP_SYS_ADMIN) || is_in_own_userns(at) || at->facts->root)
		return false;
	if (type == NS_USER) {
		fail_cause(err, CAUSE_SETNS_NOT_OWNER);
		fail_why(err, "joining the user namespace %llu needs CAP_SYS_ADMIN in it, which the user who made it has", (unsigned long long)target->ns[NS_USER].id);
		fail_fix(err, "run Stave as that user, or as root");
		return true;
	}
	fail_cause(err, CAUSE_SETNS_NO_CAPS);
	fail_why(err, "joining needs CAP_SYS_ADMIN, which the child lacks in its user namespace (the host's)");
	if (target->ns[NS_USER].id && target->ns[NS_USER].id != at->host->ns[NS_USER].id)
		fail_fix(err, "user among the namespaces of the line is joined first, and gives it: setns %d user %s", pid, ns_types[type].name);
	else
		fail_fix(err, "run Stave as root: process %d is in the host's user namespace", pid);
	return true;
}

static bool wrong_place(enum ns_link type, pid_t pid, struct error *err)
{
	if (type != NS_PID)
		return false;
	fail_cause(err, CAUSE_SETNS_PID);
	fail_why(err, "the pid namespace of process %d is not the child's own, and not below it: setns(2) leads down alone", pid);
	fail_fix(err, "exec %d CMD starts a program there", pid);
	return true;
}

/* ENOENT and ESRCH of /proc/PID/ns/TYPE: no process, one without namespaces, a kernel without the type. */
static bool no_target(const struct failure *at, enum ns_link type, pid_t pid, struct error *err)
{
	char state = process_stat(pid).state, own[32];

	snprintf(own, sizeof(own), "/proc/self/ns/%s", ns_types[type].name);
	if (state && state != 'Z' && state != 'X' && access(own, F_OK) < 0) {
		fail_cause(err, CAUSE_NS_UNKNOWN);
		fail_why(err, "Linux %s has no %s namespaces: there is no %s", vis(at->facts->kernel), ns_types[type].name, own);
		return true;
	}
	fail_cause(err, state == 'Z' || state == 'X' ? CAUSE_SETNS_ZOMBIE : CAUSE_PROCESS_ABSENT);
	fail_why(err, state == 'Z' || state == 'X' ? "process %d has ended and waits for its parent to collect its status: it has no namespaces any more" :
		      "there is no process %d any more", pid);
	fail_fix(err, "ps --host lists the processes");
	return true;
}

bool advise_setns(const struct failure *at, struct error *err)
{
	struct reading target;
	struct error unread;
	enum ns_link type = NS_USER;
	pid_t pid = at->op->kind == OP_setns ? target_of(at->op, &type) : 0;
	bool found = false;

	if (!pid || at->outcome->detail[0])
		return false;
	if (at->outcome->code == ENOENT || at->outcome->code == ESRCH)
		return no_target(at, type, pid, err);
	if (reading_take(pid, &target, &unread) < 0)
		return false;
	if (at->outcome->code == EACCES)
		found = closed_tell(at->facts, &target, err);
	else if (at->outcome->code == EPERM)
		found = lacks_all(at, type, pid, &target, err) ||
			(has(at, CAP_SYS_ADMIN) && not_above(at, type, pid, &target, err));
	else if (at->outcome->code == EINVAL)
		found = wrong_place(type, pid, err);
	reading_done(&target);
	return found;
}
