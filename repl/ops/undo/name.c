/* Undo kinds: names in file systems. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "ops/owned.h"
#include "ops/undo/undo.h"

/* Overlay leaves a folder of mode 000 in its work folder, and in that what it was deleting. */
static void remove_overlay_work(int dirfd, const char *name)
{
	cleanup_fd int above = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (above < 0 || fstatat(above, "work", &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISDIR(st.st_mode) || (st.st_mode & 07777) != 0 ||
	    fchmodat(above, "work", 0700, 0) < 0)
		return;
	int work = openat(above, "work", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *folder = work < 0 ? NULL : fdopendir(work);
	for (struct dirent *entry; folder && (entry = readdir(folder));)
		if (entry->d_name[0] == '#')
			unlinkat(work, entry->d_name, 0);
	if (folder)
		closedir(folder);
	unlinkat(above, "work", AT_REMOVEDIR);
}

static int remove_name(const struct undo *undo, int dirfd, const char *name, int flags,
		       struct error *err)
{
	if (flags)
		remove_overlay_work(dirfd, name);
	if (unlinkat(dirfd, name, flags) == 0 || errno == ENOENT)
		return 0;
	int code = errno;
	if (undo->passes || undo_passes(undo->parent))
		return 0;
	fail(err, code, "%s %s", flags ? "rmdir" : "unlink", vis(undo->path));
	if (err->code == ENOTEMPTY || err->code == EEXIST)
		fail_why(err, "there are files in it now; it stays");
	return -1;
}

static int take_folder(const struct undo *undo, struct error *err)
{
	const char *name;
	int dirfd, ret;

	return undo_settled(undo, &dirfd, &name, &ret, err) ? ret :
	       remove_name(undo, dirfd, name, AT_REMOVEDIR, err);
}

static int take_file(const struct undo *undo, struct error *err)
{
	const char *name;
	int dirfd, ret;

	return undo_settled(undo, &dirfd, &name, &ret, err) ? ret :
	       remove_name(undo, dirfd, name, 0, err);
}

static int take_tree(const struct undo *undo, struct error *err)
{
	const char *name;
	int dirfd, ret;

	if (undo_settled(undo, &dirfd, &name, &ret, err))
		return ret;
	if (remove_owned(dirfd, name) == 0 || errno == ENOENT)
		return 0;
	return fail(err, errno, "remove %s", vis(undo->path));
}

const struct undo_info undo_rmdir = {
	.place = PLACE_NAME, .asked = true, .outlives_boot = true, .empties = true,
	.take = take_folder,
};

/* Of a file nobody can tell whose it is, without its inode. */
const struct undo_info undo_unlink = {
	.place = PLACE_NAME, .asked = true, .outlives_boot = true, .seen = true,
	.take = take_file,
};

const struct undo_info undo_rmtree = {
	.place = PLACE_FREE, .asked = true, .outlives_boot = true,
	.take = take_tree,
};
