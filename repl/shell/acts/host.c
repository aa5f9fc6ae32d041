/* !CMD: a command of the host, for contrast. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/await.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/message.h"
#include "base/syscalls.h"
#include "base/process/halted.h"
#include "base/show/paint.h"
#include "shell/shell.h"
#include "shell/terminal/signals.h"
#include "words/language/command.h"

enum { CHUNK = 16 * 1024, CAPTURE = 1024 * 1024, LEAVING = 2000 /* ms after SIGTERM */, LOOK = 100 /* ms */ };

/* Start /bin/sh -c text, its output to out where that is not -1. Returns the pid, or -1. The shell
 * handles signals by functions, which execve(2) resets. */
static pid_t start(const char *text, int out, struct error *err)
{
	char *const argv[] = { "sh", "-c", (char *)(uintptr_t)text, NULL };
	posix_spawn_file_actions_t actions;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	int code = 0;
	for (int fd = STDOUT_FILENO; out >= 0 && fd <= STDERR_FILENO && code == 0; fd++)
		code = posix_spawn_file_actions_adddup2(&actions, out, fd);
	if (code == 0)
		code = posix_spawn(&pid, "/bin/sh", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return code ? fail(err, code, "posix_spawn /bin/sh") : pid;
}

/* Nobody here could bring a stopped program back, nor those that it waits for, so Ctrl-Z has no effect. */
static bool await_event(int fd, pid_t pid)
{
	struct pollfd polled = { fd, POLLIN, 0 };
	int n = poll(&polled, 1, LOOK);

	if (n == 0 && process_halted(pid, NULL))
		kill(0, SIGCONT);
	return n > 0;
}

static void capture(int fd, pid_t pid, struct text *ret)
{
	char bytes[CHUNK];
	ssize_t n = 1;

	while (n > 0 && !signals_leaving()) {
		if (!await_event(fd, pid))
			continue;
		n = read(fd, bytes, sizeof(bytes));
		if (n > 0 && ret->len + (size_t)n <= CAPTURE)
			text_addn(ret, bytes, (size_t)n);
	}
}

/* What follows is the host's, and says so. */
static void announce(struct shell *shell, const char *text)
{
	cleanup_text struct text line = { 0 };

	paint(&line, shell->screen.color, PAINT_MISSING, _(" on the host:"));
	text_addf(&line, " %s\n", vis_line(text));
	shell_write(shell, &line);
}

/* Ctrl-C is heard by the program itself; where the shell is told to go, so is the program. */
static int wait_for(pid_t pid, int *status)
{
	cleanup_fd int pidfd = sys_pidfd_open(pid);

	if (pidfd < 0)
		return -1;
	while (!signals_leaving())
		if (await_event(pidfd, pid))
			return waitpid(pid, status, 0) == pid ? 0 : -1;
	kill(pid, SIGTERM);
	return await_exit(pid, LEAVING, status);
}

static int run_on_host(struct shell *shell, const char *text, struct text *output,
		       int *status, struct error *err)
{
	cleanup_fd int from = -1, to = -1;
	int pipes[2], wait_status;
	struct termios before;
	bool modes = shell->interactive && tcgetattr(STDIN_FILENO, &before) == 0;

	if (output) {
		if (pipe2(pipes, O_CLOEXEC) < 0)
			return fail(err, errno, "pipe");
		from = pipes[0];
		to = pipes[1];
	} else if (!shell->quiet) {
		announce(shell, text);
	}
	pid_t pid = start(text, to, err);
	if (pid < 0)
		return -1;
	if (output) {
		close(steal_fd(&to));
		capture(from, pid, output);
	}
	if (wait_for(pid, &wait_status) < 0)
		return fail(err, errno, "waitpid");
	if (modes)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
	if (WIFSIGNALED(wait_status) && shell->interactive && write_fd(STDOUT_FILENO, "\n", 1) < 0)
		shell->leaving = true;
	*status = WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) :
					     WEXITSTATUS(wait_status);
	return 0;
}

static const struct arg_spec args[] = {
	{ "CMD", WORD_TEXT, .means = "the rest of the line, for /bin/sh on the host" },
	{ 0 }
};

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	const char *text = words_arg(words, 0);
	int status = 0;

	if (shell->dry_run) {
		text_sayf(&result->output, "%s would run on the host\n", vis(text));
		return 0;
	}
	int ret = run_on_host(shell, text, shell->json ? &result->output : NULL, &status,
			   &result->error);
	shell->status = shell->ended = status;
	return ret;
}

const struct command command_host = {
	.name = "!", .kind = ACTS, .group = GROUP_RUNNING, .act = act, .reach = REACH_HOST, .args = args,
	.summary = "run a command on the host, outside every wall",
	.explain =
		"Takes the whole rest of the line, including quotes, \";\" and \"#\", and gives it to "
		"/bin/sh on the host. It is for contrast: the same ls, ps or hostname inside (run) and "
		"outside (!). It is not a step, so undo does not take it back.",
	.example = "unshare uts\nhostname box\nrun hostname\n!hostname",
};
