/* Other processes, what they hold, and sockets to them. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe/probe.h"

/* ---- a process of the host's, PROBE_PID as the host numbers it ---- */

static pid_t host_pid(struct verdict *verdict)
{
	const char *pid = told(verdict, "PROBE_PID");

	return pid ? atoi(pid) : 0;
}

void try_kill(struct verdict *verdict)
{
	pid_t pid = host_pid(verdict);

	if (pid)
		judge_strictly(verdict, kill(pid, 0));
}

/* PTRACE_SEIZE stops nothing; the end of this process lets go. */
void try_ptrace(struct verdict *verdict)
{
	pid_t pid = host_pid(verdict);

	if (pid)
		judge_strictly(verdict, ptrace(PTRACE_SEIZE, pid, NULL, NULL));
}

/* From an address where nothing is: EFAULT, after the check. */
void try_peek(struct verdict *verdict)
{
	pid_t pid = host_pid(verdict);
	char byte;
	struct iovec to = { &byte, 1 }, from = { (void *)8, 1 };

	if (!pid)
		return;
	long n = process_vm_readv(pid, &to, 1, &from, 1, 0);
	if (n < 0 && errno == EFAULT)
		succeeded(verdict, "allowed; then EFAULT, as intended");
	else
		judge_strictly(verdict, n);
}

/* ---- namespaces that share something with the host ---- */

/* PROBE_NS_*: the links of the host's namespaces, "ipc:[4026531839]". */
static void compare(struct verdict *verdict, const char *key, const char *link)
{
	const char *hosts = told(verdict, key);
	char own[64] = "";

	if (!hosts)
		return;
	if (readlink(link, own, sizeof(own) - 1) < 0)
		stopped(verdict, errno, NULL);
	else if (strcmp(own, hosts) == 0)
		succeeded(verdict, "%s", own);
	else
		stopped(verdict, 0, "its own, %s", own);
}

void try_host_ipc(struct verdict *verdict)
{
	compare(verdict, "PROBE_NS_IPC", "/proc/self/ns/ipc");
}

void try_host_uts(struct verdict *verdict)
{
	compare(verdict, "PROBE_NS_UTS", "/proc/self/ns/uts");
}

void try_host_cgroup(struct verdict *verdict)
{
	compare(verdict, "PROBE_NS_CGROUP", "/proc/self/ns/cgroup");
}

/* PROBE_SOCKET: the name of an abstract socket, without its leading NUL. unix(7). */
void try_host_socket(struct verdict *verdict)
{
	const char *name = told(verdict, "PROBE_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (!name)
		return;
	size_t length = strlen(name);
	if (length + 1 > sizeof(address.sun_path))
		return;
	memcpy(address.sun_path + 1, name, length);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	judge_strictly(verdict, fd < 0 ? -1 :
		       connect(fd, (struct sockaddr *)&address,
			       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length)));
}

static void try_socket(struct verdict *verdict, int family, int type, int protocol)
{
	judge_strictly(verdict, socket(family, type | SOCK_CLOEXEC, protocol));
}

void try_alg(struct verdict *verdict) { try_socket(verdict, 38 /* AF_ALG */, SOCK_SEQPACKET, 0); }
void try_vsock(struct verdict *verdict) { try_socket(verdict, 40 /* AF_VSOCK */, SOCK_STREAM, 0); }

/* Group 1 is the kernel's own, which takes no capability to listen to. */
void try_uevent(struct verdict *verdict)
{
	const struct sockaddr_nl group = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);

	judge_strictly(verdict, fd < 0 ? -1 : bind(fd, (const struct sockaddr *)&group, sizeof(group)));
}

void try_packet(struct verdict *verdict) { try_socket(verdict, AF_PACKET, SOCK_RAW, 0); }
void try_raw(struct verdict *verdict) { try_socket(verdict, AF_INET, SOCK_RAW, 1 /* ICMP */); }

/* ---- terminals ---- */

/* A terminal of this process's own, made its controlling one: what is typed into it reaches
 * nobody. */
static int own_terminal(void)
{
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC), unlock = 0;

	if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock) < 0)
		return -1;
	int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	setsid();
	return slave < 0 || ioctl(slave, TIOCSCTTY, 0) < 0 ? -1 : slave;
}

static void type_into(struct verdict *verdict, unsigned long request, const char *what)
{
	int terminal = own_terminal();

	if (terminal < 0) {
		absent(verdict, "no terminal can be made here");
		return;
	}
	/* EIO: dev.tty.legacy_tiocsti is 0, Linux 6.2. */
	long ret = syscall(SYS_ioctl, terminal, request, what);
	if (ret < 0 && errno == EIO)
		stopped(verdict, EIO, "the host's sysctl dev.tty.legacy_tiocsti is 0");
	else
		judge(verdict, ret);
}

void try_tiocsti(struct verdict *verdict) { type_into(verdict, TIOCSTI, "x"); }
void try_tiocsti_wide(struct verdict *verdict) { type_into(verdict, TIOCSTI + (1UL << 32), "x"); }
/* No pseudo-terminal knows it: ENOTTY, after a filter. */
void try_tioclinux(struct verdict *verdict) { type_into(verdict, 0x541c, "\002"); }

/* ---- what was left open ---- */

void try_descriptors(struct verdict *verdict)
{
	DIR *folder = opendir("/proc/self/fd");

	if (!folder) {
		verdict->code = errno;
		return;
	}
	stopped(verdict, 0, "only 0, 1 and 2 are open");
	for (struct dirent *entry; (entry = readdir(folder));) {
		int fd = atoi(entry->d_name);
		char target[100] = "";
		if (entry->d_name[0] == '.' || fd < 3 || fd == dirfd(folder))
			continue;
		/* The pipe that this attempt answers by is close-on-exec, and the probe's own. */
		if (fcntl(fd, F_GETFD) & FD_CLOEXEC)
			continue;
		readlinkat(dirfd(folder), entry->d_name, target, sizeof(target) - 1);
		succeeded(verdict, "%d is %s", fd, target);
		return;
	}
}

void try_cwd(struct verdict *verdict)
{
	char path[4096];

	/* "(unreachable)": getcwd(2). */
	long n = syscall(SYS_getcwd, path, sizeof(path));
	if (n < 0)
		stopped(verdict, errno, "it has no working directory");
	else if (path[0] == '/')
		stopped(verdict, 0, "its working directory is %s", path);
	else
		succeeded(verdict, "%s", path);
}

/* Whether what runs as pid is a file that it can reach by name anyway: the container's own. */
static int is_own_file(const char *exe, const struct stat *st)
{
	char path[4096];
	struct stat named;
	ssize_t n = readlink(exe, path, sizeof(path) - 1);

	path[n > 0 ? n : 0] = '\0';
	return n > 0 && stat(path, &named) == 0 && named.st_dev == st->st_dev &&
	       named.st_ino == st->st_ino;
}

/* Whether the program that pid runs could be written to. ETXTBSY: not now, but once it has ended. */
static int writable_exe(struct verdict *verdict, const char *pid)
{
	enum { SEALED = 8 /* F_SEAL_WRITE */ };
	char exe[64];
	struct stat st;

	snprintf(exe, sizeof(exe), "/proc/%.20s/exe", pid);
	int fd = open(exe, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0)
		return 0;
	if (is_own_file(exe, &st))
		return 0;
	int seals = fcntl(fd, 1034 /* F_GET_SEALS */);
	if (seals >= 0 && (seals & SEALED)) {
		stopped(verdict, 0, "%s is a sealed copy", exe);
		return 0;
	}
	/* Asks for the mount's flags too, where open(2) says first that somebody runs it. */
	if (access(exe, W_OK) < 0 && errno == EROFS) {
		stopped(verdict, EROFS, "%s", exe);
		return 0;
	}
	int write_fd = open(exe, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
	if (write_fd < 0 && errno != ETXTBSY) {
		stopped(verdict, errno, "%s", exe);
		return 0;
	}
	succeeded(verdict, write_fd < 0 ? "%s, once no process runs it" : "%s", exe);
	return 1;
}

void try_exe(struct verdict *verdict)
{
	DIR *folder = opendir("/proc");

	stopped(verdict, 0, "it sees no program of the host");
	for (struct dirent *entry; folder && (entry = readdir(folder));)
		if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9' &&
		    writable_exe(verdict, entry->d_name))
			return;
}

/* ---- limits ---- */

/* Processes that only wait, all ended before the verdict. */
void try_forks(struct verdict *verdict)
{
	enum { MANY = 300 };
	pid_t pids[MANY] = { 0 };
	int count = 0, code = 0;

	while (count < MANY && !code) {
		pid_t pid = fork();
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
			for (;;)
				pause();
		}
		if (pid < 0)
			code = errno;
		else
			pids[count++] = pid;
	}
	for (int i = 0; i < count; i++)
		kill(pids[i], SIGKILL);
	for (int i = 0; i < count; i++)
		waitpid(pids[i], NULL, 0);
	if (code)
		stopped(verdict, code, "after %d", count);
	else
		succeeded(verdict, NULL);
}

/* As many as its hard limit lets it have, RLIMIT_NOFILE; they are closed with this process. */
void try_files(struct verdict *verdict)
{
	enum { MANY = 5000 };
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	for (int count = 0; count < MANY; count++)
		if (dup(STDOUT_FILENO) < 0) {
			stopped(verdict, errno, "after %d", count);
			return;
		}
	succeeded(verdict, NULL);
}
