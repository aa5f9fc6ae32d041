/* Programs that give more than their caller has: a set user id, root's own capabilities, now or later. */
#include "probe/regain.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe/probe.h"

enum { NOBODY = 65534 };

/* Where a file can be made, and others may come. */
static const char *const folders[] = { "/var/tmp", "/tmp", "/root", "/home", "/" };
enum { FOLDERS = sizeof(folders) / sizeof(folders[0]) };

static int capabilities(unsigned long call, struct __user_cap_data_struct sets[2])
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };

	return (int)syscall((long)call, &header, sets);
}

int regain_main(const char *what)
{
	struct __user_cap_data_struct sets[2] = { 0 };

	if (strcmp(what, "--as-root") == 0)
		return geteuid() == 0 ? REGAIN_YES : REGAIN_NO;
	if (strcmp(what, "--has-chown") != 0)
		return 2;
	capabilities(SYS_capget, sets);
	return sets[0].effective >> CAP_CHOWN & 1 ? REGAIN_YES : REGAIN_NO;
}

/* Root's execve(2) gives all of the bounding set, capabilities(7). */
void try_regain(struct verdict *verdict)
{
	struct __user_cap_data_struct sets[2] = { 0 };
	int status;

	if (capabilities(SYS_capget, sets) < 0 || !(sets[0].permitted >> CAP_CHOWN & 1)) {
		stopped(verdict, 0, "it has no CAP_CHOWN to drop and get back");
		return;
	}
	for (size_t i = 0; i < 2; i++)
		sets[i].inheritable = 0;
	sets[0].permitted &= ~(1U << CAP_CHOWN);
	sets[0].effective &= ~(1U << CAP_CHOWN);
	if (capabilities(SYS_capset, sets) < 0 || again("--has-chown", &status) < 0) {
		verdict->code = errno;
		return;
	}
	if (status == REGAIN_YES)
		succeeded(verdict, "execve(2) gave CAP_CHOWN back");
	else if (status == REGAIN_NO)
		stopped(verdict, 0, "execve(2) gave nothing back");
}

static int copy_of_itself(const char *path)
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0700);
	struct stat st;

	if (from < 0 || to < 0 || fstat(from, &st) < 0 || sendfile(to, from, NULL, (size_t)st.st_size) < 0 ||
	    fchmod(to, 04755) < 0)
		return -1;
	return close(to);
}

/* As another user, start a program of root's that says "as root". */
static int as_nobody(const char *path)
{
	int status = 0;
	pid_t pid = fork();

	if (pid < 0)
		return -1;
	if (pid == 0) {
		char *const argv[] = { "stave-probe", "--as-root", NULL };
		if (syscall(SYS_setresuid, NOBODY, NOBODY, NOBODY) < 0)
			_exit(100);
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		execve(path, argv, (char *const[]){ NULL });
		_exit(101);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void try_setuid(struct verdict *verdict)
{
	char path[64];

	if (geteuid() != 0) {
		absent(verdict, "only root could make the file");
		return;
	}
	for (size_t i = 0; i < FOLDERS; i++) {
		struct stat st;
		snprintf(path, sizeof(path), "%s/.stave-probe.%d", folders[i], getpid());
		/* nobody has to come there */
		if (stat(folders[i], &st) < 0 || !(st.st_mode & 1))
			continue;
		int failed = copy_of_itself(path);
		int code = errno;
		int status = failed ? -1 : as_nobody(path);
		if (!failed || code != EEXIST)
			unlink(path);
		if (status == REGAIN_YES) {
			succeeded(verdict, "%s", path);
			return;
		}
		if (status == 100)
			stopped(verdict, EINVAL, "there is no other user to start as");
		else if (status == REGAIN_NO)
			stopped(verdict, 0, "it ran as its caller");
		else if (verdict->result == RESULT_BROKEN)
			stopped(verdict, failed ? code : EACCES, "%s", folders[i]);
	}
}

/* On a volume it would stay: a program of root's, for everybody on the host to start. Here it has no
 * name by the time that it is one. */
static int own_as(uid_t root, const char *path)
{
	struct stat st;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0700);

	if (fd < 0)
		return -1;
	unlink(path);
	if (fchown(fd, root, (gid_t)-1) < 0 || fchmod(fd, 04755) < 0 || fstat(fd, &st) < 0)
		return -1;
	errno = EPERM;
	return st.st_uid == root && (st.st_mode & S_ISUID) ? 0 : -1;
}

void try_host_root(struct verdict *verdict)
{
	struct stat st;
	char path[64];

	/* Whose the kernel's own files are; without a number in here he is nobody. */
	if (stat("/proc/version", &st) < 0) {
		absent(verdict, "nothing in /proc tells who the host's root is");
		return;
	}
	if (st.st_uid == NOBODY) {
		stopped(verdict, 0, "the host's root has no number in here");
		return;
	}
	for (size_t i = 0; i < FOLDERS; i++) {
		snprintf(path, sizeof(path), "%s/.stave-probe.%d", folders[i], getpid());
		if (own_as(st.st_uid, path) == 0) {
			succeeded(verdict, "%s", folders[i]);
			return;
		}
		stopped(verdict, errno, "%s", folders[i]);
	}
}
