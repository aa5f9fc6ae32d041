/* Why a call is refused to this process: its capabilities. capabilities(7). */
#include <ctype.h>
#include <errno.h>
#include <sched.h>
#include <sys/capability.h>

#include "advice/question.h"
#include "base/error.h"
#include "base/message.h"
#include "base/text.h"
#include "ops/op.h"
#include "ops/privilege/capability.h"
#include "snapshot/facts.h"
#include "snapshot/snapshot.h"

/* It was taken out of the bounding set: no new namespace but a user namespace brings it back, and
 * where a filter stands not even that. */
static bool given_up(const struct reading *now, int cap, struct error *err)
{
	cleanup_text struct text name = { 0 };

	if (now->cap_bounding >> cap & 1)
		return false;
	capability_list(CAPABILITY(cap), "", "", &name);
	fail_cause(err, CAUSE_CAPS_GIVEN_UP);
	fail_why(err, "it needs the capability %s, which the child has given up: it is not in its "
		 "bounding set", text_of(&name));
	fail_fix(err, "undo takes back the step that dropped it; a container keeps it with --cap-add %s, "
		 "or all with --privileged", text_of(&name));
	return true;
}

/* A capability that the call takes and the child does not have. */
static bool missing_capability(const struct failure *at, struct error *err)
{
	int cap = op_info(at->op->kind)->needs;
	const char *must = at->op->kind == OP_unshare ? _("unshare user first, or together with it") :
			   at->op->kind == OP_chroot  ? _("unshare user first") :
							_("unshare user first, and the namespace after it");
	/* Who begins with all capabilities has given this one up. */
	bool had = at->facts->root || has_own(at, NS_USER);

	if (at->outcome->code != EPERM || !cap || has_cap(at, cap))
		return false;
	if (given_up(at->child, cap, err))
		return true;
	if (at->op->kind == OP_unshare && at->op->unshare.flags == CLONE_NEWUSER)
		return false;
	char *name = cap_to_name(cap);
	for (char *p = name; p && *p; p++)
		*p = (char)toupper((unsigned char)*p);
	fail_cause(err, had ? CAUSE_CAPS_DROPPED : CAUSE_CAPS_MISSING);
	fail_why(err, "it needs %s, which the child lacks in its user namespace (%s)",
		 name ? name : _("a capability"), has_own(at, NS_USER) ? _("its own") : _("the host's"));
	cap_free(name);
	if (had)
		fail_fix(err, "undo takes back the step that gave it up");
	else
		fail_fix(err, "%s; or run Stave as root", must);
	return true;
}

bool advise_capability(const struct failure *at, struct error *err)
{
	static question *const list[] = { missing_capability, NULL };

	return ask(list, at, err);
}
