#include "snapshot/union/written.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/path.h"
#include "base/text.h"
#include "base/file/inroot.h"

enum { MOST_COMPARED = 16 << 20, CHUNK = 64 * 1024 };

/* A folder of the writable layer that is still to be read. */
struct pending {
	const char *path; /* below the layer, "" for its top */
	bool fresh;       /* nothing of the layers below shows through */
};

struct walk {
	struct layers *layers;
	struct written *ret;
	int upper;
	struct pending *stack;
	size_t depth, room;
	char *chunks[2];
};

/* The folder of that name in the layers below, the topmost first; -1 where a layer has none. */
struct below {
	int *fds;
	size_t count;
};

static struct written_entry *add(struct walk *walk, const char *folder, const char *name,
				 enum written_kind kind)
{
	struct written *ret = walk->ret;

	LIST_ROOM(ret->list, ret->count, ret->room);
	struct written_entry *entry = &ret->list[ret->count++];
	*entry = (struct written_entry){ .kind = kind };
	entry->path = *folder ? arena_print(&ret->arena, "/%s/%s", folder, name) :
				arena_print(&ret->arena, "/%s", name);
	return entry;
}

static void push(struct walk *walk, const char *path, bool fresh)
{
	LIST_ROOM(walk->stack, walk->depth, walk->room);
	walk->stack[walk->depth++] = (struct pending){ path, fresh };
}

/* A folder that cannot be read, which code says; of whose entries one could not be looked at. */
static void leave_out(struct walk *walk, const char *path, int code)
{
	struct written *ret = walk->ret;

	if (!ret->left_out++) {
		ret->code = code;
		ret->first = arena_print(&ret->arena, "/%s", path);
	}
}

/* ---- the layers below ---- */

static void open_lowers(struct walk *walk, const char *path, struct below *ret)
{
	struct layers *layers = walk->layers;
	size_t lowers = layers->count - 1;
	const struct sight *sights = layers_look(layers, path, lowers);

	*ret = (struct below){ .fds = calloc(lowers + 1, sizeof(int)) };
	if (!ret->fds)
		out_of_memory();
	for (size_t i = lowers; i-- > 0;) {
		if (sights[i].kind == SIGHT_UNREAD && errno_may_pass(sights[i].code))
			leave_out(walk, path, sights[i].code);
		if (sights[i].kind != SIGHT_GIVES || !S_ISDIR(sights[i].st.st_mode))
			continue;
		cleanup_fd int layer = layer_open(layers, i);
		int fd = layer < 0 ? -1 : inroot_beneath(layer, path, O_PATH | O_DIRECTORY);
		if (fd >= 0)
			ret->fds[ret->count++] = fd;
		else if (errno_may_pass(errno))
			leave_out(walk, path, errno);
	}
}

static void close_lowers(struct below *below)
{
	for (size_t i = 0; i < below->count; i++)
		close(below->fds[i]);
	free(below->fds);
}

/* The name in the topmost layer below that has it: its folder's descriptor, -1 for none. A layer that
 * cannot be looked into may have it: *unread. */
static int find_lower(struct walk *walk, const struct pending *at, const struct below *below, const char *name,
		      struct stat *st, bool *unread)
{
	*unread = false;
	for (size_t i = 0; i < below->count; i++) {
		int white = -1;
		if (fstatat(below->fds[i], name, st, AT_SYMLINK_NOFOLLOW) == 0)
			white = overlay_whiteout(walk->layers->dialect, below->fds[i], name, st);
		if (white >= 0)
			return white ? -1 : below->fds[i];
		*unread = *unread || !path_is_absent(errno);
		if (errno_may_pass(errno))
			leave_out(walk, at->path, errno);
	}
	return -1;
}

/* ---- one entry ---- */

/* Both have size bytes. */
static bool same_bytes(struct walk *walk, int upper, int lower, const char *name, off_t size,
		       unsigned *how)
{
	int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	cleanup_fd int a = openat(upper, name, flags), b = openat(lower, name, flags);

	if (a < 0 || b < 0) {
		*how |= WRITTEN_UNREAD;
		return true;
	}
	while (size > 0) {
		ssize_t n = read(a, walk->chunks[0], CHUNK), m = read(b, walk->chunks[1], CHUNK);
		if (n < 0 || m < 0) {
			*how |= WRITTEN_UNREAD;
			return true;
		}
		if (n != m || memcmp(walk->chunks[0], walk->chunks[1], (size_t)n) != 0)
			return false;
		if (n == 0)
			break;
		size -= n;
	}
	return true;
}

static bool same_target(int upper, int lower, const char *name)
{
	char a[PATH_MAX], b[PATH_MAX];
	ssize_t n = readlinkat(upper, name, a, sizeof(a)), m = readlinkat(lower, name, b, sizeof(b));

	return n >= 0 && n == m && memcmp(a, b, (size_t)n) == 0;
}

static bool same_content(struct walk *walk, int upper, const struct stat *now, int lower,
			 const struct stat *was, const char *name, unsigned *how)
{
	if (S_ISLNK(now->st_mode))
		return same_target(upper, lower, name);
	if (S_ISCHR(now->st_mode) || S_ISBLK(now->st_mode))
		return now->st_rdev == was->st_rdev;
	if (!S_ISREG(now->st_mode))
		return true;
	if (now->st_size != was->st_size)
		return false;
	/* With metacopy a change of the mode alone leaves the content below. */
	int below = now->st_blocks ? 0 : overlay_attribute(walk->layers->dialect, upper, name, "metacopy", NULL);
	if (below) {
		*how |= below < 0 ? WRITTEN_UNREAD : 0;
		return true;
	}
	if (now->st_size > MOST_COMPARED) {
		*how |= WRITTEN_UNREAD;
		return true;
	}
	return same_bytes(walk, upper, lower, name, now->st_size, how);
}

static unsigned compare(struct walk *walk, int upper, const struct stat *now, int lower,
			const struct stat *was, const char *name)
{
	unsigned how = 0;

	if ((now->st_mode & S_IFMT) != (was->st_mode & S_IFMT))
		return WRITTEN_TYPE;
	if (!same_content(walk, upper, now, lower, was, name, &how))
		how |= WRITTEN_CONTENT;
	if ((now->st_mode & 07777) != (was->st_mode & 07777))
		how |= WRITTEN_MODE;
	if (now->st_uid != was->st_uid || now->st_gid != was->st_gid)
		how |= WRITTEN_OWNER;
	/* A folder's change with every name in it. */
	if (!S_ISDIR(now->st_mode) && (now->st_mtim.tv_sec != was->st_mtim.tv_sec ||
				       now->st_mtim.tv_nsec != was->st_mtim.tv_nsec))
		how |= WRITTEN_TIMES;
	return how;
}

static void take_entry(struct walk *walk, const struct pending *at, int dirfd, const char *name,
		       const struct below *below)
{
	struct stat now, was = { 0 };

	if (fstatat(dirfd, name, &now, AT_SYMLINK_NOFOLLOW) < 0) {
		if (!path_is_absent(errno))
			leave_out(walk, at->path, errno);
		return;
	}
	bool unread;
	int lower = find_lower(walk, at, below, name, &was, &unread);
	int white = overlay_whiteout(walk->layers->dialect, dirfd, name, &now);
	if (white < 0) {
		leave_out(walk, at->path, errno);
		return;
	}
	if (white) {
		struct written_entry *gone = add(walk, at->path, name, WRITTEN_DELETED);
		gone->mode_before = lower < 0 ? 0 : was.st_mode;
		gone->how = lower < 0 || at->fresh ? WRITTEN_GHOST : 0;
		return;
	}
	struct written_entry *entry =
		add(walk, at->path, name, lower < 0 ? WRITTEN_ADDED : WRITTEN_CHANGED);
	entry->mode = now.st_mode;
	entry->how |= unread ? WRITTEN_UNREAD : 0;
	entry->size = (uint64_t)now.st_size;
	if (lower >= 0) {
		entry->mode_before = was.st_mode;
		entry->size_before = (uint64_t)was.st_size;
		entry->how |= compare(walk, dirfd, &now, lower, &was, name);
	}
	if (!S_ISDIR(now.st_mode))
		return;
	int opaque = overlay_attribute(walk->layers->dialect, dirfd, name, "opaque", "y");
	if (opaque < 0)
		leave_out(walk, entry->path + 1, errno);
	if (opaque > 0 && lower >= 0)
		entry->how |= WRITTEN_OPAQUE;
	push(walk, entry->path + 1, at->fresh || opaque > 0);
}

/* ---- folders ---- */

struct names {
	const char **list;
	size_t count, room;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A folder that was made again has lost all names of the layers below that it does not have now. */
static void take_hidden(struct walk *walk, const struct pending *at, int upper,
			const struct below *below)
{
	struct names names = { 0 };

	for (size_t i = 0; i < below->count; i++) {
		int fd = openat(below->fds[i], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		DIR *dir = fd < 0 ? NULL : fdopendir(fd);
		int code = dir ? 0 : errno;
		for (struct dirent *entry; dir && (errno = 0, entry = readdir(dir));) {
			struct stat st;
			bool unread;
			if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
			    fstatat(upper, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 ||
			    find_lower(walk, at, below, entry->d_name, &st, &unread) < 0)
				continue;
			LIST_ROOM(names.list, names.count, names.room);
			names.list[names.count++] = arena_copy(&walk->ret->arena, entry->d_name);
		}
		code = dir ? errno : code;
		if (dir)
			closedir(dir);
		if (code)
			leave_out(walk, at->path, code);
	}
	if (names.count)
		qsort(names.list, names.count, sizeof(*names.list), by_name);
	for (size_t i = 0; i < names.count; i++)
		if (i == 0 || strcmp(names.list[i], names.list[i - 1]) != 0)
			add(walk, at->path, names.list[i], WRITTEN_DELETED);
	free(names.list);
}

static void take_folder(struct walk *walk, const struct pending *at)
{
	int fd = inroot_beneath(walk->upper, at->path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct below below;

	if (!dir) {
		leave_out(walk, at->path, errno);
		return;
	}
	open_lowers(walk, at->path, &below);
	for (struct dirent *entry; errno = 0, (entry = readdir(dir));)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			take_entry(walk, at, fd, entry->d_name, &below);
	if (errno)
		leave_out(walk, at->path, errno);
	if (at->fresh)
		take_hidden(walk, at, fd, &below);
	close_lowers(&below);
	closedir(dir);
}

static int by_path(const void *a, const void *b)
{
	const struct written_entry *x = a, *y = b;

	return strcmp(x->path, y->path);
}

int written_take(struct layers *layers, struct written *ret, struct error *err)
{
	struct walk walk = { .layers = layers, .ret = ret };

	*ret = (struct written){ 0 };
	if (!layers->writable) {
		fail_id(err, ERR_UNION_READ_ONLY, 0, "the union has no writable layer");
		return fail_why(err, "it was mounted read-only");
	}
	cleanup_fd int upper = layer_open(layers, layers->count - 1);
	if (upper < 0)
		return fail(err, errno, "open the writable layer %s",
			    vis(layers->list[layers->count - 1].folder));
	cleanup_free char *chunks = malloc(2 * CHUNK);
	if (!chunks)
		out_of_memory();
	walk.upper = upper;
	walk.chunks[0] = chunks;
	walk.chunks[1] = chunks + CHUNK;
	push(&walk, "", false);
	while (walk.depth > 0) {
		struct pending at = walk.stack[--walk.depth];
		take_folder(&walk, &at);
	}
	free(walk.stack);
	if (ret->count)
		qsort(ret->list, ret->count, sizeof(*ret->list), by_path);
	return 0;
}

void written_done(struct written *written)
{
	free(written->list);
	arena_done(&written->arena);
	*written = (struct written){ 0 };
}
