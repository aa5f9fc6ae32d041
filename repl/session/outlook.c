#include "session/outlook.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/await.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/process/proc.h"
#include "snapshot/snapshot.h"

enum { OUTLOOK_MS = 5000 };

/* Joins, says so (the errno of what failed, or 0), and stays until nobody holds it. An ordinary user has
 * the right to join only in the user namespace that owns the mount namespace. */
static void stand(int user, int mnt, int hold, int out)
{
	int code = 0;
	char end;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (setns(mnt, CLONE_NEWNS) < 0 &&
	    (setns(user, CLONE_NEWUSER) < 0 || setns(mnt, CLONE_NEWNS) < 0))
		code = errno;
	/* Who has entered a user namespace is no more to be looked at by who has not. proc(5). */
	prctl(PR_SET_DUMPABLE, 1);
	write_fd(out, (const char *)&code, sizeof(code));
	while (code == 0 && read(hold, &end, 1) < 0 && errno == EINTR)
		;
	_exit(0);
}

int outlook_begin(const struct reading *reading, struct outlook *ret, struct error *err)
{
	int folder = proc_of(reading->pid), hold[2], said[2], code = 0;
	cleanup_fd int mnt = openat(folder, "ns/mnt", O_RDONLY | O_CLOEXEC);
	cleanup_fd int user = openat(folder, "ns/user", O_RDONLY | O_CLOEXEC);

	if (mnt < 0 || user < 0)
		return fail(err, errno, "open /proc/%d/ns/%s", reading->pid, mnt < 0 ? "mnt" : "user");
	if (pipe2(hold, O_CLOEXEC) < 0)
		return fail(err, errno, "pipe2");
	cleanup_fd int inner = hold[0], outer = hold[1];
	if (pipe2(said, O_CLOEXEC) < 0)
		return fail(err, errno, "pipe2");
	cleanup_fd int answer = said[0], to_say = said[1];
	pid_t pid = fork();
	if (pid < 0)
		return fail(err, errno, "fork");
	if (pid == 0) {
		close(outer);
		stand(user, mnt, inner, to_say);
	}
	close(steal_fd(&to_say));
	*ret = (struct outlook){ pid, steal_fd(&outer) };
	if (await_readable(answer, await_until(OUTLOOK_MS)) < 0)
		code = errno;
	else if (read(answer, &code, sizeof(code)) != sizeof(code))
		code = EPIPE;
	if (!code)
		return 0;
	outlook_end(ret);
	return fail(err, code, "setns to the mount namespace of process %d", reading->pid);
}

void outlook_end(struct outlook *outlook)
{
	int status;

	if (outlook->pid <= 0)
		return;
	close(outlook->hold);
	await_exit(outlook->pid, OUTLOOK_MS, &status);
	*outlook = (struct outlook){ 0 };
}
