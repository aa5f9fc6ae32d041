#include "archive/layer/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "archive/layer/meta.h"
#include "archive/layer/way.h"
#include "archive/records.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/text.h"
#include "base/file/remove.h"

/* What is left out has a whiteout in its place. By its mode, this and the note's number, a link to it
 * is known for another of the kind; a deletion's has none. */
enum { LEFT_OUT = 0600, LEFT_OUT_NOTE = 7 };

#define PSEUDO_LINKS ".wh..wh.plnk"

void tree_init(struct tree *tree, int fd, int overseer, int list)
{
	*tree = (struct tree){ .root = fd, .overseer = overseer, .list = list, .folder = -1 };
}

void tree_done(struct tree *tree)
{
	cleanup_fd_(&tree->folder);
	text_done(&tree->folder_path);
	text_done(&tree->implied);
	text_done(&tree->records);
	for (size_t i = 0; i < tree->folder_count; i++)
		free(tree->folders[i].path);
	free(tree->folders);
}

static int record_whiteout(struct tree *tree, const char *path, struct error *err)
{
	enum { MANY = 64 * 1024 };

	record_add(&tree->records, SETTLE_WHITEOUT, path);
	if (tree->records.len >= MANY && record_flush(tree) < 0)
		return fail(err, errno, "write the list of deletions");
	return 0;
}

static int fail_opaque(const char *path, struct error *err)
{
	fail(err, errno, "fsetxattr user.overlay.opaque of %s", vis(path));
	if (errno != EOPNOTSUPP)
		return -1;
	fail_why(err, "the store's file system has no user extended attributes (tmpfs does "
		      "since Linux 6.6)");
	return fail_fix(err, "set XDG_DATA_HOME to a folder on another file system");
}

static bool is_left_out(const struct stat *st)
{
	return is_whiteout(st) && (st->st_mode & 07777 & ~LEFT_OUT_NOTE) == LEFT_OUT;
}

/* ---- what there can be ---- */

int tree_file(struct tree *tree, const char *path, struct error *err)
{
	const char *name;
	int at = way_parent(tree, path, &name, err);

	if (at < 0)
		return -1;
	for (;;) {
		int fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd >= 0)
			return fd;
		if (errno != EEXIST)
			return fail(err, errno, "open");
		if (way_clear(tree, at, name, path, err) < 0)
			return -1;
	}
}

static void remember_time(struct tree *tree, const char *path, struct timespec mtime)
{
	LIST_ROOM(tree->folders, tree->folder_count, tree->folder_room);
	tree->folders[tree->folder_count].path = text_copy(*path ? path : ".");
	tree->folders[tree->folder_count++].mtime = meta_when(tree, mtime);
}

int tree_folder(struct tree *tree, const char *path, const struct meta *meta, struct error *err)
{
	const char *name = path;
	int at = *path ? way_parent(tree, path, &name, err) : tree->root;
	bool made = false;

	if (at < 0)
		return -1;
	int fd = *path ? way_folder(tree, at, name, &made) : openat(at, ".", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(err, errno, "mkdir");
	remember_time(tree, path, meta->mtime);
	return fd;
}

int tree_symlink(struct tree *tree, const char *path, const char *target,
		 const struct meta *meta, struct error *err)
{
	const char *name;
	int at = way_parent(tree, path, &name, err);

	if (at < 0)
		return -1;
	if (symlinkat(target, at, name) < 0) {
		if (errno != EEXIST)
			return fail(err, errno, "symlink to %s", vis(target));
		if (way_clear(tree, at, name, path, err) < 0)
			return -1;
		if (symlinkat(target, at, name) < 0)
			return fail(err, errno, "symlink to %s", vis(target));
	}
	if (meta_own(tree, at, name, meta, err) < 0)
		return -1;
	return meta_time(tree, at, name, meta, err);
}

/* To a symbolic link: a link to that itself, as link(2) has it. */
int tree_link(struct tree *tree, const char *path, const char *target, struct error *err)
{
	const char *name, *slash = strrchr(target, '/');
	char folder[PATH_MAX];
	struct stat st;

	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - target) : 1,
		 slash ? target : ".");
	cleanup_fd int from = openat(tree->root, folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	const char *old = slash ? slash + 1 : target;
	if (strcmp(path, target) == 0)
		return fail_id(err, ERR_ARCHIVE_INVALID, 0, "a hard link to itself");
	if (from < 0 || fstatat(from, old, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    (is_whiteout(&st) && !is_left_out(&st))) {
		fail_id(err, ERR_ARCHIVE_INVALID, ENOENT, "a hard link to %s", vis(target));
		return fail_why(err, "this layer has no such file before this entry; a hard link can refer only to "
				"a file of its own layer");
	}
	if (is_left_out(&st))
		return tree_left_out(tree, path, (enum note)(st.st_mode & LEFT_OUT_NOTE), err);
	int at = way_parent(tree, path, &name, err);
	if (at < 0)
		return -1;
	if (linkat(from, old, at, name, 0) == 0)
		return 0;
	if (errno != EEXIST)
		return fail(err, errno, "link to %s", vis(target));
	struct stat here;
	if (fstatat(at, name, &here, AT_SYMLINK_NOFOLLOW) == 0 && here.st_dev == st.st_dev &&
	    here.st_ino == st.st_ino)
		return 0;
	if (way_clear(tree, at, name, path, err) < 0)
		return -1;
	if (linkat(from, old, at, name, 0) < 0)
		return fail(err, errno, "link to %s", vis(target));
	return 0;
}

int tree_node(struct tree *tree, const char *path, mode_t type, dev_t device,
	      const struct meta *meta, struct error *err)
{
	const char *name;

	if (S_ISCHR(type) && device == makedev(0, 0))
		return tree_left_out(tree, path, NOTE_WHITEOUTS, err);
	int at = way_parent(tree, path, &name, err);
	if (at < 0)
		return -1;
	if (way_clear(tree, at, name, path, err) < 0)
		return -1;
	if (mknodat(at, name, type | 0600, device) < 0) {
		if (errno != EPERM || S_ISFIFO(type))
			return fail(err, errno, "mknod");
		return tree_left_out(tree, path, NOTE_DEVICES, err);
	}
	if (meta_own(tree, at, name, meta, err) < 0)
		return -1;
	if (fchmodat(at, name, meta->mode & 07777, 0) < 0)
		return fail(err, errno, "chmod");
	return meta_time(tree, at, name, meta, err);
}

static int fail_whiteout(struct error *err)
{
	fail(err, errno, "mknod(S_IFCHR, makedev(0, 0))");
	return errno == EPERM ? fail_why(err, "overlay represents a deletion by this node; ordinary users "
					 "may make it since Linux 5.8") : -1;
}

int tree_left_out(struct tree *tree, const char *path, enum note note, struct error *err)
{
	const char *name;
	int at = way_parent(tree, path, &name, err);

	if (at < 0)
		return -1;
	notes_add(&tree->notes, note, path);
	if (way_clear(tree, at, name, path, err) < 0)
		return -1;
	if (mknodat(at, name, S_IFCHR | LEFT_OUT | (mode_t)note, makedev(0, 0)) < 0)
		return fail_whiteout(err);
	return record_whiteout(tree, path, err);
}

/* The folder that a deletion lies in: -1 with err, -2 where this layer has something there that is not
 * a folder: nothing of the layers below can be seen in it. */
static int parent_of_deletion(struct tree *tree, const char *path, const char **name,
			      struct error *err)
{
	tree->deleting = true;
	int at = way_parent(tree, path, name, err);
	tree->deleting = false;
	return at < 0 && err->code == ENOTDIR ? -2 : at;
}

int tree_whiteout(struct tree *tree, const char *path, struct error *err)
{
	const char *name;
	struct stat st;
	int at = parent_of_deletion(tree, path, &name, err);

	if (at < 0)
		return at == -2 ? 0 : -1;
	if (mknodat(at, name, S_IFCHR, makedev(0, 0)) == 0)
		return record_whiteout(tree, path, err);
	if (errno != EEXIST)
		return fail_whiteout(err);
	/* The layer itself has the name too: that stays, and hides what is below all by itself, but
	 * for a folder. Whether that one is here for deletions alone is known at the end. */
	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode))
		return 0;
	cleanup_fd int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || way_opaque(tree, fd) < 0)
		return fail_opaque(path, err);
	return record_whiteout(tree, path, err);
}

int tree_opaque(struct tree *tree, const char *path, struct error *err)
{
	char inside[PATH_MAX];
	const char *name;

	snprintf(inside, sizeof(inside), "%s%s.", path, *path ? "/" : "");
	int at = parent_of_deletion(tree, inside, &name, err);
	if (at < 0)
		return at == -2 ? 0 : -1;
	cleanup_fd int fd = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char value;
	if (fd < 0 || way_opaque(tree, fd) < 0)
		return fail_opaque(path, err);
	/* settle.c has to find it again, and sees no attributes of root's. */
	if (!*path && fgetxattr(fd, "user.overlay.opaque", &value, 1) < 0)
		return fail_opaque(path, err);
	return 0;
}

/* aufs kept files of several names in a folder of its own, and its images name them there. */
bool tree_is_pseudo_link(const char *path)
{
	static const char within[] = PSEUDO_LINKS "/";

	return strncmp(path, within, strlen(within)) == 0 && !strchr(path + strlen(within), '/');
}

/* ---- the end ---- */

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct tree_folder *)a)->path, ((const struct tree_folder *)b)->path);
}

static bool is_named(const struct tree *tree, const char *path)
{
	const struct tree_folder key = { .path = (char *)(uintptr_t)(*path ? path : ".") };

	return tree->folder_count && bsearch(&key, tree->folders, tree->folder_count,
					     sizeof(*tree->folders), compare);
}

/* An entry may name a folder after those of the files in it. The deepest come first: a folder has to be
 * empty to go. */
static int write_implied(struct tree *tree)
{
	const char *implied = text_of(&tree->implied);

	if (tree->folder_count)
		qsort(tree->folders, tree->folder_count, sizeof(*tree->folders), compare);
	for (size_t end = tree->implied.len; end > 0;) {
		const char *before = end > 1 ? memrchr(implied, '\0', end - 1) : NULL;
		size_t at = before ? (size_t)(before + 1 - implied) : 0;
		if (!is_named(tree, implied + at + 1))
			text_addn(&tree->records, implied + at, end - at);
		end = at;
	}
	/* The root of a layer is "": mostly nothing names it. */
	if (!is_named(tree, ""))
		record_add(&tree->records, SETTLE_FOLDER, "");
	return record_flush(tree);
}

int tree_close(struct tree *tree, struct error *err)
{
	if (remove_tree(tree->root, PSEUDO_LINKS) < 0 && errno != ENOENT)
		return fail(err, errno, "remove " PSEUDO_LINKS);
	for (size_t i = 0; i < tree->folder_count; i++) {
		struct timespec times[2] = { tree->folders[i].mtime, tree->folders[i].mtime };
		/* It may have been replaced since. */
		if (utimensat(tree->root, tree->folders[i].path, times, AT_SYMLINK_NOFOLLOW) < 0 &&
		    errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
			return fail(err, errno, "utimensat %s", vis(tree->folders[i].path));
	}
	if (write_implied(tree) < 0)
		return fail(err, errno, "write the list of folders");
	return 0;
}
