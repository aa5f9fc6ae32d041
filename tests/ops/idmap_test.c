/* Maps of user namespaces: written by the shell, asked for of newuidmap(1), and the work that is done under
 * them; and what is moved out of a control group. */
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

#include "base/fd.h"
#include "base/file/remove.h"
#include "base/list.h"
#include "base/text.h"
#include "ops/op.h"
#include "ops/owned.h"

/* A process that waits in a user namespace without a map, and its folder in /proc. */
struct waiting {
	pid_t pid;
	int proc;
};

static struct waiting start(void)
{
	struct waiting ret = { .proc = -1 };
	int ready[2];
	char byte, path[32];

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	ret.pid = fork();
	if (ret.pid == 0) {
		if (unshare(CLONE_NEWUSER) == 0 && write(ready[1], "y", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	close(ready[1]);
	bool made = read(ready[0], &byte, 1) == 1;
	close(ready[0]);
	if (!made) {
		waitpid(ret.pid, NULL, 0);
		print_message("unshare(2) is not allowed here\n");
		skip();
	}
	snprintf(path, sizeof(path), "/proc/%d", ret.pid);
	ret.proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(ret.proc >= 0);
	return ret;
}

static void stop(const struct waiting *waiting)
{
	close(waiting->proc);
	kill(waiting->pid, SIGKILL);
	waitpid(waiting->pid, NULL, 0);
}

static struct op_outcome map(const struct waiting *waiting, const char *setgroups, const char *uids,
			     const char *gids, bool by_newuidmap)
{
	const struct op_stage stage = { .pid = waiting->pid, .proc = waiting->proc };
	struct op op = op_new(OP_idmap);
	struct op_outcome outcome;

	op.idmap.setgroups = setgroups;
	op.idmap.uid_map = uids;
	op.idmap.gid_map = gids;
	op.idmap.by_newuidmap = by_newuidmap;
	op_run(&op, &stage, &outcome);
	return outcome;
}

/* One line, from 0 to who this is. */
static const char *own_map(unsigned id)
{
	static char lines[2][32];
	static int turn;

	turn = !turn;
	snprintf(lines[turn], sizeof(lines[turn]), "0 %u 1", id);
	return lines[turn];
}

static void assert_map(const struct waiting *waiting, const char *file, const char *expected)
{
	cleanup_text struct text map = { 0 };
	unsigned inside, outside, count;
	char found[64] = "";

	assert_int_equal(read_file(waiting->proc, file, 4096, &map), 0);
	if (sscanf(text_of(&map), "%u %u %u", &inside, &outside, &count) == 3)
		snprintf(found, sizeof(found), "%u %u %u", inside, outside, count);
	assert_string_equal(found, expected);
}

static void test_a_map_is_written_once(void **state)
{
	struct waiting waiting = start();

	(void)state;
	assert_int_equal(map(&waiting, "deny", own_map(geteuid()), own_map(getegid()), false).code, 0);
	assert_map(&waiting, "uid_map", own_map(geteuid()));
	assert_map(&waiting, "gid_map", own_map(getegid()));
	struct op_outcome again = map(&waiting, NULL, own_map(geteuid()), NULL, false);
	assert_int_equal(again.code, EPERM);
	assert_non_null(strstr(again.detail, "/uid_map"));
	stop(&waiting);
}

static void test_a_map_that_is_none_changes_nothing(void **state)
{
	static const struct { const char *setgroups, *uids, *gids, *file; } rows[] = {
		{ "perhaps", NULL, NULL, "/setgroups" }, { NULL, "0 0", NULL, "/uid_map" }, { NULL, "0 0 0", NULL, "/uid_map" },
		{ NULL, "a b c", NULL, "/uid_map" }, { "deny", NULL, "0 0 1\n0 1 1", "/gid_map" },
	};
	struct waiting waiting = start();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct op_outcome outcome = map(&waiting, rows[i].setgroups, rows[i].uids, rows[i].gids, false);
		/* A map of several lines takes CAP_SETGID, and that is looked at first. */
		assert_true(outcome.code == EINVAL || (i == 4 && geteuid() != 0 && outcome.code == EPERM));
		assert_non_null(strstr(outcome.detail, rows[i].file));
	}
	assert_map(&waiting, "uid_map", "");
	assert_map(&waiting, "gid_map", "");
	stop(&waiting);
}

static void test_without_a_process_there_is_no_map(void **state)
{
	const struct waiting nobody = { .pid = 0, .proc = -1 };

	(void)state;
	assert_int_equal(map(&nobody, NULL, "0 0 1", NULL, false).code, ESRCH);
	assert_int_equal(map(&nobody, NULL, "0 0 1", "0 0 1", true).code, ESRCH);
	assert_int_equal(map(&nobody, NULL, NULL, NULL, false).code, 0);
}

/* newuidmap(1) maps to everybody his own id, and nobody else's: what it says against it is kept. */
static void test_newuidmap_maps_what_it_may(void **state)
{
	struct waiting waiting = start();

	(void)state;
	if (access("/usr/bin/newuidmap", X_OK) < 0) {
		stop(&waiting);
		print_message("newuidmap is not installed\n");
		skip();
	}
	struct op_outcome refused = map(&waiting, NULL, "0 4000000000 5", "0 4000000000 5", true);
	assert_int_equal(refused.code, EPERM);
	assert_int_equal(strncmp(refused.detail, "newuidmap ", 10), 0);
	assert_map(&waiting, "uid_map", "");
	struct op_outcome odd = map(&waiting, NULL, "0 0", "0 0", true);
	assert_int_equal(odd.code, EPERM);
	assert_map(&waiting, "uid_map", "");
	stop(&waiting);
}

/* ---- work under a map ---- */

static int say_who(const void *of)
{
	char uid[16];

	snprintf(uid, sizeof(uid), "%u", geteuid());
	return write_fd(*(const int *)of, uid, strlen(uid));
}

static int refuse(const void *of)
{
	errno = *(const int *)of;
	return -1;
}

static void test_work_is_done_as_root_of_the_map(void **state)
{
	char uids[32], gids[32], said[16] = "";
	int ends[2], code = ENOSPC;

	(void)state;
	snprintf(uids, sizeof(uids), "0 %u 1", geteuid());
	snprintf(gids, sizeof(gids), "0 %u 1", getegid());
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	if (owned_do(uids, gids, say_who, &ends[1]) < 0) {
		/* newuidmap(1) is missing, or gives this user nothing. */
		assert_true(errno == EPERM || errno == ENOENT || errno == ENOSPC || errno == EUSERS);
		close(ends[0]);
		close(ends[1]);
		return;
	}
	close(ends[1]);
	assert_true(read(ends[0], said, sizeof(said) - 1) > 0);
	close(ends[0]);
	assert_string_equal(said, "0");
	assert_int_equal(owned_do(uids, gids, refuse, &code), -1);
	assert_int_equal(errno, ENOSPC);
}

static void test_no_work_is_done_without_a_map(void **state)
{
	int ends[2];
	char byte;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(owned_do("0 4000000000 5", "0 4000000000 5", say_who, &ends[1]), -1);
	assert_int_not_equal(errno, 0);
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	close(ends[0]);
}

static void test_what_is_removed_as_its_owner(void **state)
{
	char top[] = "/tmp/stave-idmap.XXXXXX";
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(top));
	cleanup_fd int folder = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(folder, "a", 0755), 0);
	assert_int_equal(mkdirat(folder, "a/b", 0), 0);
	assert_int_equal(remove_owned(folder, "a"), 0);
	assert_int_equal(fstatat(folder, "a", &st, 0), -1);
	assert_int_equal(remove_owned(folder, "a"), -1);
	assert_int_equal(errno, ENOENT);
	rmdir(top);
}

/* Another's folder, of a user whom no subordinate ids help: it stays, and the errno is that of the first try. */
static void test_anothers_is_not_removed(void **state)
{
	char top[] = "/tmp/stave-idmap.XXXXXX";
	int status;

	(void)state;
	if (geteuid() != 0) {
		print_message("only root can become another user\n");
		skip();
	}
	assert_non_null(mkdtemp(top));
	cleanup_fd int folder = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(chmod(top, 0755), 0);
	assert_int_equal(mkdirat(folder, "a", 0755), 0);
	assert_int_equal(mkdirat(folder, "a/b", 0755), 0);
	pid_t pid = fork();
	if (pid == 0) {
		if (setresgid(61233, 61233, 61233) < 0 || setresuid(61233, 61233, 61233) < 0)
			_exit(9);
		int ret = remove_owned(folder, "a");
		_exit(ret == -1 && (errno == EACCES || errno == EPERM) ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(faccessat(folder, "a/b", F_OK, 0), 0);
	assert_int_equal(remove_tree(AT_FDCWD, top), 0);
}

/* ---- a group that is to be empty ---- */

static void put(int folder, const char *path, const char *text)
{
	cleanup_fd int fd = openat(folder, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write_fd(fd, text, strlen(text)), 0);
}

static struct op_outcome vacate(const char *from, const char *to)
{
	const struct op_stage stage = { .proc = -1 };
	struct op op = op_new(OP_vacate);
	struct op_outcome outcome;

	op.vacate.from = from;
	op.vacate.to = to;
	op_run(&op, &stage, &outcome);
	return outcome;
}

static void test_a_group_with_others_in_it_is_not_vacated(void **state)
{
	char top[] = "/tmp/stave-vacate.XXXXXX", from[64], to[64], ours[64];

	(void)state;
	assert_non_null(mkdtemp(top));
	cleanup_fd int folder = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(from, sizeof(from), "%s/from", top);
	snprintf(to, sizeof(to), "%s/to", top);
	assert_int_equal(vacate(from, to).code, ENOENT);
	assert_int_equal(mkdir(from, 0755) | mkdir(to, 0755), 0);
	snprintf(ours, sizeof(ours), "%d\n1\n", getpid());
	put(folder, "from/cgroup.procs", ours);
	put(folder, "to/cgroup.procs", "");
	struct op_outcome outcome = vacate(from, to);
	assert_int_equal(outcome.code, EBUSY);
	assert_non_null(strstr(outcome.detail, "(pid 1)"));
	assert_null(strchr(outcome.detail, ','));
	/* A child of this process's is its own. */
	pid_t child = fork();
	if (child == 0)
		for (;;)
			pause();
	snprintf(ours, sizeof(ours), "%d\n", child);
	put(folder, "from/cgroup.procs", ours);
	outcome = vacate(from, to);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	assert_int_equal(outcome.code, 0);
	cleanup_text struct text moved = { 0 };
	assert_int_equal(read_file(folder, "to/cgroup.procs", 64, &moved), 0);
	assert_int_equal(atoi(text_of(&moved)), child);
	put(folder, "from/cgroup.procs", "");
	assert_int_equal(vacate(from, to).code, 0);
	assert_int_equal(remove_tree(AT_FDCWD, top), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_map_is_written_once),
		cmocka_unit_test(test_a_map_that_is_none_changes_nothing),
		cmocka_unit_test(test_without_a_process_there_is_no_map),
		cmocka_unit_test(test_newuidmap_maps_what_it_may),
		cmocka_unit_test(test_work_is_done_as_root_of_the_map),
		cmocka_unit_test(test_no_work_is_done_without_a_map),
		cmocka_unit_test(test_what_is_removed_as_its_owner),
		cmocka_unit_test(test_anothers_is_not_removed),
		cmocka_unit_test(test_a_group_with_others_in_it_is_not_vacated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
