/* Calls as C, of this process's own memory: what a letter of a signature becomes, and what cannot be read. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/if_tun.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/list.h"
#include "base/text.h"
#include "trace/seen.h"

#define AT(x) ((uint64_t)(uintptr_t)(x))
#define BAD UINT64_C(8) /* the first page is nobody's */

struct row {
	int number;
	uint64_t args[6];
	const char *call, *path;
};

static void decodes(const struct row *row)
{
	cleanup_text struct text call = { 0 }, path = { 0 };

	decode_call(getpid(), row->number, row->args, &call, &path);
	assert_string_equal(text_of(&call), row->call);
	assert_string_equal(text_of(&path), row->path ? row->path : "");
}

static void test_numbers_and_names(void **state)
{
	const struct row rows[] = {
		{ SYS_openat, { AT_FDCWD, AT("/x"), O_WRONLY | O_CREAT, 0644 }, "openat(AT_FDCWD, \"/x\", O_WRONLY|O_CREAT, 0644)", "/x" },
		{ SYS_openat, { 3, AT("x"), 0, 0644 }, "openat(3, \"x\", O_RDONLY)", "x" },
		{ SYS_openat, { 3, AT("x"), O_CLOEXEC }, "openat(3, \"x\", O_RDONLY|O_CLOEXEC)", "x" },
		{ SYS_openat, { 3, AT("x"), O_PATH }, "openat(3, \"x\", O_PATH)", "x" },
		{ SYS_umount2, { AT("/mnt"), MNT_DETACH }, "umount2(\"/mnt\", MNT_DETACH)", "/mnt" },
		{ SYS_mount, { AT("a"), AT("/b"), AT("tmpfs"), MS_NOSUID, 0 }, "mount(\"a\", \"/b\", \"tmpfs\", MS_NOSUID, NULL)", "/b" },
		{ SYS_unshare, { CLONE_NEWNET }, "unshare(CLONE_NEWNET)", NULL },
		{ SYS_kill, { 7, SIGTERM }, "kill(7, SIGTERM)", NULL },
		{ SYS_kill, { (uint64_t)-1, 0 }, "kill(-1, 0)", NULL },
		{ SYS_kill, { 0xffffffff, 65 }, "kill(-1, 65)", NULL },
		{ SYS_socket, { AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0 }, "socket(AF_INET6, SOCK_DGRAM, 0)", NULL },
		{ SYS_socket, { 77, 9, 0 }, "socket(77, 9, 0)", NULL },
		{ SYS_fchown, { 4, UINT64_MAX, 1000 }, "fchown(4, -1, 1000)", NULL },
		{ SYS_sethostname, { AT("box...."), 3 }, "sethostname(\"box\", 3)", NULL },
		{ SYS_brk, { 0x1000 }, "brk(0x1000)", NULL },
		{ SYS_getpid, { 1, 2, 3 }, "getpid()", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		decodes(&rows[i]);
	decodes(&(struct row){ 511, { 0 }, "call 511(...)", NULL });
}

static void test_numbers_of_many_parts(void **state)
{
	const struct __user_cap_data_struct sets[2] = { { .effective = 1 << CAP_CHOWN | 1 << CAP_KILL, .permitted = UINT32_MAX }, { .permitted = UINT32_MAX } };
	const uint32_t groups[] = { 0, 5, 1000, 3, 4, 6, 7, 8, 9 };
	const struct row rows[] = {
		{ SYS_ioctl, { 0, TIOCSTI, 0 }, "ioctl(0, TIOCSTI, NULL)", NULL },
		{ SYS_ioctl, { 0, UINT64_C(0xffffffff00000000) | TIOCGWINSZ, 0 }, "ioctl(0, TIOCGWINSZ, NULL)", NULL },
		{ SYS_ioctl, { 3, TUNSETIFF, 0 }, "ioctl(3, TUNSETIFF, NULL)", NULL },
		{ SYS_ioctl, { 3, NS_GET_USERNS, 0 }, "ioctl(3, NS_GET_USERNS, NULL)", NULL },
		{ SYS_ioctl, { 3, FS_IOC_SETFLAGS, 0 }, "ioctl(3, FS_IOC_SETFLAGS, NULL)", NULL },
		{ SYS_ioctl, { 3, _IO(0x99, 7), 0 }, "ioctl(3, _IO(0x99, 7), NULL)", NULL },
		{ SYS_ioctl, { 3, _IOR(0x99, 7, int), 0 }, "ioctl(3, _IOR(0x99, 7, 4), NULL)", NULL },
		{ SYS_ioctl, { 3, _IOWR(0x99, 200, uint64_t), 0 }, "ioctl(3, _IOWR(0x99, 200, 8), NULL)", NULL },
		{ SYS_ioprio_set, { 1, 0, 1 << 13 | 4 }, "ioprio_set(IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_RT, 4))", NULL },
		{ SYS_ioprio_set, { 9, 0, 7 << 13 }, "ioprio_set(9, 0, 57344)", NULL },
		{ SYS_capset, { 0, AT(sets) }, "capset(NULL, {effective=chown,kill, permitted=all, inheritable=0})", NULL },
		{ SYS_capset, { 0, BAD }, "capset(NULL, 0x8)", NULL },
		{ SYS_setgroups, { 3, AT(groups) }, "setgroups(3, {0, 5, 1000})", NULL },
		{ SYS_setgroups, { 9, AT(groups) }, "setgroups(9, {0, 5, 1000, 3, 4, 6, 7, 8, ...})", NULL },
		{ SYS_setgroups, { 0, 0 }, "setgroups(0, NULL)", NULL },
		{ SYS_setgroups, { 2, BAD }, "setgroups(2, 0x8)", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		decodes(&rows[i]);
}

static void test_addresses_of_sockets(void **state)
{
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(80), .sin_addr.s_addr = htonl(0x0a000001) };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(81), .sin6_addr.s6_addr[15] = 1 };
	struct sockaddr_un unix_path = { AF_UNIX, "/run/x\x1b" }, abstract = { AF_UNIX, { 0, 'n' } };
	struct sockaddr other = { .sa_family = AF_PACKET };
	char expected[64];

	(void)state;
	const struct row rows[] = {
		{ SYS_connect, { 3, AT(&four), sizeof(four) }, "connect(3, {10.0.0.1 port 80}, 16)", NULL },
		{ SYS_connect, { 3, AT(&six), sizeof(six) }, "connect(3, {::1 port 81}, 28)", NULL },
		{ SYS_connect, { 3, AT(&unix_path), sizeof(unix_path) }, "connect(3, {unix /run/x\\x1b}, 110)", NULL },
		{ SYS_connect, { 3, AT(&abstract), 4 }, "connect(3, {abstract n}, 4)", NULL },
		{ SYS_connect, { 3, BAD, 16 }, "connect(3, 0x8, 16)", NULL },
		{ SYS_connect, { 3, 0, 0 }, "connect(3, NULL, 0)", NULL },
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		decodes(&rows[i]);
	/* Shorter than their family's, or of a family that is not read: the place alone. */
	const struct { const void *at; uint64_t size; } bare[] = { { &four, 8 }, { &six, 16 }, { &unix_path, 2 }, { &other, sizeof(other) } };
	for (size_t i = 0; i < COUNT(bare); i++) {
		snprintf(expected, sizeof(expected), "connect(3, 0x%llx, %llu)", (unsigned long long)AT(bare[i].at),
			 (unsigned long long)bare[i].size);
		decodes(&(struct row){ SYS_connect, { 3, AT(bare[i].at), bare[i].size }, expected, NULL });
	}
}

static void test_lists_of_words(void **state)
{
	const char *const two[] = { "ls", "-l\n", NULL };
	const char *const many[] = { "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", NULL };
	const char *const wild[] = { "a", (const char *)(uintptr_t)BAD, NULL };

	(void)state;
	const struct row rows[] = {
		{ SYS_execve, { AT("/bin/ls"), AT(two), 0 }, "execve(\"/bin/ls\", {\"ls\", \"-l\\n\"}, NULL)", "/bin/ls" },
		{ SYS_execve, { AT("x"), AT(many), 0 },
		  "execve(\"x\", {\"0\", \"1\", \"2\", \"3\", \"4\", \"5\", \"6\", \"7\", ...}, NULL)", "x" },
		{ SYS_execve, { AT("x"), AT(wild), 0 }, "execve(\"x\", {\"a\", 0x8}, NULL)", "x" },
		{ SYS_execve, { BAD, BAD, 0 }, "execve(0x8, {}, NULL)", NULL },
		{ SYS_execve, { 0, 0, 0 }, "execve(NULL, {}, NULL)", NULL },
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		decodes(&rows[i]);
}

/* At the end of what is mapped a string is read as far as it goes, and a path that does not end is none. */
static void test_strings_that_do_not_end(void **state)
{
	long page = sysconf(_SC_PAGESIZE);
	char *two = mmap(NULL, (size_t)page * 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_true(two != MAP_FAILED);
	memset(two, 'a', (size_t)page * 2);
	assert_int_equal(munmap(two + page, (size_t)page), 0);
	char *end = two + page;
	decodes(&(struct row){ SYS_chdir, { AT(end - 3) }, "chdir(\"aaa\"...)", NULL });
	decodes(&(struct row){ SYS_sethostname, { AT(end - 3), 64 }, "sethostname(\"aaa\", 64)", NULL });
	decodes(&(struct row){ SYS_sethostname, { BAD, 64 }, "sethostname(\"\", 64)", NULL });
	end[-1] = '\0';
	decodes(&(struct row){ SYS_chdir, { AT(end - 3) }, "chdir(\"aa\")", "aa" });
	decodes(&(struct row){ SYS_chdir, { AT(end - 1) }, "chdir(\"\")", NULL });
	munmap(two, (size_t)page);
}

static bool marks(const char *list, int number)
{
	struct trace_wish wish = { 0 };
	const char *bad;

	assert_true(trace_mark(&wish, list, &bad));
	return wish.some && wish.marked[number];
}

static void test_what_is_wanted(void **state)
{
	static const struct { const char *list; size_t bad; } wrong[] = {
		{ "", 0 }, { "nosuch", 0 }, { "openat,nosuch", 7 }, { "openat,", 7 }, { ",openat", 0 }, { "openat,,mount", 7 },
		{ "a-word-that-is-longer-than-any-name-of-a-system-call-could-ever-be", 0 },
	};
	struct trace_wish wish = { 0 };

	(void)state;
	assert_true(marks("openat", SYS_openat));
	assert_false(marks("openat", SYS_mount));
	assert_true(marks("network,mount", SYS_connect));
	assert_true(marks("network,mount", SYS_mount));
	for (size_t i = 0; i < COUNT(wrong); i++) {
		const char *bad = NULL;
		assert_false(trace_mark(&wish, wrong[i].list, &bad));
		assert_int_equal(bad - wrong[i].list, wrong[i].bad);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_and_names),
		cmocka_unit_test(test_numbers_of_many_parts),
		cmocka_unit_test(test_addresses_of_sockets),
		cmocka_unit_test(test_lists_of_words),
		cmocka_unit_test(test_strings_that_do_not_end),
		cmocka_unit_test(test_what_is_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
