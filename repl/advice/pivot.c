/* Why a mount cannot become the root: pivot_root(2). */
#include <errno.h>
#include <string.h>

#include "advice/question.h"
#include "base/error.h"
#include "base/text.h"
#include "ops/op.h"
#include "snapshot/snapshot.h"

static bool bad_pivot(const struct failure *at, struct error *err)
{
	if (at->op->kind != OP_pivot_root || at->outcome->code != EINVAL || !at->child->mounts)
		return false;
	if (!mounts_at(at->child->mounts, "/")) {
		fail_cause(err, CAUSE_PIVOT_ROOT_NO_MOUNT);
		fail_why(err, "the current root is not a mount point: chroot has put it inside a mount");
		fail_fix(err, "undo the chroot, then pivot");
		return true;
	}
	const struct mount *root = mounts_at(at->child->mounts, "/");
	if (strcmp(root->type, "rootfs") == 0) {
		fail_cause(err, CAUSE_PIVOT_INITRAMFS);
		fail_why(err, "the current root is the initramfs, which cannot be moved");
		fail_fix(err, "chroot DIR, as switch_root does");
		return true;
	}
	return false;
}

bool advise_pivot(const struct failure *at, struct error *err)
{
	static question *const list[] = { bad_pivot, NULL };

	return ask(list, at, err);
}
