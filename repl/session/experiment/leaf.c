/* Control groups of the sandbox's own: in the grounds for what is limited there; without them one where the shell's own
 * group is this user's (delegated), for what a program in the sandbox mounts as cgroup2 begins at the group in which
 * its cgroup namespace was made, cgroup_namespaces(7), and in the shell's group it could end the shell. Root's sandbox
 * needs none then: no group is writable with its ids. */
#include "session/experiment/leaf.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/path.h"
#include "base/text.h"
#include "ops/undo/undo.h"
#include "snapshot/snapshot.h"

/* The shell's own group of cgroup v2 as a folder; false where there is none. */
static bool find_own(char *ret, size_t size)
{
	cleanup_text struct text table = { 0 }, groups = { 0 };
	bool found = false;

	if (read_file(AT_FDCWD, "/proc/self/mountinfo", 16 << 20, &table) < 0 ||
	    read_file(AT_FDCWD, "/proc/self/cgroup", 1 << 20, &groups) < 0)
		return false;
	const char *line = strncmp(text_of(&groups), "0::", 3) == 0 ? text_of(&groups) : strstr(text_of(&groups), "\n0::");
	const char *path = line ? strchr(line, '/') : NULL;
	struct mounts *mounts = mounts_parse(text_of(&table), NULL);
	for (size_t i = 0; path && !found && i < mounts->count; i++) {
		const struct mount *mount = &mounts->list[i];
		int length = (int)strcspn(path, "\n");
		found = strcmp(mount->type, "cgroup2") == 0 && strcmp(mount->root, "/") == 0 &&
			snprintf(ret, size, "%s%.*s", mount->point, length, path) < (int)size;
	}
	mounts_free(mounts);
	return found;
}

/* Where nothing is limited. */
static int make_safe(struct leaves *ret, struct error *err)
{
	char own[3800], procs[4000];
	struct leaf *leaf = &ret->list[0];

	if (geteuid() == 0 || !find_own(own, sizeof(own)))
		return 0;
	snprintf(procs, sizeof(procs), "%s/cgroup.procs", own);
	if (access(procs, W_OK) < 0)
		return 0;
	snprintf(leaf->path, sizeof(leaf->path), "%s/stave-%d-try", own, getpid());
	if (mkdir(leaf->path, 0755) < 0 && errno != EEXIST) {
		fail(err, errno, "mkdir %s", vis(leaf->path));
		fail_as(err, ERR_TRY_SANDBOX);
		return fail_why(err, "without a group of its own a program in the sandbox could end this shell by its group");
	}
	ret->count = 1;
	return 0;
}

int leaves_make(const struct grounds *grounds, struct leaves *ret, struct error *err)
{
	ret->count = 0;
	for (size_t i = 0; i < CONTROLLERS; i++)
		ret->list[i] = (struct leaf){ .procs = -1 };
	for (size_t i = 0; grounds && i < grounds->count; i++) {
		struct leaf *leaf = &ret->list[ret->count++];
		leaf->ground = &grounds->list[i];
		snprintf(leaf->path, sizeof(leaf->path), "%s/sandbox", leaf->ground->folder);
		if (mkdir(leaf->path, 0755) == 0)
			continue;
		fail(err, errno, "mkdir %s", vis(leaf->path));
		leaves_remove(ret);
		return fail_as(err, ERR_TRY_SANDBOX);
	}
	return ret->count ? 0 : make_safe(ret, err);
}

/* cgroup v1 has tasks as well, by which a process is moved faster: ops/cgroup/attach.c. */
static const char *list_of(const struct leaf *leaf)
{
	return leaf->ground && leaf->ground->version == 1 ? "tasks" : "cgroup.procs";
}

int leaves_open(struct leaves *leaves, uid_t owner, struct error *err)
{
	static const char *const files[] = { ".", "tasks", "cgroup.procs", "cgroup.threads", "cgroup.subtree_control" };

	for (size_t i = 0; i < leaves->count; i++) {
		struct leaf *leaf = &leaves->list[i];
		cleanup_fd int folder = open(leaf->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		for (size_t n = 0; folder >= 0 && n < COUNT(files); n++)
			if (fchownat(folder, files[n], owner, (gid_t)-1, AT_SYMLINK_NOFOLLOW) < 0 && errno != ENOENT)
				return fail(err, errno, "chown %s of %s", files[n], vis(leaf->path));
		leaf->procs = folder < 0 ? -1 : openat(folder, list_of(leaf), O_WRONLY | O_CLOEXEC);
		if (leaf->procs < 0)
			return fail(err, errno, "open %s of %s", list_of(leaf), vis(leaf->path));
	}
	return 0;
}

int leaves_join(struct leaves *leaves, struct error *err)
{
	for (size_t i = 0; i < leaves->count; i++) {
		cleanup_fd int procs = steal_fd(&leaves->list[i].procs);
		if (write_fd(procs, "0", 1) < 0)
			return fail(err, errno, "write %s of %s", list_of(&leaves->list[i]), vis(leaves->list[i].path));
	}
	return unshare(CLONE_NEWCGROUP) < 0 ? fail(err, errno, "unshare(CLONE_NEWCGROUP)") : 0;
}

int leaves_mount(const struct leaves *leaves, struct error *err)
{
	static const char top[] = "/sys/fs/cgroup";
	const unsigned long safe = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	bool folders = false;

	for (size_t i = 0; i < leaves->count; i++) {
		const struct ground *ground = leaves->list[i].ground;
		if (!ground || !path_inside(top, ground->mount))
			continue;
		bool below = strcmp(ground->mount, top) != 0, first = ground->version == 1;
		if (below && !folders && mount("stave", top, "tmpfs", safe, "mode=0755") < 0)
			return fail(err, errno, "mount a tmpfs at %s in the sandbox", top);
		folders = folders || below;
		if ((below && mkdir(ground->mount, 0755) < 0) ||
		    mount("cgroup", ground->mount, first ? "cgroup" : "cgroup2", safe, first ? ground->controllers : NULL) < 0)
			return fail(err, errno, "mount the control groups of %s in the sandbox", ground->controllers);
	}
	return 0;
}

void leaves_remove(const struct leaves *leaves)
{
	for (size_t i = 0; i < leaves->count; i++)
		undo_remove_group(leaves->list[i].path);
}
