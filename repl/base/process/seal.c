#include "base/process/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/syscalls.h"
#include "base/process/signal.h"

/* ---- the same file, by a mount that nobody can change ---- */

/* A mount of path that is in no mount namespace but the nameless one of the descriptor, and in none
 * at all once that is closed: then mount_setattr(2), mount(2) and move_mount(2) answer EINVAL to
 * everybody. */
static int mount_apart(const char *path)
{
	enum { RDONLY = 1, NOSUID = 2, NODEV = 4 };
	const struct sys_mount_attr attributes = { .set = RDONLY | NOSUID | NODEV };
	cleanup_fd int fd = sys_open_tree(AT_FDCWD, path, SYS_TREE_CLONE);

	if (fd < 0 || sys_mount_setattr(fd, "", AT_EMPTY_PATH, &attributes) < 0)
		return -1;
	return steal_fd(&fd);
}

struct apart {
	const char *path;
	int fd;
};

static int mount_apart_inside(void *argument)
{
	struct apart *apart = argument;

	apart->fd = mount_apart(apart->path);
	return 0;
}

/* The same by who may mount in no namespace but a new one: a process in new user and mount
 * namespaces makes it, and shares memory and descriptors with this one, which waits. */
static int mount_apart_as_nobody(const char *path)
{
	static char stack[32768] __attribute__((aligned(16)));
	struct apart apart = { path, -1 };
	/* A handler of ours would run in both. */
	const sigset_t before = signal_block_all();
	pid_t pid = clone(mount_apart_inside, stack + sizeof(stack),
			  CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_NEWUSER | CLONE_NEWNS | SIGCHLD,
			  &apart);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return apart.fd;
}

static bool is_same(int fd, const char *path)
{
	struct stat its, files;

	return fstat(fd, &its) == 0 && stat(path, &files) == 0 && its.st_dev == files.st_dev &&
	       its.st_ino == files.st_ino;
}

/* What /proc/self/exe leads to is a mount of this namespace, which a new one cannot copy: there the
 * link's name has to do, if it still is that of the same file. */
static int mount_by_name(const char *path)
{
	char name[4096];
	ssize_t n = readlink(path, name, sizeof(name) - 1);

	name[n > 0 ? n : 0] = '\0';
	cleanup_fd int fd = mount_apart_as_nobody(n > 0 ? name : path);
	return fd >= 0 && is_same(fd, path) ? steal_fd(&fd) : -1;
}

static int mount_program(const char *path)
{
	int fd = mount_apart(path);

	return fd < 0 && errno == EPERM ? mount_by_name(path) : fd;
}

/* ---- a copy ---- */

/* MFD_EXEC, since Linux 6.3: without it vm.memfd_noexec=1 makes the file not executable. Older
 * kernels know no such flag: EINVAL. */
static int new_memory(void)
{
	enum { WITH_EXEC = 0x10 };
	unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create("stave", flags | WITH_EXEC);

	return fd < 0 && errno == EINVAL ? memfd_create("stave", flags) : fd;
}

/* How much of the file of size bytes the kernel loads, elf(5): what comes behind its segments is for debuggers
 * and linkers. All of one that is no program for this machine. */
static off_t loaded(int fd, off_t size)
{
	enum { MOST = 64 };
	ElfW(Ehdr) header;
	ElfW(Phdr) segments[MOST];
	off_t end = 0;

	if (pread(fd, &header, sizeof(header), 0) != sizeof(header) || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
	    header.e_phentsize != sizeof(*segments) || header.e_phnum > MOST)
		return size;
	ssize_t bytes = (ssize_t)(header.e_phnum * sizeof(*segments));
	if (pread(fd, segments, (size_t)bytes, (off_t)header.e_phoff) != bytes)
		return size;
	for (size_t i = 0; i < header.e_phnum; i++) {
		off_t last = (off_t)(segments[i].p_offset + segments[i].p_filesz);
		if (segments[i].p_type == PT_LOAD && last > end)
			end = last;
	}
	return end > 0 && end < size ? end : size;
}

int seal_copy(const char *path)
{
	cleanup_fd int from = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	if (from < 0 || fstat(from, &st) < 0)
		return -1;
	cleanup_fd int to = new_memory();
	if (to < 0)
		return -1;
	off_t size = loaded(from, st.st_size);
	for (off_t done = 0; done < size;) {
		ssize_t n = sendfile(to, from, NULL, (size_t)(size - done));
		if (n < 0)
			return -1;
		if (n == 0) {
			errno = EIO; /* cut off meanwhile */
			return -1;
		}
		done += n;
	}
	if (fcntl(to, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return -1;
	return steal_fd(&to);
}

int seal_program(const char *path)
{
	int apart = mount_program(path);

	return apart >= 0 ? apart : seal_copy(path);
}
