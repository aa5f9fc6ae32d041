/* The control groups in which replays have theirs, for lines that limit something by them. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "ops/plan.h"
#include "session/experiment/experiment.h"
#include "session/session.h"
#include "shell/acts/why/why.h"
#include "shell/shell.h"
#include "words/plans/cgroup/cgroup.h"

/* A limit by which a group with the controller is asked for. */
static const enum knob_id asks[CONTROLLERS] = {
	[CONTROLLER_CPU] = KNOB_CPU_QUOTA,     [CONTROLLER_CPUACCT] = KNOB_ACCOUNT,   [CONTROLLER_CPUSET] = KNOB_CPUSET_CPUS,
	[CONTROLLER_MEMORY] = KNOB_MEMORY_MAX, [CONTROLLER_PIDS] = KNOB_PIDS_MAX,     [CONTROLLER_IO] = KNOB_IO_RBPS,
	[CONTROLLER_FREEZER] = KNOB_FREEZE,
};

/* Whether one of these switches is a limit by the controller, whichever version calls it so. */
static bool limits(const struct lifts *builds, enum controller controller)
{
	for (size_t i = 0; i < LIFTS_MOST; i++) {
		const char *name = builds->on[i] ? lift_controller(i) : NULL;
		if (name && (strcmp(name, controller_name(controller, 1)) == 0 || strcmp(name, controller_name(controller, 2)) == 0))
			return true;
	}
	return false;
}

int why_grounds(struct shell *shell, const struct lifts *builds, struct grounds *ret, struct error *err)
{
	struct session *session = &shell->session;
	struct limits_wanted wanted = { 0 };
	bool controllers[CONTROLLERS];
	struct plan plan = { 0 };
	struct context context;

	*ret = (struct grounds){ 0 };
	facts_cgroups(&session->facts);
	shell_context(shell, &context);
	for (enum controller i = 0; i < CONTROLLERS; i++) {
		controllers[i] = limits(builds, i);
		if (controllers[i] && want_limit(&wanted, asks[i], NULL, 0, err) < 0)
			return -1;
	}
	const char *name = arena_print(&plan.arena, "%s-try", session->name);
	if (!wanted.count || plan_groups(&context, &plan, name, &wanted, err) < 0) {
		plan_done(&plan);
		return wanted.count ? -1 : 0;
	}
	return grounds_make(session, &plan, name, controllers, ret, err);
}

void add_groundless(const struct error *err, struct text *ret)
{
	text_say(ret, "the sandbox has no control groups");
	text_addf(ret, "%s%s", err->what[0] ? ": " : "", err->what);
	text_addf(ret, "%s%s", err->code ? ": " : "", err->code ? errno_name(err->code) : "");
	text_addf(ret, "%s%s", err->why[0] ? "; " : "", err->why);
}
