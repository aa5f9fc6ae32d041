#include "advice/calls/refused.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "advice/advice.h"
#include "advice/calls/refusing.h"
#include "advice/seen/named.h"
#include "base/error.h"
#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "ops/privilege/capability.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/facts.h"
#include "snapshot/snapshot.h"
#include "walls/walls.h"

bool blame(struct verdict *ret, enum wall_id wall, enum cause_id cause)
{
	ret->wall = wall == WALLS ? NULL : walls[wall].name;
	ret->cause = cause_row(cause)->id;
	return true;
}

const struct mount *refused_mount(const struct refused *at)
{
	return at->path && at->path[0] == '/' && at->child->mounts ? mounts_find(at->child->mounts, at->path) : NULL;
}

/* ---- what a call asks for: capabilities(7) ---- */

static bool makes_namespaces(const struct refused *at)
{
	return (at->args[0] & NAMESPACES) && !(at->args[0] & CLONE_NEWUSER);
}

static bool makes_device(const struct refused *at)
{
	uint64_t mode = at->args[at->number == SYS_mknodat ? 2 : 1];

	return S_ISCHR(mode) || S_ISBLK(mode);
}

static bool is_raw(const struct refused *at)
{
	return at->args[0] == AF_PACKET || (at->args[1] & 0xf) == SOCK_RAW;
}

/* IOPRIO_CLASS_RT: ioprio_set(2). */
static bool is_first(const struct refused *at)
{
	return at->args[2] >> 13 == 1;
}

static bool lowers_score(const struct refused *at)
{
	const char *last = at->path && text_begins(at->path, "/proc/") ? strrchr(at->path, '/') : NULL;

	return last && strcmp(last, "/oom_score_adj") == 0;
}

/* initial: the kernel asks for it in the initial user namespace, so that none of another counts. of: it asks for it in the one that
 * owns the program's namespace of this type; 0: in the program's own. asks: whether the call with these arguments needs it; NULL:
 * always. code: the errno that says so; 0: EPERM. */
static const struct need {
	int number, capability;
	bool initial;
	bool (*asks)(const struct refused *at);
	int code;
	enum ns_link of;
} needs[] = {
	{ SYS_mount, CAP_SYS_ADMIN }, { SYS_umount2, CAP_SYS_ADMIN }, { SYS_pivot_root, CAP_SYS_ADMIN },
	{ SYS_move_mount, CAP_SYS_ADMIN }, { SYS_fsopen, CAP_SYS_ADMIN }, { SYS_fsmount, CAP_SYS_ADMIN },
	{ SYS_mount_setattr, CAP_SYS_ADMIN }, { SYS_open_tree, CAP_SYS_ADMIN },
	{ SYS_sethostname, CAP_SYS_ADMIN, .of = NS_UTS }, { SYS_setdomainname, CAP_SYS_ADMIN, .of = NS_UTS },
	{ SYS_setns, CAP_SYS_ADMIN }, { SYS_unshare, CAP_SYS_ADMIN, .asks = makes_namespaces },
	{ SYS_clone, CAP_SYS_ADMIN, .asks = makes_namespaces },
	{ SYS_swapon, CAP_SYS_ADMIN, .initial = true }, { SYS_swapoff, CAP_SYS_ADMIN, .initial = true },
	{ SYS_quotactl, CAP_SYS_ADMIN, .initial = true }, { SYS_acct, CAP_SYS_PACCT, .initial = true },
	{ SYS_chroot, CAP_SYS_CHROOT }, { SYS_reboot, CAP_SYS_BOOT },
	{ SYS_settimeofday, CAP_SYS_TIME, .initial = true }, { SYS_clock_settime, CAP_SYS_TIME, .initial = true },
	{ SYS_adjtimex, CAP_SYS_TIME, .initial = true }, { SYS_clock_adjtime, CAP_SYS_TIME, .initial = true },
	{ SYS_init_module, CAP_SYS_MODULE, .initial = true }, { SYS_finit_module, CAP_SYS_MODULE, .initial = true },
	{ SYS_delete_module, CAP_SYS_MODULE, .initial = true }, { SYS_syslog, CAP_SYSLOG, .initial = true },
	{ SYS_bpf, CAP_BPF, .initial = true }, { SYS_perf_event_open, CAP_PERFMON, .initial = true },
#ifdef SYS_mknod
	{ SYS_mknod, CAP_MKNOD, .initial = true, .asks = makes_device }, { SYS_chown, CAP_CHOWN },
	{ SYS_lchown, CAP_CHOWN },
#endif
	{ SYS_mknodat, CAP_MKNOD, .initial = true, .asks = makes_device }, { SYS_fchownat, CAP_CHOWN },
	{ SYS_fchown, CAP_CHOWN }, { SYS_setuid, CAP_SETUID }, { SYS_setreuid, CAP_SETUID },
	{ SYS_setresuid, CAP_SETUID }, { SYS_setgid, CAP_SETGID }, { SYS_setregid, CAP_SETGID },
	{ SYS_setresgid, CAP_SETGID }, { SYS_setgroups, CAP_SETGID }, { SYS_kill, CAP_KILL },
	{ SYS_process_vm_readv, CAP_SYS_PTRACE },
	{ SYS_setpriority, CAP_SYS_NICE, .initial = true, .code = EACCES }, { SYS_setpriority, CAP_SYS_NICE },
	{ SYS_ioprio_set, CAP_SYS_NICE, .initial = true, .asks = is_first },
	{ SYS_write, CAP_SYS_RESOURCE, .initial = true, .asks = lowers_score, .code = EACCES },
	{ SYS_sched_setscheduler, CAP_SYS_NICE, .initial = true },
	{ SYS_setrlimit, CAP_SYS_RESOURCE, .initial = true }, { SYS_prlimit64, CAP_SYS_RESOURCE, .initial = true },
	{ SYS_openat, CAP_SYSLOG, .initial = true, .asks = opens_log }, { SYS_openat, CAP_SYS_RAWIO, .initial = true, .asks = opens_memory },
#ifdef SYS_open
	{ SYS_open, CAP_SYSLOG, .initial = true, .asks = opens_log }, { SYS_open, CAP_SYS_RAWIO, .initial = true, .asks = opens_memory },
#endif
	{ SYS_ioctl, CAP_NET_ADMIN, .asks = sets_network, .of = NS_NET }, { SYS_ioctl, CAP_SYS_ADMIN, .initial = true, .asks = puts_input }, { SYS_ioctl, CAP_LINUX_IMMUTABLE, .initial = true, .asks = marks_file },
	{ SYS_ioctl, CAP_SYS_ADMIN, .initial = true, .asks = sets_device }, { SYS_prctl, CAP_SETPCAP, .asks = sets_bounds },
	{ SYS_socket, CAP_NET_RAW, .asks = is_raw, .of = NS_NET },
	{ SYS_bind, CAP_NET_BIND_SERVICE, .code = EACCES, .of = NS_NET },
};

static const struct need *need_of(const struct refused *at)
{
	for (size_t i = 0; i < COUNT(needs); i++)
		if (needs[i].number == at->number && at->code == (needs[i].code ? needs[i].code : EPERM) &&
		    (!needs[i].asks || needs[i].asks(at)))
			return &needs[i];
	return NULL;
}

/* Whether the program is in a user namespace that is not the first one: the child's, or one around the shell. */
static bool in_userns(const struct refused *at)
{
	return ns_own(at->child, at->host, NS_USER) || (at->facts && !at->facts->initial_userns);
}

/* Of what such a one refuses: the wall that stands for it. */
static enum wall_id userns_wall(const struct refused *at)
{
	return ns_own(at->child, at->host, NS_USER) ? WALL_USER : WALLS;
}

/* ---- the questions; each returns the wall, or WALLS when it does not know ---- */

static bool by_filter(const struct refused *at, struct verdict *ret)
{
	if (!at->filter)
		return false;
	text_sayf(ret->why, "the seccomp filter (%s) answers %s to this call: its instructions were run on the arguments",
		  vis(at->filter), errno_name(at->code));
	return blame(ret, WALL_SECCOMP, CAUSE_SECCOMP_OWN);
}

/* Had, and asked for in another user namespace. */
static bool by_owner(const struct refused *at, const struct need *need, const char *name, struct verdict *ret)
{
	const struct ns_type *type = &ns_types[need->of];
	unsigned long long user = at->child->ns[NS_USER].id, owner = need->of ? ns_owner(at->child->pid, need->of) : 0;

	if (!owner || owner == user)
		return false;
	text_sayf(ret->why, "the kernel asks for %s in the user namespace that owns the %s namespace %llu, and the program has it in the user namespace %llu, which does not",
		  name, type->long_name, (unsigned long long)at->child->ns[need->of].id, user);
	text_sayf(ret->fix, "unshare %s makes one that the child's user namespace owns", type->name);
	return blame(ret, userns_wall(at), CAUSE_NS_OWNER);
}

static bool by_capability(const struct refused *at, struct verdict *ret)
{
	const struct need *need = need_of(at);
	cleanup_text struct text name = { 0 };

	if (!need)
		return false;
	capability_list(CAPABILITY(need->capability), "", "", &name);
	if (!(at->caps & CAPABILITY(need->capability))) {
		text_sayf(ret->why, "the call needs the capability %s, which the program's effective set %#llx lacks",
			  text_of(&name), (unsigned long long)at->caps);
		text_sayf(ret->fix, "container keeps it with --cap-add %s; undo takes back a step that dropped it", text_of(&name));
		return blame(ret, WALL_CAPABILITIES, CAUSE_CAPS_LACKS);
	}
	if (need->initial && in_userns(at)) {
		if (userns_wall(at) == WALLS)
			text_sayf(ret->why, "the kernel asks for %s in the initial user namespace, and the program is in another", text_of(&name));
		else
			text_sayf(ret->why, "the kernel asks for %s in the initial user namespace; the program has it in the user namespace %llu alone",
				  text_of(&name), (unsigned long long)at->child->ns[NS_USER].id);
		return blame(ret, userns_wall(at), CAUSE_CAPS_INITIAL);
	}
	return by_owner(at, need, text_of(&name), ret);
}

static bool is_device(const struct refused *at)
{
	struct stat st;

	return eyes_stat(at->eyes, at->child->pid, at->path, false, &st) == 0 && (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode));
}

static bool by_mount(const struct refused *at, struct verdict *ret)
{
	const struct mount *mount = refused_mount(at);

	if (!mount)
		return false;
	if (at->code == EROFS && option_stands(mount->options, "ro")) {
		text_sayf(ret->why, "the path is on mount %d, %s, which is read-only", mount->id, vis(mount->point));
		text_sayf(ret->fix, "mount none %s -o remount,bind,rw", vis(mount->point));
		return blame(ret, WALL_MNT, CAUSE_FILE_READ_ONLY);
	}
	if (at->code == EACCES && option_stands(mount->options, "noexec") && at->number == SYS_execve) {
		text_sayf(ret->why, "the path is on mount %d, %s, which is mounted noexec", mount->id, vis(mount->point));
		return blame(ret, WALL_MNT, CAUSE_EXEC_NOEXEC);
	}
	if (at->code == EACCES && option_stands(mount->options, "nodev") && is_device(at)) {
		text_sayf(ret->why, "the path is on mount %d, %s, on which devices cannot be opened (nodev)", mount->id,
			  vis(mount->point));
		return blame(ret, WALL_MNT, CAUSE_FILE_NO_DEVICES);
	}
	return false;
}

/* What a container covers in /proc and /sys: an empty file system, or /dev/null, at the path itself. One that has names in it,
 * such as that of the hierarchies of cgroup v1, covers nothing. */
static bool by_mask(const struct refused *at, struct verdict *ret)
{
	const struct mount *mount = refused_mount(at);
	cleanup_text struct text names = { 0 };

	if (!mount || (strncmp(mount->point, "/proc/", 6) != 0 && strncmp(mount->point, "/sys/", 5) != 0))
		return false;
	if (at->code == EROFS || (strcmp(mount->type, "tmpfs") != 0 && !strstr(mount->root, "null")) ||
	    (eyes_list(at->eyes, at->child->pid, mount->point, &names) == 0 && names.len))
		return false;
	text_sayf(ret->why, "%s is covered by mount %d, so that what the kernel has there is not reached", vis(mount->point),
		  mount->id);
	return blame(ret, WALL_PATHS, CAUSE_FILE_MASKED);
}

/* What the child's root does not have, and the host's has. */
static bool by_root(const struct refused *at, struct verdict *ret)
{
	const struct sides sides = { .child = at->child, .host = at->host };
	struct stat st;
	bool pivoted = wall_stands(WALL_ROOT, &sides), chrooted = wall_stands(WALL_CHROOT, &sides);

	if (at->code != ENOENT || !at->path || at->path[0] != '/' || (!pivoted && !chrooted) ||
	    eyes_stat(at->eyes, 0, at->path, true, &st) < 0)
		return false;
	text_say(ret->why, "the host has something at this path; the child's root is another folder, which has not");
	return blame(ret, pivoted ? WALL_ROOT : WALL_CHROOT, CAUSE_FILE_MISSING);
}

static bool by_network(const struct refused *at, struct verdict *ret)
{
	if (!ns_own(at->child, at->host, NS_NET))
		return false;
	if (at->code == ENETUNREACH) {
		text_say(ret->why, "the network namespace is the child's own, and it has no route to this address: net shows its routes");
		return blame(ret, WALL_NET, CAUSE_NET_UNREACHABLE);
	}
	if (at->code == ENETDOWN || at->code == EADDRNOTAVAIL) {
		text_say(ret->why, "the network namespace is the child's own: no interface that is up has this address there");
		return blame(ret, WALL_NET, CAUSE_NET_NO_ADDRESS);
	}
	if (at->code != ECONNREFUSED || at->number != SYS_connect)
		return false;
	text_say(ret->why, "the network namespace is the child's own: what listens in the host's is not reached from it");
	return blame(ret, WALL_NET, CAUSE_NET_LISTENER);
}

static bool by_landlock(const struct refused *at, struct verdict *ret)
{
	if (!at->landlock)
		return false;
	if (at->code == EPERM) {
		text_say(ret->why, "the child is behind Landlock, and whoever that restricts changes no mount");
		text_say(ret->fix, "undo takes the rules back; mount first, and type landlock after that");
		return blame(ret, WALL_LANDLOCK, CAUSE_LANDLOCK_MOUNTS);
	}
	text_sayf(ret->why, "no rule of the child's Landlock allows it there: they are %s", at->landlock);
	return blame(ret, WALL_LANDLOCK, CAUSE_LANDLOCK_RULES);
}

static bool by_group(const struct refused *at, struct verdict *ret)
{
	bool forks = at->number == SYS_clone || at->number == SYS_clone3;

#ifdef SYS_fork
	forks = forks || at->number == SYS_fork || at->number == SYS_vfork;
#endif
	if (!forks || at->code != EAGAIN || !at->group)
		return false;
	text_sayf(ret->why, "pids.max of the group %s is %llu, and its pids.events counts %llu refused forks since the program began",
		  vis(at->group), (unsigned long long)at->group_most, (unsigned long long)at->group_refused);
	text_say(ret->fix, "cgroup pids NUMBER sets a higher limit, container has --pids NUMBER");
	return blame(ret, WALL_LIMITS, CAUSE_FORK_PIDS_MAX);
}

static bool by_pids(const struct refused *at, struct verdict *ret)
{
	if (at->number != SYS_kill || at->code != ESRCH || !ns_own(at->child, at->host, NS_PID))
		return false;
	text_sayf(ret->why, "no process has the number %d in the child's pid namespace; the host's numbers mean nothing there",
		  (int)at->args[0]);
	return blame(ret, WALL_PID, CAUSE_PID_ELSEWHERE);
}

static bool by_ids(const struct refused *at, struct verdict *ret)
{
	static const int takers[] = { SYS_setuid, SYS_setgid, SYS_setresuid, SYS_setresgid, SYS_setreuid, SYS_setregid,
				      SYS_setgroups, SYS_fchownat, SYS_fchown };
	bool takes = false;

	for (size_t i = 0; i < COUNT(takers); i++)
		takes = takes || takers[i] == at->number;
	if (!takes || !in_userns(at))
		return false;
	if (at->code == EINVAL) {
		text_say(ret->why, "the user namespace maps no such id: idmap shows what it maps");
		return blame(ret, userns_wall(at), CAUSE_EXEC_ID);
	}
	if (at->code == EPERM && at->number == SYS_setgroups && at->child->setgroups && strncmp(at->child->setgroups, "deny", 4) == 0) {
		text_say(ret->why, "/proc/PID/setgroups of the user namespace says deny, as it must where an ordinary user wrote gid_map");
		return blame(ret, userns_wall(at), CAUSE_USERNS_SETGROUPS);
	}
	return false;
}

bool advise_refused(const struct refused *refused, struct verdict *ret)
{
	static bool (*const questions[])(const struct refused *, struct verdict *) = {
		by_filter, by_control, by_map, by_ids, by_limit, by_sets, by_capability, by_mount, by_mask, by_fixed, by_setting, by_request, by_landlock, lacks_fuse, by_root, by_network, by_pids, by_group,
		by_process, by_processes, by_tracer, by_room, by_name, by_file,
		by_modes, by_owners, by_children, by_length, by_primitive, by_absence,
	};

	for (size_t i = 0; i < COUNT(questions); i++)
		if (questions[i](refused, ret))
			return true;
	return false;
}
