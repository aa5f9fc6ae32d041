/* seccomp learn, audit, export, rm: profiles of what programs call. */
#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>

#include "base/message.h"
#include "base/text.h"
#include "base/show/table.h"
#include "image/eyes.h"
#include "ops/privilege/capability.h"
#include "trace/trace.h"
#include "words/plans/privilege/profile.h"
#include "words/plans/privilege/seccomp.h"
#include "words/wall/seccomp.h"

#define DOCKER "docker"

int seccomp_list(const struct context *context, struct text *ret, struct error *err)
{
	static const char *const head[] = { N_("PROFILE"), N_("CALLS"), N_("RUNS"), NULL };
	struct table table = { .columns = 3, .right = 1 << 1 | 1 << 2 };
	struct profiles profiles;

	if (seen_profiles(context->store, &profiles, err) < 0)
		return -1;
	if (profiles.count) {
		table_head(&table, head);
		for (size_t i = 0; i < profiles.count; i++) {
			table_add(&table, "%s", profiles.list[i].name);
			table_add(&table, "%zu", profile_count(&profiles.list[i]));
			table_add(&table, "%llu", (unsigned long long)profiles.list[i].runs);
		}
		table_print(&table, context->color, 1, 0, ret);
	}
	profiles_done(&profiles);
	return 0;
}

/* ---- running ---- */

/* The kernel stops the program for the tracer at each call, once; without a filter at its end as well. A filter of the
 * child's own outranks it, and what that refuses would go by unseen. */
static void choose_all(const struct context *context, struct plan *plan)
{
	static const struct sock_filter all[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE) };

	if (context->child->seccomp != 2)
		plan_stops(context, plan, all, sizeof(all));
}

/* A filter's own answer outranks a listener's, and what it refuses the listener would not hear of. */
static const char *why_unheard(const struct reading *child)
{
	if (child->seccomp == 2)
		return N_("the child has a filter, which answers before a listener is asked");
	if (!child->no_new_privs && !(child->cap_effective & CAPABILITY(CAP_SYS_ADMIN)))
		return N_("the child has neither no_new_privs nor sys_admin, one of which a listener needs");
	return NULL;
}

static int plan_counted(const struct context *context, const struct words *words, struct plan *plan,
			struct trace_wish *wish, struct learning *learns, struct error *err)
{
	wish->counts = true;
	learns->unheard = why_unheard(context->child);
	learns->listens = words_flag(words, "--listener");
	plan_way(words, plan);
	plan->traced = wish;
	plan->learns = learns;
	plan->same_as = "";
	if (plan_program(context, plan, OP_spawn, words, 2, err) < 0)
		return -1;
	choose_all(context, plan);
	return 0;
}

static int check_profile_name(const struct words *words, size_t i, struct error *err)
{
	const struct word *word = &words->args[i];

	if (check_name(words, word->s, word->column, err) < 0)
		return -1;
	if (!seccomp_is_action(word->s))
		return 0;
	return fail_arg(err, ERR_NAME_INVALID, words, i, "%s: this name has a meaning of its own", word->s);
}

int seccomp_learn(const struct context *context, const struct words *words, struct plan *plan, struct error *err)
{
	struct trace_wish *wish = arena_new(&plan->arena, sizeof(*wish));
	struct learning *learns = arena_new(&plan->arena, sizeof(*learns));
	struct profile grown;

	if (check_profile_name(words, 1, err) < 0)
		return -1;
	learns->profile = arena_copy(&plan->arena, words->args[1].s);
	learns->fresh = words_flag(words, "--fresh");
	/* What cannot be added to is refused before the program runs, not after. */
	if (!learns->fresh && find_profile(context, words, 1, learns->profile, &grown, err) < 0 && err->code != ENOENT)
		return -1;
	*err = (struct error){ 0 };
	return plan_counted(context, words, plan, wish, learns, err);
}

/* The filter that word 1 names, in arena, and what it is called. */
static const struct sock_filter *find_filter(const struct context *context, const struct words *words,
					     enum besides whose, struct arena *arena, size_t *count,
					     const char **policy, struct error *err)
{
	struct profile profile;
	size_t added;

	*policy = arena_copy(arena, words->args[1].s);
	if (strcmp(*policy, DOCKER) == 0)
		return compile_docker(seccomp_caps(context->child), arena, count);
	if (find_profile(context, words, 1, *policy, &profile, err) < 0)
		return NULL;
	return profile_filter(&profile, whose, arena, count, &added);
}

int seccomp_audit(const struct context *context, const struct words *words, struct plan *plan, struct error *err)
{
	struct trace_wish *wish = arena_new(&plan->arena, sizeof(*wish));
	struct learning *learns = arena_new(&plan->arena, sizeof(*learns));

	wish->filter = find_filter(context, words, BESIDES_CHILD, &plan->arena, &wish->filter_count, &learns->policy, err);
	learns->admin = strcmp(words->args[1].s, DOCKER) == 0 && (seccomp_caps(context->child) & CAPABILITY(CAP_SYS_ADMIN));
	return wish->filter ? plan_counted(context, words, plan, wish, learns, err) : -1;
}

/* ---- files ---- */

const struct choice seccomp_forms[] = {
	{ "docker", "JSON for --security-opt seccomp=FILE" }, { "oci", "linux.seccomp of a config.json" },
	{ "bpf", "for bwrap --seccomp" },
	{ 0 }
};

int seccomp_export(const struct context *context, const struct words *words, struct plan *plan, struct error *err)
{
	const char *policy, *form = words->args[2].s;
	struct profile profile;
	size_t count;

	plan->child = PLAN_ASIDE;
	struct op *op = plan_add(plan, OP_export_file);
	op->export_file.path = arena_copy(&plan->arena, words->args[3].s);
	if (strcmp(form, "bpf") == 0) {
		const struct sock_filter *filter = find_filter(context, words, BESIDES_RUNTIME, &plan->arena, &count, &policy, err);
		op->export_file.bytes = (struct op_bytes){ filter, count * sizeof(*filter) };
		return filter ? 0 : -1;
	}
	bool docker = strcmp(words->args[1].s, DOCKER) == 0;
	if (!docker && find_profile(context, words, 1, words->args[1].s, &profile, err) < 0)
		return -1;
	const char *text = profile_json(docker ? NULL : &profile, seccomp_caps(context->child), strcmp(form, "oci") == 0,
					&plan->arena);
	op->export_file.bytes = (struct op_bytes){ text, strlen(text) };
	return 0;
}

int seccomp_remove(const struct context *context, const struct words *words, struct plan *plan, struct error *err)
{
	struct profile profile;
	char store[4000];

	plan->child = PLAN_ASIDE;
	if (seen_place(context->store, store, sizeof(store), err) < 0)
		return -1;
	for (size_t i = 1; i < words->count; i++) {
		/* One that cannot be read may go too. */
		if (find_profile(context, words, i, words->args[i].s, &profile, err) < 0 && err->code == ENOENT)
			return -1;
		plan_add(plan, OP_profile_remove)->profile_remove.path =
			profile_path(store, words->args[i].s, &plan->arena);
	}
	return 0;
}
