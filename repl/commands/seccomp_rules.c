#include "commands/seccomp_rules.h"

#include <errno.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ops/capability.h"

/* What docker's default policy lets through, whatever the capabilities: the names of
 * profiles/seccomp/default.json of github.com/moby/profiles, as of 2025. ioctl is among its own
 * rules below; socketcall is not here, for it hides what socket's rule looks at. */
static const char *const always[] = {
	"accept", "accept4", "access", "adjtimex", "alarm", "bind", "brk", "cachestat",
	"capget", "capset", "chdir", "chmod", "chown", "chown32", "clock_adjtime",
	"clock_adjtime64", "clock_getres", "clock_getres_time64", "clock_gettime",
	"clock_gettime64", "clock_nanosleep", "clock_nanosleep_time64", "close",
	"close_range", "connect", "copy_file_range", "creat", "dup", "dup2", "dup3",
	"epoll_create", "epoll_create1", "epoll_ctl", "epoll_ctl_old", "epoll_pwait",
	"epoll_pwait2", "epoll_wait", "epoll_wait_old", "eventfd", "eventfd2", "execve",
	"execveat", "exit", "exit_group", "faccessat", "faccessat2", "fadvise64",
	"fadvise64_64", "fallocate", "fanotify_mark", "fchdir", "fchmod", "fchmodat",
	"fchmodat2", "fchown", "fchown32", "fchownat", "fcntl", "fcntl64", "fdatasync",
	"fgetxattr", "flistxattr", "flock", "fork", "fremovexattr", "fsetxattr", "fstat",
	"fstat64", "fstatat64", "fstatfs", "fstatfs64", "fsync", "ftruncate", "ftruncate64",
	"futex", "futex_requeue", "futex_time64", "futex_wait", "futex_waitv", "futex_wake",
	"futimesat", "getcpu", "getcwd", "getdents", "getdents64", "getegid", "getegid32",
	"geteuid", "geteuid32", "getgid", "getgid32", "getgroups", "getgroups32",
	"getitimer", "getpeername", "getpgid", "getpgrp", "getpid", "getppid",
	"getpriority", "getrandom", "getresgid", "getresgid32", "getresuid", "getresuid32",
	"getrlimit", "get_robust_list", "getrusage", "getsid", "getsockname", "getsockopt",
	"get_thread_area", "gettid", "gettimeofday", "getuid", "getuid32", "getxattr",
	"getxattrat", "inotify_add_watch", "inotify_init", "inotify_init1",
	"inotify_rm_watch", "io_cancel", "io_destroy", "io_getevents", "io_pgetevents",
	"io_pgetevents_time64", "ioprio_get", "ioprio_set", "io_setup", "io_submit", "ipc",
	"kill", "landlock_add_rule", "landlock_create_ruleset", "landlock_restrict_self",
	"lchown", "lchown32", "lgetxattr", "link", "linkat", "listen", "listmount",
	"listxattr", "listxattrat", "llistxattr", "_llseek", "lremovexattr", "lseek",
	"lsetxattr", "lstat", "lstat64", "madvise", "map_shadow_stack", "membarrier",
	"memfd_create", "memfd_secret", "mincore", "mkdir", "mkdirat", "mknod", "mknodat",
	"mlock", "mlock2", "mlockall", "mmap", "mmap2", "mprotect", "mq_getsetattr",
	"mq_notify", "mq_open", "mq_timedreceive", "mq_timedreceive_time64", "mq_timedsend",
	"mq_timedsend_time64", "mq_unlink", "mremap", "mseal", "msgctl", "msgget", "msgrcv",
	"msgsnd", "msync", "munlock", "munlockall", "munmap", "name_to_handle_at",
	"nanosleep", "newfstatat", "_newselect", "open", "openat", "openat2", "pause",
	"pidfd_open", "pidfd_send_signal", "pipe", "pipe2", "pkey_alloc", "pkey_free",
	"pkey_mprotect", "poll", "ppoll", "ppoll_time64", "prctl", "pread64", "preadv",
	"preadv2", "prlimit64", "process_mrelease", "process_vm_readv", "process_vm_writev",
	"pselect6", "pselect6_time64", "ptrace", "pwrite64", "pwritev", "pwritev2", "read",
	"readahead", "readlink", "readlinkat", "readv", "recv", "recvfrom", "recvmmsg",
	"recvmmsg_time64", "recvmsg", "remap_file_pages", "removexattr", "removexattrat",
	"rename", "renameat", "renameat2", "restart_syscall", "riscv_hwprobe", "rmdir",
	"rseq", "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigqueueinfo",
	"rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait", "rt_sigtimedwait_time64",
	"rt_tgsigqueueinfo", "sched_getaffinity", "sched_getattr", "sched_getparam",
	"sched_get_priority_max", "sched_get_priority_min", "sched_getscheduler",
	"sched_rr_get_interval", "sched_rr_get_interval_time64", "sched_setaffinity",
	"sched_setattr", "sched_setparam", "sched_setscheduler", "sched_yield", "seccomp",
	"select", "semctl", "semget", "semop", "semtimedop", "semtimedop_time64", "send",
	"sendfile", "sendfile64", "sendmmsg", "sendmsg", "sendto", "setfsgid", "setfsgid32",
	"setfsuid", "setfsuid32", "setgid", "setgid32", "setgroups", "setgroups32",
	"setitimer", "setpgid", "setpriority", "setregid", "setregid32", "setresgid",
	"setresgid32", "setresuid", "setresuid32", "setreuid", "setreuid32", "setrlimit",
	"set_robust_list", "setsid", "setsockopt", "set_thread_area", "set_tid_address",
	"setuid", "setuid32", "setxattr", "setxattrat", "shmat", "shmctl", "shmdt",
	"shmget", "shutdown", "sigaltstack", "signalfd", "signalfd4", "sigprocmask",
	"sigreturn", "socketpair", "splice", "stat", "stat64", "statfs", "statfs64",
	"statmount", "statx", "symlink", "symlinkat", "sync", "sync_file_range", "syncfs",
	"sysinfo", "tee", "tgkill", "time", "timer_create", "timer_delete",
	"timer_getoverrun", "timer_gettime", "timer_gettime64", "timer_settime",
	"timer_settime64", "timerfd_create", "timerfd_gettime", "timerfd_gettime64",
	"timerfd_settime", "timerfd_settime64", "times", "tkill", "truncate", "truncate64",
	"ugetrlimit", "umask", "uname", "unlink", "unlinkat", "uretprobe", "utime",
	"utimensat", "utimensat_time64", "utimes", "vfork", "vmsplice", "wait4", "waitid",
	"waitpid", "write", "writev",
	NULL
};

static const char *const machine[] = {
#if defined(__x86_64__)
	"arch_prctl", "modify_ldt",
#elif defined(__aarch64__) || defined(__arm__)
	"arm_fadvise64_64", "arm_sync_file_range", "sync_file_range2", "breakpoint", "cacheflush",
	"set_tls",
#elif defined(__riscv)
	"riscv_flush_icache",
#elif defined(__s390x__)
	"s390_pci_mmio_read", "s390_pci_mmio_write", "s390_runtime_instr",
#elif defined(__powerpc64__)
	"sync_file_range2", "swapcontext",
#endif
	NULL
};

#define NAMES(...) (const char *const[]){ __VA_ARGS__, NULL }
#define CAP(name) CAPABILITY(CAP_##name)

const struct call_rule docker_rules[] = {
	{ NAMES("ioctl"), .code = EPERM, .argument = 1,
	  .tests = { { TEST_IS, 0x5412 /* TIOCSTI */ }, { TEST_IS, 0x541c /* TIOCLINUX */ } },
	  .why = "TIOCSTI and TIOCLINUX type into a terminal as if the user did" },
	{ NAMES("ioctl"), .why = "any other request" },
	{ always, .why = "harmless to the host, or held in check by capabilities and namespaces" },
	{ machine, .why = "this architecture's own" },
	{ NAMES("socket"), .tests = { { TEST_BELOW, 38 }, { TEST_IS, 39 }, { TEST_ABOVE, 40 } },
	  .why = "any family but AF_ALG (38: kernel crypto) and AF_VSOCK (40: no namespace holds it)" },
	{ NAMES("personality"),
	  .tests = { { TEST_IS, 0 }, { TEST_IS, 8 }, { TEST_IS, 0x20000 }, { TEST_IS, 0x20008 },
		     { TEST_IS, 0xffffffff } },
	  .why = "the usual ones, not those that weaken the layout of memory" },
	{ NAMES("bpf", "clone", "clone3", "fanotify_init", "fsconfig", "fsmount", "fsopen", "fspick",
		"lookup_dcookie", "lsm_get_self_attr", "lsm_list_modules", "lsm_set_self_attr",
		"mount", "mount_setattr", "move_mount", "open_tree", "perf_event_open", "quotactl",
		"quotactl_fd", "setdomainname", "sethostname", "setns", "syslog", "umount", "umount2",
		"unshare"),
	  .needs = CAP(SYS_ADMIN), .why = "the administrator's" },
#if defined(__s390x__)
	{ NAMES("clone"), .unless = CAP(SYS_ADMIN), .argument = 1,
#else
	{ NAMES("clone"), .unless = CAP(SYS_ADMIN),
#endif
	  .tests = { { TEST_BITS_CLEAR, 0x7e020000 /* CLONE_NEW* but NEWTIME */ } },
	  .why = "new processes, but no new namespaces" },
	{ NAMES("clone3"), .unless = CAP(SYS_ADMIN), .code = ENOSYS,
	  .why = "its flags lie in memory, where no filter looks: the C library falls back to clone" },
	{ NAMES("open_by_handle_at"), .needs = CAP(DAC_READ_SEARCH), .why = "opens files without their path" },
	{ NAMES("reboot"), .needs = CAP(SYS_BOOT), .why = "ends the machine" },
	{ NAMES("chroot"), .needs = CAP(SYS_CHROOT), .why = "moves the root" },
	{ NAMES("delete_module", "init_module", "finit_module"), .needs = CAP(SYS_MODULE),
	  .why = "code of the kernel's" },
	{ NAMES("acct"), .needs = CAP(SYS_PACCT), .why = "accounting of all processes" },
	{ NAMES("kcmp", "pidfd_getfd", "process_madvise"), .needs = CAP(SYS_PTRACE),
	  .why = "looks into other processes" },
	{ NAMES("iopl", "ioperm"), .needs = CAP(SYS_RAWIO), .why = "I/O ports" },
	{ NAMES("settimeofday", "stime", "clock_settime", "clock_settime64"), .needs = CAP(SYS_TIME),
	  .why = "sets the machine's clock" },
	{ NAMES("vhangup"), .needs = CAP(SYS_TTY_CONFIG), .why = "hangs up a terminal" },
	{ NAMES("get_mempolicy", "mbind", "set_mempolicy", "set_mempolicy_home_node"),
	  .needs = CAP(SYS_NICE), .why = "moves memory between nodes" },
	{ NAMES("syslog"), .needs = CAP(SYSLOG), .why = "the kernel's log" },
	{ NAMES("bpf"), .needs = CAP(BPF), .why = "programs inside the kernel" },
	{ NAMES("perf_event_open"), .needs = CAP(PERFMON), .why = "measures the whole machine" },
	{ 0 }
};

/* ---- names and numbers ---- */

/* Calls since Linux 5.14: these have one number on every architecture, and a libseccomp older
 * than they are does not know them. */
static const struct { const char *name; int number; } young[] = {
	{ "process_mrelease", 448 }, { "futex_waitv", 449 }, { "set_mempolicy_home_node", 450 },
	{ "cachestat", 451 }, { "fchmodat2", 452 }, { "map_shadow_stack", 453 },
	{ "futex_wake", 454 }, { "futex_wait", 455 }, { "futex_requeue", 456 },
	{ "statmount", 457 }, { "listmount", 458 }, { "lsm_get_self_attr", 459 },
	{ "lsm_set_self_attr", 460 }, { "lsm_list_modules", 461 }, { "mseal", 462 },
	{ "setxattrat", 463 }, { "getxattrat", 464 }, { "listxattrat", 465 },
	{ "removexattrat", 466 }, { "open_tree_attr", 467 }, { "file_getattr", 468 },
	{ "file_setattr", 469 },
#if defined(__x86_64__)
	{ "uretprobe", 335 },
#endif
};

enum { YOUNG = sizeof(young) / sizeof(young[0]), NUMBERS = 512 };

int call_number(const char *name)
{
	int number = seccomp_syscall_resolve_name(name);

	/* Below 0: of another architecture, or unknown (__NR_SCMP_ERROR). */
	for (size_t i = 0; number < 0 && i < YOUNG; i++)
		if (strcmp(young[i].name, name) == 0)
			number = young[i].number;
	return number < 0 ? -1 : number;
}

const char *call_name(int number, char *ret)
{
	char *known = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);

	snprintf(ret, 40, "%s", known ? known : "");
	free(known);
	for (size_t i = 0; !ret[0] && i < YOUNG; i++)
		if (young[i].number == number)
			snprintf(ret, 40, "%s", young[i].name);
	return ret;
}

const char *call_near(const char *name, char *ret)
{
	size_t least = strlen(name) > 4 ? 2 : 1;
	bool found = false;
	char one[40];

	for (int number = 0; number < NUMBERS; number++) {
		if (!call_name(number, one)[0])
			continue;
		size_t far = text_distance(one, name, least);
		if (far <= least && (!found || far < least)) {
			memcpy(ret, one, sizeof(one));
			least = far;
			found = true;
		}
	}
	return found ? ret : NULL;
}
