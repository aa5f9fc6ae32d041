/* Namespace files that are mounted: what ip-netns(8) and unshare(1) --net=FILE make. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/text.h"
#include "snapshot/machine/scan.h"

enum { LOOKS = 16, TABLE = 1 << 26, PATH = 32 };

/* mountinfo lists what lies below the process's root: one that has the namespace's own is asked, where one is
 * among the first. */
static pid_t choose(const struct scan *scan, const struct space *space)
{
	char path[PATH], root[4];
	pid_t first = 0;
	int looks = 0;

	for (size_t i = 0; i < space->count && looks < LOOKS; i++) {
		const struct holder *holder = &space->holders[i];
		if (holder->kind != HELD_BY_PROCESS)
			continue;
		looks++;
		first = first ? first : holder->pid;
		snprintf(path, sizeof(path), "%d/root", holder->pid);
		if (readlinkat(scan->proc, path, root, sizeof(root)) == 1)
			return holder->pid;
	}
	return first;
}

static void scan_table(struct scan *scan, pid_t pid)
{
	cleanup_text struct text text = { 0 };
	char path[PATH];

	snprintf(path, sizeof(path), "%d/mountinfo", pid);
	if (read_file(scan->proc, path, TABLE, &text) < 0) {
		scan->census->unseen.tables += errno != ENOENT && errno != ESRCH && errno != EINVAL;
		return;
	}
	if (!strstr(text_of(&text), " - nsfs "))
		return;
	struct mounts *mounts = mounts_parse(text_of(&text), NULL);
	for (size_t i = 0; i < mounts->count; i++) {
		const struct mount *mount = &mounts->list[i];
		struct holder holder = { HELD_BY_MOUNT, pid, 0, NULL };
		enum ns_link type;
		uint64_t id;
		if (strcmp(mount->type, "nsfs") != 0 || !scan_parse(mount->root, &type, &id))
			continue;
		holder.path = arena_copy(&scan->census->arena, mount->point);
		scan_hold(scan, type, id, &holder);
	}
	mounts_free(mounts);
}

void scan_mounts(struct scan *scan)
{
	/* None is added meanwhile but by a mount, and those have no processes. */
	for (size_t i = 0; i < scan->census->count; i++) {
		const struct space *space = &scan->census->spaces[i];
		pid_t pid = space->type == NS_MNT ? choose(scan, space) : 0;
		if (pid)
			scan_table(scan, pid);
	}
}
