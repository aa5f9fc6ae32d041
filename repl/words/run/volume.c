/* volume: folders that stay when containers go. docker volume. */
#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <time.h>

#include "base/list.h"
#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "base/show/table.h"
#include "image/eyes.h"
#include "image/volume.h"
#include "words/plans/plans.h"

/* ---- looking ---- */

static const char *created(const struct volume *volume, const char *format, char *ret, size_t size)
{
	time_t when = (time_t)volume->created;
	struct tm tm;

	if (!localtime_r(&when, &tm) || !strftime(ret, size, format, &tm))
		return "?";
	return ret;
}

static int look_list(const struct context *context, const struct words *words, struct text *ret,
		     struct error *err)
{
	static const char *const head[] = { N_("CREATED"), N_("USED BY"), N_("VOLUME"), NULL };
	struct table table = { .columns = 3 };
	struct volumes volumes;
	char when[64];

	if (seen_volumes(context->store, &volumes, err) < 0)
		return -1;
	if (words_flag(words, "--quiet")) {
		for (size_t i = 0; i < volumes.count; i++)
			text_addf(ret, "%s\n", volumes.list[i].name);
	} else if (!volumes.count) {
		text_say(ret, " no volumes; volume create NAME makes one, and so does container -v NAME:/DIR\n");
	} else {
		table_head(&table, head);
		for (size_t i = 0; i < volumes.count; i++) {
			const struct volume *volume = &volumes.list[i];
			table_add(&table, "%s", created(volume, "%Y-%m-%d %H:%M", when, sizeof(when)));
			if (volume->user)
				table_add(&table, "process %d", volume->user);
			else
				table_add(&table, volume->used ? "somebody" : "-");
			table_add(&table, "%s", volume->name);
		}
		table_print(&table, context->color, 1, 0, ret);
	}
	volumes_done(&volumes);
	return 0;
}

/* As docker volume inspect prints it; UsedBy is Stave's own. */
static int look_inspect(const struct context *context, const struct words *words, struct text *ret,
			struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	json_t *list = json_array();

	for (size_t i = 1; i < words->count; i++) {
		struct volume volume;
		char when[64];
		if (seen_volume(context->store, words->args[i].s, &arena, &volume, err) < 0) {
			err->column = words->args[i].column;
			json_decref(list);
			return -1;
		}
		created(&volume, "%Y-%m-%dT%H:%M:%S%z", when, sizeof(when));
		json_array_append_new(list, json_pack(
			"{s:s, s:s, s:n, s:s, s:s, s:n, s:s, s:b, s:i}", "CreatedAt", when, "Driver", "local",
			"Labels", "Mountpoint", volume.data, "Name", volume.name, "Options", "Scope",
			"local", "Anonymous", volume.anonymous, "UsedBy", (int)volume.user));
	}
	char *text = json_dumps(list, JSON_INDENT(4));
	json_decref(list);
	if (!text)
		return fail_id(err, ERR_STORE_PLACE, EILSEQ, "the path of the store is not UTF-8, which JSON requires");
	text_addf(ret, "%s\n", text);
	free(text);
	return 0;
}

/* ---- changing the store ---- */

static int build_create(const struct context *context, const struct words *words, struct plan *plan,
			struct error *err)
{
	const char *name = words->count > 1 ? arena_copy(&plan->arena, words->args[1].s) :
					      volume_fresh_name(&plan->arena);

	if (!volume_is_name(name)) {
		fail_arg(err, ERR_NAME_INVALID, words, 1, "%s: not a valid name for a volume", vis(name));
		return fail_why(err, "a name has two or more letters, digits, _ . or -, and begins with a letter or digit");
	}
	struct volume there;
	struct error missing;
	const char *folder = seen_volume_folder(context->store, name, &plan->arena, err);
	if (!folder)
		return -1;
	if (seen_volume(context->store, name, &plan->arena, &there, &missing) == 0) {
		plan->meaning = arena_print(&plan->arena, _("The volume %s exists already; nothing was done."), name);
		return 0;
	}
	if (missing.code != ENOENT) {
		*err = missing;
		return -1;
	}
	plan_add(plan, OP_volume_make)->volume_make.path = folder;
	plan->same_as = arena_print(&plan->arena, "docker volume create %s", name);
	plan->meaning = arena_print(&plan->arena, _("The volume %s is an empty folder of the store, %s/_data. It stays until volume rm; container -v %s:/DIR shows it."),
				    name, vis(folder), name);
	return 0;
}

static int refuse_used(const struct volume *volume, struct error *err)
{
	fail_id(err, ERR_VOLUME_USED, EBUSY, "the volume %s is in use", volume->name);
	if (volume->user)
		fail_why(err, "process %d, a shell like this one, has a container that uses it", volume->user);
	return fail_fix(err, "end the container first: jobs and kill, or reset");
}

/* A volume's folder is what its data lie in. */
static void plan_remove(struct plan *plan, const struct volume *volume, unsigned how)
{
	plan_add_with(plan, OP_volume_remove, how)->volume_remove.path = path_parent(&plan->arena, volume->data);
}

static int build_remove(const struct context *context, const struct words *words, struct plan *plan,
			struct error *err)
{
	for (size_t i = 1; i < words->count; i++) {
		struct volume volume = { 0 };
		if ((seen_volume(context->store, words->args[i].s, &plan->arena, &volume, err) < 0 && !volume.cut) ||
		    (volume.used && refuse_used(&volume, err) < 0)) {
			err->column = words->args[i].column;
			return -1;
		}
		plan_remove(plan, &volume, 0);
	}
	return 0;
}

/* docker's rule since 23.0: what was given a name stays, unless all are meant. */
static int build_prune(const struct context *context, const struct words *words, struct plan *plan,
		       struct error *err)
{
	bool all = words_flag(words, "--all");
	struct volumes volumes;
	size_t named = 0;

	if (seen_volumes(context->store, &volumes, err) < 0)
		return -1;
	for (size_t i = 0; i < volumes.count; i++) {
		const struct volume *volume = &volumes.list[i];
		named += !volume->used && !volume->anonymous && !all;
		if (!volume->used && (volume->anonymous || all))
			plan_remove(plan, volume, PLAN_MAY_FAIL);
	}
	volumes_done(&volumes);
	if (plan->count && !words_flag(words, "--force"))
		plan->ask = arena_print(&plan->arena, all ?
			message_of(plan->count,
				   "This removes %zu volume that no container uses, and everything in it.",
				   "This removes %zu volumes that no container uses, and everything in them.") :
			message_of(plan->count,
				   "This removes %zu volume that no container uses and that you have not named, "
				   "and everything in it.",
				   "This removes %zu volumes that no container uses and that you have not named, "
				   "and everything in them."),
					plan->count);
	if (!plan->count && !named)
		plan->meaning = _("There is nothing to remove.");
	else if (named)
		plan->meaning = arena_print(&plan->arena, message_of(named,
			"%zu unused volume that you have named stays: --all removes it too.",
			"%zu unused volumes that you have named stay: --all removes them too."), named);
	return 0;
}

/* ---- the words ---- */

static const struct arg_spec create_args[] = {
	{ "NAME", WORD_TEXT, .optional = true, .means = "a fresh one when left out" },
	{ 0 }
}, names_args[] = {
	{ "NAME", WORD_TEXT, .offers = OFFERS_VOLUMES, .many = true, .distinct = true, .means = "volumes; volume ls lists them" },
	{ 0 }
};

static const struct choice choices[] = {
	{ "create", N_("make one"), REACH_STORE, create_args, build_create },
	{ "ls", N_("the volumes"), REACH_CHILD, no_args, .look = look_list, .bare = true },
	{ "inspect", "where they are and who uses them", REACH_CHILD, names_args, .look = look_inspect },
	{ "rm", "remove them, and everything in them", REACH_STORE, names_args, build_remove },
	{ "prune", "remove those that no container uses", REACH_STORE, no_args, build_prune },
	{ 0 }
};

static const struct flag_spec flags[] = {
	{ "--quiet", 'q', NULL, .of = "ls", .means = "the names alone" },
	{ "--all", 'a', NULL, .of = "prune", .means = "also volumes that you have named" },
	{ "--force", 'f', NULL, .of = "prune", .means = "do not ask" },
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "ACTION", WORD_CHOICE, .optional = true, .choices = choices },
	{ 0 }
};

static int look(const struct context *context, const struct words *words, struct text *ret,
		struct error *err)
{
	return words->choice->look(context, words, ret, err);
}

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	plan->child = PLAN_ASIDE;
	return words->choice->build(context, words, plan, err);
}

static bool only_looks(const struct words *words)
{
	return words->choice->look != NULL;
}

static unsigned needs(const struct words *words)
{
	return NEEDS_JOBS | (words->choice->build == build_create ? NEEDS_VOLUMES : 0);
}

const struct command command_volume = {
	.name = "volume", .kind = BUILDS, .stage = STAGE_ROOT, .group = GROUP_WALLS, .host_safe = true,
	.summary = "folders that outlive containers",
	.explain = "A volume is a folder of the store, volumes/NAME/_data, which container -v "
		"NAME:/DIR binds into a container. It bypasses the layers, so it is not copied up "
		"and does not end with the container. An empty volume is first filled with what "
		"the image has at DIR. -v /DIR makes one with a fresh name of 64 digits, which "
		"stays as well, unless you gave --rm; docker does the same.\n\n"
		"rm and prune leave the volumes that a container uses, of this shell or another: "
		"each container holds a lock on its volumes, which the kernel releases however "
		"the container ends. prune removes volumes that have no name of yours, --all the "
		"others too. undo and reset leave volumes alone.",
	.example = "volume create data\ncontainer -v data:/data -- sh -c 'date >>/data/log'\nvolume inspect data\nvolume rm data",
	.flags = flags, .args = args, .needs = needs, .only_looks = only_looks, .build = build,
	.look = look,
};
