/* Limits of a program's own, and room: what was short when its call failed. getrlimit(2), rename(2), open(2). */
#include "advice/calls/refusing.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "advice/seen/named.h"
#include "advice/seen/room.h"
#include "base/list.h"
#include "base/path.h"
#include "base/message.h"
#include "base/process/strait.h"
#include "base/text.h"
#include "ops/privilege/capability.h"
#include "snapshot/eyes/denied.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/snapshot.h"
#include "walls/storage.h"

static const char limit_fix[] = N_("ulimit -a in the program's own line shows its limits; container --without limits sets none");

bool by_limit(const struct refused *at, struct verdict *ret)
{
	static const struct { int resource; enum cause_id cause; const char *why; } limits[] = {
		{ RLIMIT_NOFILE, CAUSE_LIMIT_NOFILE, N_("RLIMIT_NOFILE of the process was %llu, and all of these numbers were open") },
		{ RLIMIT_FSIZE, CAUSE_LIMIT_FSIZE, N_("RLIMIT_FSIZE of the process was %llu bytes, and the file would have become longer") },
		{ RLIMIT_AS, CAUSE_LIMIT_AS, N_("RLIMIT_AS of the process was %llu bytes; it had %llu, and asked for %llu more") },
		{ RLIMIT_DATA, CAUSE_LIMIT_DATA, N_("RLIMIT_DATA of the process was %llu bytes; it had %llu, and asked for %llu more") },
		{ RLIMIT_MEMLOCK, CAUSE_LIMIT_MEMLOCK, N_("RLIMIT_MEMLOCK of the process was %llu bytes, and it has no CAP_IPC_LOCK that counts") },
	};

	for (size_t i = 0; at->strait && i < COUNT(limits); i++) {
		if (limits[i].resource != at->strait->resource)
			continue;
		text_sayf(ret->why, limits[i].why, (unsigned long long)at->strait->limit, (unsigned long long)at->strait->used,
			  (unsigned long long)at->args[at->number == SYS_mremap ? 2 : 1]);
		text_say(ret->fix, limit_fix);
		return blame(ret, WALL_LIMITS, limits[i].cause);
	}
	return false;
}

/* Whoever has one of two capabilities in the first user namespace is not counted. fork(2). */
bool by_processes(const struct refused *at, struct verdict *ret)
{
	uint64_t free = CAPABILITY(CAP_SYS_RESOURCE) | CAPABILITY(CAP_SYS_ADMIN);

	if (!at->strait || at->strait->resource != RLIMIT_NPROC || ((at->caps & free) && !ns_own(at->child, at->host, NS_USER)))
		return false;
	text_sayf(ret->why, "RLIMIT_NPROC of the process was %llu, and no group's pids.events counts a refused fork",
		  (unsigned long long)at->strait->limit);
	text_say(ret->fix, limit_fix);
	return blame(ret, WALL_LIMITS, CAUSE_LIMIT_NPROC);
}

static void more_room(const struct refused *at, const struct mount *on, bool full, struct text *fix)
{
	cleanup_text struct text option = { 0 };

	if (room_is_fixed(at->child)) {
		room_volume(on, fix);
		return;
	}
	room_option(&at->strait->room, full, &option);
	text_sayf(fix, "mount none %s -o remount,%s", vis(on->point), text_of(&option));
}

bool by_room(const struct refused *at, struct verdict *ret)
{
	const struct mount *on = refused_mount(at);
	enum cause_id cause = at->strait && at->strait->stored ? room_lacks(&at->strait->room, at->strait->wanted) : CAUSE_COUNT;
	bool full = cause == CAUSE_FILE_FULL, of_container = at->strait && room_made_for(&at->strait->room, at->storage);

	if (cause == CAUSE_COUNT)
		return false;
	if (of_container)
		storage_tell(&at->strait->room, ret->why, ret->fix);
	else if (full)
		text_sayf(ret->why, "the file system had %llu of its %llu bytes left", at->strait->room.left, at->strait->room.size);
	else
		text_say(ret->why, "the file system had no inode left, and free bytes");
	if (on)
		text_sayf(ret->why, N_(": mount %d (%s, %s)"), on->id, vis(on->point), vis(on->type));
	else if (at->path)
		text_sayf(ret->why, N_(": %s lies on it"), vis(at->path));
	if (!of_container && on && strcmp(on->type, "tmpfs") == 0)
		more_room(at, on, full, ret->fix);
	return blame(ret, WALLS, cause);
}

/* A folder that a layer below has cannot be moved without a note of where it came from. */
static bool by_rename(const struct refused *at, struct verdict *ret)
{
	const struct mount *on = refused_mount(at);
	struct stat st;

	if (at->code != EXDEV)
		return false;
	if (on && strcmp(on->type, "overlay") == 0 && !option_stands(on->super, "redirect_dir=on") &&
	    eyes_stat(at->eyes, at->child->pid, at->path, true, &st) == 0 && S_ISDIR(st.st_mode)) {
		text_sayf(ret->why, "mount %d (%s) is an overlay without redirect_dir=on, and %s is a folder of a layer below: it is copied, not renamed",
			  on->id, vis(on->point), vis(at->path));
		return blame(ret, WALLS, CAUSE_OVERLAY_REDIRECT);
	}
	text_say(ret->why, "the two names are on different mounts, and a name does not move from one to the other");
	return blame(ret, WALLS, CAUSE_FILE_TWO_MOUNTS);
}

bool by_name(const struct refused *at, struct verdict *ret)
{
	bool executes = at->number == SYS_execve || at->number == SYS_execveat;

	if (by_rename(at, ret))
		return true;
	if (at->code == ETXTBSY) {
		text_say(ret->why, executes ? N_("a process has the program's file open for writing") :
					      N_("a process executes this file, so it cannot be opened for writing"));
		return blame(ret, WALLS, executes ? CAUSE_EXEC_WRITTEN : CAUSE_FILE_EXECUTED);
	}
	if (at->code == ELOOP && !(at->number == SYS_openat && (at->args[2] & O_NOFOLLOW))) {
		text_say(ret->why, "more than 40 symbolic links lie on the way, as where links lead to each other");
		return blame(ret, WALLS, CAUSE_FILE_LINKS);
	}
	if (at->code != ENAMETOOLONG)
		return false;
	/* What the tracer read of it may be cut; a name that is too long is refused in a path that is not. */
	if (at->path && strlen(at->path) + 1 < PATH_MAX && path_longest(at->path) > NAME_MAX) {
		text_sayf(ret->why, "a name in the path has %zu bytes, and %d are the most", path_longest(at->path), NAME_MAX);
		return blame(ret, WALLS, CAUSE_FILE_NAME_LONG);
	}
	text_sayf(ret->why, "the path has more than %d bytes", PATH_MAX - 1);
	return blame(ret, WALLS, CAUSE_FILE_PATH_LONG);
}

/* ---- the file, and what it is on ---- */

static bool by_state(const struct refused *at, struct verdict *ret)
{
	const struct file_state *state = file_state(at->code);

	if (!state)
		return false;
	text_say(ret->why, state->why);
	text_say(ret->fix, state->fix);
	return blame(ret, WALLS, state->cause);
}

/* ENXIO and ENODEV of what is opened. open(2), fifo(7). */
static bool by_kind(const struct refused *at, struct verdict *ret)
{
	struct stat st;

	if ((at->code != ENXIO && at->code != ENODEV) || !at->path || eyes_stat(at->eyes, at->child->pid, at->path, false, &st) < 0)
		return false;
	if (S_ISFIFO(st.st_mode)) {
		text_say(ret->why, "it is a pipe that no process has open for reading, and the call does not wait for one");
		return blame(ret, WALLS, CAUSE_FILE_NO_READER);
	}
	if (S_ISSOCK(st.st_mode)) {
		text_say(ret->why, "it is a socket, which is connected to and not opened");
		return blame(ret, WALLS, CAUSE_FILE_SOCKET);
	}
	if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(5, 0)) {
		text_say(ret->why, "it stands for the terminal of the session, and the program's session has none");
		text_say(ret->fix, "run -t CMD gives the program a terminal of its own");
		return blame(ret, WALLS, CAUSE_FILE_NO_TERMINAL);
	}
	if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
		return false;
	text_sayf(ret->why, "it is a device node %u:%u, and the kernel has no driver that has something behind these numbers",
		  major(st.st_rdev), minor(st.st_rdev));
	return blame(ret, WALLS, CAUSE_FILE_NO_DRIVER);
}

static bool by_fuse(const struct refused *at, struct verdict *ret)
{
	const struct mount *on = refused_mount(at);

	if (on && strncmp(on->type, "fuse", 4) == 0 && at->code == ENOTCONN) {
		text_sayf(ret->why, "mount %d (%s) is a FUSE file system (%s) whose program has ended", on->id, vis(on->point), vis(on->type));
		text_sayf(ret->fix, "umount %s; then mount it again", vis(on->point));
		return blame(ret, WALLS, CAUSE_FUSE_GONE);
	}
	if (at->code != EACCES || !denied_by_fuse(on, at->child, ret->why))
		return false;
	text_say(ret->fix, "mount it with -o allow_other, or from inside the child");
	return blame(ret, WALLS, CAUSE_FUSE_OTHER);
}

bool by_file(const struct refused *at, struct verdict *ret)
{
	return by_fuse(at, ret) || by_kind(at, ret) || by_state(at, ret);
}

/* ---- ptrace(2) ---- */

/* Whether process pid is one that modes of access would allow: alive, the child's user's, followed by nobody. */
static bool is_traceable(const struct refused *at, int pid)
{
	cleanup_text struct text status = { 0 };
	char path[48];

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	if (ns_own(at->child, at->host, NS_PID) || eyes_read(at->eyes, path, 8192, &status) < 0)
		return false;
	const char *user = strstr(text_of(&status), "\nUid:"), *tracer = strstr(text_of(&status), "\nTracerPid:");
	return user && tracer && strtoul(user + 5, NULL, 10) == at->child->uid[0] && atoi(tracer + 11) == 0;
}

/* Yama asks before the rest: 1 lets in ancestors, 2 who has CAP_SYS_PTRACE, 3 nobody. */
static bool by_yama(const struct refused *at, bool attaches, struct verdict *ret)
{
	cleanup_text struct text scope = { 0 };

	if (eyes_read(at->eyes, "/proc/sys/kernel/yama/ptrace_scope", 16, &scope) < 0)
		return false;
	int level = atoi(text_of(&scope));
	bool may = at->caps & CAPABILITY(CAP_SYS_PTRACE);
	if (level < 3 && (level < 1 || may || !attaches || (level == 1 && !is_traceable(at, (int)at->args[1]))))
		return false;
	text_sayf(ret->why, level == 3 ? "kernel.yama.ptrace_scope is %d: nobody traces, until the next boot" : level == 2 ?
		  "kernel.yama.ptrace_scope is %d: who traces needs CAP_SYS_PTRACE" :
		  "kernel.yama.ptrace_scope is %d: without CAP_SYS_PTRACE a process traces those that it has started alone", level);
	if (level < 3)
		text_say(ret->fix, "!sysctl kernel.yama.ptrace_scope=0; container has --cap-add sys_ptrace");
	return blame(ret, WALLS, CAUSE_TRACE_YAMA);
}

bool by_tracer(const struct refused *at, struct verdict *ret)
{
	bool attaches = at->args[0] == PTRACE_ATTACH || at->args[0] == PTRACE_SEIZE;

	if (at->number != SYS_ptrace || at->code != EPERM || (!attaches && at->args[0] != PTRACE_TRACEME))
		return false;
	if (by_yama(at, attaches, ret))
		return true;
	if (attaches)
		return false;
	text_say(ret->why, "a process has one tracer, and all of this program's are followed by trace");
	text_say(ret->fix, "run CMD, and not trace CMD, lets it trace");
	return blame(ret, WALLS, CAUSE_TRACE_TRACED);
}
