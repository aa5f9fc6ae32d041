#include "shell/tell/next.h"

#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/list.h"
#include "base/path.h"
#include "snapshot/look.h"
#include "snapshot/snapshot.h"
#include "walls/walls.h"

/* In the order in which they can be built: what takes a privilege comes before it is given up. */
static const enum wall_id order[] = {
	WALL_PID, WALL_UTS, WALL_IPC, WALL_NET, WALL_CGROUP, WALL_ROOT, WALL_PATHS,
	WALL_CAPABILITIES, WALL_NO_NEW_PRIVS, WALL_SECCOMP,
};

/* The first of the words that build a wall. */
static const char *building(enum wall_id wall, struct arena *arena)
{
	return arena_copyn(arena, walls[wall].build, strcspn(walls[wall].build, ";"));
}

/* Whether the proc at a path shows the child's pid namespace: it is mounted, and not the host's. */
static bool has_proc(const struct sides *sides, const char *path)
{
	const struct mounts *child = sides->child->mounts, *host = sides->host->mounts;
	const struct mount *its = child ? mounts_at(child, path) : NULL;
	const struct mount *hosts = host ? mounts_at(host, "/proc") : NULL;

	return its && strcmp(its->type, "proc") == 0 &&
	       !(hosts && its->major == hosts->major && its->minor == hosts->minor);
}

/* A folder that could be the root: the last union on which programs lie. */
static const char *filled_root(const struct reading *child)
{
	const struct mounts *mounts = child->mounts;
	struct stat st;

	for (size_t i = mounts ? mounts->count : 0; i-- > 0;) {
		const struct mount *mount = &mounts->list[i];
		cleanup_arena struct arena arena = { 0 };
		if (strcmp(mount->type, "overlay") == 0 && strcmp(mount->point, "/") != 0 &&
		    look_stat(child->pid, path_join(&arena, mount->point, "bin"), 0, &st) == 0 &&
		    S_ISDIR(st.st_mode))
			return mount->point;
	}
	return NULL;
}

/* In a user namespace proc is only mounted where another one is seen, which pivot takes away. */
static const char *towards_root(const struct sides *sides, const char *folder,
				struct arena *arena)
{
	if (!wall_stands(WALL_PID, sides))
		return building(WALL_PID, arena);
	const char *proc = path_join(arena, folder, "proc");
	return arena_print(arena, "%s%s", has_proc(sides, proc) ? "pivot " : "mount proc ",
			   has_proc(sides, proc) ? folder : proc);
}

const char *next_line(const struct sides *sides, bool root, struct arena *arena)
{
	bool own_root = wall_stands(WALL_ROOT, sides);

	if (wall_stands(WALL_CHROOT, sides))
		return "undo";
	if (!root && !wall_stands(WALL_USER, sides))
		return building(WALL_USER, arena);
	if (!wall_stands(WALL_MNT, sides))
		return building(WALL_MNT, arena);
	const char *folder = own_root ? NULL : filled_root(sides->child);
	if (folder)
		return towards_root(sides, folder, arena);
	if (wall_stands(WALL_PID, sides) && !has_proc(sides, "/proc"))
		return "mount proc /proc";
	for (size_t i = 0; i < COUNT(order); i++)
		if (wall_standing(order[i], sides) == NOT_STANDING)
			return order[i] == WALL_ROOT ? "rootfs busybox /mnt" :
						       building(order[i], arena);
	return "verify";
}
