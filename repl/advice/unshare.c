/* Why no namespace can be made: unshare(2), clone(2), namespaces(7). */
#include <errno.h>
#include <sched.h>

#include "advice/question.h"
#include "base/error.h"
#include "base/text.h"
#include "ops/op.h"
#include "snapshot/facts.h"

/* What the site has set against user namespaces of ordinary users. */
static bool forbidden_userns(const struct failure *at, struct error *err)
{
	const char *why = at->facts->no_userns;

	if (at->op->kind != OP_unshare || !(at->op->unshare.flags & CLONE_NEWUSER) || !why[0])
		return false;
	fail_cause(err, CAUSE_USERNS_FORBIDDEN);
	fail_why(err, "user namespaces are forbidden here: %s", why);
	if (at->facts->root)
		fail_fix(err, "!sysctl -w allows them");
	else
		fail_fix(err, "ask root to allow them (sysctl), or run Stave as root");
	return true;
}

bool advise_unshare(const struct failure *at, struct error *err)
{
	static question *const list[] = { forbidden_userns, NULL };

	return ask(list, at, err);
}
