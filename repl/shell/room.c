#include "shell/room.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>

#include "base/arena.h"
#include "base/causes/room.h"
#include "base/error.h"
#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "base/file/state.h"
#include "image/store.h"
#include "shell/shell.h"

/* The file system of path, or of the nearest folder above it that is there. */
static bool file_system(const char *path, struct room *ret)
{
	cleanup_arena struct arena arena = { 0 };

	while (!room_at(path, ret)) {
		if (!path_is_absent(errno) || path[0] != '/' || !path[1])
			return false;
		path = path_parent(&arena, path);
	}
	return true;
}

/* What names another file system: a variable, or whoever named this one. */
static void way_out(const char *path, const char *variable, bool full, struct error *err)
{
	if (err->code == EROFS && variable)
		fail_fix(err, "set %s to a folder that you may write to", variable);
	else if (err->code == EROFS)
		fail_fix(err, "name a file on a file system that can be written to");
	else if (variable)
		fail_fix(err, full ? "!df %s shows it; %s names another folder" : "!df -i %s shows it; %s names another folder", vis(path), variable);
	else
		fail_fix(err, "df and df -i show what is full there; a file on another file system");
}

bool room_explains(const char *path, const char *variable, struct error *err)
{
	struct room room;

	if (!file_system(path, &room))
		return false;
	if (err->code == EROFS && room.read_only) {
		fail_cause(err, CAUSE_FILE_READ_ONLY);
		fail_why(err, "%s is on a file system that is mounted read-only", vis(path));
		way_out(path, variable, false, err);
		return true;
	}
	enum cause_id cause = room_lacks(&room, 0);
	bool full = cause == CAUSE_FILE_FULL;
	if (err->code != ENOSPC || cause == CAUSE_COUNT)
		return false;
	fail_cause(err, cause);
	if (full)
		fail_why(err, "the file system of %s has no free block", vis(path));
	else
		fail_why(err, "the file system of %s has no free inode, and free blocks", vis(path));
	way_out(path, variable, full, err);
	return true;
}

static void advise_folders(const struct shell *shell, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	char path[PATH_MAX];
	struct error none;

	if (store_path(path, sizeof(path), &none) == 0 && room_explains(path, "XDG_DATA_HOME", err))
		return;
	if (shell->session.scratch[0] &&
	    room_explains(path_parent(&arena, shell->session.scratch), "XDG_RUNTIME_DIR", err))
		return;
	if (state_path("", path, sizeof(path)) == 0 && room_explains(path, "XDG_STATE_HOME", err))
		return;
	if (err->code == ENOSPC)
		fail_fix(err, "df and df -i show what is full there; a file on another file system");
	else if (err->code == EROFS)
		fail_fix(err, "name a file on a file system that can be written to");
}

void room_advise(const struct shell *shell, struct error *err)
{
	const struct file_state *state = file_state(err->code);
	struct rlimit files;

	if (err->why[0] || err->fix[0])
		return;
	if (err->code == EMFILE && getrlimit(RLIMIT_NOFILE, &files) == 0) {
		fail_cause(err, CAUSE_LIMIT_NOFILE);
		fail_why(err, "the shell may have %llu files open: RLIMIT_NOFILE", (unsigned long long)files.rlim_cur);
		fail_fix(err, "ulimit -n 1024 before stave is started");
		return;
	}
	if (strcmp(err->id, error_row(ERR_SYSTEM)->id) != 0)
		return;
	if (!state) {
		advise_folders(shell, err);
		return;
	}
	fail_cause(err, state->cause);
	fail_why(err, "%s", _(state->why));
	fail_fix(err, "%s", _(state->fix));
}
