/* Why layers cannot be united: the kernel document Documentation/filesystems/overlayfs.rst. Of most of it the
 * kernel says EINVAL alone. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "advice/question.h"
#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "ops/op.h"
#include "snapshot/facts.h"
#include "snapshot/look.h"
#include "snapshot/snapshot.h"

/* Overlay came to user namespaces with Linux 5.11. */
static bool old_overlay(const struct failure *at, struct error *err)
{
	const struct facts *facts = at->facts;
	bool old = !facts_kernel(facts, 5, 11);

	if (at->op->kind != OP_mount || !at->op->mount.fstype || !old || at->outcome->code != EPERM ||
	    strcmp(at->op->mount.fstype, "overlay") != 0 || !has_own(at, NS_USER))
		return false;
	fail_cause(err, CAUSE_OVERLAY_OLD);
	fail_why(err, "overlay can be mounted in a user namespace since Linux 5.11; this is %s",
		 vis(facts->kernel));
	if (at->facts->root)
		fail_fix(err, "undo takes back unshare user; or use bindmount for a root without layers");
	else
		fail_fix(err, "run Stave as root, or use bindmount for a root without layers");
	return true;
}

static bool layers_on_overlay(const struct failure *at, struct error *err)
{
	const char *data = at->op->kind == OP_mount ? at->op->mount.data : NULL;
	const char *upper = data ? strstr(data, "upperdir=") : NULL;
	char path[1024];

	if (!upper || at->outcome->code != EINVAL)
		return false;
	snprintf(path, sizeof(path), "%.*s", (int)strcspn(upper + 9, ","), upper + 9);
	const struct mount *on = mounts_find(at->child->mounts, path);
	if (!on || strcmp(on->type, "overlay") != 0)
		return false;
	fail_cause(err, CAUSE_OVERLAY_UPPER_OVERLAY);
	fail_why(err, "the writable layer %s is on an overlay, which cannot hold one", vis(path));
	fail_fix(err, "leave out --upper: the writable layer is then made in memory");
	return true;
}

bool advise_overlay(const struct failure *at, struct error *err)
{
	static question *const list[] = { old_overlay, layers_on_overlay, NULL };

	return ask(list, at, err);
}
