/* The filter that chooses the calls, and the groups that they are chosen by. */
#include "trace/trace.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/arena.h"
#include "base/list.h"

/* As strace(1) groups them: what takes a path, what makes and ends processes, ... A name that this architecture has not
 * is passed over. */
static const char *const file_calls[] = {
	"open", "openat", "openat2", "creat", "stat", "lstat", "newfstatat", "statx", "access", "faccessat",
	"faccessat2", "readlink", "readlinkat", "chdir", "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat",
	"rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "chmod", "fchmodat",
	"chown", "lchown", "fchownat", "truncate", "mknod", "mknodat", "utimensat", "execve", "execveat",
	"chroot", "setxattr", "lsetxattr", "removexattr", "lremovexattr", "getxattr", "lgetxattr", "listxattr",
	"llistxattr", "setxattrat", "getxattrat", "listxattrat", "removexattrat", "symlinkat", "statfs", "utime",
	"utimes", "futimesat", "fchmodat2", "getcwd", "mount", "umount2", "pivot_root", "open_tree", "move_mount",
	"fspick", "mount_setattr", "swapon", "swapoff", "acct", "quotactl", "name_to_handle_at", "inotify_add_watch",
	"fanotify_mark", NULL,
};

static const char *const process_calls[] = {
	"execve", "execveat", "fork", "vfork", "clone", "clone3", "exit", "exit_group", "wait4", "waitid",
	"kill", "tkill", "tgkill", "pidfd_open", "pidfd_send_signal", "ptrace", NULL,
};

static const char *const mount_calls[] = {
	"mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "fsopen", "fsconfig", "fsmount",
	"fspick", "mount_setattr", "statmount", "listmount", "swapon", "swapoff", NULL,
};

static const char *const network_calls[] = {
	"socket", "socketpair", "connect", "bind", "listen", "accept", "accept4", "sendto", "sendmsg",
	"recvfrom", "recvmsg", "setsockopt", "getsockopt", "shutdown", NULL,
};

static const char *const namespace_calls[] = {
	"unshare", "setns", "clone", "clone3", "sethostname", "setdomainname", NULL,
};

static const char *const privilege_calls[] = {
	"setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setfsuid", "setfsgid",
	"setgroups", "capset", "prctl", "seccomp", "keyctl", "add_key", "request_key",
	"landlock_restrict_self", "bpf", "perf_event_open", NULL,
};

static const struct {
	const char *name;
	const char *const *calls;
} groups[] = {
	{ "file", file_calls }, { "process", process_calls }, { "mount", mount_calls },
	{ "network", network_calls }, { "namespace", namespace_calls }, { "privilege", privilege_calls },
};

static void mark_group(struct trace_wish *wish, const char *const *calls)
{
	for (; *calls; calls++) {
		int number = seccomp_syscall_resolve_name(*calls);
		if (number >= 0 && number < TRACE_NUMBERS)
			wish->marked[number] = true;
	}
}

static bool mark_word(struct trace_wish *wish, const char *word)
{
	for (size_t i = 0; i < COUNT(groups); i++)
		if (strcmp(groups[i].name, word) == 0) {
			mark_group(wish, groups[i].calls);
			return true;
		}
	int number = seccomp_syscall_resolve_name(word);
	if (number < 0 || number >= TRACE_NUMBERS)
		return false;
	wish->marked[number] = true;
	return true;
}

bool trace_mark(struct trace_wish *wish, const char *list, const char **bad)
{
	char word[40];

	wish->some = true;
	for (*bad = list; ; *bad += strcspn(*bad, ",") + 1) {
		size_t length = strcspn(*bad, ",");
		if (length == 0 || length >= sizeof(word))
			return false;
		snprintf(word, sizeof(word), "%.*s", (int)length, *bad);
		if (!mark_word(wish, word))
			return false;
		if (!(*bad)[length])
			return true;
	}
}

bool trace_forks(const struct trace_wish *wish)
{
	static const int numbers[] = {
		SYS_clone, SYS_clone3,
#ifdef SYS_fork
		SYS_fork, SYS_vfork,
#endif
	};

	for (size_t i = 0; wish->some && i < COUNT(numbers); i++)
		if (wish->marked[numbers[i]])
			return true;
	return !wish->some;
}

bool trace_moves(int number)
{
	return number == SYS_chroot || number == SYS_pivot_root || number == SYS_setns || number == SYS_unshare;
}

const struct sock_filter *trace_filter(const struct trace_wish *wish, struct arena *arena, size_t *count)
{
	struct sock_filter *ret = arena_new(arena, (2 * TRACE_NUMBERS + 6) * sizeof(*ret));
	size_t n = 0;

	/* Another architecture's numbers mean other calls: they run unseen. */
	ret[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	ret[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, seccomp_arch_native(), 1, 0);
	ret[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	ret[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (unsigned number = 0; number < TRACE_NUMBERS; number++) {
		if (!wish->marked[number] && !trace_moves((int)number))
			continue;
		ret[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1);
		ret[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
	}
	ret[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	*count = n;
	return ret;
}
