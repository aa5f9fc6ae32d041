/* The groups of the host's in which sandboxes have theirs: made once, before the first replay. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "ops/plan.h"
#include "session/experiment/experiment.h"
#include "session/inside.h"
#include "session/session.h"

/* The shell's own calls alone: nothing is said to a child. */
static int perform(struct session *session, struct step *step, struct error *err)
{
	step_unfold(step);
	for (size_t i = 0; i < step->plan.count; i++) {
		const struct planned *planned = &step->plan.ops[i];
		const struct op_stage stage = { .proc = -1, .quiet = true };
		struct op_outcome *outcome = &step->outcomes[i];
		int noted = step_note_making(session, step, i, NULL);
		if (noted < 0) {
			*err = *step_error(step);
			return -1;
		}
		int failed = op_run(&planned->op, &stage, outcome);
		if (noted)
			step_note_made(session, step, i, NULL, failed < 0 ? MADE_NOT : MADE_IT);
		if (failed < 0 && !(planned->flags & PLAN_MAY_FAIL) &&
		    !((planned->flags & PLAN_MAY_EXIST) && outcome->code == EEXIST)) {
			cleanup_text struct text call = { 0 };
			op_say(&planned->op, 0, &call);
			fail(err, outcome->code, "%s", text_of(&call));
			return outcome->detail[0] ? fail_why(err, "%s", outcome->detail) : -1;
		}
	}
	return 0;
}

static struct ground *ground_at(struct grounds *grounds, const struct cgroup_place *place)
{
	size_t i = 0;

	while (i < grounds->count && strcmp(grounds->list[i].mount, place->mount) != 0)
		i++;
	return &grounds->list[i];
}

/* A new group of v1's cpuset has neither processors nor memory, and takes nobody. */
static void inherit_cpuset(const struct ground *ground)
{
	static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };
	cleanup_arena struct arena arena = { 0 };

	for (size_t i = 0; i < 2; i++) {
		cleanup_text struct text value = { 0 };
		const char *above = path_join(&arena, path_parent(&arena, ground->folder), files[i]);
		if (read_file(AT_FDCWD, above, 4096, &value) == 0)
			write_control(AT_FDCWD, path_join(&arena, ground->folder, files[i]), text_of(&value));
	}
	write_control(AT_FDCWD, path_join(&arena, ground->folder, "cgroup.clone_children"), "1");
}

/* What the groups in it are given. */
static int furnish(const struct ground *ground, enum controller controller, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };

	if (ground->version == 1 && controller == CONTROLLER_CPUSET)
		inherit_cpuset(ground);
	if (ground->version == 1)
		return 0;
	const char *file = path_join(&arena, ground->folder, "cgroup.subtree_control");
	if (write_control(AT_FDCWD, file, arena_print(&arena, "+%s", controller_names[controller])) == 0)
		return 0;
	return fail(err, errno, "write +%s to %s", controller_names[controller], vis(file));
}

static int take(const struct cgroup_place *place, enum controller controller, const char *name, struct grounds *ret,
		struct error *err)
{
	struct ground *ground = ground_at(ret, place);
	size_t used = strlen(ground->controllers);

	if (ground == &ret->list[ret->count]) {
		ret->count++;
		ground->version = place->version;
		snprintf(ground->folder, sizeof(ground->folder), "%s/%s", place->parent, name);
		strcpy(ground->mount, place->mount);
	}
	snprintf(ground->controllers + used, sizeof(ground->controllers) - used, "%s%s", used ? "," : "",
		 controller_name(controller, place->version));
	return furnish(ground, controller, err);
}

int grounds_make(struct session *session, struct plan *plan, const char *name, const bool controllers[CONTROLLERS],
		 struct grounds *ret, struct error *err)
{
	/* The janitor takes them back after a shell that is killed. */
	int failed = session_janitor(session, false, err);

	*ret = (struct grounds){ .made = step_new(session, "why --try", plan) };
	if (failed == 0)
		failed = perform(session, ret->made, err);
	for (enum controller i = 0; failed == 0 && i < CONTROLLERS; i++)
		/* cpu and cpuacct are often one hierarchy, which has to be asked for as a whole. */
		if (controllers[i] || (i == CONTROLLER_CPUACCT && controllers[CONTROLLER_CPU] &&
				       strcmp(session->facts.cgroup[i].mount, session->facts.cgroup[CONTROLLER_CPU].mount) == 0 &&
				       session->facts.cgroup[i].version == 1))
			failed = take(&session->facts.cgroup[i], i, name, ret, err);
	if (failed < 0)
		grounds_remove(session, ret);
	return failed;
}

void grounds_remove(struct session *session, struct grounds *grounds)
{
	cleanup_text struct text ignored = { 0 };

	if (grounds->made) {
		step_take_back(session, grounds->made, &ignored);
		step_free(grounds->made);
	}
	*grounds = (struct grounds){ 0 };
}
