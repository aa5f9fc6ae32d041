/* nonewprivs: no execve(2) gives more privilege than there is. */
#include "words/plans/plans.h"

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	(void)words, (void)err;
	plan->changes = true;
	if (context->child->no_new_privs) {
		plan->meaning = "no_new_privs is on already.";
		return 0;
	}
	plan_add(plan, OP_no_new_privs);
	plan->meaning = "The setuid bit and the capabilities of a program's file are without effect from "
			"now on, for this process and all that descend from it. It cannot be taken off, "
			"and it is what lets an ordinary user load a seccomp filter.";
	return 0;
}

const struct command command_nonewprivs = {
	.name = "nonewprivs", .kind = BUILDS, .group = GROUP_WALLS, .host_safe = true,
	.summary = "let no program gain privilege by its file: setuid bits, file capabilities",
	.explain = "A program whose file has a setuid bit or capabilities gets more from execve(2) than who "
		"started it has. With no_new_privs it gets no more, whatever its file says. The bit is "
		"inherited and stays: prctl(2), PR_SET_NO_NEW_PRIVS. A seccomp filter takes either this or "
		"CAP_SYS_ADMIN, or a filter could fool a setuid program.",
	.example = "nonewprivs\nrun grep NoNewPrivs /proc/self/status",
	.build = build,
};
