#include "snapshot/eyes/absent.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/causes/causes.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/look.h"

static const char *target_of(pid_t pid, const char *path, struct arena *arena)
{
	char target[PATH_MAX];

	cleanup_fd int fd = look_open(pid, path, O_PATH | O_NOFOLLOW);
	ssize_t n = fd < 0 ? -1 : readlinkat(fd, "", target, sizeof(target));
	return n < 0 ? "" : arena_copyn(arena, target, (size_t)n);
}

/* Of one name on the way. last: nothing follows it. */
static bool is_lacking(const struct eyes *eyes, pid_t pid, const char *path, bool folder, struct arena *arena, struct absence *ret)
{
	struct stat link, st;

	*ret = (struct absence){ .path = path, .target = "", .own = pid == getpid() };
	if (eyes_stat(eyes, pid, path, true, &link) < 0) {
		ret->kind = ABSENT_NAME;
		return errno == ENOENT;
	}
	if (eyes_stat(eyes, pid, path, false, &st) < 0) {
		ret->kind = ABSENT_TARGET;
		ret->target = errno == ENOENT && S_ISLNK(link.st_mode) ? target_of(pid, path, arena) : NULL;
		return ret->target;
	}
	ret->kind = ABSENT_FOLDER;
	return folder && !S_ISDIR(st.st_mode);
}

bool absent_find(const struct eyes *eyes, pid_t pid, const char *path, bool enters, struct arena *arena, struct absence *ret)
{
	bool ends_in_slash = path[0] && path[1] && path[strlen(path) - 1] == '/';

	for (const char *end = path; *end;) {
		end += strspn(end, "/");
		end += strcspn(end, "/");
		bool last = !end[strspn(end, "/")];
		if (end > path + 1 && is_lacking(eyes, pid, arena_copyn(arena, path, (size_t)(end - path)), !last || enters || ends_in_slash, arena, ret))
			return true;
		if (last)
			break;
	}
	return false;
}

/* Why a link leads nowhere. /proc/self of a process that has no number in that proc's pid namespace cannot be read: proc(5). */
static void tell_target(const struct absence *absence, struct error *err)
{
	const char *name = path_name(absence->path);

	fail_cause(err, CAUSE_FILE_DANGLING);
	if (absence->target[0])
		fail_why(err, "%s is a symbolic link to %s, which does not exist", vis(absence->path), vis(absence->target));
	else if (strcmp(name, "self") == 0 || strcmp(name, "thread-self") == 0)
		fail_why(err, "%s leads to who reads it, and this process has no number in the pid namespace of that proc; a program that it "
			      "starts has one", vis(absence->path));
	else
		fail_why(err, "%s is a symbolic link that cannot be read", vis(absence->path));
}

void absent_tell(const struct absence *absence, struct error *err)
{
	switch (absence->kind) {
	case ABSENT_NAME:
		fail_cause(err, CAUSE_FILE_MISSING);
		fail_why(err, absence->own ? "there is no %s" : "there is no %s in the child's root", vis(absence->path));
		break;
	case ABSENT_TARGET:
		tell_target(absence, err);
		break;
	case ABSENT_FOLDER:
		fail_cause(err, CAUSE_FILE_NO_FOLDER);
		fail_why(err, "%s is not a folder", vis(absence->path));
		break;
	}
}
