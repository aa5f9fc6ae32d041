/* The switches of walls: each wall has one, and it takes out of a plan what builds the wall, and nothing else. */
#include <linux/capability.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/text.h"
#include "ops/plan.h"
#include "ops/privilege/capability.h"
#include "walls/lift.h"

static size_t find(const char *name)
{
	struct lift lift;

	for (size_t i = 0; lift_nth(i, &lift); i++) {
		cleanup_text struct text is = { 0 };
		lift_name(i, &is);
		if (strcmp(text_of(&is), name) == 0)
			return i;
	}
	assert_string_equal(name, "the name of a switch");
	return 0;
}

static struct lifts only(const char *name)
{
	struct lifts lifts = { 0 };

	lifts.on[find(name)] = true;
	return lifts;
}

static void test_every_wall_has_a_switch(void **state)
{
	bool seen[WALLS] = { false };
	struct lift lift;
	size_t count = 0;

	(void)state;
	for (; lift_nth(count, &lift); count++)
		seen[lift.wall] = true;
	assert_in_range(count, WALLS, LIFTS_MOST);
	for (enum wall_id wall = 0; wall < WALLS; wall++) {
		assert_non_null(walls[wall].lifts);
		/* No op hands descriptors on: there is nothing to leave out. */
		assert_true(seen[wall] == (wall != WALL_HANDLES));
	}
}

static void test_every_switch_has_a_name_of_its_own(void **state)
{
	struct lift lift;

	(void)state;
	for (size_t i = 0; lift_nth(i, &lift); i++) {
		cleanup_text struct text name = { 0 };
		lift_name(i, &name);
		if (lift.wall != WALL_CAPABILITIES || (capabilities_known & CAPABILITY(lift.part)))
			assert_int_equal(find(text_of(&name)), i);
	}
}

/* A switch that finds nothing in any plan would be one in name only. */
static void plan_all(struct plan *plan)
{
	static const char *const controls[] = { "cpu.max", "cpuset.cpus", "memory.max", "pids.max", "io.max", "blkio.weight" };
	static const int limits[] = { RLIMIT_CORE, RLIMIT_NOFILE, RLIMIT_NPROC };

	plan_add(plan, OP_clone)->clone.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET |
						CLONE_NEWCGROUP | CLONE_NEWUSER;
	plan_add(plan, OP_unshare)->unshare.flags = CLONE_NEWTIME;
	for (size_t i = 0; i < sizeof(controls) / sizeof(*controls); i++)
		plan_add(plan, OP_control)->control.path = arena_print(&plan->arena, "/sys/fs/cgroup/stave/%s", controls[i]);
	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++)
		plan_add(plan, OP_rlimit)->rlimit.resource = (uint64_t)limits[i];
	plan_add(plan, OP_file)->file.path = "/proc/sys/user/max_user_namespaces";
	plan_add(plan, OP_chroot)->chroot.path = "/srv";
	plan_add(plan, OP_pivot_root)->pivot_root.new_root = ".";
	plan_add(plan, OP_umount)->umount.target = ".";
	struct op *op = plan_add(plan, OP_mount);
	op->mount.target = "/";
	op->mount.flags = MS_REMOUNT | MS_BIND | MS_RDONLY;
	plan->stage = STAGE_HIDDEN;
	plan_add(plan, OP_mask)->mask.target = "/proc/acpi";
	plan_add(plan, OP_mount_setattr)->mount_setattr.path = "/proc/sys";
	plan->stage = STAGE_PRIVILEGE;
	plan_add(plan, OP_keyring);
	plan_add(plan, OP_capbset_drop)->capbset_drop.set = capabilities_known;
	plan_add(plan, OP_no_new_privs);
	plan_add(plan, OP_landlock_create);
	plan_add(plan, OP_landlock_add);
	plan_add(plan, OP_landlock_restrict);
	plan_add(plan, OP_seccomp);
}

static void test_every_switch_finds_its_ops(void **state)
{
	struct plan plan = { 0 };
	struct lifts builds = { 0 };
	struct lift lift;

	(void)state;
	plan_all(&plan);
	lift_find(&plan, &builds);
	for (size_t i = 0; lift_nth(i, &lift); i++)
		if (lift.wall != WALL_CAPABILITIES || (capabilities_known & CAPABILITY(lift.part)))
			assert_true(builds.on[i]);
	plan_done(&plan);
}

static void test_without_any_wall_nothing_of_them_is_left(void **state)
{
	struct plan plan = { 0 };
	struct lifts all = { 0 };
	struct lift lift;

	(void)state;
	for (size_t i = 0; lift_nth(i, &lift); i++)
		all.on[i] = true;
	plan_all(&plan);
	lift_plan(&all, &plan, NULL);
	assert_int_equal(plan.count, 2);
	assert_int_equal(plan.ops[0].op.kind, OP_clone);
	assert_int_equal(plan.ops[0].op.clone.flags, 0);
	/* The mount that was read-only is there, and is not. */
	assert_int_equal(plan.ops[1].op.kind, OP_mount);
	assert_int_equal(plan.ops[1].op.mount.flags, MS_REMOUNT | MS_BIND);
	plan_done(&plan);
}

static void test_one_capability_alone_is_lifted(void **state)
{
	const struct lifts lifts = only("capability net_admin");
	const uint64_t one = CAPABILITY(CAP_NET_ADMIN);
	struct plan plan = { 0 };
	struct lifts builds = { 0 };

	(void)state;
	plan_add(&plan, OP_capbset_drop)->capbset_drop.set = one | CAPABILITY(CAP_SYSLOG);
	struct op *op = plan_add(&plan, OP_capset);
	op->capset.effective = op->capset.permitted = CAPABILITY(CAP_CHOWN);
	plan_add(&plan, OP_no_new_privs);
	lift_plan(&lifts, &plan, &builds);
	assert_int_equal(plan.count, 3);
	assert_int_equal(plan.ops[0].op.capbset_drop.set, CAPABILITY(CAP_SYSLOG));
	assert_int_equal(plan.ops[1].op.capset.permitted, one | CAPABILITY(CAP_CHOWN));
	assert_true(builds.on[find("no_new_privs")]);
	assert_true(builds.on[find("capability syslog")]);
	assert_false(builds.on[find("capability chown")]);
	assert_int_equal(plan.ops[2].flags & PLAN_MAY_FAIL, 0);
	plan_done(&plan);
}

/* What a wall is the ground of may fail without it, but not what starts the program. */
static void test_without_a_namespace_other_calls_may_fail(void **state)
{
	const struct lifts lifts = only("uts");
	struct plan plan = { 0 };

	(void)state;
	plan_add(&plan, OP_unshare)->unshare.flags = CLONE_NEWUTS;
	plan_add(&plan, OP_sethostname)->sethostname.name = "x";
	plan_add(&plan, OP_exec);
	lift_plan(&lifts, &plan, NULL);
	assert_int_equal(plan.count, 2);
	assert_int_equal(plan.ops[0].flags & PLAN_MAY_FAIL, PLAN_MAY_FAIL);
	assert_int_equal(plan.ops[1].flags & PLAN_MAY_FAIL, 0);
	plan_done(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_wall_has_a_switch),
		cmocka_unit_test(test_every_switch_has_a_name_of_its_own),
		cmocka_unit_test(test_every_switch_finds_its_ops),
		cmocka_unit_test(test_without_any_wall_nothing_of_them_is_left),
		cmocka_unit_test(test_one_capability_alone_is_lifted),
		cmocka_unit_test(test_without_a_namespace_other_calls_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
