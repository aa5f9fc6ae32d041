/* cgroup new and cgroup set: a group and its files by hand, as mkdir(1) and echo(1) do it. */
#include <string.h>

#include "base/list.h"
#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/cgroup/hierarchy.h"
#include "words/cgroup/cgroup.h"

/* A knob of each controller: with no value it asks for the group alone. */
static const struct { enum controller controller; enum knob_id knob; } groups[] = {
	{ CONTROLLER_CPU, KNOB_CPU_QUOTA }, { CONTROLLER_CPUACCT, KNOB_ACCOUNT },
	{ CONTROLLER_MEMORY, KNOB_MEMORY_MAX }, { CONTROLLER_PIDS, KNOB_PIDS_MAX },
	{ CONTROLLER_IO, KNOB_IO_RBPS }, { CONTROLLER_CPUSET, KNOB_CPUSET_CPUS },
	{ CONTROLLER_FREEZER, KNOB_FREEZE },
};

/* Ask for a group where the controller is. */
static int want_group(enum controller controller, struct limits_wanted *wanted, struct error *err)
{
	for (size_t i = 0; i < COUNT(groups); i++)
		if (groups[i].controller == controller)
			return want_limit(wanted, groups[i].knob, NULL, 0, err);
	return 0;
}

/* ---- new ---- */

static bool is_name(const char *s)
{
	return s[0] && strcmp(s, "shell") != 0 && strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == strlen(s);
}

int cgroup_new(const struct context *context, const struct words *words, struct plan *plan,
	       struct error *err)
{
	static const enum controller usual[] = { CONTROLLER_CPU, CONTROLLER_MEMORY, CONTROLLER_PIDS };
	const char *name = words_arg(words, 1), *group = context->session;
	struct limits_wanted wanted = { 0 };

	if (name && !is_name(name)) {
		fail_arg(err, ERR_NAME_INVALID, words, 1, "%s: not a valid name for a group", vis(name));
		return fail_fix(err, "letters, digits, _ and -, without a slash");
	}
	if (name)
		group = arena_print(&plan->arena, "%s-%s", context->session, name);
	for (size_t i = 0; i < COUNT(usual); i++)
		if (check_place(context->facts, usual[i], err) == 0 && want_group(usual[i], &wanted, err) < 0)
			return -1;
	if (!wanted.count)
		return fail_wrap(err, "cgroup");
	if (plan_groups(context, plan, group, &wanted, err) < 0)
		return fail_wrap(err, "cgroup");
	plan->changes = true;
	plan->meaning = arena_print(&plan->arena, _("The kernel has filled the new folder with files. "
		"Nothing is in the group: a process joins it when its PID is written to cgroup.procs, "
		"as by cgroup join %s/%s."),
		context->facts->cgroup[knobs[wanted.list[0].knob].controller].parent, group);
	return 0;
}

/* ---- set ---- */

/* The controller whose file it is; CONTROLLERS for one of every group, as cgroup.max.depth. */
static enum controller controller_of(const char *file)
{
	size_t length = strcspn(file, ".");

	if (length == 5 && strncmp(file, "blkio", 5) == 0)
		return CONTROLLER_IO;
	for (enum controller i = 0; i < CONTROLLERS; i++)
		if (strlen(controller_names[i]) == length && strncmp(controller_names[i], file, length) == 0)
			return i;
	return CONTROLLERS;
}

static enum controller first_own(const struct context *context, struct plan *plan)
{
	for (enum controller i = 0; i < CONTROLLERS; i++)
		if (own_group(context, plan, i))
			return i;
	return CONTROLLER_CPU;
}

/* The one line that the file has now, which undo writes again; NULL for more, or none. */
static const char *line_now(const struct context *context, struct plan *plan, const char *folder,
			    const char *file)
{
	cleanup_text struct text text = { 0 };

	if (eyes_read(context->eyes, path_join(&plan->arena, folder, file), 4096, &text) < 0 || !text.len)
		return NULL;
	size_t length = strcspn(text_of(&text), "\n");
	return length && length + 1 >= text.len ? arena_copyn(&plan->arena, text.s, length) : NULL;
}

static int check_file(const struct words *words, size_t i, const char *file, struct error *err)
{
	static const char *const lists[] = { "cgroup.procs", "cgroup.threads", "tasks" };

	if (strchr(file, '/') || file[0] == '.') {
		fail_arg(err, ERR_ARGUMENT_INVALID, words, i, "%s: not a file of the group", vis(file));
		return fail_fix(err, "the group is the child's own: cgroup set cpu.max=\"20000 100000\"");
	}
	for (size_t n = 0; n < COUNT(lists); n++)
		if (strcmp(lists[n], file) == 0) {
			fail_arg(err, ERR_ARGUMENT_INVALID, words, i, "%s is written by joining", file);
			return fail_fix(err, "cgroup join PATH");
		}
	return 0;
}

static int set_one(const struct context *context, const struct words *words, size_t i, struct plan *plan,
		   struct error *err)
{
	const char *s = words->args[i].s, *equals = strchr(s, '=');
	struct limits_wanted wanted = { 0 };

	if (!equals || equals == s || !equals[1]) {
		fail_arg(err, ERR_ARGUMENT_INVALID, words, i, "expected FILE=VALUE, not %s", vis(s));
		return fail_fix(err, "cgroup set cpu.max=\"20000 100000\" on v2, cpu.cfs_quota_us=20000 on v1");
	}
	const char *file = arena_copyn(&plan->arena, s, (size_t)(equals - s));
	if (check_file(words, i, file, err) < 0)
		return -1;
	enum controller controller = controller_of(file);
	if (controller == CONTROLLERS)
		controller = first_own(context, plan);
	if (want_group(controller, &wanted, err) < 0 || plan_groups(context, plan, NULL, &wanted, err) < 0)
		return fail_wrap(err, "cgroup");
	const char *own = own_group(context, plan, controller);
	const char *folder = own ? own : path_join(&plan->arena, context->facts->cgroup[controller].parent, context->session);
	if (own && !eyes_find(context->eyes, path_join(&plan->arena, folder, file))) {
		fail_arg(err, ERR_CGROUP_FILE, words, i, "the group has no file %s", vis(file));
		return fail_fix(err, "!ls %s", folder);
	}
	plan_write(plan, folder, file, arena_copy(&plan->arena, equals + 1), own ? line_now(context, plan, folder, file) : NULL, 0);
	plan_join_groups(context, plan, NULL, &wanted, false);
	return 0;
}

int cgroup_raw(const struct context *context, const struct words *words, struct plan *plan,
	       struct error *err)
{
	for (size_t i = 1; i < words->count; i++)
		if (set_one(context, words, i, plan, err) < 0)
			return -1;
	plan->changes = true;
	plan->meaning = _("The kernel has read the value. Read the file again to see how the "
			  "kernel took it.");
	return 0;
}
