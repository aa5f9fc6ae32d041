/* Every file system of the host is the lower layer of an overlay whose upper layer is in memory. The kernel lays no
 * overlay over a folder in which a locked mount lies (clone_private_mount() in fs/namespace.c), so a folder with
 * mounts below it is made again, and each of its entries has an overlay of its own. */
#include "session/experiment/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/path.h"
#include "base/syscalls.h"
#include "base/text.h"
#include "snapshot/snapshot.h"

#define BASE "/dev"

enum { MOST_MOUNTS = 400, COPIED = 1 << 20 /* bytes of a file that lies between mounts */ };

struct tree {
	const struct mounts *mounts;
	struct arena arena;
	int ids;
	uid_t shift;
	const char *lines; /* tree_make()'s */
	unsigned count; /* mounts so far */
};

/* Those of the kernel's own, which have no files of anybody's: the sandbox has its own, or none. */
static bool is_kernels(const char *type)
{
	static const char *const types[] = {
		"proc", "sysfs", "devtmpfs", "devpts", "cgroup", "cgroup2", "securityfs", "debugfs", "tracefs", "bpf",
		"pstore", "mqueue", "hugetlbfs", "configfs", "efivarfs", "autofs", "binfmt_misc", "fusectl", "nsfs", "rpc_pipefs", "selinuxfs",
	};

	for (size_t i = 0; i < COUNT(types); i++)
		if (strcmp(types[i], type) == 0)
			return true;
	return false;
}

static bool has_mounts_below(const struct tree *tree, const char *path)
{
	size_t length = strcmp(path, "/") == 0 ? 0 : strlen(path);

	for (size_t i = 0; i < tree->mounts->count; i++) {
		const char *point = tree->mounts->list[i].point;
		if (strncmp(point, path, length) == 0 && point[length] == '/' && point[length + 1])
			return true;
	}
	return false;
}

/* Where path lies in the copy. */
static const char *in_tree(struct tree *tree, const char *path)
{
	return arena_print(&tree->arena, TREE "%s", strcmp(path, "/") == 0 ? "" : path);
}

/* As the original, as far as this user may. */
static void give_owner(const struct tree *tree, const char *path, const struct stat *as)
{
	if (lchown(path, as->st_uid + tree->shift, as->st_gid + tree->shift) == 0 || !S_ISLNK(as->st_mode))
		chmod(path, as->st_mode & 07777);
}

static bool has_option(const struct mount *mount, const char *name)
{
	size_t length = strlen(name);

	for (const char *s = mount->options; s && *s; s += strcspn(s, ","), s += *s == ',')
		if (strncmp(s, name, length) == 0 && (s[length] == ',' || !s[length]))
			return true;
	return false;
}

/* What the host's mount forbids, the copy does. No file of it is a device. */
static unsigned long flags_of(const struct mount *mount)
{
	return MS_NODEV | (mount && has_option(mount, "noexec") ? MS_NOEXEC : 0) |
	       (mount && has_option(mount, "nosuid") ? MS_NOSUID : 0);
}

/* A second sight of the folder. */
static int open_lower(const struct tree *tree, const char *path)
{
	return sys_open_tree(AT_FDCWD, path, SYS_TREE_CLONE | (tree->ids < 0 ? SYS_TREE_RECURSIVE : 0));
}

/* With the ids of the sandbox where the file system can. */
static int attach_lower(struct tree *tree, int fd, const char *at)
{
	struct sys_mount_attr attributes = { .set = SYS_ATTR_IDMAP, .userns = (uint64_t)tree->ids };

	if (tree->ids >= 0)
		sys_mount_setattr(fd, "", 0x1000 /* AT_EMPTY_PATH */, &attributes);
	return sys_move_mount(fd, "", AT_FDCWD, at, SYS_MOVE_FROM_FD);
}

/* Make the folders between path and to in its upper layer, to among them. */
static void make_way(const struct tree *tree, const char *path, const char *upper, const char *to)
{
	char made[PATH_MAX], seen[PATH_MAX];
	const char *rest = path_inside(path, to);
	struct stat st;

	for (size_t length = 0; rest && rest[length];) {
		length += strspn(rest + length, "/");
		length += strcspn(rest + length, "/");
		int made_length = snprintf(made, sizeof(made), "%s/%.*s", upper, (int)length, rest);
		int seen_length = snprintf(seen, sizeof(seen), "%s/%.*s", strcmp(path, "/") == 0 ? "" : path, (int)length, rest);
		if (made_length >= PATH_MAX || seen_length >= PATH_MAX || lstat(seen, &st) < 0 || !S_ISDIR(st.st_mode))
			return;
		if (mkdir(made, 0700) == 0)
			give_owner(tree, made, &st);
		else if (errno != EEXIST)
			return;
	}
}

/* The ways to the absolute paths in text, as the folder of a volume: -v /srv/data:/data. */
static void make_named(struct tree *tree, const char *path, const char *upper, const char *text)
{
	for (const char *s = text, *ends = " :,'\"\n"; s && (s = strchr(s, '/')); s += strcspn(s, ends)) {
		const char *to = path_clean(&tree->arena, arena_copyn(&tree->arena, s, strcspn(s, ends)));
		if ((s == text || strchr(" :='\"\n", s[-1])) && access(to, W_OK) == 0)
			make_way(tree, path, upper, to);
	}
}

/* In an ordinary user's sandbox nobody but the user has an id, and the kernel copies up no folder of somebody else's, nor what lies
 * in one. Those on the way to where the user may write, and does, are there before. */
static void make_ways(struct tree *tree, const char *path, const char *upper)
{
	char here[PATH_MAX];
	const char *const to[] = { getcwd(here, sizeof(here)), getenv("HOME"), "/var/tmp" };

	for (size_t i = 0; i < COUNT(to) && tree->ids < 0; i++)
		if (to[i] && to[i][0] == '/' && access(to[i], W_OK) == 0)
			make_way(tree, path, upper, to[i]);
	make_named(tree, path, upper, tree->ids < 0 ? tree->lines : NULL);
}

/* folder: what open_lower() gave of path. */
static int overlay(struct tree *tree, int folder, const char *path, const struct stat *as)
{
	const struct mount *host = mounts_find(tree->mounts, path);
	unsigned n = tree->count++;
	const char *lower = arena_print(&tree->arena, BASE "/lower-%u", n);
	const char *upper = arena_print(&tree->arena, BASE "/upper-%u", n);
	const char *work = arena_print(&tree->arena, BASE "/work-%u", n);
	const char *to = in_tree(tree, path);

	if (folder < 0 || mkdir(lower, 0700) < 0 || mkdir(upper, 0700) < 0 || mkdir(work, 0700) < 0 ||
	    attach_lower(tree, folder, lower) < 0)
		return -1;
	give_owner(tree, upper, as);
	make_ways(tree, path, upper);
	bool writable = !host || !has_option(host, "ro");
	const char *data = arena_print(&tree->arena, "lowerdir=%s,upperdir=%s,workdir=%s%s", lower, upper, work,
				       tree->ids < 0 ? ",userxattr" : "");
	if (writable && mount("overlay", to, "overlay", flags_of(host), data) == 0)
		return 0;
	/* What cannot be covered is seen, and not written to. */
	if (mount(lower, to, NULL, MS_BIND | MS_REC, NULL) < 0)
		return -1;
	return mount(NULL, to, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | flags_of(host), NULL);
}

static void copy_file(struct tree *tree, const char *path, const struct stat *as)
{
	const char *to = in_tree(tree, path);
	cleanup_text struct text text = { 0 };
	cleanup_fd int fd = as->st_size <= COPIED ? open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;

	if (fd < 0 || read_file(AT_FDCWD, path, COPIED, &text) < 0 || write_fd(fd, text_of(&text), text.len) < 0)
		return;
	give_owner(tree, to, as);
}

static void copy_link(struct tree *tree, const char *path, const struct stat *as)
{
	char target[4096];
	ssize_t length = readlink(path, target, sizeof(target) - 1);

	if (length < 0)
		return;
	target[length] = '\0';
	if (symlink(target, in_tree(tree, path)) == 0)
		give_owner(tree, in_tree(tree, path), as);
}

static int cover(struct tree *tree, const char *path, const struct stat *as);

/* One entry of a folder that is made again. */
static int cover_entry(struct tree *tree, const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return 0;
	if (S_ISLNK(st.st_mode))
		copy_link(tree, path, &st);
	else if (S_ISREG(st.st_mode))
		copy_file(tree, path, &st);
	if (!S_ISDIR(st.st_mode))
		return 0;
	return mkdir(in_tree(tree, path), 0700) < 0 ? -1 : cover(tree, path, &st);
}

static int cover_each(struct tree *tree, const char *path)
{
	DIR *folder = opendir(path);
	int ret = 0;

	if (!folder)
		return 0;
	for (struct dirent *entry; ret == 0 && (entry = readdir(folder));)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			ret = cover_entry(tree, path_under(&tree->arena, path, entry->d_name));
	closedir(folder);
	return ret;
}

/* The folder is there in the copy already. */
static int cover(struct tree *tree, const char *path, const struct stat *as)
{
	const struct mount *at = mounts_at(tree->mounts, path);
	int ret = 0;

	if ((at && is_kernels(at->type)) || strcmp(path, BASE) == 0) {
		chmod(in_tree(tree, path), 0755);
	} else if (tree->count >= MOST_MOUNTS) {
		errno = EMFILE;
		return -1;
	} else if (has_mounts_below(tree, path)) {
		ret = cover_each(tree, path);
		give_owner(tree, in_tree(tree, path), as);
	} else {
		cleanup_fd int folder = open_lower(tree, path);
		/* What this user may not even see stays an empty folder. */
		if (overlay(tree, folder, path, as) < 0)
			ret = errno == EACCES || errno == EPERM || errno == EINVAL ? 0 : -1;
	}
	return ret;
}

/* ---- what has files of somebody's below where the copy is made: /dev/shm ---- */

enum { MOST_SET_ASIDE = 16 };

struct set_aside {
	const char *path;
	struct stat as;
	int folder;
};

/* Before they are covered. */
static size_t set_aside(const struct tree *tree, struct set_aside list[MOST_SET_ASIDE])
{
	size_t count = 0;

	for (size_t i = 0; i < tree->mounts->count && count < MOST_SET_ASIDE; i++) {
		const struct mount *mount = &tree->mounts->list[i];
		struct set_aside *one = &list[count];
		if (strncmp(mount->point, BASE "/", strlen(BASE "/")) != 0 || is_kernels(mount->type) ||
		    mounts_at(tree->mounts, mount->point) != mount || stat(mount->point, &one->as) < 0 || !S_ISDIR(one->as.st_mode))
			continue;
		one->path = mount->point;
		one->folder = open_lower(tree, mount->point);
		count += one->folder >= 0;
	}
	return count;
}

/* Let go of them, and where there is a tree show them in it: what cannot be covered stays an empty folder, as elsewhere. */
static void restore(struct tree *tree, const struct set_aside *list, size_t count, bool made)
{
	for (size_t i = 0; i < count; i++) {
		if (made && (mkdir(in_tree(tree, list[i].path), 0755) == 0 || errno == EEXIST))
			overlay(tree, list[i].folder, list[i].path, &list[i].as);
		close(list[i].folder);
	}
}

/* ---- devices ---- */

static const char *const nodes[] = { "null", "zero", "full", "random", "urandom", "tty" };
enum { NODES = COUNT(nodes) };

static int place_node(struct tree *tree, const char *name, int node)
{
	const char *to = arena_print(&tree->arena, TREE "/dev/%s", name);

	cleanup_fd int file = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	return file < 0 ? -1 : sys_move_mount(node, "", AT_FDCWD, to, SYS_MOVE_FROM_FD);
}

static void make_devices(struct tree *tree, const int *open_nodes)
{
	static const struct { const char *path, *target; } links[] = {
		{ TREE "/dev/fd", "/proc/self/fd" },	    { TREE "/dev/stdin", "/proc/self/fd/0" },
		{ TREE "/dev/stdout", "/proc/self/fd/1" }, { TREE "/dev/stderr", "/proc/self/fd/2" },
		{ TREE "/dev/ptmx", "pts/ptmx" },
	};

	for (size_t i = 0; i < NODES; i++)
		if (open_nodes[i] >= 0)
			place_node(tree, nodes[i], open_nodes[i]);
	for (size_t i = 0; i < COUNT(links); i++)
		if (symlink(links[i].target, links[i].path) == 0 &&
		    lchown(links[i].path, getuid() + tree->shift, getgid() + tree->shift) < 0)
			continue; /* it leads there whoever has it */
	mkdir(TREE "/dev/pts", 0755);
	mkdir(TREE "/dev/mqueue", 0755);
	if (mkdir(TREE "/dev/shm", 0755) == 0)
		chmod(TREE "/dev/shm", 01777);
}

static int make_own(struct tree *tree)
{
	if (mkdir(TREE TREE_OWN, 0700) < 0)
		return -1;
	return lchown(TREE TREE_OWN, getuid() + tree->shift, getgid() + tree->shift);
}

/* The one folder that has nothing to be copied is where the copy is made. */
static int make_all(struct tree *tree, struct error *err)
{
	struct set_aside aside[MOST_SET_ASIDE];
	size_t asides = set_aside(tree, aside);
	int open_nodes[NODES];
	struct stat st;
	int ret = -1;

	for (size_t i = 0; i < NODES; i++)
		open_nodes[i] = sys_open_tree(AT_FDCWD, arena_print(&tree->arena, "/dev/%s", nodes[i]), SYS_TREE_CLONE);
	if (mount("stave", BASE, "tmpfs", MS_NOSUID, "mode=0755,size=25%") < 0)
		fail(err, errno, "mount a tmpfs at " BASE);
	else if (mkdir(TREE, 0755) < 0 || lstat("/", &st) < 0 || cover(tree, "/", &st) < 0)
		fail(err, errno, "a copy of the host's tree");
	else if (make_own(tree) < 0)
		fail(err, errno, "mkdir " TREE TREE_OWN);
	else
		ret = 0;
	if (ret == 0)
		make_devices(tree, open_nodes);
	restore(tree, aside, asides, ret == 0);
	for (size_t i = 0; i < NODES; i++)
		if (open_nodes[i] >= 0)
			close(open_nodes[i]);
	return ret;
}

int tree_make(int ids, uid_t shift, const char *lines, struct error *err)
{
	cleanup_text struct text table = { 0 };
	struct tree tree = { .ids = ids, .shift = shift, .lines = lines };

	if (read_file(AT_FDCWD, "/proc/self/mountinfo", 16 << 20, &table) < 0)
		return fail(err, errno, "read /proc/self/mountinfo");
	struct mounts *mounts = mounts_parse(text_of(&table), NULL);
	tree.mounts = mounts;
	umask(0);
	int ret = make_all(&tree, err);
	umask(022);
	arena_done(&tree.arena);
	mounts_free(mounts);
	return ret;
}

int tree_enter(struct error *err)
{
	const unsigned long safe = MS_NOSUID | MS_NODEV | MS_NOEXEC;

	/* While the host's own are still in sight: the kernel makes new ones only where nothing of theirs is hidden,
	 * mount_too_revealing(). */
	if (mount("proc", TREE "/proc", "proc", safe, NULL) < 0) {
		fail(err, errno, "mount proc in the sandbox");
		return fail_why(err, "the kernel makes a new one only where nothing covers a part of the host's /proc");
	}
	if (mount("sysfs", TREE "/sys", "sysfs", safe, NULL) < 0)
		return fail(err, errno, "mount sysfs in the sandbox");
	mount("devpts", TREE "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620");
	mount("mqueue", TREE "/dev/mqueue", "mqueue", safe, NULL);
	if (chdir(TREE) < 0 || sys_pivot_root(".", ".") < 0 || umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return fail(err, errno, "pivot_root of the sandbox");
	return 0;
}
