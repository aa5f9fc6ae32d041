/* The machine as a whole, and calls into corners of the kernel. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe/probe.h"

/* ---- what belongs to the machine ---- */

/* The first disk that /proc/partitions lists. */
static dev_t first_disk(void)
{
	FILE *list = fopen("/proc/partitions", "re");
	unsigned major, minor;
	char line[256];
	dev_t ret = 0;

	while (list && !ret && fgets(line, sizeof(line), list))
		if (sscanf(line, "%u %u", &major, &minor) == 2 && major)
			ret = makedev(major, minor);
	if (list)
		fclose(list);
	return ret;
}

void try_disk(struct verdict *verdict)
{
	static const char *const folders[] = { "/dev", "/tmp", "/var/tmp", "/" };
	dev_t disk = first_disk();

	if (!disk) {
		absent(verdict, "/proc/partitions lists no disk");
		return;
	}
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		char path[64];
		snprintf(path, sizeof(path), "%s/.stave-probe.%d", folders[i], getpid());
		if (mknod(path, S_IFBLK | 0600, disk) < 0) {
			stopped(verdict, errno, "mknod %s", folders[i]);
			continue;
		}
		int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), code = errno;
		unlink(path);
		if (fd >= 0) {
			succeeded(verdict, "device %u:%u", major(disk), minor(disk));
			return;
		}
		stopped(verdict, code, "open of device %u:%u", major(disk), minor(disk));
	}
}

/* An empty file is not a module: ENOEXEC, after the check. */
void try_module(struct verdict *verdict)
{
	judge(verdict, syscall(SYS_init_module, NULL, 0UL, ""));
}

/* Flags that do not exist: EINVAL, after the check. */
void try_kexec(struct verdict *verdict)
{
	judge(verdict, syscall(SYS_kexec_load, 0UL, 1UL, NULL, 0xffffUL));
}

/* Wrong magic numbers: EINVAL, after the check. reboot(2). */
void try_reboot(struct verdict *verdict)
{
	judge(verdict, syscall(SYS_reboot, 0, 0, 0, NULL));
}

void try_swapon(struct verdict *verdict)
{
	judge(verdict, swapon("/proc/self/nothing", 0));
}

void try_acct(struct verdict *verdict)
{
	judge(verdict, acct("/proc/self/nothing"));
}

/* A tick of one microsecond: EINVAL, after the check. adjtimex(2). */
void try_clock(struct verdict *verdict)
{
	struct timex change = { .modes = ADJ_TICK, .tick = 1 };

	judge(verdict, adjtimex(&change));
}

void try_syslog(struct verdict *verdict)
{
	judge(verdict, syscall(SYS_syslog, 9 /* SYSLOG_ACTION_SIZE_UNREAD */, NULL, 0));
}

void try_iopl(struct verdict *verdict)
{
#ifdef SYS_iopl
	judge(verdict, syscall(SYS_iopl, 3));
#else
	absent(verdict, "this processor has none");
#endif
}

void try_hostname(struct verdict *verdict)
{
	char name[65] = "";

	gethostname(name, sizeof(name) - 1);
	judge(verdict, sethostname(name, strlen(name)));
}

/* ---- what belongs to everybody ---- */

void try_nice(struct verdict *verdict)
{
	judge(verdict, setpriority(PRIO_PROCESS, 0, -20));
}

void try_realtime(struct verdict *verdict)
{
	struct sched_param lowest = { .sched_priority = 1 };

	judge(verdict, sched_setscheduler(0, SCHED_FIFO, &lowest));
}

void try_rlimit(struct verdict *verdict)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_max == RLIM_INFINITY) {
		absent(verdict, "there is no limit on open files");
		return;
	}
	limit.rlim_max++;
	judge(verdict, setrlimit(RLIMIT_NOFILE, &limit));
}

void try_oom(struct verdict *verdict)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	judge(verdict, fd < 0 ? -1 : write(fd, "-1000", 5));
}

/* ---- what only a filter stops ---- */

void try_keyring(struct verdict *verdict)
{
	judge(verdict, syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0));
}

/* PROBE_KEYRING: the number of the one that the shell has. A process with another finds no key of the
 * session; that a number found elsewhere may be tried, too, is for "keyring". */
void try_session_keyring(struct verdict *verdict)
{
	const char *shells = told(verdict, "PROBE_KEYRING");

	if (!shells)
		return;
	long own = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
	if (own < 0)
		stopped(verdict, errno, NULL);
	else if (own == atol(shells))
		succeeded(verdict, "%ld, which is the shell's", own);
	else
		stopped(verdict, 0, "its own, %ld", own);
}

/* In the keyring of this process, which ends with it. */
void try_add_key(struct verdict *verdict)
{
	judge(verdict, syscall(SYS_add_key, "user", "stave-probe", "x", 1UL,
			       KEY_SPEC_PROCESS_KEYRING));
}

void try_userfault(struct verdict *verdict)
{
	judge_strictly(verdict, syscall(SYS_userfaultfd, O_CLOEXEC));
}

void try_userfault_user(struct verdict *verdict)
{
	judge_strictly(verdict, syscall(SYS_userfaultfd, O_CLOEXEC | 1 /* UFFD_USER_MODE_ONLY */));
}

void try_io_uring(struct verdict *verdict)
{
	struct io_uring_params params = { 0 };

	judge_strictly(verdict, syscall(SYS_io_uring_setup, 1, &params));
}

void try_unshare_user(struct verdict *verdict)
{
	judge_strictly(verdict, unshare(CLONE_NEWUSER));
}

static long end_if_child(long pid)
{
	if (pid == 0)
		_exit(0);
	int code = errno;
	if (pid > 0)
		waitpid((pid_t)pid, NULL, 0);
	errno = code;
	return pid;
}

void try_clone_user(struct verdict *verdict)
{
	judge_strictly(verdict, end_if_child(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0)));
}

void try_clone3_user(struct verdict *verdict)
{
	struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };

	judge_strictly(verdict, end_if_child(syscall(SYS_clone3, &args, sizeof(args))));
}

void try_bpf(struct verdict *verdict)
{
	union bpf_attr map = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4,
			       .max_entries = 1 };

	judge_strictly(verdict, syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof(map)));
}

void try_perf(struct verdict *verdict)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE, .size = sizeof(attr),
					.config = PERF_COUNT_SW_PAGE_FAULTS, .exclude_kernel = 1 };

	judge_strictly(verdict, syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0UL));
}

void try_personality(struct verdict *verdict)
{
	judge_strictly(verdict, personality(READ_IMPLIES_EXEC));
}

/* keyctl(2) as a 32-bit program makes it: another number, another table. */
void try_int80(struct verdict *verdict)
{
#ifdef __x86_64__
	long ret;

	/* asm/unistd_32.h: keyctl is 288. Registers 8 to 11 are not kept. */
	__asm__ volatile("int $0x80" : "=a"(ret)
			 : "a"(288L), "b"((long)KEYCTL_GET_KEYRING_ID),
			   "c"((long)KEY_SPEC_SESSION_KEYRING & 0xffffffffL), "d"(0L)
			 : "memory", "r8", "r9", "r10", "r11");
	int code = (int)ret;
	errno = code < 0 ? -code : 0;
	judge(verdict, code < 0 ? -1 : 0);
#else
	absent(verdict, "this processor has none");
#endif
}

void try_x32(struct verdict *verdict)
{
#ifdef __x86_64__
	judge(verdict, syscall(0x40000000 + SYS_keyctl, KEYCTL_GET_KEYRING_ID,
			       KEY_SPEC_SESSION_KEYRING, 0));
#else
	absent(verdict, "this processor has none");
#endif
}
