/* Why a call is refused to this process: its capabilities, and the filters that check its calls. capabilities(7),
 * seccomp(2). */
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

/* Nothing else stands in its way but a filter. */
static bool filtered(const struct failure *at, struct error *err)
{
	if ((at->outcome->code != EPERM && at->outcome->code != ENOSYS) || at->child->seccomp != 2 ||
	    !op_info(at->op->kind)->needs)
		return false;
	/* One that was there before the child is no step's. */
	if (at->host->seccomp == 2 && at->child->filters == at->host->filters) {
		fail_cause(err, CAUSE_SECCOMP_OUTER);
		fail_why(err, "a seccomp filter around this shell checks its system calls, and may be rejecting the call");
		fail_fix(err, "start Stave outside of it: --security-opt seccomp=unconfined with docker and podman");
		return true;
	}
	fail_cause(err, CAUSE_SECCOMP_OWN);
	fail_why(err, "a seccomp filter checks the child's system calls, and may be rejecting the call");
	fail_fix(err, "seccomp show %s shows which rule applies; undo takes the filter back",
		 op_info(at->op->kind)->name);
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

bool advise_filter(const struct failure *at, struct error *err)
{
	static question *const list[] = { filtered, NULL };

	return ask(list, at, err);
}
