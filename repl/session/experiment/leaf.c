/* A control group of the sandbox's own, where the shell's own group is this user's (delegated): what a program in the
 * sandbox mounts as cgroup2 begins at the group in which its cgroup namespace was made, cgroup_namespaces(7), and in
 * the shell's group it could end the shell. Root's sandbox needs none: no group is writable with its ids. */
#include "session/experiment/leaf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
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

int leaf_make(struct leaf *ret, struct error *err)
{
	char own[3800], procs[4000];

	ret->path[0] = '\0';
	if (geteuid() == 0 || !find_own(own, sizeof(own)))
		return 0;
	snprintf(procs, sizeof(procs), "%s/cgroup.procs", own);
	if (access(procs, W_OK) < 0)
		return 0;
	snprintf(ret->path, sizeof(ret->path), "%s/stave-%d-try", own, getpid());
	if (mkdir(ret->path, 0755) == 0 || errno == EEXIST)
		return 0;
	fail(err, errno, "mkdir %s", vis(ret->path));
	fail_as(err, ERR_TRY_SANDBOX);
	ret->path[0] = '\0';
	return fail_why(err, "without a group of its own a program in the sandbox could end this shell by its group");
}

int leaf_join(const struct leaf *leaf)
{
	cleanup_fd int folder = leaf->path[0] ? open(leaf->path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

	return !leaf->path[0] ? 0 : folder < 0 ? -1 : write_control(folder, "cgroup.procs", "0");
}

void leaf_remove(const struct leaf *leaf)
{
	if (leaf->path[0])
		rmdir(leaf->path);
}
