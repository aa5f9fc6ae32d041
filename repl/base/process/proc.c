#include "base/process/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/message.h"
#include "base/syscalls.h"
#include "base/text.h"

/* A process whose folder is held; folder is -1 where none is. */
struct held {
	pid_t pid;
	int folder;
};

enum { OTHERS = 4 /* as many as one line of the shell's looks at by turns */ };

/* Descriptors of the one /proc that there is, and so of the process. */
static struct {
	int root;
	struct held child, others[OTHERS];
	size_t turn;
} kept = { .root = -1, .child.folder = -1, .others = { { 0, -1 }, { 0, -1 }, { 0, -1 }, { 0, -1 } } };

static int refuse(struct error *err, int code, const char *why)
{
	fail(err, code, "/proc is not this process's own");
	fail_why(err, "%s; Stave would read and write another process's files there", _(why));
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

/* What says nothing of /proc: this process may open no file more, or there is no memory for one. */
static bool is_own_limit(int code)
{
	return code == EMFILE || code == ENFILE || code == ENOMEM;
}

static int open_root(void)
{
	return open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* By no other mount: what holds of the one holds of the other. Without openat2(2), as under a filter
 * that does not know it, the devices are compared. */
static int open_self(int root)
{
	struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_NO_XDEV };
	struct stat outer, inner;
	int fd = sys_openat2(root, "self", &how);

	if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
		return fd;
	fd = openat(root, "self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || (fstat(root, &outer) == 0 && fstat(fd, &inner) == 0 && outer.st_dev == inner.st_dev))
		return fd;
	close(fd);
	errno = EXDEV;
	return -1;
}

uint64_t proc_own_pids(void)
{
	static struct { pid_t pid; uint64_t inode; } own;
	const pid_t pid = getpid();
	struct stat st;

	if (own.pid != pid) {
		own.inode = stat("/proc/self/ns/pid", &st) < 0 ? 0 : st.st_ino;
		own.pid = pid;
	}
	return own.inode;
}

/* Whether the proc that self lies in is of this process's own namespace and not of one around it. */
static int check_numbers(int self, struct error *err)
{
	cleanup_text struct text status = { 0 };
	pid_t first = 0;

	if (proc_own_pids() == PROC_FIRST_PIDS)
		return 0;
	if (read_file(self, "status", 1 << 16, &status) < 0)
		return fail(err, errno, "read /proc/self/status");
	int count = count_numbers(text_of(&status), &first);
	if (count != 1 || first != getpid())
		return refuse(err, 0, N_("it is of a pid namespace around this process's"));
	return 0;
}

int proc_check(struct error *err)
{
	struct statfs fs;

	cleanup_fd int root = open_root();
	int code = errno;
	if (root < 0)
		return is_own_limit(code) ? fail(err, code, "open /proc") : refuse(err, 0, N_("no proc(5) is mounted there"));
	cleanup_fd int self = open_self(root);
	code = errno;
	if (self < 0 && is_own_limit(code))
		return fail(err, code, "open /proc/self");
	if (self < 0 && (fstatfs(root, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC))
		return refuse(err, 0, N_("no proc(5) is mounted there"));
	if (self < 0)
		return refuse(err, code, code == EXDEV ? N_("something is mounted over /proc/self") :
			      N_("it is of a pid namespace that this process is not in"));
	if (fstatfs(self, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
		return refuse(err, 0, N_("no proc(5) is mounted there"));
	if (check_numbers(self, err) < 0)
		return -1;
	if (kept.root >= 0)
		close(kept.root);
	kept.root = steal_fd(&root);
	return 0;
}

int proc_root(void)
{
	if (kept.root < 0)
		kept.root = open_root();
	return kept.root;
}

static int open_folder(pid_t pid)
{
	char name[16];

	snprintf(name, sizeof(name), "%d", pid);
	int folder = proc_root() < 0 || pid <= 0 ? -1 :
		     openat(proc_root(), name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (pid <= 0 || (folder < 0 && errno == ENOENT && proc_root() >= 0))
		errno = ESRCH;
	return folder;
}

static void let_go(struct held *held)
{
	if (held->folder >= 0)
		close(held->folder);
	*held = (struct held){ .folder = -1 };
}

int proc_of(pid_t pid)
{
	if (kept.child.folder >= 0 && kept.child.pid == pid)
		return kept.child.folder;
	for (size_t i = 0; i < OTHERS; i++)
		if (kept.others[i].folder >= 0 && kept.others[i].pid == pid)
			return kept.others[i].folder;
	int folder = open_folder(pid);
	if (folder < 0)
		return -1;
	struct held *held = &kept.others[kept.turn++ % OTHERS];
	let_go(held);
	*held = (struct held){ pid, folder };
	return folder;
}

void proc_know(pid_t pid, int folder)
{
	let_go(&kept.child);
	if (pid)
		kept.child = (struct held){ pid, fcntl(folder, F_DUPFD_CLOEXEC, 0) };
}

void proc_forget(void)
{
	for (size_t i = 0; i < OTHERS; i++)
		let_go(&kept.others[i]);
}

void proc_closed(void)
{
	kept.root = kept.child.folder = -1;
	for (size_t i = 0; i < OTHERS; i++)
		kept.others[i].folder = -1;
}

int proc_open(pid_t pid, int pidfd)
{
	cleanup_fd int folder = open_folder(pid);
	int code = errno == ESRCH ? ENOENT : errno;

	/* As long as it has not been waited for nobody else has its number. */
	if (sys_pidfd_send_signal(pidfd, 0) < 0 && errno == ESRCH)
		return -1;
	errno = code;
	return folder < 0 ? -1 : steal_fd(&folder);
}
