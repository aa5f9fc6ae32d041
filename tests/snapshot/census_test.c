/* Every namespace of a /proc: of one that this test has written, where all cases are, and of the machine's. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "snapshot/machine/scan.h"

static char top[64];
static int proc = -1;

static int build(void **state)
{
	(void)state;
	strcpy(top, "/tmp/stave-census.XXXXXX");
	if (!mkdtemp(top))
		return -1;
	proc = open(top, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return proc < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	close(proc);
	snprintf(command, sizeof(command), "rm -rf --one-file-system '%s'", top);
	return system(command);
}

/* A folder and those above it; a link; a file. */
static void folder(const char *path)
{
	char part[128];

	for (const char *at = strchr(path, '/'); at; at = strchr(at + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(at - path), path);
		mkdirat(proc, part, 0755);
	}
	mkdirat(proc, path, 0755);
}

/* Opening it is ELOOP, which is not that it has ended. Among descriptors, what makes it so is one too: number 0. */
static void namespace_link(const char *path, const char *target)
{
	char beside[128];

	assert_int_equal(symlinkat(target, proc, path), 0);
	snprintf(beside, sizeof(beside), "%.*s/%s", (int)(strrchr(path, '/') - path), path, target);
	(void)!symlinkat(target, proc, beside);
}

static void file(const char *path, const char *text)
{
	cleanup_fd int fd = openat(proc, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write_fd(fd, text, strlen(text)), 0);
}

static struct census take(void)
{
	struct census census;
	struct error err;

	assert_int_equal(census_take(proc, &census, &err), 0);
	return census;
}

static void test_links_of_namespaces_are_read(void **state)
{
	static const struct { const char *link; bool is; enum ns_link type; uint64_t id; } rows[] = {
		{ "net:[4026531840]", true, NS_NET, 4026531840 }, { "mnt:[1]", true, NS_MNT, 1 },
		{ "net:[]", false }, { "net:[12", false }, { "net:12]", false }, { "net", false }, { "", false },
		{ "[1]", false }, { ":[1]", false }, { "nets:[1]", false }, { "ne:[1]", false }, { "socket:[1]", false },
		{ "net:[x]", false }, { "/dev/null", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		enum ns_link type;
		uint64_t id;
		if (scan_parse(rows[i].link, &type, &id) != rows[i].is)
			print_error("%s\n", rows[i].link);
		assert_int_equal(scan_parse(rows[i].link, &type, &id), rows[i].is);
		if (rows[i].is)
			assert_true(type == rows[i].type && id == rows[i].id);
	}
}

/* Two processes share a namespace, a thread has left it, the next child of one is born elsewhere, and a
 * descriptor is of a third. */
static void test_all_that_holds_a_namespace_is_found(void **state)
{
	(void)state;
	for (const char *const *pid = (const char *const[]){ "31", "30", NULL }; *pid; pid++) {
		char path[64];
		snprintf(path, sizeof(path), "%s/ns", *pid);
		folder(path);
		snprintf(path, sizeof(path), "%s/ns/uts", *pid);
		namespace_link(path, "uts:[100]");
		snprintf(path, sizeof(path), "%s/fd", *pid);
		folder(path);
	}
	namespace_link("30/ns/pid", "pid:[200]");
	namespace_link("30/ns/pid_for_children", "pid:[201]");
	namespace_link("31/ns/net", "no namespace");
	assert_int_equal(symlinkat("0", proc, "30/fd/0"), 0);
	namespace_link("30/fd/5", "net:[300]");
	namespace_link("30/fd/6", "/dev/null");
	folder("30/task/30");
	folder("30/task/33/ns");
	namespace_link("30/task/33/ns/uts", "uts:[101]");
	namespace_link("30/task/33/ns/pid", "pid:[200]");
	folder("irq");
	struct census census = take();
	assert_int_equal(census.processes, 2);
	const struct space *shared = census_find(&census, NS_UTS, 100);
	assert_non_null(shared);
	assert_int_equal(shared->processes, 2);
	assert_int_equal(shared->holders[0].pid, 30);
	assert_true(space_has(shared, 31));
	assert_false(space_has(shared, 33));
	const struct space *left = census_find(&census, NS_UTS, 101);
	assert_int_equal(left->holders[0].kind, HELD_BY_THREAD);
	assert_int_equal(left->holders[0].number, 33);
	assert_false(space_has(left, 30));
	assert_int_equal(census_find(&census, NS_PID, 201)->holders[0].kind, HELD_FOR_CHILDREN);
	const struct space *held = census_find(&census, NS_NET, 300);
	assert_int_equal(held->holders[0].kind, HELD_BY_FD);
	assert_int_equal(held->holders[1].number, 5);
	assert_int_equal(census_find(&census, NS_PID, 200)->count, 1);
	assert_null(census_find(&census, NS_NET, 301));
	assert_int_equal(shared->owner_code, ELOOP);
	census_done(&census);
	assert_null(census_find(&census, NS_UTS, 100));
}

/* What a link leads to is gone, or has become a file: nobody holds the namespace any more. */
static void test_what_has_ended_meanwhile_is_dropped(void **state)
{
	(void)state;
	folder("40/ns");
	assert_int_equal(symlinkat("uts:[400]", proc, "40/ns/uts"), 0);
	assert_int_equal(symlinkat("net:[401]", proc, "40/ns/net"), 0);
	file("40/ns/net:[401]", "");
	struct census census = take();
	assert_int_equal(census.processes, 1);
	assert_int_equal(census.count, 0);
	census_done(&census);
}

/* More namespaces than the table has places at first: each is there, once. */
static void test_many_are_found_once_each(void **state)
{
	enum { MANY = 700 };
	char path[64], link[32];

	(void)state;
	folder("50/ns");
	folder("50/fd");
	assert_int_equal(symlinkat("0", proc, "50/fd/0"), 0);
	for (int i = 0; i < MANY; i++) {
		snprintf(path, sizeof(path), "50/fd/%d", i + 1);
		snprintf(link, sizeof(link), "net:[%d]", 1000 + i / 2);
		namespace_link(path, link);
	}
	struct census census = take();
	assert_int_equal(census.count, MANY / 2);
	for (int i = 0; i < MANY / 2; i++) {
		const struct space *space = census_find(&census, NS_NET, (uint64_t)(1000 + i));
		assert_non_null(space);
		assert_int_equal(space->count, 3);
		assert_int_equal(space->holders[1].number, 2 * i + 1);
		assert_int_equal(space->holders[2].number, 2 * i + 2);
	}
	census_done(&census);
}

#define LINE(id, root, point) id " 20 0:4 " root " " point " rw - nsfs nsfs rw\n"

/* A mount table is that of a process which has the namespace's own root, where one does. */
static void test_mounted_files_are_found(void **state)
{
	static const char *const pids[] = { "60", "61" };
	char path[64];

	(void)state;
	for (size_t i = 0; i < COUNT(pids); i++) {
		snprintf(path, sizeof(path), "%s/ns", pids[i]);
		folder(path);
		snprintf(path, sizeof(path), "%s/ns/mnt", pids[i]);
		namespace_link(path, "mnt:[600]");
		snprintf(path, sizeof(path), "%s/root", pids[i]);
		assert_int_equal(symlinkat(i ? "/" : "/srv", proc, path), 0);
	}
	file("60/mountinfo", LINE("21", "net:[610]", "/wrong"));
	file("61/mountinfo", "20 1 8:1 / / rw - ext4 /dev/x rw\n" LINE("21", "net:[611]", "/run/netns/a")
	     LINE("22", "no-namespace", "/run/b") "23 20 0:5 net:[612] /run/c rw - tmpfs nsfs rw\n");
	folder("62/ns");
	namespace_link("62/ns/mnt", "mnt:[601]");
	folder("62/mountinfo"); /* EISDIR */
	folder("63/ns");
	namespace_link("63/ns/mnt", "mnt:[602]"); /* ended before its table was read */
	folder("64/ns");
	namespace_link("64/ns/mnt", "mnt:[603]");
	file("64/mountinfo", "20 1 8:1 / / rw - ext4 /dev/x rw\n");
	struct census census = take();
	assert_int_equal(census.unseen.tables, 1);
	assert_null(census_find(&census, NS_NET, 610));
	assert_null(census_find(&census, NS_NET, 612));
	census_done(&census);
}

static void test_what_is_no_proc_cannot_be_read(void **state)
{
	struct census census;
	struct error err;

	(void)state;
	file("plain", "");
	cleanup_fd int plain = openat(proc, "plain", O_PATH | O_CLOEXEC);
	assert_int_equal(census_take(plain, &census, &err), -1);
	assert_int_equal(err.code, ENOTDIR);
	assert_int_equal(census.count, 0);
}

/* What may not be read is counted: in folders that nobody may open but root, which this becomes less than. */
static void test_what_may_not_be_read_is_counted(void **state)
{
	int status;

	(void)state;
	folder("70/ns");
	namespace_link("70/ns/uts", "uts:[700]");
	folder("70/fd");
	folder("71/ns");
	namespace_link("71/ns/uts", "uts:[701]");
	folder("self");
	file("self/mountinfo", "20 1 0:5 / /proc rw - proc proc rw,hidepid=invisible\n");
	assert_int_equal(chmod(top, 0755), 0);
	assert_int_equal(fchmodat(proc, "70/fd", 0, 0), 0);
	assert_int_equal(fchmodat(proc, "71/ns", 0, 0), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct census census;
		struct error err;
		if ((geteuid() == 0 && setresuid(65534, 65534, 65534) < 0) || census_take(proc, &census, &err) < 0)
			_exit(9);
		_exit((census.unseen.processes != 1) | (census.unseen.descriptors != 1) << 1 |
		      !census.unseen.hidden << 2 | (census.processes != 2) << 3);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(fchmodat(proc, "70/fd", 0700, 0), 0);
	assert_int_equal(fchmodat(proc, "71/ns", 0700, 0), 0);
}

/* Of this machine: this process is in one of each type, and a child in new ones below. */
static void test_a_child_in_new_namespaces_is_found(void **state)
{
	cleanup_fd int real = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int ready[2];
	char byte, path[64];
	struct stat uts, user;

	(void)state;
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWUTS) == 0 && write(ready[1], "y", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	close(ready[1]);
	bool made = read(ready[0], &byte, 1) == 1;
	close(ready[0]);
	if (!made) {
		waitpid(pid, NULL, 0);
		print_message("unshare(2) is not allowed here\n");
		skip();
	}
	snprintf(path, sizeof(path), "/proc/%d/ns/uts", pid);
	assert_int_equal(stat(path, &uts), 0);
	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	assert_int_equal(stat(path, &user), 0);
	struct census census;
	struct error err;
	assert_int_equal(census_take(real, &census, &err), 0);
	const struct space *its = census_find(&census, NS_UTS, uts.st_ino);
	assert_non_null(its);
	assert_int_equal(its->owner, user.st_ino);
	assert_true(space_has(its, pid));
	const struct space *owner = census_find(&census, NS_USER, user.st_ino);
	assert_int_equal(owner->uid, geteuid());
	assert_int_equal(owner->uid_code, 0);
	census_done(&census);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, build, tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_links_of_namespaces_are_read),
		CASE(test_all_that_holds_a_namespace_is_found),
		CASE(test_what_has_ended_meanwhile_is_dropped),
		CASE(test_many_are_found_once_each),
		CASE(test_mounted_files_are_found),
		CASE(test_what_is_no_proc_cannot_be_read),
		CASE(test_what_may_not_be_read_is_counted),
		cmocka_unit_test(test_a_child_in_new_namespaces_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
