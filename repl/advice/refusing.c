/* Limits of a program's own, and room: what was short when its call failed. getrlimit(2), rename(2), open(2). */
#include "advice/refusing.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "advice/seen/named.h"
#include "base/list.h"
#include "base/message.h"
#include "base/process/strait.h"
#include "base/text.h"
#include "ops/privilege/capability.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/snapshot.h"

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

bool by_room(const struct refused *at, struct verdict *ret)
{
	const struct mount *on = refused_mount(at);

	if (!at->strait || !at->strait->stored || (at->strait->inodes && at->strait->left >= 4096))
		return false;
	if (at->strait->left < 4096)
		text_sayf(ret->why, "the file system had %llu bytes left", (unsigned long long)at->strait->left);
	else
		text_say(ret->why, "the file system had no inode left, and free bytes");
	if (on)
		text_sayf(ret->why, N_(": mount %d (%s, %s)"), on->id, vis(on->point), vis(on->type));
	if (on && strcmp(on->type, "tmpfs") == 0)
		text_sayf(ret->fix, at->strait->left < 4096 ? "mount none %s -o remount,size=64m" : "mount none %s -o remount,nr_inodes=0", vis(on->point));
	return blame(ret, WALLS, at->strait->left < 4096 ? CAUSE_FILE_FULL : CAUSE_FILE_NO_INODES);
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
	text_say(ret->why, "a name in the path has more than 255 bytes, or the path more than 4095");
	return blame(ret, WALLS, CAUSE_FILE_NAME_LONG);
}
