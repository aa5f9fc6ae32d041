/* EPERM of who would change sets of capabilities: what was asked for, by what the process had. capset(2), PR_CAP_AMBIENT(2const),
 * PR_CAPBSET_DROP(2const), capabilities(7). */
#include "advice/calls/refusing.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "base/message.h"
#include "base/process/strait.h"
#include "base/text.h"
#include "ops/privilege/capability.h"
#include "snapshot/snapshot.h"

bool sets_bounds(const struct refused *at)
{
	return at->args[0] == PR_CAPBSET_DROP || at->args[0] == PR_SET_SECUREBITS;
}

/* The capabilities wall where the child does not have them either; else the program has given them up itself. */
static bool blame_sets(uint64_t lacks, uint64_t childs, enum cause_id cause, struct verdict *ret)
{
	cleanup_text struct text names = { 0 };
	bool walled = lacks & ~childs;

	capability_list(lacks, "", ",", &names);
	if (walled)
		text_sayf(ret->fix, "container keeps it with --cap-add %s; undo takes back a step that dropped it", text_of(&names));
	return blame(ret, walled ? WALL_CAPABILITIES : WALLS, cause);
}

static bool by_ambient(const struct refused *at, const struct asked_sets *sets, struct verdict *ret)
{
	uint64_t one = sets->inheritable;
	cleanup_text struct text name = { 0 };

	capability_list(one, "", ",", &name);
	if (!(sets->had_permitted & one)) {
		text_sayf(ret->why, "what is ambient has to be permitted and inheritable, and the permitted set %#llx of the process lacks %s",
			  (unsigned long long)sets->had_permitted, text_of(&name));
		return blame_sets(one, at->child->cap_permitted, CAUSE_CAPS_AMBIENT, ret);
	}
	if (sets->had_inheritable & one) {
		text_sayf(ret->why, "%s is permitted and inheritable: then it is the secure bit no_cap_ambient_raise that forbids it", text_of(&name));
		return blame(ret, WALLS, CAUSE_CAPS_AMBIENT);
	}
	text_sayf(ret->why, "what is ambient has to be permitted and inheritable, and the inheritable set %#llx of the process lacks %s",
		  (unsigned long long)sets->had_inheritable, text_of(&name));
	text_sayf(ret->fix, "setpriv --inh-caps +%s --ambient-caps +%s CMD makes it both", text_of(&name), text_of(&name));
	return blame(ret, WALLS, CAUSE_CAPS_AMBIENT);
}

/* The kernel's own order. */
static bool by_capset(const struct refused *at, const struct asked_sets *sets, struct verdict *ret)
{
	bool may = at->caps & CAPABILITY(CAP_SETPCAP);
	uint64_t bounds = sets->had_inheritable | (may ? sets->bounding : sets->had_permitted & sets->bounding);
	uint64_t inherits = sets->inheritable & ~bounds, permits = sets->permitted & ~sets->had_permitted;
	uint64_t lacks = inherits ? inherits : permits ? permits : sets->effective & ~sets->permitted;
	cleanup_text struct text names = { 0 };

	capability_list(lacks, "", ", ", &names);
	if (sets->anothers) {
		text_say(ret->why, "the call is about another process, and each sets its own capabilities alone");
		return blame(ret, WALLS, CAUSE_CAPS_ANOTHERS);
	}
	if (inherits && (inherits & ~sets->bounding)) {
		text_sayf(ret->why, "it would make inheritable what the bounding set %#llx lacks: %s", (unsigned long long)sets->bounding, text_of(&names));
		return blame_sets(inherits, at->child->cap_bounding, CAUSE_CAPS_INHERITABLE, ret);
	}
	if (inherits) {
		text_sayf(ret->why, "without the capability setpcap it would make inheritable what is not permitted to the process: %s", text_of(&names));
		return blame_sets(inherits, at->child->cap_permitted, CAUSE_CAPS_INHERITABLE, ret);
	}
	if (permits) {
		text_sayf(ret->why, "it asks for what the permitted set %#llx of the process lacks, and no call adds to that: %s",
			  (unsigned long long)sets->had_permitted, text_of(&names));
		return blame_sets(permits, at->child->cap_permitted, CAUSE_CAPS_PERMITTED, ret);
	}
	if (!lacks)
		return false;
	text_sayf(ret->why, "it would make effective what it does not permit: %s", text_of(&names));
	return blame(ret, WALLS, CAUSE_CAPS_EFFECTIVE);
}

bool by_sets(const struct refused *at, struct verdict *ret)
{
	const struct asked_sets *sets = at->strait && at->code == EPERM && at->strait->sets.known ? &at->strait->sets : NULL;

	if (!sets || (at->number != SYS_capset && at->number != SYS_prctl))
		return false;
	return at->number == SYS_prctl ? by_ambient(at, sets, ret) : by_capset(at, sets, ret);
}
