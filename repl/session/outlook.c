#include "session/outlook.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/await.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/process/proc.h"
#include "snapshot/snapshot.h"

enum { OUTLOOK_MS = 5000 };

static bool is_in(int mnt)
{
	struct stat own, st;

	return stat("/proc/self/ns/mnt", &own) == 0 && fstat(mnt, &st) == 0 && own.st_ino == st.st_ino;
}

/* Join the mount namespace, by way of the user namespace that owns it: only there may an ordinary user
 * do it. The process may be in another user namespace. ioctl_ns(2). */
static int join(int mnt)
{
	if (is_in(mnt) || setns(mnt, CLONE_NEWNS) == 0)
		return 0;
	cleanup_fd int owner = ioctl(mnt, NS_GET_USERNS);
	return owner < 0 || setns(owner, CLONE_NEWUSER) < 0 || setns(mnt, CLONE_NEWNS) < 0 ? errno : 0;
}

/* Join, write the errno of what failed, or 0, and stay until nobody holds the other end. */
static void stand(int mnt, int hold, int out)
{
	char end;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	int code = join(mnt);
	/* Entering a user namespace makes a process undumpable: others could not inspect it.
	 * proc(5). */
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

	if (mnt < 0)
		return fail(err, errno, "open /proc/%d/ns/mnt", reading->pid);
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
		stand(mnt, inner, to_say);
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
