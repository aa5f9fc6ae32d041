/* cgroup cpu QUOTA [PERIOD], cgroup show, cgroup rm: limits on the child. */
#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "commands/build_container.h"
#include "snapshot/limits.h"
#include "snapshot/process.h"

static const char *const verbs[] = { "cpu", "show", "rm", NULL };

static const struct arg_spec args[] = {
	{ "WHAT", WORD_CHOICE, .choices = verbs },
	{ "QUOTA", WORD_TEXT, .optional = true, .means = "microseconds of CPU time in each period; or 20%, 1.5cpus, max" },
	{ "PERIOD", WORD_TEXT, .optional = true, .means = "microseconds, 1000 to 1000000; 100000 when left out" },
	{ 0 }
};

static const enum controller shown[] = { CONTROLLER_CPU, CONTROLLER_MEMORY, CONTROLLER_PIDS };
enum { SHOWN = sizeof(shown) / sizeof(shown[0]) };

static bool is_verb(const struct words *words, const char *verb)
{
	return strcmp(words->args[0].s, verb) == 0;
}

/* ---- programs of the child's that run already ---- */

/* Those the child has started move with it; whoever is gone by then is passed over. */
static void plan_move_others(const struct context *context, struct plan *plan, const char *file)
{
	struct processes processes;
	cleanup_fd int proc = context->pid ? open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (proc < 0 || processes_take(proc, context->pid, &processes) < 0)
		return;
	for (size_t i = 0; i < processes.count; i++) {
		if (processes.list[i].pid == context->pid)
			continue;
		struct op *op = plan_add_with(plan, OP_control, PLAN_MAY_FAIL);
		op->control.path = file;
		op->control.value = arena_print(&plan->arena, "%d", processes.list[i].pid);
	}
	processes_done(&processes);
}

/* ---- cpu ---- */

static const char *meaning_of_cpu(const struct context *context, struct plan *plan,
				  const struct limits_wanted *wanted)
{
	uint64_t quota = 0, period = 100000;
	bool v1 = context->facts->cgroup[CONTROLLER_CPU].version == 1;
	const char *files = v1 ? "cpu.cfs_quota_us and cpu.cfs_period_us are cgroup v1's; v2 has both in cpu.max" :
				 "cpu.max is cgroup v2's; v1 has cpu.cfs_quota_us and cpu.cfs_period_us";

	if (!parse_number(wanted->cpu_quota, &quota))
		return arena_print(&plan->arena, "The child may use all the CPU time it gets. %s. What was "
				   "written has been read back.", files);
	parse_number(wanted->cpu_period, &period);
	return arena_print(&plan->arena, "In each %s us the child and its programs together may run for %s "
			   "us, %.4g %% of one CPU; then they wait for the next period. %s. What was written "
			   "has been read back.", wanted->cpu_period, wanted->cpu_quota,
			   100.0 * (double)quota / (double)period, files);
}

static int build_cpu(const struct context *context, const struct words *words, struct plan *plan,
		     struct error *err)
{
	const struct cgroup_place *place = &context->facts->cgroup[CONTROLLER_CPU];
	struct limits_wanted wanted = { 0 };

	if (words->count < 2) {
		fail(err, 0, "cgroup: QUOTA is missing");
		return fail_fix(err, "cgroup cpu 20000, or cgroup cpu 20%%");
	}
	if (parse_cpu(plan, words->args[1].s, words_arg(words, 2), &wanted, err) < 0) {
		err->column = words->args[1].column;
		return fail_wrap(err, "cgroup");
	}
	if (plan_groups(context, plan, context->session, &wanted, err) < 0)
		return fail_wrap(err, "cgroup");
	plan_join_groups(context, plan, context->session, &wanted, false);
	plan_move_others(context, plan, arena_print(&plan->arena, "%s/%s/cgroup.procs", place->parent,
						    context->session));
	plan->changes = true;
	plan->meaning = meaning_of_cpu(context, plan, &wanted);
	return 0;
}

/* ---- rm ---- */

/* Where processes of a group that goes are to be: the group above, or on v2 the shell's leaf when
 * that has controllers to hand down. */
static const char *way_out(const struct context *context, struct plan *plan,
			   const struct cgroup_place *place)
{
	const char *leaf = arena_print(&plan->arena, "%s/%s-shell", place->parent, context->session);
	const char *file = place->version == 1 ? "tasks" : "cgroup.procs";
	cleanup_text struct text ignored = { 0 };

	if (place->version == 2 &&
	    read_file(AT_FDCWD, path_join(&plan->arena, leaf, file), 1 << 20, &ignored) == 0)
		return path_join(&plan->arena, leaf, file);
	return path_join(&plan->arena, place->parent, file);
}

static bool is_in_ours(const struct context *context, enum controller controller)
{
	const struct cgroup_place *place = &context->facts->cgroup[controller];
	const char *path = cgroup_of(context->child, place, controller);

	return path && strcmp(path_name(path), context->session) == 0;
}

static int build_rm(const struct context *context, const struct words *words, struct plan *plan,
		    struct error *err)
{
	const char *done = "";

	for (size_t i = 0; i < SHOWN; i++) {
		const struct cgroup_place *place = &context->facts->cgroup[shown[i]];
		if (!is_in_ours(context, shown[i]) || strcmp(place->parent, done) == 0)
			continue;
		const char *out = way_out(context, plan, place);
		struct op *op = plan_add(plan, OP_attach);
		op->attach.file.path = out;
		op->attach.file.flags = O_WRONLY;
		plan_move_others(context, plan, out);
		op = plan_add(plan, OP_cgroup_rmdir);
		op->cgroup_rmdir.path = path_join(&plan->arena, place->parent, context->session);
		done = place->parent;
	}
	if (!plan->count) {
		fail_arg(err, words, 0, "the child has no control group of its own");
		return fail_fix(err, "cgroup cpu 20000 makes one");
	}
	plan->changes = true;
	plan->meaning = "The child is back in the group it came from, and its limits are gone with the folder.";
	return 0;
}

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	if (is_verb(words, "cpu"))
		return build_cpu(context, words, plan, err);
	if (words->count > 1)
		return fail_arg(err, words, 1, "%s takes no more arguments", words->args[0].s);
	return build_rm(context, words, plan, err);
}

/* ---- show ---- */

/* The files of a limit: v1's name and v2's, and what each tells. */
static const struct { enum controller controller; const char *v1, *v2; } files[] = {
	{ CONTROLLER_CPU, "cpu.cfs_quota_us", "cpu.max" },
	{ CONTROLLER_CPU, "cpu.cfs_period_us", NULL },
	{ CONTROLLER_CPU, "cpu.stat", "cpu.stat" },
	{ CONTROLLER_MEMORY, "memory.limit_in_bytes", "memory.max" },
	{ CONTROLLER_MEMORY, "memory.usage_in_bytes", "memory.current" },
	{ CONTROLLER_PIDS, "pids.max", "pids.max" },
	{ CONTROLLER_PIDS, "pids.current", "pids.current" },
};

/* One file and what is in it, its lines with ", " between. */
static void show_file(const char *folder, const char *name, const char *other, struct text *ret)
{
	cleanup_arena struct arena arena = { 0 };
	cleanup_text struct text content = { 0 };
	char *save = NULL;

	if (read_file(AT_FDCWD, path_join(&arena, folder, name), 1 << 16, &content) < 0 || !content.len)
		return;
	text_addf(ret, "  %-22s ", name);
	size_t before = ret->len;
	for (char *line = strtok_r(content.s, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		text_addf(ret, "%s%s", ret->len > before ? ", " : "", vis(line));
	if (other && strcmp(other, name) != 0)
		text_addf(ret, "   (%s)", other);
	text_add(ret, "\n");
}

static void show_group(const struct context *context, enum controller controller,
		       struct text *ret)
{
	const struct cgroup_place *place = &context->facts->cgroup[controller];
	const char *path = cgroup_of(context->child, place, controller);
	const char *hosts = cgroup_of(context->host, place, controller);
	bool v1 = place->version == 1;
	char folder[512];

	if (!path) {
		text_addf(ret, "%s: no hierarchy of this host has it\n", controller_names[controller]);
		return;
	}
	bool seen = cgroup_folder(place, path, folder, sizeof(folder));
	text_addf(ret, "%s: %s on cgroup v%d, %s\n", controller_names[controller],
		  vis(seen ? folder : path), place->version,
		  hosts && strcmp(hosts, path) == 0 ? "the shell's own group" : "a group of its own");
	for (size_t i = 0; seen && i < sizeof(files) / sizeof(files[0]); i++) {
		const char *name = v1 ? files[i].v1 : files[i].v2;
		if (files[i].controller == controller && name)
			show_file(folder, name, v1 ? files[i].v2 : files[i].v1, ret);
	}
}

static int look(const struct context *context, const struct words *words, struct text *ret,
		struct error *err)
{
	if (words->count > 1)
		return fail_arg(err, words, 1, "show takes no more arguments");
	for (size_t i = 0; i < SHOWN; i++)
		show_group(context, shown[i], ret);
	return 0;
}

static bool only_looks(const struct words *words)
{
	return is_verb(words, "show");
}

static unsigned needs(const struct words *words)
{
	(void)words;
	return NEEDS_CGROUPS;
}

const struct command command_cgroup = {
	.name = "cgroup", .kind = BUILDS, .group = GROUP_WALLS, .host_safe = true,
	.summary = "limit what the child may use",
	.explain = "Namespaces decide what a process sees, control groups what it may use. A group is a folder "
		"in /sys/fs/cgroup: mkdir makes one and the kernel fills it with files. A limit is a value "
		"written to one of them, and a process joins by writing to cgroup.procs (or, on v1, tasks). "
		"docker makes one group for each container.\n\n"
		"cgroup cpu QUOTA [PERIOD] gives the child and all that it starts QUOTA microseconds of CPU "
		"time in each PERIOD, as the kernel counts it; 20% and 1.5cpus are worked out from that, and "
		"max takes the limit away (v1 writes -1 for it). The group is made on the host and taken back "
		"with the step. cgroup show reads the child's groups; cgroup rm leaves and removes them.",
	.example = "cgroup cpu 20000\nspawn sh -c \"while :; do :; done\"\ncgroup show\ncgroup rm",
	.args = args, .needs = needs, .only_looks = only_looks, .build = build, .look = look,
};
