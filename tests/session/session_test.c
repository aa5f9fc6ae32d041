/* From a plan to an observed difference, and back: with real namespaces, as root or, for an
 * ordinary user, below a user namespace of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/fd.h"
#include "base/text.h"
#include "base/process/process_stat.h"
#include "child/child.h"
#include "session/session.h"

static char folder[] = "/tmp/stave-test.XXXXXX";

static bool may_unshare(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(unshare(geteuid() ? CLONE_NEWUSER : CLONE_NEWUTS) < 0);
	waitpid(pid, &status, 0);
	return status == 0;
}

static int setup(void **state)
{
	static struct session session;
	cleanup_text struct text told = { 0 };
	struct error err;

	*state = &session;
	session = (struct session){ 0 };
	session_init(&session, -1);
	assert_int_equal(session_open(&session, &told, &err), 0);
	assert_string_equal(text_of(&told), "");
	return 0;
}

static int teardown(void **state)
{
	cleanup_text struct text told = { 0 };
	char name[400];

	session_close(*state, &told);
	assert_string_equal(text_of(&told), "");
	/* Nothing of it is left in the runtime folder. */
	snprintf(name, sizeof(name), "%s/stave", folder);
	assert_int_equal(access(name, F_OK), -1);
	return 0;
}

/* Perform one plan; returns what session_perform() does. */
static int perform(struct session *session, const char *line, struct plan *plan,
		   struct step **step)
{
	struct error err = { 0 };

	plan->changes = true;
	int ret = session_perform(session, line, plan, NULL, step, &err);
	if (ret < 0)
		assert_string_equal(err.what, (*step)->error->what);
	return ret;
}

static void do_unshare(struct session *session, uint64_t flags)
{
	struct plan plan = { 0 };
	struct step *step;
	char map[32];

	if (geteuid() && session->count == 0) {
		flags |= CLONE_NEWUSER;
		plan_add(&plan, OP_unshare)->unshare.flags = CLONE_NEWUSER;
		struct op *op = plan_add(&plan, OP_idmap);
		snprintf(map, sizeof(map), "0 %u 1", geteuid());
		op->idmap.uid_map = arena_copy(&plan.arena, map);
		snprintf(map, sizeof(map), "0 %u 1", getegid());
		op->idmap.gid_map = arena_copy(&plan.arena, map);
		op->idmap.setgroups = "deny";
	}
	plan_add(&plan, OP_unshare)->unshare.flags = flags & ~(uint64_t)CLONE_NEWUSER;
	assert_int_equal(perform(session, "unshare", &plan, &step), 0);
	assert_true(step->ok);
}

static int set_hostname(struct session *session, const char *name)
{
	struct plan plan = { 0 };
	struct step *step;

	plan_add(&plan, OP_sethostname)->sethostname.name = name;
	return perform(session, name, &plan, &step);
}

/* Where the host's mounts are shared, those that become private have changed as well. */
static size_t count_added(const struct difference *difference)
{
	size_t count = 0;

	for (size_t i = 0; i < difference->mount_count; i++)
		count += difference->mounts[i].change == CHANGE_ADDED;
	return count;
}

/* A folder on the host that the step makes and takes back, and a file system on it. */
static void mount_on_new(struct session *session, const char *path)
{
	struct plan plan = { 0 };
	struct step *step;
	struct op *op;

	op = plan_add(&plan, OP_mount);
	op->mount.target = "/";
	op->mount.flags = MS_REC | MS_PRIVATE;
	op = plan_add_with(&plan, OP_mkdir, PLAN_TAKE_BACK);
	op->mkdir.path = path;
	op->mkdir.mode = 0755;
	op = plan_add(&plan, OP_mount);
	op->mount.source = op->mount.fstype = "tmpfs";
	op->mount.target = path;
	assert_int_equal(perform(session, "mount", &plan, &step), 0);
	assert_int_equal(count_added(&step->difference), 1);
}

static bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static const char *inside(const char *name)
{
	static char path[300];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void test_a_step_is_observed(void **state)
{
	struct session *session = *state;

	do_unshare(session, CLONE_NEWUTS);
	assert_true(ns_own(&session->at->now, &session->host, NS_UTS));
	assert_false(ns_own(&session->at->now, &session->host, NS_MNT));
	assert_true(session->steps[0]->difference.ns[NS_UTS]);
	assert_false(session->steps[0]->difference.ns[NS_MNT]);
	assert_int_equal(set_hostname(session, "observed"), 0);
	assert_string_equal(session->at->now.hostname, "observed");
	assert_true(session->steps[1]->difference.hostname);
	assert_string_not_equal(session->host.hostname, "observed");
	assert_int_equal(session->count, 2);
}

static void test_undo_and_redo(void **state)
{
	struct session *session = *state;
	cleanup_text struct text lost = { 0 };
	struct error err;

	do_unshare(session, CLONE_NEWUTS);
	set_hostname(session, "one");
	set_hostname(session, "two");
	pid_t before = session->at->child->pid;
	assert_int_equal(session_undo(session, 1, &lost, &err), 0);
	assert_string_equal(session->at->now.hostname, "one");
	/* sethostname(2) undoes sethostname(2): the child lives on. */
	assert_int_equal(session->at->child->pid, before);
	do_unshare(session, CLONE_NEWIPC);
	assert_int_equal(session_undo(session, 1, &lost, &err), 0);
	assert_int_not_equal(session->at->child->pid, before);
	assert_int_equal(kill(before, 0), -1);
	assert_int_equal(session_undo(session, 1, &lost, &err), 0);
	assert_string_equal(session->at->now.hostname, session->host.hostname);
	assert_true(ns_own(&session->at->now, &session->host, NS_UTS));
	assert_int_equal(session_redo(session, 1, &lost, &err), 0);
	assert_string_equal(session->at->now.hostname, "one");
	assert_int_equal(session_redo(session, 1, &lost, &err), 0);
	assert_string_equal(text_of(&lost), "");
	assert_int_equal(session_undo(session, 4, &lost, &err), -1);
	assert_int_equal(session_redo(session, 1, &lost, &err), -1);
	assert_int_equal(session_undo(session, 0, &lost, &err), -1);
	assert_int_equal(session->count, 3);
}

static void test_a_new_step_ends_what_could_be_redone(void **state)
{
	struct session *session = *state;
	cleanup_text struct text lost = { 0 };
	struct error err;

	do_unshare(session, CLONE_NEWUTS);
	set_hostname(session, "one");
	assert_int_equal(session_undo(session, 1, &lost, &err), 0);
	set_hostname(session, "other");
	assert_int_equal(session->total, 2);
	assert_int_equal(session_redo(session, 1, &lost, &err), -1);
}

static void test_what_is_made_on_the_host_goes_and_comes(void **state)
{
	struct session *session = *state;
	cleanup_text struct text lost = { 0 };
	struct error err;

	do_unshare(session, CLONE_NEWNS);
	mount_on_new(session, inside("made"));
	assert_true(exists(inside("made")));
	assert_int_equal(session_undo(session, 1, &lost, &err), 0);
	assert_false(exists(inside("made")));
	assert_int_equal(session_redo(session, 1, &lost, &err), 0);
	assert_true(exists(inside("made")));
	assert_int_equal(session_reset(session, NULL, &lost, &err), 0);
	assert_false(exists(inside("made")));
	assert_int_equal(session->total, 0);
	assert_string_equal(text_of(&lost), "");
}

static void test_what_was_there_is_not_taken_back(void **state)
{
	struct session *session = *state;
	struct plan plan = { 0 };
	struct step *step;

	mkdir(inside("theirs"), 0755);
	do_unshare(session, CLONE_NEWNS);
	struct op *op = plan_add_with(&plan, OP_mkdir, PLAN_TAKE_BACK | PLAN_MAY_EXIST);
	op->mkdir.path = inside("theirs");
	assert_int_equal(perform(session, "mkdir", &plan, &step), 0);
	cleanup_text struct text lost = { 0 };
	struct error err;
	assert_int_equal(session_undo(session, 1, &lost, &err), 0);
	assert_true(exists(inside("theirs")));
	rmdir(inside("theirs"));
}

static void test_how_calls_ended_is_kept_with_what_they_said(void **state)
{
	struct session *session = *state;
	struct op_outcome room;
	struct plan plan = { 0 };
	struct step *step;

	do_unshare(session, CLONE_NEWNS);
	struct op *op = plan_add_with(&plan, OP_mkdir, PLAN_TAKE_BACK | PLAN_MAY_EXIST);
	op->mkdir.path = arena_copy(&plan.arena, inside("there"));
	op = plan_add(&plan, OP_mask);
	op->mask.target = "/nowhere/at/all";
	op->mask.source = "/dev/null";
	mkdir(inside("there"), 0755);
	assert_int_equal(perform(session, "masks", &plan, &step), 0);
	for (int again = 0; again < 2; again++) {
		cleanup_text struct text lost = { 0 };
		struct error err;
		assert_null(step->outcomes);
		assert_int_equal(step->done, 2);
		assert_int_equal(step_code(step, 0), EEXIST);
		assert_string_equal(step_outcome(step, 0, &room)->detail, "");
		assert_int_equal(step_code(step, 1), 0);
		assert_string_equal(step_outcome(step, 1, &room)->detail, "not here: nothing to mask");
		assert_int_equal(room.fds[0], -1);
		assert_true(room.pid > 0);
		assert_int_equal(step_code(step, 2), -1);
		assert_null(step_outcome(step, 2, &room));
		assert_int_equal(session_undo(session, 1, &lost, &err), 0);
		assert_int_equal(session_redo(session, 1, &lost, &err), 0);
	}
	rmdir(inside("there"));
}

static void test_a_line_that_fails_is_taken_back_as_a_whole(void **state)
{
	struct session *session = *state;
	struct plan plan = { 0 };
	struct step *step;

	do_unshare(session, CLONE_NEWUTS);
	set_hostname(session, "kept");
	struct op *op = plan_add_with(&plan, OP_mkdir, PLAN_TAKE_BACK);
	op->mkdir.path = arena_copy(&plan.arena, inside("half"));
	plan_add(&plan, OP_sethostname)->sethostname.name = "half";
	plan_add(&plan, OP_chdir)->chdir.path = "/nowhere/at/all";
	assert_int_equal(perform(session, "fails", &plan, &step), -1);
	assert_int_equal(step->done, 3);
	assert_int_equal(step_code(step, 2), ENOENT);
	assert_false(step->ok);
	assert_false(exists(inside("half")));
	assert_int_equal(session->count, 2);
	struct error err;
	assert_int_equal(session_look(session, &err), 0);
	assert_string_equal(session->at->now.hostname, "kept");
}

static void test_what_cannot_be_written_down_is_not_made(void **state)
{
	struct session *session = *state;
	struct plan plan = { 0 };
	struct step *step;
	char path[400];

	do_unshare(session, CLONE_NEWUTS);
	/* A folder has the journal's name. */
	snprintf(path, sizeof(path), "%s/stave/%s.journal", folder, session->name);
	assert_int_equal(mkdir(path, 0700), 0);
	struct op *op = plan_add_with(&plan, OP_mkdir, PLAN_TAKE_BACK);
	op->mkdir.path = arena_copy(&plan.arena, inside("unwritten"));
	assert_int_equal(perform(session, "mkdir", &plan, &step), -1);
	assert_int_equal(step->error->code, EEXIST);
	assert_false(exists(inside("unwritten")));
	rmdir(path);
	rmdir(inside("unwritten"));
}

static void await_end(const struct child *child)
{
	struct pollfd end = { .fd = child->pidfd, .events = POLLIN };

	assert_int_equal(poll(&end, 1, 5000), 1);
}

static void test_a_child_that_died_is_told_and_can_be_built_again(void **state)
{
	struct session *session = *state;
	cleanup_text struct text lost = { 0 };
	struct error err;

	do_unshare(session, CLONE_NEWUTS | CLONE_NEWNS);
	mount_on_new(session, inside("made"));
	set_hostname(session, "again");
	kill(session->at->child->pid, SIGKILL);
	await_end(session->at->child);
	assert_int_equal(session_look(session, &err), -1);
	assert_non_null(strstr(err.what, "signal 9"));
	assert_null(session->at->child);
	assert_false(exists(inside("made")));
	assert_int_equal(session->count, 0);
	assert_int_equal(session_redo(session, 3, &lost, &err), 0);
	assert_true(exists(inside("made")));
	assert_string_equal(session->at->now.hostname, "again");
}

/* The kind: a look that fails for any reason was taken for "not there", the name for the shell's own. */
static void test_a_child_that_dies_before_the_call_costs_no_file(void **state)
{
	struct session *session = *state;
	cleanup_text struct text lost = { 0 };
	struct plan plan = { 0 };
	struct step *step;
	struct error err;

	do_unshare(session, CLONE_NEWNS);
	assert_int_equal(chdir(folder), 0);
	close(open("theirs", O_CREAT | O_WRONLY, 0600));
	mkdir("empty", 0700);
	assert_int_equal(chdir("/"), 0);
	mkdir(inside("sub"), 0700);
	close(open(inside("sub/theirs"), O_CREAT | O_WRONLY, 0600));
	mkdir(inside("sub/empty"), 0700);
	assert_int_equal(chdir(folder), 0);
	kill(session->at->child->pid, SIGKILL);
	await_end(session->at->child);
	struct op *op = plan_add_with(&plan, OP_mkdir, PLAN_TAKE_BACK);
	op->mkdir.path = arena_copy(&plan.arena, inside("sub/empty"));
	op = plan_add_with(&plan, OP_mknod, PLAN_TAKE_BACK);
	op->mknod.path = arena_copy(&plan.arena, inside("sub/theirs"));
	op->mknod.type = S_IFREG;
	assert_int_equal(perform(session, "made by a dead child", &plan, &step), -1);
	session_reset(session, NULL, &lost, &err);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(inside("sub/empty")), 0);
	assert_int_equal(unlink(inside("sub/theirs")), 0);
	assert_int_equal(rmdir(inside("sub")), 0);
	assert_int_equal(rmdir(inside("empty")), 0);
	assert_int_equal(unlink(inside("theirs")), 0);
}

static void test_a_dead_janitor_is_replaced(void **state)
{
	struct session *session = *state;
	cleanup_text struct text lost = { 0 };
	struct error err;
	char path[64], text[512] = "";
	int parent = 0;

	do_unshare(session, CLONE_NEWUTS);
	snprintf(path, sizeof(path), "/proc/%d/stat", session->at->child->first);
	FILE *file = fopen(path, "r");
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	sscanf(strrchr(text, ')') + 1, " %*c %d", &parent);
	assert_true(parent > 1 && parent != getpid());
	kill(parent, SIGKILL);
	await_end(session->at->child);
	assert_int_equal(session_look(session, &err), -1);
	assert_int_equal(session_redo(session, 1, &lost, &err), 0);
	assert_int_equal(set_hostname(session, "after"), 0);
	assert_string_equal(session->at->now.hostname, "after");
}

/* The kind: a bare child, which shares all with the host, takes the place of one with walls. A container
 * beside the child has brought the new janitor. */
static void test_no_bare_child_takes_the_place_of_one_with_walls(void **state)
{
	struct session *session = *state;
	cleanup_text struct text lost = { 0 };
	struct plan aside = { .child = PLAN_ASIDE }, plan = { 0 };
	struct step *step;
	struct error err;

	do_unshare(session, CLONE_NEWUTS);
	kill(process_stat(session->at->child->first).parent, SIGKILL);
	await_end(session->at->child);
	plan_add(&aside, OP_clone);
	assert_int_equal(perform(session, "beside it", &aside, &step), 0);
	plan_add(&plan, OP_unshare)->unshare.flags = CLONE_NEWUTS;
	assert_int_equal(perform(session, "a later step", &plan, &step), -1);
	assert_string_equal(step->error->id, "child.gone");
	assert_null(session->at->child);
	assert_int_equal(session_reset(session, NULL, &lost, &err), 0);
	do_unshare(session, CLONE_NEWUTS);
}

/* Random steps back and forth, held against a plain list of what should stand. */
static void test_back_and_forth_keeps_to_the_list(void **state)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f" };
	struct session *session = *state;
	cleanup_text struct text lost = { 0 };
	const char *list[200];
	size_t count = 0, total = 0;
	struct error err;

	srand(11);
	do_unshare(session, CLONE_NEWUTS);
	for (int round = 0; round < 120; round++) {
		size_t n = 1 + (size_t)rand() % 3;
		switch (rand() % 4) {
		case 0:
		case 1:
			list[count++] = names[rand() % 6];
			total = count;
			assert_int_equal(set_hostname(session, list[count - 1]), 0);
			break;
		case 2:
			if (n <= count) {
				assert_int_equal(session_undo(session, n, &lost, &err), 0);
				count -= n;
			}
			break;
		case 3:
			if (n <= total - count) {
				assert_int_equal(session_redo(session, n, &lost, &err), 0);
				count += n;
			}
			break;
		}
		assert_int_equal(session->count, count + 1);
		assert_int_equal(session_look(session, &err), 0);
		assert_string_equal(session->at->now.hostname,
				    count ? list[count - 1] : session->host.hostname);
	}
	assert_string_equal(text_of(&lost), "");
}

/* Descriptors of this process, so that none is lost over many steps. */
static int open_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void test_many_steps_cost_no_descriptors(void **state)
{
	struct session *session = *state;
	cleanup_text struct text lost = { 0 };
	struct error err;

	do_unshare(session, CLONE_NEWUTS | CLONE_NEWNS);
	mount_on_new(session, inside("made"));
	session_undo(session, 1, &lost, &err);
	int before = open_descriptors();
	for (int round = 0; round < 50; round++) {
		mount_on_new(session, inside("made"));
		set_hostname(session, "x");
		assert_int_equal(session_undo(session, 2, &lost, &err), 0);
	}
	assert_int_equal(open_descriptors(), before);
}

static int setup_group(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	return setenv("XDG_RUNTIME_DIR", folder, 1);
}

static int teardown_group(void **state)
{
	(void)state;
	return rmdir(folder);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_a_step_is_observed),
		TEST(test_undo_and_redo),
		TEST(test_a_new_step_ends_what_could_be_redone),
		TEST(test_what_is_made_on_the_host_goes_and_comes),
		TEST(test_what_was_there_is_not_taken_back),
		TEST(test_how_calls_ended_is_kept_with_what_they_said),
		TEST(test_a_line_that_fails_is_taken_back_as_a_whole),
		TEST(test_what_cannot_be_written_down_is_not_made),
		TEST(test_a_child_that_died_is_told_and_can_be_built_again),
		TEST(test_a_child_that_dies_before_the_call_costs_no_file),
		TEST(test_a_dead_janitor_is_replaced),
		TEST(test_no_bare_child_takes_the_place_of_one_with_walls),
		TEST(test_back_and_forth_keeps_to_the_list),
		TEST(test_many_steps_cost_no_descriptors),
	};

	if (!may_unshare()) {
		puts("namespaces are forbidden here");
		return 77;
	}
	return cmocka_run_group_tests(tests, setup_group, teardown_group);
}
