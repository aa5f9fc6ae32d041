#include "shell/given.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/causes/causes.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "shell/room.h"
#include "snapshot/eyes/absent.h"
#include "snapshot/eyes/denied.h"
#include "snapshot/eyes/fixed.h"
#include "snapshot/look.h"
#include "snapshot/snapshot.h"

/* What was to be done with the file. */
struct given {
	struct reading who; /* the shell */
	const char *path;   /* absolute */
	bool made;
	struct arena *arena;
};

/* Whether it is still so, and this path's: another call may have ended with the same errno. */
static bool is_so(const struct given *given, int code)
{
	cleanup_fd int fd = given->made ? -1 : open(given->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	return given->made || code == EISDIR || (fd < 0 && errno == code);
}

static void tell_absent(const struct given *given, struct error *err)
{
	const char *path = given->made ? path_parent(given->arena, given->path) : given->path;
	struct absence absence;

	if (!absent_find(NULL, getpid(), path, given->made, given->arena, &absence))
		return;
	absent_tell(&absence, err);
	if (absence.kind == ABSENT_TARGET)
		fail_fix(err, "!ls -l %s shows it", vis(absence.path));
	else if (given->made && absence.kind == ABSENT_NAME)
		fail_fix(err, "!mkdir -p %s", vis(path));
	else
		fail_fix(err, "!ls %s shows what there is", vis(path_parent(given->arena, absence.path)));
}

static void tell_denied(const struct given *given, struct error *err)
{
	enum { SEARCH = 1, WRITE = 2, READ = 4 };
	cleanup_text struct text why = { 0 };
	struct denial denial;

	if (!denied_find(NULL, &given->who, given->path, given->made ? 0 : READ, given->made ? SEARCH | WRITE : SEARCH, given->arena, &denial))
		return;
	denial_say(&denial, &given->who, &why);
	fail_cause(err, CAUSE_FILE_DENIED);
	fail_why(err, "%s", text_of(&why));
	fail_fix(err, "!ls -ld %s shows its owner and mode", vis(denial.path));
}

static void tell_folder(const struct given *given, struct error *err)
{
	struct stat st;

	if (stat(given->path, &st) < 0 || !S_ISDIR(st.st_mode))
		return;
	fail_cause(err, CAUSE_FILE_FOLDER);
	fail_why(err, "%s is a folder", vis(given->path));
	fail_fix(err, "the name of a file in it: !ls %s shows those", vis(given->path));
}

static void tell(const struct given *given, struct error *err)
{
	bool names = err->code == ENOENT || err->code == EPERM || err->code == EACCES;

	if (given->made && names && fixed_tell(NULL, getpid(), given->who.mounts, given->path, err))
		return;
	switch (err->code) {
	case ENOENT:
	case ENOTDIR:
		tell_absent(given, err);
		break;
	case EACCES:
		tell_denied(given, err);
		break;
	case EISDIR:
		tell_folder(given, err);
		break;
	case ELOOP:
	case ENAMETOOLONG:
		fail_path(err, err->code, given->path);
		if (err->code == ELOOP)
			fail_fix(err, "!ls -l %s shows where a link leads", vis(given->path));
		break;
	default:
		room_explains(given->path, NULL, err);
		break;
	}
}

int given_advise(const char *path, bool made, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	struct given given = { .made = made, .arena = &arena };
	struct error unread;

	if (err->cause[0] || strcmp(err->id, error_row(ERR_SYSTEM)->id) != 0 || reading_take(getpid(), &given.who, &unread) < 0)
		return -1;
	given.path = look_absolute(&given.who, path, &arena);
	if (is_so(&given, err->code))
		tell(&given, err);
	reading_done(&given.who);
	return -1;
}
