/* What Stave's default container costs the kernel at the least: the same container by bare system calls in one
 * good order, and nothing else: no journal, nobody who cleans up after kill -9, no look at the host, no parsing.
 * The child runs in this process's memory until it executes the program (CLONE_VM, CLONE_VFORK). Follows the
 * container of `container -- PROGRAM`.
 *
 * usage: container ROOT FILTER PROGRAM [ARG...]
 * ROOT is the lower layer, FILTER the bytes that `seccomp export docker bpf` writes. As an ordinary user the
 * rootless one. The status is the program's. As root control groups of v1 are made, as Stave makes them where
 * cpu, memory and pids are there. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <linux/filter.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/list.h"

enum { NO_EXEC = MS_NOSUID | MS_NODEV | MS_NOEXEC, MOST_FILTER = 4096, LAST_CAPABILITY = 40 };

static const char *const groups[] = { "cpu", "memory", "pids" };
static const char *lower, *place;
static char **program;
static bool rootless;
static uid_t user; /* asked before the child is in a user namespace, where they are nobody's */
static gid_t of_group;
static char group[COUNT(groups)][64];
static struct sock_filter filter[MOST_FILTER];
static struct sock_fprog filter_program = { .filter = filter };

/* docker's default capabilities. */
static const unsigned long kept = 1ul << CAP_CHOWN | 1ul << CAP_DAC_OVERRIDE | 1ul << CAP_FOWNER | 1ul << CAP_FSETID |
				  1ul << CAP_KILL | 1ul << CAP_SETGID | 1ul << CAP_SETUID | 1ul << CAP_SETPCAP |
				  1ul << CAP_NET_BIND_SERVICE | 1ul << CAP_SYS_CHROOT | 1ul << CAP_SETFCAP;

static void die(const char *what)
{
	dprintf(2, "container: %s: %s\n", what, strerror(errno));
	_exit(111);
}

static void must(long result, const char *what)
{
	if (result < 0)
		die(what);
}

static void write_to(const char *path, int flags, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0644);

	must(fd, path);
	must(write(fd, text, strlen(text)), path);
	close(fd);
}

static void mount_at(const char *source, const char *target, const char *type, unsigned long flags, const char *data)
{
	must(mount(source, target, type, flags, data), target);
}

static void bind_read_only(const char *path)
{
	struct mount_attr attributes = { .attr_set = MOUNT_ATTR_RDONLY };

	mount_at(path, path, NULL, MS_BIND | MS_REC, NULL);
	must(syscall(SYS_mount_setattr, AT_FDCWD, path, AT_RECURSIVE, &attributes, sizeof(attributes)), path);
}

static void map_ids(void)
{
	char line[64];

	write_to("/proc/self/setgroups", 0, "deny");
	snprintf(line, sizeof(line), "0 %u 1", user);
	write_to("/proc/self/uid_map", 0, line);
	snprintf(line, sizeof(line), "0 %u 1", of_group);
	write_to("/proc/self/gid_map", 0, line);
}

static void enter_groups(void)
{
	char path[256];

	for (size_t i = 0; i < COUNT(groups); i++) {
		snprintf(path, sizeof(path), "%s/tasks", group[i]);
		write_to(path, 0, "0");
	}
	must(unshare(CLONE_NEWCGROUP), "unshare(CLONE_NEWCGROUP)");
}

static void make_devices(void)
{
	static const struct { const char *name; unsigned major, minor; } nodes[] = {
		{ "null", 1, 3 }, { "zero", 1, 5 }, { "full", 1, 7 }, { "random", 1, 8 }, { "urandom", 1, 9 }, { "tty", 5, 0 },
	};
	static const char *const links[][2] = {
		{ "/proc/self/fd", "dev/fd" }, { "/proc/self/fd/0", "dev/stdin" }, { "/proc/self/fd/1", "dev/stdout" },
		{ "/proc/self/fd/2", "dev/stderr" }, { "pts/ptmx", "dev/ptmx" },
	};

	must(mkdir("dev/pts", 0755), "dev/pts");
	must(mkdir("dev/shm", 0755), "dev/shm");
	must(mkdir("dev/mqueue", 0755), "dev/mqueue");
	for (size_t i = 0; i < COUNT(links); i++)
		must(symlink(links[i][0], links[i][1]), links[i][1]);
	for (size_t i = 0; i < COUNT(nodes); i++) {
		char path[32];
		snprintf(path, sizeof(path), "/dev/%s", nodes[i].name);
		must(mknod(path + 1, (rootless ? S_IFREG : S_IFCHR) | 0666, makedev(nodes[i].major, nodes[i].minor)), path);
		if (rootless)
			mount_at(path, path + 1, NULL, MS_BIND, NULL);
	}
}

static void lay_root(void)
{
	char options[700];

	mount_at(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	mount_at("stave", place, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755");
	must(chdir(place), place);
	must(mkdir("init", 0755) | mkdir("init/etc", 0755), "init");
	write_to("init/etc/hostname", O_CREAT, "container\n");
	write_to("init/etc/hosts", O_CREAT, "127.0.0.1\tlocalhost\n::1\tlocalhost\n127.0.1.1\tcontainer\n");
	write_to("init/etc/resolv.conf", O_CREAT, "# no network, no name server\n");
	must(mkdir("root", 0755) | mkdir("upper", 0755) | mkdir("work", 0755), "root");
	snprintf(options, sizeof(options), "lowerdir=%s/init:%s,upperdir=%s/upper,workdir=%s/work%s", place, lower, place,
		 place, rootless ? ",userxattr" : "");
	mount_at("overlay", "root", "overlay", 0, options);
	must(chdir("root"), "root");
}

static void mount_system(void)
{
	mount_at("proc", "proc", "proc", NO_EXEC, NULL);
	mount_at("dev", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=0755,size=65536k");
	make_devices();
	mount_at("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
		 rootless ? "newinstance,ptmxmode=0666,mode=0620" : "newinstance,ptmxmode=0666,mode=0620,gid=5");
	mount_at("shm", "dev/shm", "tmpfs", NO_EXEC, "mode=1777,size=65536k");
	mount_at("mqueue", "dev/mqueue", "mqueue", NO_EXEC, NULL);
	mount_at("sysfs", "sys", "sysfs", MS_RDONLY | NO_EXEC, NULL);
	mount_at("cgroup2", "sys/fs/cgroup", "cgroup2", MS_RDONLY | NO_EXEC, NULL);
	must(syscall(SYS_pivot_root, ".", "."), "pivot_root");
	must(umount2(".", MNT_DETACH), "umount");
	must(chdir("/"), "/");
}

static void mask(void)
{
	static const char *const files[] = { "/proc/interrupts", "/proc/keys", "/proc/timer_list" };
	static const char *const folders[] = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys" };

	if (rootless)
		write_to("/proc/sys/user/max_user_namespaces", 0, "0");
	else
		mount_at(NULL, "/", NULL, MS_NODEV | MS_REMOUNT | MS_BIND, NULL);
	mount_at("tmpfs", "/proc/acpi", "tmpfs", MS_RDONLY | NO_EXEC, "size=4k,nr_inodes=1,mode=0555");
	for (size_t i = 0; i < COUNT(files); i++)
		mount_at("/dev/null", files[i], NULL, MS_BIND, NULL);
	mount_at("/proc/acpi", "/sys/firmware", NULL, MS_BIND, NULL);
	for (size_t i = 0; i < COUNT(folders); i++)
		bind_read_only(folders[i]);
}

static void set_lo_up(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	must(fd, "socket");
	must(ioctl(fd, SIOCSIFFLAGS, &lo), "lo");
	close(fd);
}

static void drop_privileges(void)
{
	const struct rlimit core = { 0, 0 }, files = { 1024, 4096 };
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { (unsigned)kept, (unsigned)kept, 0 } };

	must(setrlimit(RLIMIT_CORE, &core) | setrlimit(RLIMIT_NOFILE, &files), "setrlimit");
	syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
	for (int capability = 0; capability <= LAST_CAPABILITY; capability++)
		if (!(kept >> capability & 1))
			prctl(PR_CAPBSET_DROP, capability);
	if (!rootless)
		must(setgroups(0, NULL), "setgroups");
	must(syscall(SYS_capset, &header, data), "capset");
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
	must(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter_program), "seccomp");
}

static int contain(void *unused)
{
	static char *const environment[] = { "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
					     "HOME=/root", "TERM=dumb", "HOSTNAME=container", NULL };

	(void)unused;
	if (rootless)
		map_ids();
	setsid();
	umask(0);
	if (!rootless)
		enter_groups();
	write_to("/proc/self/oom_score_adj", 0, "500");
	lay_root();
	mount_system();
	mask();
	must(sethostname("container", 9), "sethostname");
	set_lo_up();
	drop_privileges();
	umask(022);
	execve(program[0], program, environment);
	die(program[0]);
	return 0;
}

static void make_groups(void)
{
	static const char *const limits[COUNT(groups)][4] = {
		{ "cpu.cfs_quota_us", "100000" },
		{ "memory.limit_in_bytes", "536870912", "memory.memsw.limit_in_bytes", "536870912" },
		{ "pids.max", "256" },
	};

	for (size_t i = 0; i < COUNT(groups); i++) {
		snprintf(group[i], sizeof(group[i]), "/sys/fs/cgroup/%s/stave-bench-%d", groups[i], getpid());
		must(mkdir(group[i], 0755), group[i]);
		for (int at = 0; at < 4 && limits[i][at]; at += 2) {
			char path[256];
			snprintf(path, sizeof(path), "%s/%s", group[i], limits[i][at]);
			write_to(path, 0, limits[i][at + 1]);
		}
	}
}

static void read_filter(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	must(fd, path);
	ssize_t size = read(fd, filter, sizeof(filter));
	must(size, path);
	filter_program.len = (unsigned short)((size_t)size / sizeof(filter[0]));
	close(fd);
}

int main(int argc, char **argv)
{
	static char stack[65536] __attribute__((aligned(16)));
	int status = 0;

	if (argc < 4) {
		fprintf(stderr, "usage: container ROOT FILTER PROGRAM [ARG...]\n");
		return 2;
	}
	rootless = geteuid() != 0;
	user = geteuid();
	of_group = getegid();
	place = rootless ? "/tmp" : "/run";
	lower = argv[1];
	read_filter(argv[2]);
	program = argv + 3;
	if (!rootless)
		make_groups();
	int flags = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET | CLONE_VM | CLONE_VFORK | SIGCHLD;
	pid_t pid = clone(contain, stack + sizeof(stack), flags | (rootless ? CLONE_NEWUSER | CLONE_NEWCGROUP : 0), NULL);
	must(pid, "clone");
	must(waitpid(pid, &status, 0), "waitpid");
	for (size_t i = 0; i < COUNT(groups) && !rootless; i++)
		must(rmdir(group[i]), group[i]);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
