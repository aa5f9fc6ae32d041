/* A trial's process: it stands where the trial is made, makes it, and ends. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/await.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/syscalls.h"
#include "base/text.h"
#include "base/process/proc.h"
#include "base/process/signal.h"
#include "doctor/ground.h"
#include "snapshot/root.h"

enum { PATIENCE = 5000 /* ms for what takes one or two */ };

int trial_failed(struct outcome *outcome, const char *about, const char *format, ...)
{
	int code = errno;
	va_list args;

	va_start(args, format);
	vsnprintf(outcome->call, sizeof(outcome->call), format, args);
	va_end(args);
	snprintf(outcome->about, sizeof(outcome->about), "%s", about);
	outcome->code = code;
	errno = code;
	return -1;
}

/* ---- where it stands ---- */

int ground_user(struct outcome *outcome)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	char map[40];

	if (unshare(CLONE_NEWUSER) < 0)
		return trial_failed(outcome, "user", "unshare(CLONE_NEWUSER)");
	if (write_control(AT_FDCWD, "/proc/self/setgroups", "deny") < 0)
		return trial_failed(outcome, "setgroups", "write(\"/proc/self/setgroups\", \"deny\")");
	snprintf(map, sizeof(map), "0 %u 1", gid);
	if (write_control(AT_FDCWD, "/proc/self/gid_map", map) < 0)
		return trial_failed(outcome, "gid_map", "write(\"/proc/self/gid_map\", \"%s\")", map);
	snprintf(map, sizeof(map), "0 %u 1", uid);
	if (write_control(AT_FDCWD, "/proc/self/uid_map", map) < 0)
		return trial_failed(outcome, "uid_map", "write(\"/proc/self/uid_map\", \"%s\")", map);
	return 0;
}

/* Folders that every system has, with something to stand on. proc and sysfs stay as they are: a new one may be
 * mounted only while one is seen whole. */
static const char *spot(void)
{
	static const char *const folders[] = { "/tmp", "/mnt", "/run", "/var", "/dev" };

	for (size_t i = 0; i < COUNT(folders); i++)
		if (access(folders[i], X_OK) == 0)
			return folders[i];
	return "/";
}

int ground_mounts(struct outcome *outcome)
{
	if (unshare(CLONE_NEWNS) < 0)
		return trial_failed(outcome, "mnt", "unshare(CLONE_NEWNS)");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return trial_failed(outcome, "private", "mount(NULL, \"/\", NULL, MS_REC|MS_PRIVATE, NULL)");
	return 0;
}

static int ground_world(struct outcome *outcome)
{
	if (ground_mounts(outcome) < 0)
		return -1;
	if (mount("stave", spot(), "tmpfs", 0, NULL) < 0)
		return trial_failed(outcome, "tmpfs", "mount(\"stave\", \"%s\", \"tmpfs\", 0, NULL)", spot());
	if (chdir(spot()) < 0)
		return trial_failed(outcome, "tmpfs", "chdir(\"%s\")", spot());
	return 0;
}

static int stand(const struct trial *trial, bool root, struct outcome *outcome)
{
	if (trial->ground == GROUND_HERE)
		return 0;
	if (!root && ground_user(outcome) < 0)
		return -1;
	if (trial->ground == GROUND_WORLD && ground_world(outcome) < 0)
		return -1;
	if (trial->ground == GROUND_NET && unshare(CLONE_NEWNET) < 0)
		return trial_failed(outcome, "net", "unshare(CLONE_NEWNET)");
	return 0;
}

/* ---- what is seen behind a failure ---- */

static void testify(const struct trial *trial, struct outcome *outcome)
{
	cleanup_text struct text label = { 0 };
	struct sys_caps sets;
	int code = outcome->code;

	if (sys_capget(0, &sets) == 0)
		outcome->caps = sets.effective;
	if (read_file(AT_FDCWD, "/proc/self/attr/current", sizeof(outcome->label), &label) == 0)
		snprintf(outcome->label, sizeof(outcome->label), "%.*s", (int)strcspn(text_of(&label), "\n"), text_of(&label));
	if (trial->ask && (code == EPERM || code == ENOSYS || code == EACCES))
		trial->ask(trial, outcome);
	outcome->chrooted = code == EPERM && trial->ground != GROUND_SEEN && root_leave_chroot();
	outcome->code = code;
}

/* ---- the process ---- */

int ground_in_child(int (*run)(const struct trial *trial, struct outcome *outcome), const struct trial *trial,
		    struct outcome *outcome)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		_exit(run(trial, outcome) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
	}
	if (pid < 0)
		return trial_failed(outcome, "fork", "fork()");
	if (await_exit(pid, PATIENCE, &status) < 0) {
		outcome->late = true;
		return trial_failed(outcome, "waitpid", "waitpid()");
	}
	if (outcome->code)
		errno = outcome->code;
	return outcome->code ? -1 : 0;
}

static _Noreturn void make_and_leave(const struct trial *trial, bool root, struct outcome *outcome)
{
	/* What it prints is nobody's, and it outlives nobody. */
	int null = open("/dev/null", O_RDWR);

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	setpgid(0, 0);
	for (int fd = 0; null >= 0 && fd < 3; fd++)
		dup2(null, fd);
	close_from(3);
	proc_closed();
	if (stand(trial, root, outcome) < 0 || trial->run(trial, outcome) < 0)
		testify(trial, outcome);
	_exit(0);
}

void trial_make(const struct trial *trial, bool root, struct outcome *ret)
{
	struct outcome *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;

	*ret = (struct outcome){ 0 };
	if (shared == MAP_FAILED) {
		trial_failed(ret, "mmap", "mmap()");
		return;
	}
	pid_t pid = fork();
	if (pid == 0)
		make_and_leave(trial, root, shared);
	if (pid < 0) {
		trial_failed(shared, "fork", "fork()");
	} else if (await_group(pid, PATIENCE, &status) < 0) {
		shared->late = errno == ETIMEDOUT;
		trial_failed(shared, "waitpid", "waitpid()");
	} else if (!WIFEXITED(status) && !shared->code) {
		/* A filter that kills. */
		errno = ENOSYS;
		trial_failed(shared, "signal", "SIG%s", signal_name(WTERMSIG(status)));
		snprintf(shared->filtered, sizeof(shared->filtered), "SIG%s", signal_name(WTERMSIG(status)));
	}
	/* It was ended before it could. */
	if (shared->folder[0])
		rmdir(shared->folder);
	*ret = *shared;
	munmap(shared, sizeof(*shared));
}
