#include "archive/guard/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/guard/filter.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/message.h"
#include "base/list.h"
#include "base/syscalls.h"
#include "base/text.h"

enum { MEMORY = 512 << 20, FILES = 256 };

static int refuse(int code, const char *call, struct error *err)
{
	fail(err, code, "%s", call);
	fail_wrap(err, "the archive reader cannot be confined");
	fail_as(err, ERR_READER_WALLS);
	fail_why(err, "an archive may be hostile, so Stave reads it only in namespaces of its own%s",
		 code == EPERM || code == EACCES || code == ENOSPC || code == EUSERS ?
			 _(", which this user may not make here") : "");
	return fail_fix(err, "doctor tells who forbids it, and what to do about it here");
}

/* ---- namespaces ---- */

static int write_map(const char *file, unsigned outside)
{
	char path[40], line[40];

	snprintf(path, sizeof(path), "/proc/self/%s", file);
	snprintf(line, sizeof(line), "0 %u 1", outside);
	return write_control(AT_FDCWD, path, line);
}

/* Root of a namespace that knows one user. user_namespaces(7): gid_map asks for setgroups to be
 * denied first. */
static int become_root(struct error *err)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (unshare(CLONE_NEWUSER) < 0)
		return refuse(errno, "unshare(CLONE_NEWUSER)", err);
	if (write_control(AT_FDCWD, "/proc/self/setgroups", "deny") < 0 ||
	    write_map("gid_map", gid) < 0 || write_map("uid_map", uid) < 0)
		return refuse(errno, "write /proc/self/uid_map", err);
	return 0;
}

/* Whether the user namespace is the first one: the one whose map has all ids as they are. */
static bool is_initial(void)
{
	cleanup_text struct text map = { 0 };
	unsigned long inside, outside, count;

	return read_file(AT_FDCWD, "/proc/self/uid_map", 4096, &map) == 0 &&
	       sscanf(text_of(&map), "%lu %lu %lu", &inside, &outside, &count) == 3 &&
	       inside == 0 && outside == 0 && count == 4294967295UL;
}

static bool has_capability(cap_value_t capability)
{
	cap_t caps = cap_get_proc();
	cap_flag_value_t value = CAP_CLEAR;

	if (caps) {
		cap_get_flag(caps, capability, CAP_EFFECTIVE, &value);
		cap_free(caps);
	}
	return value == CAP_SET;
}

static int leave_host(int userns, bool *privileged, struct error *err)
{
	int namespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;

	if (userns >= 0) {
		if (setns(userns, CLONE_NEWUSER) < 0)
			return refuse(errno, "setns(CLONE_NEWUSER)", err);
	} else if (!(geteuid() == 0 && has_capability(CAP_SYS_ADMIN)) && become_root(err) < 0) {
		return -1;
	}
	*privileged = userns < 0 && is_initial();
	if (unshare(namespaces) < 0)
		return refuse(errno, "unshare(CLONE_NEWNS|CLONE_NEWPID|CLONE_NEWNET|...)", err);
	/* Linux 4.6; there is nothing in here that could use it. */
	if (unshare(CLONE_NEWCGROUP) < 0 && errno != EINVAL)
		return refuse(errno, "unshare(CLONE_NEWCGROUP)", err);
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return refuse(errno, "mount(MS_PRIVATE)", err);
	return 0;
}

/* ---- the root ---- */

/* Flags in a call of their own: MS_BIND and MS_RDONLY in one are silently writable, mount(2). */
static int bind(const char *from, const char *at, unsigned long flags, struct error *err)
{
	if (mount(from, at, NULL, MS_BIND, NULL) < 0)
		return refuse(errno, "mount(MS_BIND)", err);
	if (mount(NULL, at, NULL, MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV | MS_NOEXEC | flags,
		  NULL) < 0)
		return refuse(errno, "mount(MS_REMOUNT | MS_BIND)", err);
	return 0;
}

static int show(const struct view *view, const char *folder, const char *name, struct error *err)
{
	char at[4200];

	if (!folder)
		return 0;
	snprintf(at, sizeof(at), "%s/%s", view->target, name);
	if (mkdir(at, 0700) < 0)
		return fail(err, errno, "mkdir %s", vis(at));
	return bind(folder, at, MS_RDONLY, err);
}

static int change_root(const struct view *view, struct error *err)
{
	if (bind(view->target, view->target, view->read_only ? MS_RDONLY : 0, err) < 0 ||
	    show(view, view->source, "source", err) < 0 || show(view, view->store, "store", err) < 0)
		return -1;
	/* pivot_root(2): with "." twice the old root ends up on top of the new one. */
	if (chdir(view->target) < 0 || sys_pivot_root(".", ".") < 0)
		return refuse(errno, "pivot_root", err);
	if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return refuse(errno, "umount2(MNT_DETACH)", err);
	return 0;
}

int confine(const struct view *view, bool *privileged, struct error *err)
{
	if (leave_host(-1, privileged, err) < 0)
		return -1;
	return change_root(view, err);
}

/* A folder of a foreign mount namespace cannot be bound, so this is chroot(2), which holds as long
 * as nothing outside is open and CAP_SYS_CHROOT is given up: confine_process(). */
int confine_to(int fd, int userns, struct error *err)
{
	bool privileged;

	if (leave_host(userns, &privileged, err) < 0)
		return -1;
	if (fchdir(fd) < 0 || chroot(".") < 0)
		return refuse(errno, "chroot", err);
	return 0;
}

/* ---- each process ---- */

static const cap_value_t tree_caps[] = {
	CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID, CAP_MKNOD, CAP_SETFCAP,
};
/* trusted.* attributes, with which overlay marks folders, are shown to CAP_SYS_ADMIN: xattr(7). */
static const cap_value_t reader_caps[] = { CAP_DAC_READ_SEARCH, CAP_SYS_ADMIN };
static const cap_value_t overseer_caps[] = {
	CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID, CAP_MKNOD, CAP_SETFCAP,
	CAP_SYS_CHROOT, CAP_SYS_ADMIN, CAP_SETPCAP,
};

static int keep(const cap_value_t *list, int count, struct error *err)
{
	/* What execve(2) could give back; without CAP_SETPCAP that has been done already. */
	bool may = has_capability(CAP_SETPCAP);
	for (cap_value_t cap = 0; may && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++) {
		bool wanted = false;
		for (int i = 0; i < count; i++)
			wanted = wanted || list[i] == cap;
		if (!wanted && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return refuse(errno, "prctl(PR_CAPBSET_DROP)", err);
	}
	cap_t caps = cap_init(), now = cap_get_proc();
	if (!caps || !now)
		out_of_memory();
	for (int i = 0; i < count; i++) {
		cap_flag_value_t has = CAP_CLEAR;
		cap_get_flag(now, list[i], CAP_PERMITTED, &has);
		if (has == CAP_SET) {
			cap_set_flag(caps, CAP_PERMITTED, 1, &list[i], CAP_SET);
			cap_set_flag(caps, CAP_EFFECTIVE, 1, &list[i], CAP_SET);
		}
	}
	int failed = cap_set_proc(caps);
	int code = errno;
	cap_free(caps);
	cap_free(now);
	return failed ? refuse(code, "capset", err) : 0;
}

static int limit(int resource, uint64_t most)
{
	struct rlimit rlimit;

	if (getrlimit(resource, &rlimit) < 0)
		return -1;
	if (rlimit.rlim_max == RLIM_INFINITY || rlimit.rlim_max > most)
		rlimit.rlim_max = most;
	rlimit.rlim_cur = rlimit.rlim_max;
	return setrlimit(resource, &rlimit);
}

int confine_process(enum walls walls, uint64_t size, struct error *err)
{
	static const struct { const cap_value_t *list; int count; } kept[] = {
		[WALLS_NOTHING] = { NULL, 0 },
		[WALLS_TREE] = { tree_caps, COUNT(tree_caps) },
		[WALLS_READER] = { reader_caps, COUNT(reader_caps) },
		[WALLS_OVERSEER] = { overseer_caps, COUNT(overseer_caps) },
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return refuse(errno, "prctl(PR_SET_NO_NEW_PRIVS)", err);
	if (keep(kept[walls].list, kept[walls].count, err) < 0)
		return -1;
#ifndef SANITIZED /* which maps terabytes */
	if (limit(RLIMIT_AS, MEMORY) < 0)
		return refuse(errno, "setrlimit(RLIMIT_AS)", err);
#endif
	/* A file that grows beyond becomes an error of write(2). */
	signal(SIGXFSZ, SIG_IGN);
	if (limit(RLIMIT_FSIZE, size) < 0 || limit(RLIMIT_CORE, 0) < 0 ||
	    limit(RLIMIT_NOFILE, FILES) < 0)
		return refuse(errno, "setrlimit", err);
#ifndef SANITIZED /* which makes calls of its own */
	if (walls != WALLS_OVERSEER)
		return filter_load(err);
#endif
	return 0;
}
