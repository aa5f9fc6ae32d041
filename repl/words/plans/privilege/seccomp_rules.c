#include "words/plans/privilege/seccomp_rules.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/syscall.h>

#include "ops/privilege/capability.h"
#include "ops/privilege/young.h"

/* A call and its number as the kernel's headers, or ops/privilege/young.h, have it. Where they have none the macro is left as it
 * stands, which is not a number. */
#define TEXT(x) TEXT_(x)
#define TEXT_(x) #x
#define C(name) { #name, TEXT(__NR_##name) }

/* What docker's default policy lets through, whatever the capabilities: the names of
 * profiles/seccomp/default.json of github.com/moby/profiles, as of 2025. ioctl is among its own
 * rules below; socketcall is not here, for it hides what socket's rule looks at. */
static const struct call always[] = {
	C(accept), C(accept4), C(access), C(adjtimex), C(alarm), C(bind), C(brk), C(cachestat),
	C(capget), C(capset), C(chdir), C(chmod), C(chown), C(chown32), C(clock_adjtime),
	C(clock_adjtime64), C(clock_getres), C(clock_getres_time64), C(clock_gettime),
	C(clock_gettime64), C(clock_nanosleep), C(clock_nanosleep_time64), C(close),
	C(close_range), C(connect), C(copy_file_range), C(creat), C(dup), C(dup2), C(dup3),
	C(epoll_create), C(epoll_create1), C(epoll_ctl), C(epoll_ctl_old), C(epoll_pwait),
	C(epoll_pwait2), C(epoll_wait), C(epoll_wait_old), C(eventfd), C(eventfd2), C(execve),
	C(execveat), C(exit), C(exit_group), C(faccessat), C(faccessat2), C(fadvise64),
	C(fadvise64_64), C(fallocate), C(fanotify_mark), C(fchdir), C(fchmod), C(fchmodat),
	C(fchmodat2), C(fchown), C(fchown32), C(fchownat), C(fcntl), C(fcntl64), C(fdatasync),
	C(fgetxattr), C(flistxattr), C(flock), C(fork), C(fremovexattr), C(fsetxattr),
	C(fstat), C(fstat64), C(fstatat64), C(fstatfs), C(fstatfs64), C(fsync), C(ftruncate),
	C(ftruncate64), C(futex), C(futex_requeue), C(futex_time64), C(futex_wait),
	C(futex_waitv), C(futex_wake), C(futimesat), C(getcpu), C(getcwd), C(getdents),
	C(getdents64), C(getegid), C(getegid32), C(geteuid), C(geteuid32), C(getgid),
	C(getgid32), C(getgroups), C(getgroups32), C(getitimer), C(getpeername), C(getpgid),
	C(getpgrp), C(getpid), C(getppid), C(getpriority), C(getrandom), C(getresgid),
	C(getresgid32), C(getresuid), C(getresuid32), C(getrlimit), C(get_robust_list),
	C(getrusage), C(getsid), C(getsockname), C(getsockopt), C(get_thread_area), C(gettid),
	C(gettimeofday), C(getuid), C(getuid32), C(getxattr), C(getxattrat),
	C(inotify_add_watch), C(inotify_init), C(inotify_init1), C(inotify_rm_watch),
	C(io_cancel), C(io_destroy), C(io_getevents), C(io_pgetevents),
	C(io_pgetevents_time64), C(ioprio_get), C(ioprio_set), C(io_setup), C(io_submit),
	C(ipc), C(kill), C(landlock_add_rule), C(landlock_create_ruleset),
	C(landlock_restrict_self), C(lchown), C(lchown32), C(lgetxattr), C(link), C(linkat),
	C(listen), C(listmount), C(listxattr), C(listxattrat), C(llistxattr), C(_llseek),
	C(lremovexattr), C(lseek), C(lsetxattr), C(lstat), C(lstat64), C(madvise),
	C(map_shadow_stack), C(membarrier), C(memfd_create), C(memfd_secret), C(mincore),
	C(mkdir), C(mkdirat), C(mknod), C(mknodat), C(mlock), C(mlock2), C(mlockall), C(mmap),
	C(mmap2), C(mprotect), C(mq_getsetattr), C(mq_notify), C(mq_open), C(mq_timedreceive),
	C(mq_timedreceive_time64), C(mq_timedsend), C(mq_timedsend_time64), C(mq_unlink),
	C(mremap), C(mseal), C(msgctl), C(msgget), C(msgrcv), C(msgsnd), C(msync), C(munlock),
	C(munlockall), C(munmap), C(name_to_handle_at), C(nanosleep), C(newfstatat),
	C(_newselect), C(open), C(openat), C(openat2), C(pause), C(pidfd_open),
	C(pidfd_send_signal), C(pipe), C(pipe2), C(pkey_alloc), C(pkey_free), C(pkey_mprotect),
	C(poll), C(ppoll), C(ppoll_time64), C(prctl), C(pread64), C(preadv), C(preadv2),
	C(prlimit64), C(process_mrelease), C(process_vm_readv), C(process_vm_writev),
	C(pselect6), C(pselect6_time64), C(ptrace), C(pwrite64), C(pwritev), C(pwritev2),
	C(read), C(readahead), C(readlink), C(readlinkat), C(readv), C(recv), C(recvfrom),
	C(recvmmsg), C(recvmmsg_time64), C(recvmsg), C(remap_file_pages), C(removexattr),
	C(removexattrat), C(rename), C(renameat), C(renameat2), C(restart_syscall),
	C(riscv_hwprobe), C(rmdir), C(rseq), C(rt_sigaction), C(rt_sigpending),
	C(rt_sigprocmask), C(rt_sigqueueinfo), C(rt_sigreturn), C(rt_sigsuspend),
	C(rt_sigtimedwait), C(rt_sigtimedwait_time64), C(rt_tgsigqueueinfo),
	C(sched_getaffinity), C(sched_getattr), C(sched_getparam), C(sched_get_priority_max),
	C(sched_get_priority_min), C(sched_getscheduler), C(sched_rr_get_interval),
	C(sched_rr_get_interval_time64), C(sched_setaffinity), C(sched_setattr),
	C(sched_setparam), C(sched_setscheduler), C(sched_yield), C(seccomp), C(select),
	C(semctl), C(semget), C(semop), C(semtimedop), C(semtimedop_time64), C(send),
	C(sendfile), C(sendfile64), C(sendmmsg), C(sendmsg), C(sendto), C(setfsgid),
	C(setfsgid32), C(setfsuid), C(setfsuid32), C(setgid), C(setgid32), C(setgroups),
	C(setgroups32), C(setitimer), C(setpgid), C(setpriority), C(setregid), C(setregid32),
	C(setresgid), C(setresgid32), C(setresuid), C(setresuid32), C(setreuid), C(setreuid32),
	C(setrlimit), C(set_robust_list), C(setsid), C(setsockopt), C(set_thread_area),
	C(set_tid_address), C(setuid), C(setuid32), C(setxattr), C(setxattrat), C(shmat),
	C(shmctl), C(shmdt), C(shmget), C(shutdown), C(sigaltstack), C(signalfd), C(signalfd4),
	C(sigprocmask), C(sigreturn), C(socketpair), C(splice), C(stat), C(stat64), C(statfs),
	C(statfs64), C(statmount), C(statx), C(symlink), C(symlinkat), C(sync),
	C(sync_file_range), C(syncfs), C(sysinfo), C(tee), C(tgkill), C(time), C(timer_create),
	C(timer_delete), C(timer_getoverrun), C(timer_gettime), C(timer_gettime64),
	C(timer_settime), C(timer_settime64), C(timerfd_create), C(timerfd_gettime),
	C(timerfd_gettime64), C(timerfd_settime), C(timerfd_settime64), C(times), C(tkill),
	C(truncate), C(truncate64), C(ugetrlimit), C(umask), C(uname), C(unlink), C(unlinkat),
	C(uretprobe), C(utime), C(utimensat), C(utimensat_time64), C(utimes), C(vfork),
	C(vmsplice), C(wait4), C(waitid), C(waitpid), C(write), C(writev),
	{ 0 }
};

static const struct call machine[] = {
#if defined(__x86_64__)
	C(arch_prctl), C(modify_ldt),
#elif defined(__aarch64__) || defined(__arm__)
	C(arm_fadvise64_64), C(arm_sync_file_range), C(sync_file_range2), C(breakpoint), C(cacheflush),
	C(set_tls),
#elif defined(__riscv)
	C(riscv_flush_icache),
#elif defined(__s390x__)
	C(s390_pci_mmio_read), C(s390_pci_mmio_write), C(s390_runtime_instr),
#elif defined(__powerpc64__)
	C(sync_file_range2), C(swapcontext),
#endif
	{ 0 }
};

#define CALLS(...) (const struct call[]){ __VA_ARGS__, { 0 } }
#define CAP(name) CAPABILITY(CAP_##name)

const struct call_rule docker_rules[] = {
	{ CALLS(C(ioctl)), .code = EPERM, .argument = 1,
	  .tests = { { TEST_IS, 0x5412 /* TIOCSTI */ }, { TEST_IS, 0x541c /* TIOCLINUX */ } },
	  .why = "TIOCSTI and TIOCLINUX type into a terminal as if the user did" },
	{ CALLS(C(ioctl)), .why = "any other request" },
	{ always, .why = "harmless to the host, or limited by capabilities and namespaces" },
	{ machine, .why = "this architecture's own" },
	{ CALLS(C(socket)), .argument = 2, .code = EPERM, .tests = { { TEST_IS, 15 } },
	  .why = "NETLINK_KOBJECT_UEVENT (15) reports the host's devices; no other family has a protocol 15" },
	{ CALLS(C(socket)), .tests = { { TEST_BELOW, 38 }, { TEST_IS, 39 }, { TEST_ABOVE, 40 } },
	  .why = "any family but AF_ALG (38: kernel crypto) and AF_VSOCK (40: no namespace holds it)" },
	{ CALLS(C(personality)),
	  .tests = { { TEST_IS, 0 }, { TEST_IS, 8 }, { TEST_IS, 0x20000 }, { TEST_IS, 0x20008 },
		     { TEST_IS, 0xffffffff } },
	  .why = "the usual ones, not those that weaken address space randomization" },
	{ CALLS(C(bpf), C(clone), C(clone3), C(fanotify_init), C(fsconfig), C(fsmount), C(fsopen), C(fspick),
		C(lookup_dcookie), C(lsm_get_self_attr), C(lsm_list_modules), C(lsm_set_self_attr),
		C(mount), C(mount_setattr), C(move_mount), C(open_tree), C(perf_event_open), C(quotactl),
		C(quotactl_fd), C(setdomainname), C(sethostname), C(setns), C(syslog), C(umount), C(umount2),
		C(unshare)),
	  .needs = CAP(SYS_ADMIN), .why = "the administrator's" },
#if defined(__s390x__)
	{ CALLS(C(clone)), .unless = CAP(SYS_ADMIN), .argument = 1,
#else
	{ CALLS(C(clone)), .unless = CAP(SYS_ADMIN),
#endif
	  .tests = { { TEST_BITS_CLEAR, 0x7e020000 /* CLONE_NEW* but NEWTIME */ } },
	  .why = "new processes, but no new namespaces" },
	{ CALLS(C(clone3)), .unless = CAP(SYS_ADMIN), .code = ENOSYS,
	  .why = "its flags are in memory, which no filter sees: the C library falls back to clone" },
	{ CALLS(C(open_by_handle_at)), .needs = CAP(DAC_READ_SEARCH), .why = "opens files without their path" },
	{ CALLS(C(reboot)), .needs = CAP(SYS_BOOT), .why = "ends the machine" },
	{ CALLS(C(chroot)), .needs = CAP(SYS_CHROOT), .why = "moves the root" },
	{ CALLS(C(delete_module), C(init_module), C(finit_module)), .needs = CAP(SYS_MODULE),
	  .why = "code of the kernel's" },
	{ CALLS(C(acct)), .needs = CAP(SYS_PACCT), .why = "accounting of all processes" },
	{ CALLS(C(kcmp), C(pidfd_getfd), C(process_madvise)), .needs = CAP(SYS_PTRACE),
	  .why = "looks into other processes" },
	{ CALLS(C(iopl), C(ioperm)), .needs = CAP(SYS_RAWIO), .why = "I/O ports" },
	{ CALLS(C(settimeofday), C(stime), C(clock_settime), C(clock_settime64)), .needs = CAP(SYS_TIME),
	  .why = "sets the machine's clock" },
	{ CALLS(C(vhangup)), .needs = CAP(SYS_TTY_CONFIG), .why = "hangs up a terminal" },
	{ CALLS(C(get_mempolicy), C(mbind), C(set_mempolicy), C(set_mempolicy_home_node)),
	  .needs = CAP(SYS_NICE), .why = "moves memory between nodes" },
	{ CALLS(C(syslog)), .needs = CAP(SYSLOG), .why = "the kernel's log" },
	{ CALLS(C(bpf)), .needs = CAP(BPF), .why = "programs inside the kernel" },
	{ CALLS(C(perf_event_open)), .needs = CAP(PERFMON), .why = "measures the whole machine" },
	{ 0 }
};

int call_of(const struct call *call)
{
	int number = 0;

	for (const char *p = call->number; *p; p++) {
		if (*p < '0' || *p > '9')
			return -1;
		number = number * 10 + (*p - '0');
	}
	return number;
}
