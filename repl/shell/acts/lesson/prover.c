#include "shell/acts/lesson/prover.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/syscalls.h"
#include "base/text.h"
#include "base/file/remove.h"

enum { SAID_MOST = 1 << 20 };

/* Set for a prover: who it is, by the words below. */
static const char mark[] = "STAVE_PROVER";
static const char same[] = "same", user[] = "user";

/* How the names of the folders begin that are made for users. */
static const char homes[] = "/tmp/stave-lessons-";

bool prover_is(bool *as_user)
{
	const char *is = getenv(mark);

	*as_user = is && strcmp(is, user) == 0;
	return is && (*as_user || strcmp(is, same) == 0);
}

void prover_leave(void)
{
	const char *home = getenv("HOME");
	bool as_user;

	if (prover_is(&as_user) && as_user && home && strncmp(home, homes, strlen(homes)) == 0)
		remove_tree(AT_FDCWD, home);
}

/* In the process that becomes the user. */
static void give_up_root(const struct prover *prover)
{
	if (setgroups(0, NULL) < 0 || setresgid(PROVER_NOBODY, PROVER_NOBODY, PROVER_NOBODY) < 0 ||
	    setresuid(PROVER_NOBODY, PROVER_NOBODY, PROVER_NOBODY) < 0)
		_exit(PROVER_CANNOT);
	if (access(prover->path, R_OK) < 0)
		_exit(PROVER_CANNOT);
	/* Programs are looked for from a working directory that they may be in. */
	if (access(".", X_OK) < 0 && chdir(prover->home) < 0)
		_exit(PROVER_CANNOT);
	setenv("HOME", prover->home, 1);
	setenv("XDG_RUNTIME_DIR", prover->home, 1);
	unsetenv("XDG_DATA_HOME");
	unsetenv("XDG_STATE_HOME");
}

/* In the process that becomes the prover. The program's file is held open: who gives up root may not
 * reach it by its path. */
static _Noreturn void become(const struct prover *prover, int program, pid_t checker, bool json)
{
	char *argv[] = { (char *)"stave", (char *)"--check-lessons", (char *)prover->path, NULL, NULL };
	sigset_t none;

	if (json) {
		argv[1] = (char *)"--json";
		argv[2] = (char *)"--check-lessons";
		argv[3] = (char *)prover->path;
	}
	if (prover->as_user)
		give_up_root(prover);
	/* A change of credentials clears it: prctl(2). */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != checker)
		_exit(PROVER_CANNOT);
	setenv(mark, prover->as_user ? user : same, 1);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(prover->output, STDOUT_FILENO) >= 0)
		sys_execve_fd(program, argv, environ);
	_exit(PROVER_CANNOT);
}

/* A folder that the user owns, for what Stave keeps. */
static int make_home(struct prover *prover, struct error *err)
{
	snprintf(prover->home, sizeof(prover->home), "%sXXXXXX", homes); /* a template of mkdtemp(3) */
	if (!mkdtemp(prover->home)) {
		fail(err, errno, "mkdtemp %s", prover->home);
		prover->home[0] = '\0';
		return -1;
	}
	return chown(prover->home, PROVER_NOBODY, PROVER_NOBODY) < 0 ? fail(err, errno, "chown %s", prover->home) : 0;
}

/* What was made for one that did not begin. */
static int give_up(struct prover *prover)
{
	close(prover->output);
	if (prover->home[0])
		rmdir(prover->home);
	return -1;
}

int prover_begin(struct prover *prover, bool json, struct error *err)
{
	cleanup_fd int program = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	pid_t checker = getpid();

	if (program < 0)
		return fail(err, errno, "open /proc/self/exe");
	/* A file: whoever else holds it, nobody has to wait for its end. */
	prover->output = memfd_create("proof", MFD_CLOEXEC);
	if (prover->output < 0)
		return fail(err, errno, "memfd_create");
	if (prover->as_user && make_home(prover, err) < 0)
		return give_up(prover);
	prover->pid = fork();
	if (prover->pid < 0) {
		fail(err, errno, "fork");
		return give_up(prover);
	}
	if (prover->pid == 0)
		become(prover, program, checker, json);
	prover->pidfd = sys_pidfd_open(prover->pid);
	return 0;
}

void prover_stop(const struct prover *prover)
{
	if (prover->pid > 0 && !prover->ended)
		kill(prover->pid, SIGTERM);
}

void prover_end(struct prover *prover, int status, struct text *ret)
{
	prover->ended = true;
	prover->status = status;
	if (lseek(prover->output, 0, SEEK_SET) == 0)
		read_fd(prover->output, SAID_MOST, ret);
	close(prover->output);
	if (prover->pidfd >= 0)
		close(prover->pidfd);
	if (prover->home[0])
		remove_tree(AT_FDCWD, prover->home);
}
