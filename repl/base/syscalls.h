/* The system calls that C libraries have no function for, or only the newer ones, and their flags,
 * which older headers lack. Each returns what the call does, or -1 with errno set; ENOSYS where the
 * kernel is older than the Linux named. */
#pragma once

#include <errno.h>
#include <linux/futex.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

/* openat2(2), Linux 5.6. It answers EAGAIN where a rename somewhere races with a ".."; it is asked
 * again then, but not for ever. */
int sys_openat2(int dirfd, const char *path, const struct open_how *how);

/* ---- mounts: Linux 5.2 ---- */

enum {
	SYS_TREE_CLONE = 1,          /* OPEN_TREE_CLONE */
	SYS_TREE_RECURSIVE = 0x8000, /* AT_RECURSIVE, of mount_setattr(2) too */
	SYS_MOVE_FROM_FD = 4,        /* MOVE_MOUNT_F_EMPTY_PATH */
	SYS_MOVE_TO_FD = 0x40,       /* MOVE_MOUNT_T_EMPTY_PATH */
	SYS_FS_CLOEXEC = 1,          /* FSOPEN_CLOEXEC, FSMOUNT_CLOEXEC */
};

/* open_tree(2). The descriptor is closed in execve(2). */
static inline int sys_open_tree(int dirfd, const char *path, unsigned flags)
{
	return (int)syscall(SYS_open_tree, dirfd, path, flags | 02000000U /* O_CLOEXEC */);
}

static inline int sys_move_mount(int from, const char *source, int to, const char *target,
				 unsigned flags)
{
	return (int)syscall(SYS_move_mount, from, source, to, target, flags);
}

static inline int sys_fsopen(const char *type)
{
	return (int)syscall(SYS_fsopen, type, SYS_FS_CLOEXEC);
}

static inline int sys_fsconfig(int fs, unsigned command, const char *key, const char *value)
{
	return (int)syscall(SYS_fsconfig, fs, command, key, value, 0);
}

static inline int sys_fsmount(int fs, unsigned attributes)
{
	return (int)syscall(SYS_fsmount, fs, SYS_FS_CLOEXEC, attributes);
}

/* ioctl_nsfs(2), Linux 6.12, on a mount namespace: struct mnt_ns_info of linux/nsfs.h. */
struct sys_mnt_ns_info {
	uint32_t size, nr_mounts;
	uint64_t mnt_ns_id;
};
#define SYS_NS_MNT_GET_INFO _IOR(0xb7, 10, struct sys_mnt_ns_info)

/* struct mount_attr of linux/mount.h; set: SYS_ATTR_IDMAP is MOUNT_ATTR_IDMAP. */
enum { SYS_ATTR_IDMAP = 0x100000 };
struct sys_mount_attr {
	uint64_t set, clear, propagation, userns;
};

/* mount_setattr(2), Linux 5.12. */
static inline int sys_mount_setattr(int dirfd, const char *path, unsigned flags,
				    const struct sys_mount_attr *attributes)
{
	return (int)syscall(SYS_mount_setattr, dirfd, path, flags, attributes, sizeof(*attributes));
}

static inline int sys_pivot_root(const char *new_root, const char *put_old)
{
	return (int)syscall(SYS_pivot_root, new_root, put_old);
}

/* ---- processes ---- */

/* pidfd_open(2), Linux 5.3. */
static inline int sys_pidfd_open(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* pidfd_send_signal(2), Linux 5.1. */
static inline int sys_pidfd_send_signal(int pidfd, int signal)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

/* execveat(2) of the file behind fd. */
static inline int sys_execve_fd(int fd, char *const *argv, char *const *envp)
{
	return (int)syscall(SYS_execveat, fd, "", argv, envp, 0x1000 /* AT_EMPTY_PATH */);
}

/* close_range(2) to the last one, Linux 5.9. */
enum { SYS_CLOSE_ON_EXEC = 4 /* CLOSE_RANGE_CLOEXEC, Linux 5.11 */ };
static inline int sys_close_from(unsigned first, unsigned flags)
{
	return (int)syscall(SYS_close_range, first, ~0U, flags);
}

/* sethostname(2) with the kernel's own type of length, which may be negative. */
static inline int sys_sethostname(const char *name, int length)
{
	return (int)syscall(SYS_sethostname, name, length);
}

/* ---- capabilities and keys ---- */

/* Sets of capabilities, a bit for each. */
struct sys_caps {
	uint64_t effective, permitted, inheritable;
};

/* capget(2) of a process, 0 for this one, and capset(2) of this one. */
int sys_capget(pid_t pid, struct sys_caps *ret);
int sys_capset(const struct sys_caps *from);

/* keyctl(2) with up to two arguments. */
static inline long sys_keyctl(int operation, long first, long second)
{
	return syscall(SYS_keyctl, operation, first, second, 0, 0);
}

/* keyctl(2) that fills a buffer; how many bytes there are, perhaps more than size. */
static inline long sys_keyctl_read(int operation, long key, char *ret, size_t size)
{
	return syscall(SYS_keyctl, operation, key, ret, size, 0);
}

/* ---- children ---- */

/* clone3(2) with a struct clone_args of size bytes, Linux 5.3. */
static inline long sys_clone3(const void *args, size_t size)
{
	return syscall(SYS_clone3, args, size);
}

/* clone(2) as fork(2): on the same stack. pidfd is where CLONE_PIDFD puts one. */
static inline long sys_clone(unsigned long flags, int *pidfd)
{
	return syscall(SYS_clone, flags, NULL, pidfd, NULL, NULL);
}

/* futex(2): wait as long as *word is value, for time at most; a signal ends it, too. errno(3) is left alone, which another
 * process may have in the same memory. */
#if defined(__x86_64__)
#define SYS_FUTEX_BARE true
static inline void sys_futex_wait(const int *word, long value, const struct timespec *time)
{
	register const struct timespec *fourth __asm__("r10") = time;
	long ret = SYS_futex;

	__asm__ volatile("syscall" : "+a"(ret) : "D"(word), "S"((long)FUTEX_WAIT), "d"(value), "r"(fourth) : "rcx", "r11", "memory");
}
#elif defined(__aarch64__)
#define SYS_FUTEX_BARE true
static inline void sys_futex_wait(const int *word, long value, const struct timespec *time)
{
	register long number __asm__("x8") = SYS_futex;
	register const void *first __asm__("x0") = word;
	register long second __asm__("x1") = FUTEX_WAIT;
	register long third __asm__("x2") = value;
	register const struct timespec *fourth __asm__("x3") = time;

	__asm__ volatile("svc 0" : "+r"(first) : "r"(number), "r"(second), "r"(third), "r"(fourth) : "memory");
}
#else
#define SYS_FUTEX_BARE false
static inline void sys_futex_wait(const int *word, long value, const struct timespec *time)
{
	syscall(SYS_futex, word, FUTEX_WAIT, value, time);
}
#endif

static inline void sys_futex_wake(const int *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, 1);
}

/* getcwd(2) as the kernel says it: "(unreachable)..." for a folder outside the root. How many bytes. */
static inline long sys_getcwd(char *ret, size_t size)
{
	return syscall(SYS_getcwd, ret, size);
}

/* ---- filters and rules that a process takes upon itself ---- */

/* seccomp(2), SECCOMP_SET_MODE_FILTER; program is a struct sock_fprog. */
static inline int sys_seccomp(const void *program)
{
	return (int)syscall(SYS_seccomp, 1 /* SECCOMP_SET_MODE_FILTER */, 0, program);
}

/* The same with SECCOMP_FILTER_FLAG_NEW_LISTENER, Linux 5.0: a descriptor, closed in execve(2), from which the calls
 * that the filter asks about are read. seccomp_unotify(2). From Linux 5.19 on a question that was read is not interrupted
 * by a signal: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV. */
static inline int sys_seccomp_listener(const void *program)
{
	int ret = (int)syscall(SYS_seccomp, 1 /* SECCOMP_SET_MODE_FILTER */, 8 | 32, program);

	return ret < 0 ? (int)syscall(SYS_seccomp, 1, 8, program) : ret;
}

/* How long its structures are: of a struct seccomp_notif_sizes. */
static inline int sys_seccomp_sizes(void *sizes)
{
	return (int)syscall(SYS_seccomp, 3 /* SECCOMP_GET_NOTIF_SIZES */, 0, sizes);
}

/* sendmsg(2) of this very message: a C library may pass on a copy. */
static inline long sys_sendmsg(int fd, const void *message, int flags)
{
	return syscall(SYS_sendmsg, fd, message, flags);
}

/* landlock_create_ruleset(2), Linux 5.13: of a struct landlock_ruleset_attr; without one and with
 * SYS_LANDLOCK_VERSION the kernel's version of the interface. */
enum { SYS_LANDLOCK_VERSION = 1 /* LANDLOCK_CREATE_RULESET_VERSION */ };
static inline int sys_landlock_create(const void *attr, size_t size, unsigned flags)
{
	return (int)syscall(SYS_landlock_create_ruleset, attr, size, flags);
}

/* landlock_add_rule(2) of a struct landlock_path_beneath_attr. */
static inline int sys_landlock_add(int ruleset, const void *rule)
{
	return (int)syscall(SYS_landlock_add_rule, ruleset, 1 /* LANDLOCK_RULE_PATH_BENEATH */, rule, 0);
}

static inline int sys_landlock_restrict(int ruleset)
{
	return (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
}

/* lsm_list_modules(2), Linux 6.8: the numbers of the security modules, LSM_ID_*. Returns how many. */
static inline int sys_lsm_list(uint64_t *ids, uint32_t *size)
{
	return (int)syscall(461, ids, size, 0);
}

/* Any call, its arguments all -1: whether it is answered with this errno. */
static inline bool sys_answers(int number, int code)
{
	return syscall(number, -1L, -1L, -1L, -1L, -1L, -1L) < 0 && errno == code;
}
