/* Words that build plans, on a host that the test makes up: what they see of it is all that there is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "host.h"
#include "words/plans/cgroup/cgroup.h"
#include "words/plans/container/container.h"

/* One thing of the host (pid 0) or of the child. code: looking at it fails so. */
struct thing {
	pid_t pid;
	const char *path;
	mode_t mode;
	dev_t device;
	const char *content;
	int code;
};

/* Eyes that see the things of a list, ended by one without a path. */
struct made_up {
	struct eyes eyes;
	const struct thing *things;
};

static const struct thing *find(const struct eyes *eyes, pid_t pid, const char *path)
{
	const struct made_up *host = (const void *)eyes;

	for (const struct thing *thing = host->things; thing->path; thing++)
		if (thing->pid == pid && strcmp(thing->path, path) == 0)
			return thing;
	return NULL;
}

static int fake_stat(const struct eyes *eyes, pid_t pid, const char *path, bool nofollow,
		     struct stat *ret)
{
	const struct thing *thing = find(eyes, pid, path);

	(void)nofollow;
	if (!thing || thing->code) {
		errno = thing ? thing->code : ENOENT;
		return -1;
	}
	*ret = (struct stat){ .st_mode = thing->mode, .st_rdev = thing->device };
	return 0;
}

static int fake_read(const struct eyes *eyes, const char *path, size_t limit, struct text *ret)
{
	const struct thing *thing = find(eyes, 0, path);

	(void)limit;
	if (!thing || !thing->content) {
		errno = thing && thing->code ? thing->code : ENOENT;
		return -1;
	}
	text_add(ret, thing->content);
	return 0;
}

/* What of the things lies in the folder, where that is one of them. */
static int fake_list(const struct eyes *eyes, pid_t pid, const char *path, struct text *ret)
{
	const struct made_up *host = (const void *)eyes;
	const struct thing *folder = find(eyes, pid, path);
	size_t length = strcmp(path, "/") == 0 ? 0 : strlen(path);

	if (!folder || folder->code) {
		errno = folder ? folder->code : ENOENT;
		return -1;
	}
	for (const struct thing *thing = host->things; thing->path; thing++)
		if (thing->pid == pid && strncmp(thing->path, path, length) == 0 && thing->path[length] == '/' &&
		    thing->path[length + 1] && !strchr(thing->path + length + 1, '/'))
			text_addn(ret, thing->path + length + 1, strlen(thing->path + length + 1) + 1);
	return 0;
}

/* Nothing here can be opened. */
static int fake_open(const struct eyes *eyes, pid_t pid, const char *path, int flags)
{
	const struct thing *thing = find(eyes, pid, path);

	(void)flags;
	errno = !thing ? ENOENT : thing->code ? thing->code : EACCES;
	return -1;
}

static struct built build_with(const char *line, const struct thing *things, struct facts facts)
{
	struct made_up host = { { fake_stat, fake_read, fake_list, fake_open }, things };

	return build_on(&host.eyes, NULL, line, facts);
}

static void plans(const char *line, const struct thing *things, const char *calls)
{
	struct built built = build_with(line, things, (struct facts){ .root = true });

	assert_int_equal(built.ret, 0);
	assert_string_equal(text_of(&built.calls), calls);
	done(&built);
}

static void refuses_as(const char *line, const struct thing *things, struct facts facts,
		       enum error_id id, int code)
{
	struct built built = build_with(line, things, facts);

	assert_int_equal(built.ret, -1);
	assert_string_equal(built.err.id, error_row(id)->id);
	assert_int_equal(built.err.code, code);
	done(&built);
}

/* ---- walls ---- */

static void test_bindmount_makes_what_is_missing(void **state)
{
	const struct thing things[] = {
		{ CHILD, "/src", S_IFDIR | 0755 }, { CHILD, "/dst", S_IFDIR | 0755 },
		{ CHILD, "/file", S_IFREG | 0644 }, { CHILD, "/", S_IFDIR | 0755 }, { 0 },
	};

	(void)state;
	plans("bindmount /src /dst", things, "mount(\"/src\", \"/dst\", NULL, MS_BIND|MS_REC, NULL)\n");
	plans("bindmount /src /new", things,
	      "mkdir(\"/new\", 0755)\nmount(\"/src\", \"/new\", NULL, MS_BIND|MS_REC, NULL)\n");
	struct built file = build_with("bindmount /file /name", things, (struct facts){ .root = true });
	assert_int_equal(file.ret, 0);
	assert_int_equal(file.plan.ops[0].op.kind, OP_mknod); /* a file for a file, no folder */
	done(&file);
}

static void test_what_cannot_be_looked_at_is_not_absent(void **state)
{
	const struct thing things[] = {
		{ CHILD, "/", S_IFDIR | 0755 }, { CHILD, "/src", .code = EACCES }, { 0 },
	};

	(void)state;
	struct built built = build_with("bindmount /src /dst", things, (struct facts){ .root = true });
	assert_int_equal(built.ret, -1);
	assert_int_equal(built.err.code, EACCES);
	done(&built);
}

static void test_from_host_looks_at_the_host(void **state)
{
	const struct thing things[] = {
		{ 0, "/srv", S_IFDIR | 0755 }, { 0, "/file", S_IFREG | 0644 },
		{ CHILD, "/childs", S_IFDIR | 0755 }, { CHILD, "/", S_IFDIR | 0755 }, { 0 },
	};
	struct facts facts = { .root = true };

	(void)state;
	struct built built = build_with("bindmount --from-host /srv /mnt", things, facts);
	assert_int_equal(built.ret, 0);
	assert_int_equal(built.plan.ops[built.plan.count - 2].op.kind, OP_move_mount);
	assert_int_equal(built.plan.ops[built.plan.count - 1].op.mount.flags, MS_REC | MS_PRIVATE);
	done(&built);
	built = build_with("bindmount --from-host /srv /mnt --ro", things, facts);
	assert_int_equal(built.ret, 0);
	assert_true(built.plan.ops[built.plan.count - 2].op.kind == OP_mount && /* before Linux 5.12 */
		    built.plan.ops[built.plan.count - 2].op.mount.flags & MS_RDONLY);
	done(&built);
	refuses_as("bindmount --from-host --norec /srv /mnt", things, facts, ERR_OPTION_CONFLICT, 0);
	refuses_as("bindmount --from-host /childs /mnt", things, facts, ERR_PATH_HOST_ABSENT, 0);
	refuses_as("bindmount --from-host /file /mnt", things, facts, ERR_PATH_KIND, 0);
	refuses_as("bindmount --from-host srv /mnt", things, facts, ERR_PATH_ABSOLUTE, 0);
}

static void test_what_a_mount_hides_is_listed_before(void **state)
{
	const struct thing things[] = {
		{ CHILD, "/", S_IFDIR | 0755 }, { CHILD, "/src", S_IFDIR | 0755 },
		{ CHILD, "/dst", S_IFDIR | 0755 }, { CHILD, "/dst/a", S_IFREG | 0644 },
		{ CHILD, "/dst/b\033", S_IFREG | 0644 }, { CHILD, "/bare", S_IFDIR | 0755 }, { 0 },
	};

	(void)state;
	struct built built = build_with("bindmount /src /dst", things, (struct facts){ .root = true });
	assert_non_null(strstr(built.plan.meaning, "(2 entries: a, b"));
	assert_null(strchr(built.plan.meaning, '\033'));
	done(&built);
	built = build_with("bindmount /src /bare", things, (struct facts){ .root = true });
	assert_null(strchr(built.plan.meaning, '('));
	done(&built);
}

/* ---- privilege ---- */

static int ids_on(const struct thing *things, struct error *err)
{
	struct made_up host = { { fake_stat, fake_read, fake_list, fake_open }, things };
	struct facts facts = { .root = true, .subuid = "100000 65536", .subgid = "100000 65536" };
	const struct context context = { .facts = &facts, .eyes = &host.eyes };
	struct nobodys ids;

	*err = (struct error){ 0 };
	return find_nobodys_ids(&context, &ids, err);
}

/* A process that has all ids leaves none, and one that cannot be looked at is not one that has none. */
static void test_ids_of_other_processes_are_theirs(void **state)
{
	const struct thing all[] = {
		{ 0, "/proc", S_IFDIR | 0555 }, { 0, "/proc/7", S_IFDIR | 0555 },
		{ 0, "/proc/7/uid_map", .content = "0 1 4294967294\n" },
		{ 0, "/proc/7/gid_map", .content = "0 1 4294967294\n" }, { 0 },
	};
	const struct thing unread[] = {
		{ 0, "/proc", S_IFDIR | 0555 }, { 0, "/proc/7", S_IFDIR | 0555 },
		{ 0, "/proc/7/uid_map", .code = EACCES }, { 0 },
	};
	const struct thing blind[] = { { 0, "/proc", .code = EMFILE }, { 0 } };
	struct error err;

	(void)state;
	assert_int_equal(ids_on(all, &err), -1);
	assert_string_equal(err.id, error_row(ERR_IDMAP_RANGE)->id);
	assert_int_equal(ids_on(unread, &err), -1);
	assert_int_equal(err.code, EACCES);
	assert_int_equal(ids_on(blind, &err), -1);
	assert_int_equal(err.code, EMFILE);
}

static void test_a_map_without_a_range_says_which_file(void **state)
{
	const struct thing named[] = {
		{ 0, "/etc/subuid", .content = "" },
		{ 0, "/etc/passwd", .content = "me:x:1000:1000::/home/me:/bin/sh\n" }, { 0 },
	};
	const struct thing nameless[] = {
		{ 0, "/etc/subuid", .content = "" },
		{ 0, "/etc/passwd", .content = "root:x:0:0::/root:/bin/sh\n" }, { 0 },
	};
	const struct thing unread[] = { { 0, "/etc/subuid", .code = EACCES }, { 0 } };
	struct facts facts = { .uid = 1000, .gid = 1000, .initial_userns = true };

	(void)state;
	refuses_as("unshare user --map auto", named, facts, ERR_IDMAP_RANGE, 0);
	refuses_as("unshare user --map auto", nameless, facts, ERR_IDMAP_NAME, 0);
	refuses_as("unshare user --map auto", unread, facts, ERR_IDMAP_RANGE, EACCES);
}

/* ---- control groups ---- */

/* What a limit on disk is taken for; NULL: it is refused. */
static const char *disk(const struct thing *things, const char *device, struct plan *plan,
			struct error *err)
{
	struct made_up host = { { fake_stat, fake_read, fake_list, fake_open }, things };
	const struct context context = { .eyes = &host.eyes };
	struct limits_wanted wanted = { 0 };
	const char *setting = "riops=100";

	*err = (struct error){ 0 };
	return parse_io(&context, plan, device, &setting, 1, &wanted, err) == 0 ? wanted.list[0].value : NULL;
}

static void test_a_limit_is_for_a_whole_disk(void **state)
{
	const struct thing things[] = {
		{ 0, "/dev/sda", S_IFBLK | 0600, makedev(8, 0) }, { 0, "/sys/dev/block/8:0", S_IFDIR },
		{ 0, "/dev/sda1", S_IFBLK | 0600, makedev(8, 1) }, { 0, "/sys/dev/block/8:1", S_IFDIR },
		{ 0, "/sys/dev/block/8:1/partition", S_IFREG },
		{ 0, "/sys/dev/block/8:1/../dev", .content = "8:0\n" },
		{ 0, "/dev/null", S_IFCHR | 0666, makedev(1, 3) }, { 0 },
	};
	struct plan plan = { 0 };
	struct error err;

	(void)state;
	assert_string_equal(disk(things, "/dev/sda", &plan, &err), "8:0 100");
	assert_string_equal(disk(things, "8:0", &plan, &err), "8:0 100");
	assert_null(disk(things, "/dev/sda1", &plan, &err));
	assert_string_equal(err.id, error_row(ERR_LIMIT_DEVICE)->id);
	assert_string_equal(err.fix, "its disk is 8:0");
	assert_null(disk(things, "sda", &plan, &err));
	assert_string_equal(err.fix, "did you mean /dev/sda?");
	assert_null(disk(things, "/dev/null", &plan, &err));
	assert_null(disk(things, "9:0", &plan, &err));
	plan_done(&plan);
}

static void test_a_list_of_cpus_is_held_against_the_group_above(void **state)
{
	const struct thing things[] = {
		{ 0, "/cg/cpuset.cpus.effective", .content = "0-3\n" },
		{ 0, "/cg/cpuset.mems.effective", .content = "0\n" }, { 0 },
	};
	struct made_up host = { { fake_stat, fake_read, fake_list, fake_open }, things };
	struct facts facts = { 0 };
	const struct context context = { .facts = &facts, .eyes = &host.eyes };
	struct limits_wanted wanted = { 0 };
	struct plan plan = { 0 };
	struct error err;

	(void)state;
	facts.cgroup[CONTROLLER_CPUSET].version = 2;
	snprintf(facts.cgroup[CONTROLLER_CPUSET].parent, sizeof(facts.cgroup[0].parent), "/cg");
	assert_int_equal(parse_cpuset(&context, &plan, "1-2", NULL, &wanted, &err), 0);
	assert_int_equal(parse_cpuset(&context, &plan, "3-4", NULL, &wanted, &err), -1);
	assert_string_equal(err.id, error_row(ERR_LIMIT_VALUE)->id);
	assert_int_equal(parse_cpuset(&context, &plan, "0", "1", &wanted, &err), -1);
	plan_done(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bindmount_makes_what_is_missing),
		cmocka_unit_test(test_what_cannot_be_looked_at_is_not_absent),
		cmocka_unit_test(test_from_host_looks_at_the_host),
		cmocka_unit_test(test_what_a_mount_hides_is_listed_before),
		cmocka_unit_test(test_ids_of_other_processes_are_theirs),
		cmocka_unit_test(test_a_map_without_a_range_says_which_file),
		cmocka_unit_test(test_a_limit_is_for_a_whole_disk),
		cmocka_unit_test(test_a_list_of_cpus_is_held_against_the_group_above),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
