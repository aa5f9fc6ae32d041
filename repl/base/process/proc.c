#include "base/process/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/syscalls.h"
#include "base/text.h"

static int refuse(struct error *err, int code, const char *why)
{
	fail(err, code, "/proc is not this process's own");
	fail_why(err, "%s; what Stave reads and writes there would be another process's", why);
	return fail_fix(err, "mount -t proc proc /proc in this pid namespace (unshare --mount-proc, bwrap "
			"--proc /proc)");
}

/* NSpid: the numbers of this process from the namespace of the mounted proc down to its own. */
static int count_numbers(const char *status, pid_t *first)
{
	const char *line = strstr(status, "\nNSpid:");
	int count = 0;

	for (const char *p = line ? line + strlen("\nNSpid:") : ""; *p == '\t';) {
		char *end;
		long number = strtol(p + 1, &end, 10);
		if (count++ == 0)
			*first = (pid_t)number;
		p = end;
	}
	return count;
}

int proc_check(struct error *err)
{
	cleanup_text struct text status = { 0 };
	struct statfs fs;
	pid_t first = 0;

	if (statfs("/proc", &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
		return refuse(err, 0, "no proc(5) is mounted there");
	cleanup_fd int self = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (self < 0)
		return refuse(err, errno, "it is of a pid namespace that this process is not in");
	if (fstatfs(self, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
		return refuse(err, 0, "something is mounted over /proc/self");
	if (read_file(self, "status", 1 << 16, &status) < 0)
		return fail(err, errno, "read /proc/self/status");
	int count = count_numbers(text_of(&status), &first);
	if (count != 1 || first != getpid())
		return refuse(err, 0, "it is of a pid namespace around this process's");
	return 0;
}

int proc_open(pid_t pid, int pidfd)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d", pid);
	cleanup_fd int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int code = errno;
	/* As long as it has not been waited for nobody else has its number. */
	if (sys_pidfd_send_signal(pidfd, 0) < 0 && errno == ESRCH)
		return -1;
	errno = code;
	return folder < 0 ? -1 : steal_fd(&folder);
}
