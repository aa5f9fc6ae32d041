/* The steps that stand, as a script. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "session/session.h"

static void write_script(const struct session *session, struct text *script)
{
	text_add(script, "# A session of Stave. Play it with: stave FILE, or source FILE.\n");
	for (size_t i = 0; i < session->count; i++)
		text_addf(script, "%s\n", session->steps[i]->line);
}

int session_save(const struct session *session, const char *path, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	cleanup_text struct text script = { 0 };
	const char *beside = arena_print(&arena, "%s.%d~", path, getpid());
	struct stat st;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		fail(err, 0, "save: %s is not a plain file", vis(path));
		return fail_why(err, "a saved session replaces a file as a whole");
	}
	write_script(session, &script);
	cleanup_fd int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return fail(err, errno, "open %s", vis(beside));
	cleanup_fd int folder = open(path_parent(&arena, path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (write_fd(fd, text_of(&script), script.len) < 0 || fsync(fd) < 0 ||
	    rename(beside, path) < 0) {
		int code = errno;
		unlink(beside);
		return fail(err, code, "save %s", vis(path));
	}
	if (folder >= 0)
		fsync(folder);
	return 0;
}
