/* What an errno of a primitive means is one row of its table, told where no question about the state answers. A row that
 * joins two meanings by "or" is listed here, with why it may. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/causes/causes.h"
#include "base/error.h"
#include "base/list.h"
#include "ops/op.h"

/* NAMES: names or parts of one cause. NEED: one need, which either meets. TOLD: a question tells each, by these
 * causes. */
enum kind { NAMES, NEED, TOLD };

#define TELLS(...) TOLD, { __VA_ARGS__, NULL }

static const struct joined { enum op_kind op; int code; enum kind kind; const char *causes[6]; } joined[] = {
	{ OP_attach, ENOSPC, TELLS("cgroup.cpuset-empty") }, /* the file that is empty is named */
	{ OP_control, ENOENT, TELLS("cgroup.not-enabled", "cgroup.no-file") },
	{ OP_cgroup_mkdir, EAGAIN, TELLS("cgroup.max-groups", "cgroup.max-depth") },
	{ OP_cgroup_rmdir, EBUSY, TELLS("cgroup.has-processes", "cgroup.has-groups") },
	{ OP_copyup, EROFS, TELLS("overlay.no-upper", "overlay.mounted-read-only", "file.read-only") },
	{ OP_remove, EROFS, TELLS("overlay.no-upper", "overlay.mounted-read-only", "file.read-only") },
	{ OP_volume_make, ENOSPC, TELLS("file.full", "file.no-inodes") },
	{ OP_mkdir, ENOSPC, TELLS("file.full", "file.no-inodes") },
	{ OP_setxattr, EPERM, TELLS("xattr.trusted", "xattr.not-owner") },
	{ OP_volume_remove, EWOULDBLOCK, NAMES },
	{ OP_fsconfig, EINVAL, TELLS("mount.option-unknown", "mount.option-value", "mount.kernel-says") },
	{ OP_fsconfig, EACCES, TELLS("file.denied", "lsm.apparmor") }, { OP_fsconfig, ELOOP, TELLS("overlay.lower-twice", "overlay.nested") },
	{ OP_fsconfig, EBUSY, NAMES },
	{ OP_mask, ENOTDIR, NAMES },
	{ OP_mount, EACCES, TELLS("file.denied", "mount.device-read-only", "lsm.apparmor") },
	{ OP_mount, ELOOP, TELLS("overlay.lower-twice", "overlay.nested") },
	{ OP_move_mount, EBADF, NAMES },
	{ OP_pivot_root, EBUSY, TELLS("pivot.same-mount") }, /* which of the two is named */
	{ OP_pivot_root, EINVAL, TELLS("pivot.new-root-no-mount", "pivot.parent-shared", "pivot.old-outside", "pivot.root-no-mount",
				       "pivot.initramfs") },
	{ OP_umount, EBUSY, TELLS("umount.in-use", "umount.mounts-below") },
	{ OP_clone, EAGAIN, TELLS("fork.ulimit", "fork.pids-max", "fork.pids-all") },
	{ OP_fork, EAGAIN, TELLS("fork.ulimit", "fork.pids-max", "fork.pids-all") },
	{ OP_exec, EAGAIN, TELLS("fork.ulimit", "fork.pids-max", "fork.pids-all") },
	{ OP_burn, EAGAIN, TELLS("fork.ulimit", "fork.pids-max", "fork.pids-all") },
	{ OP_clone, ENOSPC, TELLS("ns.limit", "ns.depth") },
	{ OP_clone, ENOMEM, TELLS("fork.init-gone") }, /* else it is memory */
	{ OP_unshare, EINVAL, TELLS("ns.type-unknown", "ns.not-entered") },
	{ OP_pin, ENOENT, TELLS("file.missing", "ns.type-unknown") },
	{ OP_setns, EACCES, TELLS("setns.other-user", "setns.more-capabilities", "setns.closed", "setns.security-module") },
	{ OP_setns, ENOENT, TELLS("process.absent", "setns.zombie", "ns.type-unknown") },
	{ OP_file_caps, EROFS, TELLS("file.read-only", "file.file-system-read-only") },
	{ OP_landlock_restrict, EPERM, NEED }, { OP_seccomp, EACCES, NEED },
	{ OP_exec, ENOENT, TELLS("exec.missing", "exec.not-in-path", "exec.loader-missing", "exec.interpreter-missing") },
	{ OP_exec, EACCES, TELLS("exec.folder", "exec.no-x-bit", "exec.x-for-others", "exec.noexec", "exec.landlock") },
	{ OP_exec, ENOEXEC, TELLS("exec.architecture", "exec.no-format") },
};

static const struct joined *find(int op, int code)
{
	for (size_t i = 0; i < COUNT(joined); i++)
		if (joined[i].op == (enum op_kind)op && joined[i].code == code)
			return &joined[i];
	return NULL;
}

/* A table that several primitives share is listed for one of them. */
static bool is_shared(int op, const struct hint *hint)
{
	for (int other = 0; other < OP_COUNT; other++)
		for (const struct hint *row = other == op ? NULL : op_info(other)->hints; row && row->code; row++)
			if (row == hint && find(other, hint->code))
				return true;
	return false;
}

static void test_each_row_that_joins_meanings_is_listed(void **state)
{
	bool seen[COUNT(joined)] = { false };
	int wrong = 0;

	(void)state;
	for (int op = 0; op < OP_COUNT; op++)
		for (const struct hint *hint = op_info(op)->hints; hint && hint->code; hint++) {
			const struct joined *row = strstr(hint->why, " or ") ? find(op, hint->code) : NULL;
			if (row)
				seen[row - joined] = true;
			else if (strstr(hint->why, " or ") && !is_shared(op, hint))
				wrong += printf("not listed: %s, %s: %s\n", op_info(op)->name, errno_name(hint->code), hint->why) > 0;
		}
	for (size_t i = 0; i < COUNT(joined); i++)
		wrong += !seen[i] && printf("listed, and no such row: %s, %s\n", op_info(joined[i].op)->name, errno_name(joined[i].code)) > 0;
	assert_int_equal(wrong, 0);
}

static void test_what_tells_them_apart_is_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(joined); i++) {
		assert_true((joined[i].causes[0] != NULL) == (joined[i].kind == TOLD));
		for (size_t j = 0; j < COUNT(joined[i].causes) && joined[i].causes[j]; j++)
			assert_true(cause_called(joined[i].causes[j]) >= 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_row_that_joins_meanings_is_listed),
		cmocka_unit_test(test_what_tells_them_apart_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
