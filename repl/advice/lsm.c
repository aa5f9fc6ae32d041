/* What a security module refuses. apparmor(7), selinux(8): the profile or context stands in /proc/PID/attr/current,
 * the refusal itself in the audit log alone. landlock(7), "Current limitations": who is behind it changes no mount. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "advice/question.h"
#include "base/error.h"
#include "base/text.h"
#include "doctor/doctor.h"
#include "ops/op.h"
#include "ops/plan.h"
#include "snapshot/eyes/eyes.h"

bool lsm_tell(const char *current, struct error *err)
{
	size_t length = strcspn(current, " \n");
	char profile[128];

	if (!length || strncmp(current, "unconfined", 10) == 0 || strncmp(current, "kernel", 6) == 0)
		return false;
	if (strncmp(current, "unprivileged_userns", 19) == 0) {
		fail_cause(err, CAUSE_LSM_USERNS);
		fail_why(err, "AppArmor moved the child to the profile unprivileged_userns when it made its user namespace "
			 "(kernel.apparmor_restrict_unprivileged_userns=1), and that profile denies all capabilities there");
		doctor_fix("apparmor", "", err->fix, sizeof(err->fix));
		return true;
	}
	if (strchr(current, ':') && !strchr(current, '(')) {
		fail_cause(err, CAUSE_LSM_SELINUX);
		fail_why(err, "the child has all that the call takes, and runs in the SELinux context %.*s", (int)length, current);
		doctor_fix("selinux", "", err->fix, sizeof(err->fix));
		return true;
	}
	fail_cause(err, CAUSE_LSM_APPARMOR);
	fail_why(err, "the child has all that the call takes, and runs under the AppArmor profile %.*s", (int)length, current);
	snprintf(profile, sizeof(profile), "%.*s", (int)length, current);
	doctor_fix("profile", profile, err->fix, sizeof(err->fix));
	return true;
}

static bool is_confined(const struct failure *at, struct error *err)
{
	cleanup_text struct text current = { 0 };
	char path[48];

	if ((at->outcome->code != EPERM && at->outcome->code != EACCES) || !at->pid || !op_info(at->op->kind)->needs)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/attr/current", at->pid);
	return eyes_read(NULL, path, 512, &current) == 0 && lsm_tell(vis(text_of(&current)), err);
}

bool advise_lsm(const struct failure *at, struct error *err)
{
	static question *const list[] = { is_confined, NULL };

	return ask(list, at, err);
}

static bool restricts(const struct plan *plan, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (plan->ops[i].op.kind == OP_landlock_restrict)
			return true;
	return false;
}

static bool changes_mounts(const struct op *op)
{
	return op->kind == OP_mount || op->kind == OP_umount || op->kind == OP_pivot_root || op->kind == OP_move_mount;
}

bool advise_landlock(const struct failure *at, struct error *err)
{
	bool found = false;

	if (at->outcome->code != EPERM || !changes_mounts(at->op))
		return false;
	for (size_t i = 0; i < at->plan_count; i++)
		found = found || restricts(at->plans[i], i + 1 < at->plan_count ? at->plans[i]->count : at->made);
	if (!found || !premise_holds(at, CAUSE_LANDLOCK_MOUNTS))
		return false;
	fail_cause(err, CAUSE_LANDLOCK_MOUNTS);
	fail_why(err, "a step has put the child behind Landlock, and whoever that restricts changes no mount");
	fail_fix(err, "undo takes the rules back; mount first, and type landlock after that");
	return true;
}
