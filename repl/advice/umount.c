/* Why a mount stays: umount(2). */
#include <errno.h>
#include <string.h>

#include "advice/question.h"
#include "base/error.h"
#include "base/text.h"
#include "ops/op.h"
#include "snapshot/snapshot.h"

static bool nothing_mounted(const struct failure *at, struct error *err)
{
	if (at->op->kind != OP_umount || at->outcome->code != EINVAL || !at->child->mounts)
		return false;
	if (!mounts_at(at->child->mounts, at->op->umount.target)) {
		fail_cause(err, CAUSE_UMOUNT_NOTHING);
		fail_why(err, "nothing is mounted there");
		fail_fix(err, "mountinfo lists the mounts");
		return true;
	}
	fail_cause(err, CAUSE_UMOUNT_LOCKED);
	fail_why(err, "it was copied from a more privileged mount namespace, "
		      "and is locked: what it hides was hidden on purpose");
	fail_fix(err, "mount something over it, or pivot to another root");
	return true;
}

bool advise_umount(const struct failure *at, struct error *err)
{
	static question *const list[] = { nothing_mounted, NULL };

	return ask(list, at, err);
}
