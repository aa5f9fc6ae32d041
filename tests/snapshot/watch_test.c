/* Readings of live processes: a child of this test changes itself, and is read from outside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "snapshot/process.h"
#include "snapshot/snapshot.h"
#include "snapshot/union/tree.h"

/* A child that does one thing after another, each when it is told to. */
struct actor {
	pid_t pid;
	int to, from; /* a byte each: go on; done, or 'x' when it was not allowed */
	char folder[64];
};

typedef int deed(const char *folder);

static void act(const struct actor *actor, int from, int to, deed *const *deeds)
{
	char byte;

	(void)actor;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (; *deeds; deeds++) {
		if (read(from, &byte, 1) != 1)
			_exit(0);
		byte = (*deeds)(actor->folder) < 0 ? 'x' : '.';
		if (write(to, &byte, 1) != 1)
			_exit(1);
	}
	if (read(from, &byte, 1) < 0)
		_exit(1);
	_exit(0);
}

static void start(struct actor *actor, deed *const *deeds)
{
	int to[2], from[2];

	strcpy(actor->folder, "/tmp/stave-test-XXXXXX");
	assert_non_null(mkdtemp(actor->folder));
	assert_int_equal(pipe2(to, O_CLOEXEC) + pipe2(from, O_CLOEXEC), 0);
	actor->pid = fork();
	assert_true(actor->pid >= 0);
	if (actor->pid == 0) {
		close(to[1]);
		act(actor, to[0], from[1], deeds);
	}
	close(to[0]);
	close(from[1]);
	actor->to = to[1];
	actor->from = from[0];
}

/* Let it do the next thing; false when the machine does not allow it. */
static bool go(const struct actor *actor)
{
	char byte = '.';

	assert_int_equal(write(actor->to, &byte, 1), 1);
	assert_int_equal(read(actor->from, &byte, 1), 1);
	return byte == '.';
}

static void stop(struct actor *actor)
{
	close(actor->to);
	close(actor->from);
	kill(actor->pid, SIGKILL);
	waitpid(actor->pid, NULL, 0);
	rmdir(actor->folder);
}

/* A user namespace in which this user is root; only a root needs none. */
static int own_user_namespace(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	char uids[32], gids[32];

	if (uid == 0)
		return 0;
	if (unshare(CLONE_NEWUSER) < 0)
		return -1;
	snprintf(uids, sizeof(uids), "0 %u 1", uid);
	snprintf(gids, sizeof(gids), "0 %u 1", gid);
	if (write_control(AT_FDCWD, "/proc/self/setgroups", "deny") < 0 ||
	    write_control(AT_FDCWD, "/proc/self/uid_map", uids) < 0)
		return -1;
	return write_control(AT_FDCWD, "/proc/self/gid_map", gids);
}

static int own_namespaces(const char *folder)
{
	(void)folder;
	if (own_user_namespace() < 0)
		return -1;
	return unshare(CLONE_NEWNS | CLONE_NEWUTS);
}

/* Twice: the second may get the number of the one that the first left. */
static int own_hostname(const char *folder)
{
	(void)folder;
	return unshare(CLONE_NEWUTS) < 0 ? -1 : unshare(CLONE_NEWUTS);
}

static int own_users(const char *folder)
{
	(void)folder;
	return unshare(CLONE_NEWUSER);
}

static int be_root_there(const char *folder)
{
	(void)folder;
	return write_control(AT_FDCWD, "/proc/self/uid_map", "0 0 1");
}

static int be_private(const char *folder)
{
	(void)folder;
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

static int mount_tmpfs(const char *folder)
{
	return mount("stave-test", folder, "tmpfs", 0, "size=64k");
}

static int make_shared(const char *folder)
{
	return mount(NULL, folder, NULL, MS_SHARED, NULL);
}

static int make_folder(const char *folder)
{
	char path[80];

	snprintf(path, sizeof(path), "%s/inner", folder);
	return mkdir(path, 0755);
}

static int change_root(const char *folder)
{
	char path[80];

	snprintf(path, sizeof(path), "%s/inner", folder);
	return chroot(path) < 0 ? -1 : chdir("/");
}

static int mount_over_root(const char *folder)
{
	(void)folder;
	return mount("over", "/", "tmpfs", 0, "size=64k");
}

static int do_nothing(const char *folder)
{
	(void)folder;
	return 0;
}

static void take(struct watch *watch, const struct reading *before, struct reading *ret)
{
	struct error err;

	assert_int_equal(watch_read(watch, before, ret, &err), 0);
}

/* Takes the next reading and returns what differs; before becomes what was read. */
static struct difference next(struct watch *watch, struct reading *before)
{
	struct difference difference;
	struct reading after;

	take(watch, before, &after);
	difference_find(before, &after, &difference);
	reading_done(before);
	*before = after;
	return difference;
}

static void test_walls_and_mounts(void **state)
{
	static deed *const deeds[] = {
		own_namespaces, be_private, mount_tmpfs, make_shared, make_folder, change_root, NULL
	};
	struct error err;
	struct actor actor;
	struct reading now, host;

	(void)state;
	start(&actor, deeds);
	struct watch *watch = watch_new(actor.pid, -1, &err);
	assert_non_null(watch);
	assert_int_equal(reading_take(getpid(), &host, &err), 0);
	take(watch, &host, &now);
	/* A child that shares everything has the host's table, and it is kept once. */
	assert_ptr_equal(now.mounts, host.mounts);
	assert_false(ns_own(&now, &host, NS_MNT));
	if (!go(&actor)) {
		watch_free(watch);
		reading_done(&now);
		reading_done(&host);
		stop(&actor);
		print_message("unshare(2) is not allowed here\n");
		skip();
	}
	struct difference found = next(watch, &now);
	assert_true(found.ns[NS_MNT] && found.ns[NS_UTS] && !found.ns[NS_NET]);
	assert_true(ns_own(&now, &host, NS_MNT) && ns_own(&now, &host, NS_UTS));
	assert_int_equal(found.uid_map, geteuid() != 0);
	difference_done(&found);
	assert_true(go(&actor));
	found = next(watch, &now);
	difference_done(&found);

	assert_true(go(&actor));
	found = next(watch, &now);
	assert_int_equal(found.mount_count, 1);
	assert_int_equal(found.mounts[0].change, CHANGE_ADDED);
	assert_string_equal(found.mounts[0].after->point, actor.folder);
	assert_string_equal(found.mounts[0].after->type, "tmpfs");
	assert_string_equal(found.mounts[0].after->propagation, "private");
	assert_string_equal(found.mounts[0].after->source, "stave-test");
	difference_done(&found);

	/* poll(2) does not tell of this one. */
	assert_true(go(&actor));
	found = next(watch, &now);
	assert_int_equal(found.mount_count, 1);
	assert_int_equal(found.mounts[0].change, CHANGE_CHANGED);
	assert_string_equal(found.mounts[0].after->propagation, "shared");
	difference_done(&found);

	assert_true(go(&actor));
	struct mounts *table = now.mounts;
	found = next(watch, &now);
	assert_int_equal(found.mount_count, 0);
	assert_ptr_equal(now.mounts, table);
	difference_done(&found);

	/* After chroot(2) the table is another: only what lies below the new root. */
	assert_true(go(&actor));
	found = next(watch, &now);
	assert_true(found.root && found.cwd);
	assert_int_equal(now.mounts->count, 0);
	difference_done(&found);
	watch_free(watch);
	reading_done(&now);
	reading_done(&host);
	stop(&actor);
}

static void test_trust(void **state)
{
	static deed *const deeds[] = { own_namespaces, be_private, mount_tmpfs, make_shared, NULL };
	struct error err;
	struct actor actor;
	struct reading now;

	(void)state;
	start(&actor, deeds);
	struct watch *watch = watch_new(actor.pid, -1, &err);
	take(watch, NULL, &now);
	if (!go(&actor)) {
		watch_free(watch);
		reading_done(&now);
		stop(&actor);
		print_message("unshare(2) is not allowed here\n");
		skip();
	}
	assert_true(go(&actor));
	struct difference found = next(watch, &now);
	difference_done(&found);
	/* A mount is heard of in spite of trust. */
	assert_true(go(&actor));
	watch_trust(watch);
	found = next(watch, &now);
	assert_int_equal(found.mount_count, 1);
	difference_done(&found);
	/* A propagation is not, but trust is for one reading only. */
	assert_true(go(&actor));
	watch_trust(watch);
	found = next(watch, &now);
	assert_int_equal(found.mount_count, 0);
	difference_done(&found);
	found = next(watch, &now);
	assert_int_equal(found.mount_count, 1);
	difference_done(&found);
	watch_free(watch);
	reading_done(&now);
	stop(&actor);
}

/* Mounts that were only added are read alone: what is not reported is not seen until all are read. */
static void test_added_mounts_are_read_alone(void **state)
{
	static deed *const deeds[] = { own_namespaces, be_private, mount_tmpfs, make_shared, mount_tmpfs, NULL };
	struct error err;
	struct actor actor;
	struct reading now;

	(void)state;
	start(&actor, deeds);
	struct watch *watch = watch_new(actor.pid, -1, &err);
	take(watch, NULL, &now);
	if (!go(&actor)) {
		watch_free(watch);
		reading_done(&now);
		stop(&actor);
		print_message("unshare(2) is not allowed here\n");
		skip();
	}
	assert_true(go(&actor));
	struct difference found = next(watch, &now);
	difference_done(&found);
	assert_true(go(&actor));
	found = next(watch, &now);
	difference_done(&found);
	size_t before = now.mounts->count;
	assert_true(go(&actor));
	assert_true(go(&actor));
	watch_trust(watch);
	found = next(watch, &now);
	assert_int_equal(now.mounts->count, before + 1);
	assert_in_range(found.mount_count, 1, 2); /* 2: the kernel does not count them, before Linux 6.12 */
	bool alone = found.mount_count == 1;
	difference_done(&found);
	found = next(watch, &now);
	assert_int_equal(found.mount_count, alone);
	difference_done(&found);
	watch_free(watch);
	reading_done(&now);
	stop(&actor);
}

/* A namespace's number is free as soon as it is left, and the next one gets it, were it not held. */
static void test_one_namespace_after_another(void **state)
{
	static deed *const deeds[] = { own_namespaces, own_hostname, own_hostname, own_hostname, NULL };
	struct error err;
	struct actor actor;
	struct reading now;

	(void)state;
	start(&actor, deeds);
	struct watch *watch = watch_new(actor.pid, -1, &err);
	take(watch, NULL, &now);
	for (int i = 0; i < 4; i++) {
		if (!go(&actor)) {
			assert_int_equal(i, 0);
			break;
		}
		struct difference found = next(watch, &now);
		assert_true(found.ns[NS_UTS]);
		assert_int_equal(found.ns[NS_MNT], i == 0);
		difference_done(&found);
	}
	watch_free(watch);
	reading_done(&now);
	stop(&actor);
}

static void test_maps(void **state)
{
	static deed *const deeds[] = { own_users, be_root_there, NULL };
	struct error err;
	struct actor actor;
	struct reading now;

	(void)state;
	start(&actor, deeds);
	struct watch *watch = watch_new(actor.pid, -1, &err);
	take(watch, NULL, &now);
	assert_true(now.uid_map[0] != '\0');
	if (geteuid() == 0 && go(&actor)) {
		struct difference found = next(watch, &now);
		assert_true(found.uid_map && found.ns[NS_USER]);
		assert_string_equal(now.uid_map, "");
		difference_done(&found);
		/* The same namespace, and now it has a map. */
		assert_true(go(&actor));
		found = next(watch, &now);
		assert_true(found.uid_map && !found.ns[NS_USER] && !found.gid_map);
		assert_non_null(strstr(now.uid_map, " 1\n"));
		difference_done(&found);
	}
	watch_free(watch);
	reading_done(&now);
	stop(&actor);
}

/* What is mounted over "/" is not met by who lives below it. */
static void test_mount_over_root(void **state)
{
	static deed *const deeds[] = { own_namespaces, be_private, mount_over_root, NULL };
	struct error err;
	struct actor actor;
	struct reading before, after;

	(void)state;
	start(&actor, deeds);
	if (!go(&actor) || !go(&actor)) {
		stop(&actor);
		print_message("unshare(2) is not allowed here\n");
		skip();
	}
	assert_int_equal(reading_take(actor.pid, &before, &err), 0);
	int root = mounts_at(before.mounts, "/")->id;
	assert_true(go(&actor));
	assert_int_equal(reading_take(actor.pid, &after, &err), 0);
	assert_int_equal(after.mounts->count, before.mounts->count + 1);
	assert_int_equal(mounts_at(after.mounts, "/")->id, root);
	reading_done(&before);
	reading_done(&after);
	stop(&actor);
}

static void test_numbers(void **state)
{
	static deed *const deeds[] = { do_nothing, NULL };
	struct error err;
	struct actor actor;
	struct reading now;

	(void)state;
	start(&actor, deeds);
	assert_int_equal(reading_take(actor.pid, &now, &err), 0);
	assert_int_equal(now.pid, actor.pid);
	assert_int_equal(now.parent, getpid());
	assert_true(now.levels >= 1);
	assert_int_equal(now.uid[0], getuid());
	assert_string_equal(now.root, "/");
	assert_true(now.ns[NS_USER].id != 0 && now.ns[NS_USER].code == 0);
	assert_true(now.uid_map[0] && now.cgroup_count > 0);
	reading_done(&now);
	stop(&actor);
}

static void test_processes_that_end(void **state)
{
	struct reading now = { .pid = 77 };
	struct error err;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(0);
	siginfo_t info;
	waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
	struct watch *watch = watch_new(pid, -1, &err);
	struct reading zombie;
	take(watch, NULL, &zombie);
	assert_int_equal(zombie.state, 'Z');
	assert_int_equal(zombie.ns[NS_MNT].id, 0);
	assert_int_equal(zombie.ns[NS_MNT].code, ENOENT);
	assert_null(zombie.mounts);
	reading_done(&zombie);
	waitpid(pid, NULL, 0);
	assert_int_equal(watch_read(watch, NULL, &now, &err), -1);
	assert_int_equal(err.code, ESRCH);
	assert_int_equal(now.pid, 77);
	watch_free(watch);
	assert_int_equal(reading_take(pid, &now, &err), -1);
	assert_int_equal(err.code, ESRCH);
	assert_true(err.why[0] != '\0');
	assert_int_equal(reading_take(-1, &now, &err), -1);
	assert_int_equal(reading_take(0, &now, &err), -1);
}

static size_t descriptors(void)
{
	size_t open_ones = 0;

	for (int fd = 0; fd < 1024; fd++)
		open_ones += fcntl(fd, F_GETFD) >= 0;
	return open_ones;
}

static void test_no_descriptor_is_lost(void **state)
{
	struct error err;
	size_t before = descriptors();

	(void)state;
	for (int i = 0; i < 5; i++) {
		struct reading now;
		struct watch *watch = watch_new(getpid(), -1, &err);
		take(watch, NULL, &now);
		reading_done(&now);
		take(watch, NULL, &now);
		reading_done(&now);
		watch_free(watch);
	}
	assert_int_equal(descriptors(), before);
}

static void test_processes(void **state)
{
	static deed *const deeds[] = { do_nothing, NULL };
	cleanup_fd int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct processes family;
	struct actor actors[2];

	(void)state;
	start(&actors[0], deeds);
	start(&actors[1], deeds);
	assert_int_equal(processes_take(proc, getpid(), &family), 0);
	assert_int_equal(family.count, 3);
	assert_int_equal(family.list[0].pid, getpid());
	assert_int_equal(family.list[0].depth, 0);
	assert_non_null(strstr(family.list[0].command, program_invocation_short_name));
	for (size_t i = 1; i < 3; i++) {
		assert_int_equal(family.list[i].pid, actors[i - 1].pid);
		assert_int_equal(family.list[i].parent, getpid());
		assert_int_equal(family.list[i].depth, 1);
	}
	processes_done(&family);
	assert_int_equal(processes_take(proc, INT32_MAX, &family), 0);
	assert_int_equal(family.count, 0);
	processes_done(&family);
	assert_int_equal(processes_take(proc, 0, &family), 0);
	assert_true(family.count >= 3);
	processes_done(&family);
	stop(&actors[0]);
	stop(&actors[1]);
	assert_int_equal(processes_take(-1, 0, &family), -1);
}

static void make(const char *folder, const char *name, const char *text)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (!text) {
		assert_int_equal(mkdir(path, 0755), 0);
		return;
	}
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write_fd(fd, text, strlen(text)), 0);
	close(fd);
}

static void tell(const struct tree *tree, struct text *ret)
{
	static const char *const marks[] = { "", "?whiteout", "?wh", "?opaque", "?whopaque",
					     "?kernel", "?unread" };

	for (size_t i = 1; i < tree->count; i++) {
		const struct tree_entry *entry = &tree->list[i];
		text_addf(ret, "%d%s%s%s%s", entry->depth, entry->name, marks[entry->mark],
			  entry->target ? ">" : "", entry->target ? entry->target : "");
		if (entry->left_out)
			text_addf(ret, "(+%zu)", entry->left_out);
		text_add(ret, entry->last ? ". " : " ");
	}
}

static void tree_is(const char *path, unsigned depth, size_t most, const char *expected)
{
	cleanup_text struct text text = { 0 };
	struct error err;
	struct tree tree;

	assert_int_equal(tree_take(getpid(), path, &(struct tree_limits){ depth, most, OVERLAY_USER }, &tree, &err), 0);
	tell(&tree, &text);
	tree_done(&tree);
	assert_string_equal(text_of(&text), expected);
}

static void clear(const char *folder)
{
	char command[100];

	snprintf(command, sizeof(command), "rm -rf --one-file-system %s", folder);
	assert_int_equal(system(command), 0);
}

static void test_tree(void **state)
{
	const struct tree_limits few = { 1, 1, OVERLAY_USER };
	char folder[] = "/tmp/stave-test-XXXXXX", link[64];
	struct error err;
	struct tree tree;

	(void)state;
	assert_non_null(mkdtemp(folder));
	make(folder, "b", NULL);
	make(folder, "b/.wh.gone", "");
	make(folder, "b/.wh..wh..opq", "");
	make(folder, "b/c", NULL);
	make(folder, "b/c/deep", "x");
	make(folder, "a", "x");
	snprintf(link, sizeof(link), "%s/z", folder);
	assert_int_equal(symlink("/etc", link), 0);
	tree_is(folder, 9, 100,
		"1a 1b 2.wh..wh..opq?whopaque 2.wh.gone?wh 2c. 3deep. 1z>/etc. ");
	tree_is(folder, 1, 100, "1a 1b 1z>/etc. ");
	/* Four entries besides the top: two of b's are counted, and z of the top. */
	tree_is(folder, 9, 4, "1a 1b(+2) 2.wh..wh..opq?whopaque ");
	assert_int_equal(tree_take(getpid(), link, &few, &tree, &err), 0);
	assert_true(tree.list[0].left_out > 1);
	tree_done(&tree);
	assert_int_equal(tree_take(getpid(), "/no/such", &few, &tree, &err), -1);
	assert_int_equal(err.code, ENOENT);
	strcat(strcpy(link, folder), "/a");
	assert_int_equal(tree_take(getpid(), link, &few, &tree, &err), -1);
	assert_int_equal(err.code, ENOTDIR);
	clear(folder);
}

static void test_whiteouts(void **state)
{
	char folder[] = "/tmp/stave-test-XXXXXX", node[64];

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(node, sizeof(node), "%s/gone", folder);
	/* Anybody may make this one device since Linux 5.8. */
	if (mknod(node, S_IFCHR | 0600, 0) < 0) {
		clear(folder);
		print_message("mknod(2) of 0:0 is not allowed here\n");
		skip();
	}
	tree_is(folder, 9, 100, "1gone?whiteout. ");
	clear(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walls_and_mounts),
		cmocka_unit_test(test_trust),
		cmocka_unit_test(test_added_mounts_are_read_alone),
		cmocka_unit_test(test_one_namespace_after_another),
		cmocka_unit_test(test_maps),
		cmocka_unit_test(test_mount_over_root),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_processes_that_end),
		cmocka_unit_test(test_no_descriptor_is_lost),
		cmocka_unit_test(test_processes),
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_whiteouts),
	};

	return cmocka_run_group_tests_name("snapshot: watch", tests, NULL, NULL);
}
