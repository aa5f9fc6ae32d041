#include "base/file/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

bool home_is_foreign(void)
{
	const char *home = getenv("HOME");
	struct stat st;

	return !home || home[0] != '/' || stat(home, &st) < 0 || st.st_uid != geteuid();
}

/* Open a folder below another, made where it is missing; no link is followed. */
static int open_below(int folder, const char *part)
{
	struct stat st;

	if (mkdirat(folder, part, 0700) < 0 && errno != EEXIST)
		return -1;
	int fd = openat(folder, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && (fstat(fd, &st) < 0 || st.st_uid != geteuid())) {
		close(fd);
		return -1;
	}
	return fd;
}

int state_folder(void)
{
	static const char *const parts[] = { ".local", "state", "stave" };
	const char *state = getenv("XDG_STATE_HOME");
	bool given = state && state[0] == '/';

	if (!given && home_is_foreign())
		return -1;
	/* Under sudo(8) the folder that XDG_STATE_HOME names is checked as every other below. */
	cleanup_fd int folder = open(given ? state : getenv("HOME"),
				     O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	if (folder >= 0 && (fstat(folder, &st) < 0 || st.st_uid != geteuid()))
		return -1;
	for (size_t i = given ? 2 : 0; folder >= 0 && i < 3; i++) {
		int below = open_below(folder, parts[i]);
		close(steal_fd(&folder));
		folder = below;
	}
	return steal_fd(&folder);
}

int state_path(const char *name, char *ret, size_t size)
{
	const char *state = getenv("XDG_STATE_HOME");
	bool given = state && state[0] == '/';
	cleanup_fd int folder = state_folder();

	if (folder < 0)
		return -1;
	int length = snprintf(ret, size, "%s%s/stave/%s", given ? state : getenv("HOME"),
			      given ? "" : "/.local/state", name);
	return length > 0 && (size_t)length < size ? 0 : -1;
}
