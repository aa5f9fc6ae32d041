#include "shell/terminal/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"
#include "base/message/language.h"
#include "base/await.h"
#include "base/file/state.h"
#include "shell/terminal/kind.h"
#include "shell/terminal/signals.h"

enum { NOT_FOUND = 127, LEAVING = 2000 /* ms after SIGTERM */ };

static size_t lines_of(const struct text *text)
{
	size_t ret = 0;

	for (const char *s = text_of(text); (s = strchr(s, '\n')); s++)
		ret++;
	return ret;
}

/* By sh(1): $PAGER may have options. less is asked to leave colours alone, and not to clear what was
 * read; of the text it knows no more than the C library, which may lack the locale that LANG names. */
static pid_t start(const char *pager, int in)
{
	char *const argv[] = { "sh", "-c", (char *)(uintptr_t)pager, NULL };
	posix_spawn_file_actions_t actions;
	pid_t pid;

	setenv("LESS", "RX", 0);
	if (charset_is_utf8())
		setenv("LESSCHARSET", "utf-8", 0);
	posix_spawn_file_actions_init(&actions);
	int code = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	if (code == 0)
		code = posix_spawn(&pid, "/bin/sh", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return code ? -1 : pid;
}

/* A file in memory: who leaves the pager early is not waited for by who writes. */
static int put_aside(const struct text *text)
{
	cleanup_fd int fd = memfd_create("stave-help", MFD_CLOEXEC);

	if (fd < 0 || write_fd(fd, text->s, text->len) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return -1;
	return steal_fd(&fd);
}

/* Nobody here could bring a stopped one back, so it goes on. Where the shell is to leave, so is the pager. */
static int wait_for(pid_t pid, int *status)
{
	while (!signals_leaving()) {
		pid_t got = waitpid(pid, status, WUNTRACED);
		if (got == pid && !WIFSTOPPED(*status))
			return 0;
		if (got == pid)
			kill(pid, SIGCONT);
		else if (errno != EINTR)
			return -1;
	}
	kill(pid, SIGTERM);
	return await_exit(pid, LEAVING, status);
}

/* As with readline's files: a user without our rights does not choose what root runs. */
static const char *pager_of(void)
{
	const char *ret = home_is_foreign() || getenv("SUDO_UID") ? NULL : getenv("PAGER");

	return ret && *ret ? ret : "less";
}

bool pager_show(const struct text *text, size_t rows)
{
	const char *pager = pager_of();
	struct termios before;
	int status = 0;

	if (lines_of(text) < rows || terminal_is_dumb())
		return false;
	cleanup_fd int fd = put_aside(text);
	bool modes = tcgetattr(STDIN_FILENO, &before) == 0;
	pid_t pid = fd < 0 ? -1 : start(pager, fd);
	if (pid > 0 && wait_for(pid, &status) < 0)
		return false;
	if (modes)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
	return pid > 0 && !(WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND);
}
