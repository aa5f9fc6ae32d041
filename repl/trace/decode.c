/* A call as C: its arguments by what they mean, read from the memory of the process that makes it. */
#include "trace/seen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "base/list.h"
#include "base/text.h"
#include "base/process/signal.h"
#include "ops/op.h"

/* What the letters of a signature say of an argument:
 * d folder's descriptor   p path (the call is about it)   q another path   s string   n name of size of the next
 * f descriptor   i number   u id   x flags in hexadecimal   o flags of open(2)   m mode
 * N namespaces   M flags of mount(2)   U flags of umount2(2)   S address of the size of the next
 * D address family   T type of socket   g signal   A arguments   a address in memory
 * R request of ioctl(2)   w W whose priority, and which   C sets of capabilities   G groups, as many as the argument before */
static const struct signature {
	int number;
	const char *args;
} signatures[] = {
#ifdef SYS_open
	{ SYS_open, "pom" }, { SYS_creat, "pm" }, { SYS_stat, "pa" }, { SYS_lstat, "pa" }, { SYS_access, "px" },
	{ SYS_readlink, "pai" }, { SYS_mkdir, "pm" }, { SYS_rmdir, "p" }, { SYS_unlink, "p" }, { SYS_rename, "pq" },
	{ SYS_link, "pq" }, { SYS_symlink, "qp" }, { SYS_chmod, "pm" }, { SYS_chown, "puu" }, { SYS_lchown, "puu" },
	{ SYS_mknod, "pmx" }, { SYS_fork, "" }, { SYS_vfork, "" },
#endif
	{ SYS_openat, "dpom" }, { SYS_openat2, "dpai" }, { SYS_newfstatat, "dpax" }, { SYS_statx, "dpxxa" },
	{ SYS_faccessat, "dpx" }, { SYS_faccessat2, "dpxx" }, { SYS_readlinkat, "dpai" }, { SYS_mkdirat, "dpm" },
	{ SYS_unlinkat, "dpx" }, { SYS_renameat2, "dpdqx" }, { SYS_renameat, "dpdq" }, { SYS_linkat, "dpdqx" },
	{ SYS_symlinkat, "qdp" }, { SYS_fchmodat, "dpm" }, { SYS_fchownat, "dpuux" }, { SYS_mknodat, "dpmx" },
	{ SYS_truncate, "pi" }, { SYS_statfs, "pa" }, { SYS_utimensat, "dpax" }, { SYS_setxattr, "psaix" },
	{ SYS_lsetxattr, "psaix" }, { SYS_getxattr, "psai" }, { SYS_lgetxattr, "psai" },
	{ SYS_chdir, "p" }, { SYS_fchdir, "f" }, { SYS_chroot, "p" }, { SYS_execve, "pAa" },
	{ SYS_execveat, "dpAax" }, { SYS_fchmod, "fm" }, { SYS_fchown, "fuu" },
	{ SYS_mount, "qpsMs" }, { SYS_umount2, "pU" }, { SYS_pivot_root, "pq" }, { SYS_move_mount, "dqdpx" },
	{ SYS_open_tree, "dpx" }, { SYS_fsopen, "sx" }, { SYS_fsconfig, "fissi" }, { SYS_fsmount, "fxx" },
	{ SYS_mount_setattr, "dpxai" }, { SYS_swapon, "px" }, { SYS_swapoff, "p" },
	{ SYS_unshare, "N" }, { SYS_setns, "fN" }, { SYS_clone, "N" }, { SYS_clone3, "ai" },
	{ SYS_sethostname, "n" }, { SYS_setdomainname, "n" },
	{ SYS_socket, "DTi" }, { SYS_socketpair, "DTia" }, { SYS_connect, "fS" }, { SYS_bind, "fS" },
	{ SYS_listen, "fi" }, { SYS_accept4, "faax" }, { SYS_setsockopt, "fiiai" }, { SYS_getsockopt, "fiiaa" },
	{ SYS_sendto, "faixS" }, { SYS_recvfrom, "faixaa" }, { SYS_sendmsg, "fax" }, { SYS_recvmsg, "fax" },
	{ SYS_shutdown, "fi" },
	{ SYS_setuid, "u" }, { SYS_setgid, "u" }, { SYS_setreuid, "uu" }, { SYS_setregid, "uu" },
	{ SYS_setresuid, "uuu" }, { SYS_setresgid, "uuu" }, { SYS_setgroups, "iG" }, { SYS_capset, "aC" }, { SYS_ioprio_set, "wiW" }, { SYS_ioprio_get, "wi" },
	{ SYS_prctl, "ixxxx" }, { SYS_seccomp, "xxa" }, { SYS_keyctl, "ixxxx" }, { SYS_add_key, "ssaii" },
	{ SYS_ptrace, "iixx" }, { SYS_bpf, "iai" }, { SYS_perf_event_open, "aiiix" },
	{ SYS_kill, "ig" }, { SYS_tkill, "ig" }, { SYS_tgkill, "iig" }, { SYS_pidfd_open, "ix" },
	{ SYS_pidfd_send_signal, "fgax" }, { SYS_reboot, "xxxa" }, { SYS_syslog, "iai" },
	{ SYS_clock_settime, "ia" }, { SYS_settimeofday, "aa" }, { SYS_setpriority, "iii" }, { SYS_setrlimit, "ia" },
	{ SYS_prlimit64, "iiaa" }, { SYS_sched_setscheduler, "iia" }, { SYS_sched_setaffinity, "iia" },
	{ SYS_init_module, "ais" }, { SYS_finit_module, "fsx" }, { SYS_delete_module, "sx" },
	{ SYS_read, "fai" }, { SYS_write, "fai" }, { SYS_close, "f" }, { SYS_dup, "f" }, { SYS_fcntl, "fix" },
	{ SYS_ioctl, "fRa" }, { SYS_fstat, "fa" }, { SYS_lseek, "fii" }, { SYS_getdents64, "fai" }, { SYS_fallocate, "fxii" }, { SYS_copy_file_range, "fafaix" },
	{ SYS_mmap, "aixxfi" }, { SYS_mprotect, "aix" }, { SYS_munmap, "ai" }, { SYS_brk, "a" },
	{ SYS_exit, "i" }, { SYS_exit_group, "i" }, { SYS_wait4, "iaxa" }, { SYS_getpid, "" }, { SYS_getppid, "" },
	{ SYS_getuid, "" }, { SYS_geteuid, "" }, { SYS_getgid, "" }, { SYS_getegid, "" }, { SYS_gettid, "" },
	{ SYS_umask, "m" }, { SYS_uname, "a" }, { SYS_getrandom, "aix" },
};

static const struct flag open_flags[] = {
	{ "O_WRONLY", O_WRONLY }, { "O_RDWR", O_RDWR }, { "O_CREAT", O_CREAT }, { "O_EXCL", O_EXCL },
	{ "O_NOCTTY", O_NOCTTY }, { "O_TRUNC", O_TRUNC }, { "O_APPEND", O_APPEND }, { "O_NONBLOCK", O_NONBLOCK },
	{ "O_DIRECTORY", O_DIRECTORY }, { "O_NOFOLLOW", O_NOFOLLOW }, { "O_CLOEXEC", O_CLOEXEC }, { "O_PATH", O_PATH },
	{ NULL, 0 }
};

static const struct flag families[] = {
	{ "AF_UNIX", AF_UNIX }, { "AF_INET", AF_INET }, { "AF_INET6", AF_INET6 }, { "AF_NETLINK", AF_NETLINK },
	{ "AF_PACKET", AF_PACKET }, { NULL, 0 }
};

static const struct flag socket_types[] = {
	{ "SOCK_STREAM", SOCK_STREAM }, { "SOCK_DGRAM", SOCK_DGRAM }, { "SOCK_RAW", SOCK_RAW },
	{ "SOCK_SEQPACKET", SOCK_SEQPACKET }, { NULL, 0 }
};

/* At most size bytes of the process's memory, no more than the pages that have them, and of a string no page after the
 * one that ends it; how many could be read before a page that is not there. process_vm_readv(2). */
static size_t read_pages(pid_t pid, uint64_t at, void *to, size_t size, bool string)
{
	enum { PAGE = 4096 };
	size_t done = 0;

	while (done < size) {
		size_t part = PAGE - (at + done) % PAGE;
		struct iovec here = { (char *)to + done, part < size - done ? part : size - done };
		struct iovec there = { (void *)(uintptr_t)(at + done), here.iov_len };
		ssize_t n = process_vm_readv(pid, &here, 1, &there, 1, 0);
		if (n <= 0)
			break;
		done += (size_t)n;
		if (string && memchr(here.iov_base, '\0', (size_t)n))
			break;
	}
	return done;
}

size_t read_memory(pid_t pid, uint64_t at, void *to, size_t size)
{
	return read_pages(pid, at, to, size, false);
}

enum { STRING_MOST = 200, PATH_MOST = 4096 };

/* A string of the process's, NUL-terminated in to; false where it cannot be read, or does not end. */
static bool read_string(pid_t pid, uint64_t at, char *to, size_t size)
{
	size_t n = at ? read_pages(pid, at, to, size, true) : 0;

	if (memchr(to, '\0', n))
		return true;
	to[n < size ? n : size - 1] = '\0';
	return false;
}

static void add_address(uint64_t at, struct text *ret)
{
	if (at)
		text_addf(ret, "0x%llx", (unsigned long long)at);
	else
		text_add(ret, "NULL");
}

static void add_string(pid_t pid, uint64_t at, struct text *ret, struct text *path)
{
	char bytes[PATH_MOST];
	bool whole = read_string(pid, at, bytes, path ? sizeof(bytes) : STRING_MOST);

	if (!whole && !bytes[0]) {
		add_address(at, ret);
		return;
	}
	text_add_c(ret, bytes);
	if (!whole)
		text_add(ret, "...");
	if (path && whole)
		text_add(path, bytes);
}

/* The first words of a list of them. */
static void add_words(pid_t pid, uint64_t at, struct text *ret)
{
	enum { MOST = 8 };
	uint64_t words[MOST + 1] = { 0 };
	size_t size = read_memory(pid, at, words, sizeof(words));
	size_t n = size / sizeof(*words);

	text_add(ret, "{");
	for (size_t i = 0; i < n && words[i]; i++) {
		text_add(ret, i ? ", " : "");
		if (i == MOST) {
			text_add(ret, "...");
			break;
		}
		add_string(pid, words[i], ret, NULL);
	}
	text_add(ret, "}");
}

static void add_socket_address(pid_t pid, uint64_t at, uint64_t size, struct text *ret)
{
	struct sockaddr_storage address = { 0 };
	char host[INET6_ADDRSTRLEN] = "";
	size_t n = read_memory(pid, at, &address, size < sizeof(address) ? size : sizeof(address));

	if (address.ss_family == AF_INET && n >= sizeof(struct sockaddr_in)) {
		const struct sockaddr_in *four = (struct sockaddr_in *)&address;
		text_addf(ret, "{%s port %d}", inet_ntop(AF_INET, &four->sin_addr, host, sizeof(host)),
			  ntohs(four->sin_port));
	} else if (address.ss_family == AF_INET6 && n >= sizeof(struct sockaddr_in6)) {
		const struct sockaddr_in6 *six = (struct sockaddr_in6 *)&address;
		text_addf(ret, "{%s port %d}", inet_ntop(AF_INET6, &six->sin6_addr, host, sizeof(host)),
			  ntohs(six->sin6_port));
	} else if (address.ss_family == AF_UNIX && n > offsetof(struct sockaddr_un, sun_path)) {
		const char *name = ((struct sockaddr_un *)&address)->sun_path;
		text_add(ret, name[0] ? "{unix " : "{abstract ");
		text_add_visible(ret, name[0] ? name : name + 1, strnlen(name[0] ? name : name + 1, 100));
		text_add(ret, "}");
	} else {
		add_address(at, ret);
	}
}

static void add_name(const struct flag *names, uint64_t value, struct text *ret)
{
	for (; names->name; names++)
		if (names->value == value) {
			text_add(ret, names->name);
			return;
		}
	text_addf(ret, "%llu", (unsigned long long)value);
}

static void add_open_flags(uint64_t flags, struct text *ret)
{
	/* Large files are always meant, and the read-only way of opening has no bit. */
	flags &= ~(uint64_t)0100000;
	if ((flags & O_ACCMODE) == 0 && !(flags & O_PATH))
		text_add(ret, flags ? "O_RDONLY|" : "O_RDONLY");
	if (flags)
		op_say_flags(open_flags, flags, ret);
}

static void add_size(pid_t pid, uint64_t at, uint64_t size, struct text *ret)
{
	char bytes[STRING_MOST + 1] = "";
	size_t n = read_memory(pid, at, bytes, size < STRING_MOST ? size : STRING_MOST);

	bytes[n] = '\0';
	text_add_c(ret, bytes);
	text_addf(ret, ", %llu", (unsigned long long)size);
}

static void add_flags(char letter, uint64_t value, struct text *ret)
{
	switch (letter) {
	case 'o': add_open_flags(value, ret); break;
	case 'N': op_say_flags(clone_flags, value & ~(uint64_t)0xff, ret); break;
	case 'M': op_say_flags(mount_flags, value, ret); break;
	case 'U': op_say_flags(umount_flags, value, ret); break;
	case 'D': add_name(families, value, ret); break;
	case 'T': add_name(socket_types, value & 0xf, ret); break;
	case 'm': text_addf(ret, "%#llo", (unsigned long long)(value & 07777)); break;
	case 'x': text_addf(ret, "%#llx", (unsigned long long)value); break;
	default: add_address(value, ret); break;
	}
}

static void add_signal(uint64_t value, struct text *ret)
{
	const char *name = value && value < 65 ? signal_name((int)value) : NULL;

	if (name)
		text_addf(ret, "SIG%s", name);
	else
		text_addf(ret, "%lld", (long long)value);
}

/* Most are an int, whose upper half the kernel does not look at. */
static void add_number(uint64_t value, struct text *ret)
{
	if (value >> 32 == 0 && value >> 31)
		text_addf(ret, "%d", (int)value);
	else
		text_addf(ret, "%lld", (long long)value);
}

static void add_argument(pid_t pid, char letter, const uint64_t *args, struct text *ret, struct text *path)
{
	switch (letter) {
	case 'p': add_string(pid, args[0], ret, path); break;
	case 'q': case 's': add_string(pid, args[0], ret, NULL); break;
	case 'n': add_size(pid, args[0], args[1], ret); break;
	case 'A': add_words(pid, args[0], ret); break;
	case 'S':
		add_socket_address(pid, args[0], args[1], ret);
		text_addf(ret, ", %llu", (unsigned long long)args[1]);
		break;
	case 'g': add_signal(args[0], ret); break;
	case 'R': add_request(args[0], ret); break;
	case 'w': add_io_whom(args[0], ret); break;
	case 'W': add_io_priority(args[0], ret); break;
	case 'C': case 'G':
		if (letter == 'C' ? !add_sets(pid, args[0], ret) : !add_groups(pid, args[0], args[-1], ret))
			add_address(args[0], ret);
		break;
	case 'd':
		if ((int)args[0] == AT_FDCWD) {
			text_add(ret, "AT_FDCWD");
			break;
		}
		text_addf(ret, "%d", (int)args[0]);
		break;
	case 'f': case 'u': text_addf(ret, "%d", (int)args[0]); break;
	case 'i': add_number(args[0], ret); break;
	default: add_flags(letter, args[0], ret); break;
	}
}

static const struct signature *signature_of(int number)
{
	for (size_t i = 0; i < COUNT(signatures); i++)
		if (signatures[i].number == number)
			return &signatures[i];
	return NULL;
}

/* The length of a string with its NUL; 0 where it cannot be read. */
static uint64_t length_at(pid_t pid, uint64_t at)
{
	char bytes[PATH_MOST];
	uint64_t done = 0;

	for (size_t n; (n = read_memory(pid, at + done, bytes, sizeof(bytes))) > 0; done += n) {
		const char *end = memchr(bytes, '\0', n);
		if (end)
			return done + (uint64_t)(end - bytes) + 1;
	}
	return 0;
}

void measure_words(pid_t pid, const uint64_t args[3], uint64_t *longest, uint64_t *all)
{
	uint64_t word;

	for (size_t list = 1; list < 3; list++)
		for (uint64_t at = args[list]; at && read_memory(pid, at, &word, sizeof(word)) == sizeof(word) && word; at += sizeof(word)) {
			uint64_t length = length_at(pid, word);
			*all += length + sizeof(word);
			*longest = length > *longest ? length : *longest;
		}
}

bool is_told_whole(int number)
{
	static const int whole[] = { SYS_mount, SYS_umount2, SYS_pivot_root, SYS_setxattr, SYS_lsetxattr, SYS_execve, SYS_execveat,
				    SYS_unshare, SYS_clone };

	for (size_t i = 0; i < COUNT(whole); i++)
		if (whole[i] == number)
			return true;
	return false;
}

/* A string, and of one without an end as much as mount(2) would never read. */
static void read_whole(pid_t pid, uint64_t at, struct text *ret)
{
	enum { MOST = 16 * PATH_MOST };
	char bytes[PATH_MOST];

	for (size_t n; at && ret->len < MOST && (n = read_memory(pid, at + ret->len, bytes, sizeof(bytes))) > 0;) {
		size_t part = strnlen(bytes, n);
		text_addn(ret, bytes, part);
		if (part < n)
			return;
	}
}

void read_others(pid_t pid, int number, const uint64_t args[6], struct text ret[TRACE_OTHERS])
{
	const struct signature *it = is_told_whole(number) ? signature_of(number) : NULL;
	size_t count = 0;

	for (size_t i = 0; it && it->args[i] && count < TRACE_OTHERS; i++) {
		if (it->args[i] != 'q' && it->args[i] != 's')
			continue;
		read_whole(pid, args[i], &ret[count++]);
	}
}

void read_line(pid_t pid, uint64_t at, uint64_t size, struct text *ret)
{
	char bytes[128];
	size_t n = read_memory(pid, at, bytes, size < sizeof(bytes) ? (size_t)size : sizeof(bytes));

	for (size_t i = 0; i < n && bytes[i] && bytes[i] != '\n'; i++)
		text_addn(ret, &bytes[i], 1);
}

void decode_call(pid_t pid, int number, const uint64_t args[6], struct text *ret, struct text *path)
{
	const struct signature *it = signature_of(number);
	char name[40];

	text_addf(ret, "%s(", trace_name(number, name));
	if (!it)
		text_add(ret, "...");
	for (size_t i = 0; it && it->args[i]; i++) {
		text_add(ret, i ? ", " : "");
		/* The mode counts only where a file is made. */
		if (it->args[i] == 'm' && i && it->args[i - 1] == 'o' && !(args[i - 1] & O_CREAT)) {
			ret->len -= 2;
			ret->s[ret->len] = '\0';
			break;
		}
		add_argument(pid, it->args[i], args + i, ret, it->args[i] == 'p' ? path : NULL);
	}
	text_add(ret, ")");
}
