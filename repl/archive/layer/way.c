#include "archive/layer/way.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

#include "archive/talk.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "base/file/remove.h"

void record_add(struct text *to, enum settle_record kind, const char *path)
{
	text_add(to, (char[]){ (char)kind, '\0' });
	text_addn(to, path, strlen(path) + 1);
}

int record_flush(struct tree *tree)
{
	int failed = write_fd(tree->list, text_of(&tree->records), tree->records.len);

	text_clear(&tree->records);
	return failed;
}

/* Root has both forms: its containers may have a user namespace or not, and overlay reads the one
 * or the other. Where a file system has no attributes of users (tmpfs before Linux 6.6) root's own
 * is left. */
int way_opaque(const struct tree *tree, int fd)
{
	if (fsetxattr(fd, "user.overlay.opaque", "y", 1, 0) < 0 &&
	    !(errno == EOPNOTSUPP && tree->overseer >= 0))
		return -1;
	return tree->overseer >= 0 ? talk_ask_opaque(tree->overseer, fd) : 0;
}

/* ---- the way to a file ---- */

int way_folder(const struct tree *tree, int at, const char *name, bool *made)
{
	struct stat st;
	bool hides = false;

	*made = true;
	if (mkdirat(at, name, 0755) < 0) {
		if (errno != EEXIST || fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return -1;
		*made = hides = !S_ISDIR(st.st_mode);
		if (*made && (unlinkat(at, name, 0) < 0 || mkdirat(at, name, 0755) < 0))
			return -1;
	}
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && hides && way_opaque(tree, fd) < 0)
		cleanup_fd_(&fd), fd = -1;
	return fd;
}

/* One step of the way, which follows links: they end in this layer, whatever they say. */
static int step_into(struct tree *tree, int at, const char *name, const char *path)
{
	int fd = openat(at, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	bool made;

	if (fd >= 0 || (errno != ENOENT && errno != ENOTDIR))
		return fd;
	/* A link that leads nowhere is no folder, and nothing to replace; a deletion replaces nothing. */
	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    (tree->deleting || S_ISLNK(st.st_mode))) {
		errno = tree->deleting ? ENOTDIR : ENOENT;
		return -1;
	}
	fd = way_folder(tree, at, name, &made);
	if (fd >= 0 && made)
		record_add(&tree->implied, tree->deleting ? SETTLE_WAY : SETTLE_FOLDER, path);
	return fd;
}

static int walk(struct tree *tree, const char *path)
{
	char copy[PATH_MAX];
	int at = dup(tree->root);

	snprintf(copy, sizeof(copy), "%s", path);
	for (char *name = copy; at >= 0 && *name;) {
		char *slash = strchr(name, '/');
		if (slash)
			*slash = '\0';
		int next = step_into(tree, at, name, copy);
		close(at);
		at = next;
		if (!slash)
			break;
		*slash = '/';
		name = slash + 1;
	}
	return at;
}

int way_parent(struct tree *tree, const char *path, const char **name, struct error *err)
{
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) : 0;

	*name = slash ? slash + 1 : path;
	if (tree->folder >= 0 && tree->folder_path.len == length &&
	    strncmp(text_of(&tree->folder_path), path, length) == 0)
		return tree->folder;
	cleanup_fd_(&tree->folder);
	text_clear(&tree->folder_path);
	text_addn(&tree->folder_path, path, length);
	tree->folder = openat(tree->root, length ? text_of(&tree->folder_path) : ".",
			      O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (tree->folder < 0)
		tree->folder = walk(tree, text_of(&tree->folder_path));
	if (tree->folder < 0) {
		int code = errno;
		fail(err, code, "open the folder of %s", vis(path));
		if (code == ELOOP)
			fail_why(err, "more symbolic links lie on the way than the kernel follows, which is 40");
		if (code == ENOENT)
			fail_why(err, "a symbolic link on the way leads to nothing");
		return -1;
	}
	return tree->folder;
}

int way_clear(struct tree *tree, int at, const char *name, const char *path,
		     struct error *err)
{
	if (remove_tree(at, name) < 0 && errno != ENOENT)
		return fail(err, errno, "remove %s, which comes twice", vis(path));
	if (strncmp(text_of(&tree->folder_path), path, strlen(path)) == 0 &&
	    tree->folder_path.len > strlen(path))
		cleanup_fd_(&tree->folder), tree->folder = -1;
	return 0;
}
