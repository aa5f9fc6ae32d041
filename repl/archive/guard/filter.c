#include "archive/guard/filter.h"

#include <errno.h>
#include <seccomp.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/list.h"

/* What libarchive, jansson and the C library's memory and files ask for, and what tree.c makes files
 * with. Not in it: sockets but those that are there, execve, mount, ptrace, setns, unshare, clone,
 * bpf, keys, io_uring. Names that a machine does not have are passed over. */
static const char *const allowed[] = {
	"access", "brk", "chdir", "chmod", "clock_gettime", "close", "close_range", "dup", "dup2", "exit",
	"exit_group", "faccessat", "faccessat2", "fadvise64", "fchdir", "fchmod", "fchmodat",
	"fchmodat2", "fchown", "fchownat", "fcntl", "fcntl64", "fgetxattr", "flistxattr",
	"fsetxattr", "fstat", "fstat64", "fstatat64", "ftruncate", "ftruncate64", "futex",
	"futimesat", "getcwd", "getdents", "getdents64", "getegid", "geteuid", "getgid", "getpid",
	"getrandom", "gettid", "getuid", "lchown", "link", "linkat", "_llseek", "lseek", "lstat",
	"lstat64", "madvise", "mkdir", "mkdirat", "mknod", "mknodat", "mmap", "mmap2", "mprotect",
	"mremap", "munmap", "newfstatat", "open", "openat", "openat2", "pread64", "prlimit64", "pwrite64",
	"read", "readlink", "readlinkat", "readv", "recvfrom", "recvmsg", "rename", "renameat",
	"renameat2", "restart_syscall", "rmdir", "rseq", "rt_sigaction", "rt_sigprocmask",
	"rt_sigreturn", "sendmsg", "sendto", "shutdown", "stat", "stat64", "statx", "symlink",
	"symlinkat", "sysinfo", "time", "umask", "uname", "unlink", "unlinkat", "utimensat",
	"utimensat_time64", "wait4", "waitid", "write", "writev",
};

static int refuse(int code, const char *call, struct error *err)
{
	fail(err, code, "%s", call);
	return fail_wrap(err, "the archive reader cannot be confined");
}

int filter_load(struct error *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int code = filter ? 0 : ENOMEM;

	for (size_t i = 0; !code && i < COUNT(allowed); i++) {
		int call = seccomp_syscall_resolve_name(allowed[i]);
		if (call == __NR_SCMP_ERROR)
			continue;
		int failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
		/* EDOM: another machine's call. */
		code = failed && failed != -EDOM ? -failed : 0;
	}
	if (!code)
		code = -seccomp_load(filter);
	seccomp_release(filter);
	return code ? refuse(code, "seccomp", err) : 0;
}
