/* A call of a program that found nothing, or what is in the way: which name on the way to the path. path_resolution(7). */
#include "advice/calls/refusing.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "snapshot/eyes/absent.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/snapshot.h"

/* What is there although the call would make it. */
static bool is_there(const struct refused *at, struct verdict *ret)
{
	struct stat st;

	if (at->code != EEXIST || eyes_stat(at->eyes, at->child->pid, at->path, true, &st) < 0)
		return false;
	text_sayf(ret->why, S_ISDIR(st.st_mode) ? "%s is there already, a folder of user %u" : S_ISLNK(st.st_mode) ?
		  "%s is there already, a symbolic link of user %u" : "%s is there already, a file of user %u", vis(at->path), st.st_uid);
	return blame(ret, WALLS, CAUSE_FILE_EXISTS);
}

/* A folder that was to be opened for writing, or removed as a file. */
static bool is_folder(const struct refused *at, struct verdict *ret)
{
	struct stat st;

	if (at->code != EISDIR || eyes_stat(at->eyes, at->child->pid, at->path, false, &st) < 0 || !S_ISDIR(st.st_mode))
		return false;
	text_sayf(ret->why, "%s is a folder", vis(at->path));
	return blame(ret, WALLS, CAUSE_FILE_FOLDER);
}

bool by_absence(const struct refused *at, struct verdict *ret)
{
	cleanup_arena struct arena arena = { 0 };
	struct absence absence;
	struct error err = { 0 };

	/* What /proc calls self is another's for whoever looks. */
	if (!at->path || at->path[0] != '/' || is_of_process(at->path))
		return false;
	if (is_there(at, ret) || is_folder(at, ret))
		return true;
	bool enters = at->code == ENOTDIR && (at->number == SYS_chdir || at->number == SYS_chroot);
	if ((at->code != ENOENT && at->code != ENOTDIR) || !at->here ||
	    !absent_find(at->eyes, at->child->pid, at->path, enters, &arena, &absence))
		return false;
	absent_tell(&absence, &err);
	text_add(ret->why, err.why);
	if (absence.kind == ABSENT_NAME)
		text_sayf(ret->fix, "tree %s shows what there is", vis(path_parent(&arena, absence.path)));
	return blame(ret, WALLS, (enum cause_id)cause_called(err.cause));
}
