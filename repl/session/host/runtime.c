#include "session/host/runtime.h"

#include <errno.h>
#include <stdbool.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/await.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "base/file/state.h"

enum { PATIENCE = 5000 /* ms for the lock, which is held by others for a moment only */ };

static int fail_foreign(const char *path, const struct stat *st, struct error *err)
{
	fail_id(err, ERR_STORE_PLACE, 0, "%s: not a folder that only you may enter", vis(path));
	fail_why(err, "it belongs to uid %u and has mode %03o; Stave keeps its journal there",
		 st->st_uid, st->st_mode & 0777);
	/* In a sticky folder nobody removes what is another's: sticky(7). */
	return st->st_uid == geteuid() ? fail_fix(err, "!chmod 700 %s", vis(path)) :
					 fail_fix(err, "set XDG_RUNTIME_DIR to a folder of yours");
}

/* Make the folder if it is missing, see that nobody else can have prepared it for us, and hold it:
 * a session that ends at this moment may just be taking it away. *foreign: it cannot be ours, for
 * another user was there first, or nothing can be made there. */
static int claim(const char *path, uid_t uid, int *hold, bool *foreign, struct error *err)
{
	struct stat st;

	for (;;) {
		int made = mkdir(path, 0700) == 0, code = made ? 0 : errno;
		*foreign = !made && (code != EEXIST || (lstat(path, &st) == 0 && st.st_uid != uid));
		if (!made && code != EEXIST)
			return fail(err, code, "mkdir %s", vis(path));
		cleanup_fd int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0 || await_lock(fd, LOCK_SH, PATIENCE) < 0 || fstat(fd, &st) < 0) {
			fail(err, errno, fd < 0 ? "open %s" : "flock %s", vis(path));
			if (made)
				rmdir(path);
			return -1;
		}
		if (st.st_uid != uid || (st.st_mode & 077))
			return fail_foreign(path, &st, err);
		if (st.st_nlink == 0)
			continue;
		*hold = steal_fd(&fd);
		return made;
	}
}

/* Another may have taken it away already, and a new session have made its own there. */
static bool is_still(const char *path, int hold)
{
	struct stat a, b;

	return fstat(hold, &a) == 0 && lstat(path, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

void runtime_leave(const char *path, int hold, int patience)
{
	/* Another holder of the lock is another session; the last one gets it for itself. */
	if (await_lock(hold, LOCK_EX, patience) == 0 && is_still(path, hold))
		rmdir(path);
	close(hold);
}

/* Where the kernel cannot tell, the folder counts as usable, and claim() says why it is not: to go elsewhere
 * would be to leave there what lies here. */
static bool usable(const char *path, uid_t uid, struct stat *ret)
{
	*ret = (struct stat){ 0 };
	if (stat(path, ret) < 0)
		return !path_is_absent(errno) && errno != EACCES && errno != ELOOP && errno != ENAMETOOLONG;
	return S_ISDIR(ret->st_mode) && ret->st_uid == uid &&
	       (access(path, W_OK) == 0 || (errno != EACCES && errno != EROFS));
}

/* Whether images are kept in the same folder: the store is called "stave" there, and both are
 * locked. */
static bool is_data(const struct stat *xdg)
{
	const char *data = getenv("XDG_DATA_HOME");
	struct stat st;

	return data && stat(data, &st) == 0 && st.st_dev == xdg->st_dev && st.st_ino == xdg->st_ino;
}

/* The places in the order in which they are tried; false if one does not exist or its path is too long.
 * The last is for users who own none of the others. */
enum place { PLACE_XDG, PLACE_RUN, PLACE_USER, PLACE_TMP, PLACE_STATE, PLACES };

static bool find_place(enum place place, uid_t uid, char *ret, size_t size)
{
	const char *xdg = getenv("XDG_RUNTIME_DIR");
	char user[32];
	struct stat st;
	int length = -1;

	snprintf(user, sizeof(user), "/run/user/%u", uid);
	switch (place) {
	case PLACE_XDG:
		if (xdg && xdg[0] == '/' && usable(xdg, uid, &st))
			length = snprintf(ret, size, "%s/%s", xdg,
					  is_data(&st) ? "stave-run" : "stave");
		break;
	case PLACE_RUN:
		if (uid == 0 && usable("/run", uid, &st))
			length = snprintf(ret, size, "/run/stave");
		break;
	case PLACE_USER:
		if (usable(user, uid, &st))
			length = snprintf(ret, size, "%s/stave", user);
		break;
	case PLACE_TMP:
		length = snprintf(ret, size, "/tmp/stave-%u", uid);
		break;
	case PLACE_STATE:
		return state_path("run", ret, size) == 0;
	case PLACES:
		break;
	}
	return length > 0 && (size_t)length < size;
}

int runtime_folder(uid_t uid, char *ret, size_t size, int *hold, struct error *err)
{
	struct error first = { 0 };

	for (enum place place = 0; place < PLACES; place++) {
		bool foreign;
		if (!find_place(place, uid, ret, size))
			continue;
		int made = claim(ret, uid, hold, &foreign, err);
		/* What is our own and yet refused is to be mended: leftovers may lie there. */
		if (made >= 0 || !foreign)
			return made;
		if (!first.what[0])
			first = *err;
	}
	*err = first;
	return err->fix[0] ? -1 : fail_fix(err, "set XDG_RUNTIME_DIR to a folder that you may write to");
}
