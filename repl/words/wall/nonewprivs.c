/* nonewprivs: no execve(2) gives more privilege than there is. */
#include "base/message.h"
#include "words/plans/plans.h"

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	(void)words, (void)err;
	plan->changes = true;
	if (context->child->no_new_privs) {
		plan->meaning = _("no_new_privs is on already.");
		return 0;
	}
	plan_add(plan, OP_no_new_privs);
	plan->meaning = _("The setuid bit and the capabilities of a program's file have no effect from "
			"now on, for this process and all its descendants. It cannot be cleared, "
			"and it allows an ordinary user to load a seccomp filter.");
	return 0;
}

const struct command command_nonewprivs = {
	.name = "nonewprivs", .kind = BUILDS, .stage = STAGE_PRIVILEGE, .group = GROUP_WALLS, .host_safe = true,
	.summary = "stop programs from gaining privilege by their file: setuid, capabilities",
	.explain = "A program whose file has a setuid bit or capabilities gets more from "
		"execve(2) than its caller has. With no_new_privs it gets no more, whatever its "
		"file says. The bit is inherited and cannot be cleared: prctl(2), "
		"PR_SET_NO_NEW_PRIVS. Loading a seccomp filter requires either this bit or "
		"CAP_SYS_ADMIN; otherwise a filter could mislead a setuid program.",
	.example = "nonewprivs\nrun grep NoNewPrivs /proc/self/status",
	.build = build,
};
