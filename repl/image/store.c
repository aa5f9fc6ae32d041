#include "image/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/await.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "base/file/scratch.h"
#include "base/file/remove.h"
#include "ops/owned.h"

/* root's place is root's of this user namespace, too: behind `unshare -r` it belongs to nobody who is
 * there, and a user who is root inside has the user's. */
static bool has_roots_place(void)
{
	struct stat st;

	return geteuid() == 0 && (stat("/var/lib", &st) < 0 || st.st_uid == 0);
}

/* The store that this process uses in place of the user's own: below a folder of scratch, whose lock it holds, since
 * a store has a lock of its own. */
static struct {
	char folder[4000];
	unsigned aside; /* how many that were lent before lie there */
	int lock;
} lent = { .lock = -1 };

/* Under sudo(8) what the environment names may be another user's: root then has its own place. It is looked for where it
 * matters alone. */
int store_own_path(char *ret, size_t size, struct error *err)
{
	const char *xdg = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
	int length;

	bool given = xdg && xdg[0] == '/', sudo = getenv("SUDO_UID");
	bool root = (!given || sudo) && has_roots_place();
	if (given && !root)
		length = snprintf(ret, size, "%s/stave", xdg);
	else if (root)
		length = snprintf(ret, size, "/var/lib/stave");
	else if (home && home[0] == '/')
		length = snprintf(ret, size, "%s/.local/share/stave", home);
	else {
		fail_id(err, ERR_STORE_PLACE, 0, "there is no place for root file systems");
		return fail_fix(err, "set HOME or XDG_DATA_HOME to a folder of yours");
	}
	if (length < 0 || (size_t)length >= size)
		return fail_id(err, ERR_STORE_PLACE, ENAMETOOLONG, "the path of the store");
	return 0;
}

int store_path(char *ret, size_t size, struct error *err)
{
	if (!store_is_lent())
		return store_own_path(ret, size, err);
	return snprintf(ret, size, "%s/store", lent.folder) < (int)size ? 0 :
	       fail_id(err, ERR_STORE_PLACE, ENAMETOOLONG, "the path of the store");
}

/* Every folder of path that is missing, the last one for this user alone. */
static int make_folders(const char *path, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	char *copy = arena_copy(&arena, path);

	for (char *slash = copy + 1; slash; *slash++ = '/') {
		slash = strchr(slash, '/');
		if (slash)
			*slash = '\0';
		if (mkdir(copy, slash ? 0755 : 0700) < 0 && errno != EEXIST) {
			fail(err, errno, "mkdir %s", vis(copy));
			return err->code == ENOSPC || err->code == EDQUOT ? -1 : fail_fix(err, "set XDG_DATA_HOME to a folder that you may write to");
		}
		if (!slash)
			break;
	}
	return 0;
}

int store_open(const char *path, struct error *err)
{
	struct stat st;

	cleanup_fd int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(err, errno, "open %s", vis(path));
	if (st.st_uid != geteuid() || (st.st_mode & 022)) {
		fail_id(err, ERR_STORE_PLACE, 0, "%s: not a folder that only you may enter", vis(path));
		return fail_why(err, "it belongs to uid %u and has mode %03o; programs of root file "
				"systems are kept there", st.st_uid, st.st_mode & 0777);
	}
	return steal_fd(&fd);
}

int store_open_part(const char *name, char *path, size_t size, struct error *err)
{
	char store[4000];

	if (store_path(store, sizeof(store), err) < 0)
		return -1;
	cleanup_fd int fd = store_open(store, err);
	if (fd < 0)
		return -1;
	int length = snprintf(path, size, "%s/%s", store, name);
	if (length < 0 || (size_t)length >= size)
		return fail_id(err, ERR_STORE_PLACE, ENAMETOOLONG, "the path of the store");
	int part = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return part < 0 ? fail(err, errno, "open %s", vis(path)) : part;
}

enum { PATIENCE = 60000 /* ms for the lock: others hold it while they name what they have made */ };

int store_lock(const char *path, struct error *err)
{
	if (make_folders(path, err) < 0)
		return -1;
	cleanup_fd int fd = store_open(path, err);
	if (fd < 0)
		return -1;
	if (await_lock(fd, LOCK_EX, PATIENCE) < 0) {
		fail(err, errno, "flock %s", vis(path));
		return err->code != ETIMEDOUT ? -1 :
		       fail_why(err, "another shell has held it for %d seconds", PATIENCE / 1000);
	}
	return steal_fd(&fd);
}

/* The folder of this name below the store. */
static int folder_in(const char *store, const char *name, char *ret, size_t size, struct error *err)
{
	if (make_folders(store, err) < 0)
		return -1;
	cleanup_fd int fd = store_open(store, err);
	if (fd < 0)
		return -1;
	if (mkdirat(fd, name, 0700) < 0 && errno != EEXIST)
		return fail(err, errno, "mkdir %s/%s", vis(store), name);
	int length = snprintf(ret, size, "%s/%s", store, name);
	if (length < 0 || (size_t)length >= size)
		return fail_id(err, ERR_STORE_PLACE, ENAMETOOLONG, "the path of the store");
	return 0;
}

int store_volumes(char *ret, size_t size, struct error *err)
{
	char store[4000];

	return store_path(store, sizeof(store), err) < 0 ? -1 : folder_in(store, "volumes", ret, size, err);
}

static int fresh_in(const char *store, char *ret, size_t size, struct error *err)
{
	char scratch[4000];

	if (folder_in(store, "scratch", scratch, sizeof(scratch), err) < 0)
		return -1;
	int fd = scratch_fresh(scratch, ret, size);
	return fd < 0 ? fail(err, errno, "make a folder in %s", vis(scratch)) : fd;
}

int store_fresh(char *ret, size_t size, struct error *err)
{
	char store[4000];

	return store_path(store, sizeof(store), err) < 0 ? -1 : fresh_in(store, ret, size, err);
}

/* ---- lending ---- */

bool store_is_lent(void)
{
	return lent.lock >= 0;
}

void store_return(void)
{
	if (!store_is_lent())
		return;
	remove_owned(AT_FDCWD, lent.folder);
	close(steal_fd(&lent.lock));
}

/* Make room in the folder that is lent: what was there stays aside until all of it goes. Freeing a store's inodes
 * makes ext4 slow to find free ones for the next: it passes over those that were freed within the last minutes. */
static int set_aside(struct error *err)
{
	char from[sizeof(lent.folder) + 32], to[sizeof(lent.folder) + 32];

	snprintf(from, sizeof(from), "%s/store", lent.folder);
	snprintf(to, sizeof(to), "%s/%u", lent.folder, lent.aside++);
	return rename(from, to) < 0 && errno != ENOENT ? fail(err, errno, "rename %s", vis(from)) : 0;
}

int store_lend(struct error *err)
{
	char own[4000];

	if (store_is_lent())
		return set_aside(err);
	if (store_own_path(own, sizeof(own), err) < 0)
		return -1;
	lent.lock = fresh_in(own, lent.folder, sizeof(lent.folder), err);
	return lent.lock < 0 ? -1 : 0;
}

size_t store_clear(void)
{
	char path[4000], scratch[4096];
	struct error ignored;
	struct stat st;

	if (store_path(path, sizeof(path), &ignored) < 0)
		return 0;
	snprintf(scratch, sizeof(scratch), "%s/scratch", path);
	/* Each folder in it is one link more, where folders have more than one at all: inode(7). Every start asks. */
	if (lstat(scratch, &st) < 0 || st.st_nlink == 2)
		return 0;
	cleanup_fd int store = store_open(path, &ignored);
	return store < 0 ? 0 : scratch_clear(scratch, remove_owned);
}
