/* --check-lessons once more as an ordinary user: what root may, hides what a lesson asks of others. */
#include "shell/acts/lesson/as_user.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file/remove.h"
#include "base/text.h"
#include "shell/shell.h"

enum { NOBODY = 65534, CANNOT = 126 };

/* Set for the one that root starts: it tries what the authors wrote, and says nothing about root. */
static const char mark[] = "STAVE_PROVEN_BY_ROOT";

bool as_user_started(void)
{
	return getenv(mark) != NULL;
}

static char **arguments(const struct shell *shell, char *const *paths)
{
	size_t count = 0, at = 0;

	while (paths[count])
		count++;
	char **ret = calloc(count + 4, sizeof(*ret));
	if (!ret)
		out_of_memory();
	ret[at++] = (char *)"stave";
	if (shell->json)
		ret[at++] = (char *)"--json";
	ret[at++] = (char *)"--check-lessons";
	for (size_t i = 0; i < count; i++)
		ret[at++] = paths[i];
	return ret;
}

/* In the process that becomes the user. The program's file is held open: who gives up root may not
 * reach it by its path. */
static _Noreturn void become_user(int program, const char *home, char *const *paths, char **argv)
{
	if (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
	    setresuid(NOBODY, NOBODY, NOBODY) < 0)
		_exit(CANNOT);
	for (; *paths; paths++)
		if (access(*paths, R_OK) < 0)
			_exit(CANNOT);
	/* Programs are looked for from a working directory that they may be in. */
	if (access(".", X_OK) < 0 && chdir(home) < 0)
		_exit(CANNOT);
	setenv("HOME", home, 1);
	setenv("XDG_RUNTIME_DIR", home, 1);
	unsetenv("XDG_DATA_HOME");
	unsetenv("XDG_STATE_HOME");
	setenv(mark, "1", 1);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	fexecve(program, argv, environ);
	_exit(CANNOT);
}

/* A folder that the user owns, for what Stave keeps. */
static int make_home(char *home, struct error *err)
{
	if (!mkdtemp(home))
		return fail(err, errno, "mkdtemp %s", home);
	if (chown(home, NOBODY, NOBODY) < 0)
		return fail(err, errno, "chown %s", home);
	return 0;
}

int as_user_prove(struct shell *shell, char *const *paths)
{
	cleanup_text struct text text = { 0 };
	cleanup_fd int program = open("/proc/self/exe", O_RDONLY);
	char home[] = "/tmp/stave-lessons-XXXXXX";
	struct error err;
	int status = 0;
	char **argv = arguments(shell, paths);

	if (!shell->json)
		text_sayf(&text, "as an ordinary user, uid %d:\n", NOBODY);
	shell_write(shell, &text);
	bool made = program >= 0 && make_home(home, &err) == 0;
	pid_t pid = made ? fork() : -1;
	if (pid == 0)
		become_user(program, home, paths, argv);
	free(argv);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	text_clear(&text);
	if (made && remove_tree(AT_FDCWD, home) < 0)
		text_sayf(&text, "%s cannot be removed: %s\n", home, errno_name(errno));
	bool tried = pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) != CANNOT;
	if (!tried && !shell->json)
		text_say(&text, "not tried: this user cannot read the files, or the program\n");
	shell_write(shell, &text);
	return tried && WEXITSTATUS(status) ? -1 : 0;
}
