#include "archive/guard/process.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "archive/report.h"
#include "archive/talk.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/process/signal.h"

enum { SOCKET = STDERR_FILENO + 1, KEPT };

void process_end(int failed, const struct error *err)
{
	if (failed)
		report_error(err);
	_exit(failed ? 1 : 0);
}

pid_t process_start(int *socket, int *keep, struct error *err)
{
	int pair[2];

	if (talk_pair(pair, err) < 0)
		return -1;
	pid_t pid = fork();
	if (pid < 0) {
		int code = errno;
		close(pair[0]);
		close(pair[1]);
		return fail(err, code, "fork");
	}
	if (pid == 0) {
		/* Nothing of what the others have; standard input is the archive. */
		int kept = keep && *keep >= 0 ? fcntl(*keep, F_DUPFD_CLOEXEC, KEPT + 1) : -1;
		*socket = dup2(pair[1], SOCKET);
		if (kept >= 0)
			*keep = dup2(kept, KEPT);
		close_from(kept >= 0 ? KEPT + 1 : KEPT);
		return 0;
	}
	*socket = pair[0];
	close(pair[1]);
	return pid;
}

/* How a process ended that did not say why. */
static int fail_ended(int status, const char *whose, struct error *err)
{
	if (WIFSIGNALED(status)) {
		const char *name = signal_name(WTERMSIG(status));
		fail_id(err, ERR_READER_FAILED, 0, "%s was ended by %s%s", whose, name ? "SIG" : "signal ",
		     name ? name : "?");
		return fail_why(err, "the archive may be made to do that");
	}
	return fail_id(err, ERR_READER_FAILED, 0, "%s ended with status %d", whose, WEXITSTATUS(status));
}

int process_reap(pid_t pid, const char *whose)
{
	struct error err;
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 1;
	if (status == 0)
		return 0;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 1) {
		fail_ended(status, whose, &err);
		report_error(&err);
	}
	return 1;
}
