/* Parts of plans: unions of any number of layers. */
#include <string.h>

#include "base/path.h"
#include "base/text.h"
#include "snapshot/facts.h"
#include "snapshot/snapshot.h"
#include "words/plans/plans.h"

/* fsconfig(2) takes values of 255 bytes, mount(2) a page of options: what is beyond is cut off. */
enum { MOST_VALUE = 255, MOST_OPTIONS = 4095 };

/* A folder's name in overlay's options: a backslash before what would end it. */
static void add_escaped(struct text *data, const char *folder, const char *ends)
{
	for (const char *p = folder; *p; p++) {
		if (strchr(ends, *p))
			text_add(data, "\\");
		text_addn(data, p, 1);
	}
}

static void add_options(const struct overlay *overlay, struct text *ret)
{
	text_add(ret, "lowerdir=");
	for (const char *const *lower = overlay->lowers; *lower; lower++) {
		text_add(ret, lower == overlay->lowers ? "" : ":");
		add_escaped(ret, *lower, ",:\\");
	}
	if (overlay->upper) {
		text_add(ret, ",upperdir=");
		add_escaped(ret, overlay->upper, ",:\\");
		text_add(ret, ",workdir=");
		add_escaped(ret, overlay->work, ",:\\");
	}
	if (overlay->userxattr)
		text_add(ret, ",userxattr");
}

/* Whether every name fits fsconfig(2): upper and work have their backslashes doubled there. */
static bool is_short(const struct overlay *overlay)
{
	cleanup_text struct text names = { 0 };

	for (const char *const *lower = overlay->lowers; *lower; lower++)
		if (strlen(*lower) > MOST_VALUE)
			return false;
	add_escaped(&names, overlay->work ? overlay->work : "", "\\");
	return names.len <= MOST_VALUE;
}

enum overlay_way overlay_way(const struct context *context, const struct overlay *overlay)
{
	bool appends = facts_kernel(context->facts, 6, 8);
	cleanup_text struct text options = { 0 };

	add_options(overlay, &options);
	if (options.len < MOST_OPTIONS && !(appends && strchr(options.s, '\\')))
		return BY_MOUNT;
	return appends && is_short(overlay) ? BY_FSCONFIG : BY_LINKS;
}

static void plan_option(struct plan *plan, uint64_t cmd, const char *key, const char *value)
{
	struct op *op = plan_add(plan, OP_fsconfig);

	op->fsconfig.cmd = cmd;
	op->fsconfig.key = key;
	op->fsconfig.value = value;
}

/* What lowerdir+ says is taken as it is; upperdir and workdir are unescaped. */
static const char *escaped(struct plan *plan, const char *folder)
{
	cleanup_text struct text name = { 0 };

	add_escaped(&name, folder, "\\");
	return arena_copy(&plan->arena, text_of(&name));
}

static void plan_by_fsconfig(struct plan *plan, const struct overlay *overlay)
{
	plan_add(plan, OP_fsopen)->fsopen.fstype = "overlay";
	plan_option(plan, FSCONFIG_STRING, "source", "overlay");
	for (const char *const *lower = overlay->lowers; *lower; lower++)
		plan_option(plan, FSCONFIG_STRING, "lowerdir+", *lower);
	if (overlay->upper) {
		plan_option(plan, FSCONFIG_STRING, "upperdir", escaped(plan, overlay->upper));
		plan_option(plan, FSCONFIG_STRING, "workdir", escaped(plan, overlay->work));
	}
	if (overlay->userxattr)
		plan_option(plan, FSCONFIG_FLAG, "userxattr", NULL);
	plan_option(plan, FSCONFIG_CREATE, NULL, NULL);
	plan_add(plan, OP_fsmount);
	plan_add(plan, OP_move_mount)->move_mount.target = overlay->target;
}

static const char *plan_link(struct plan *plan, const char *folder, const char *name,
			     const char *target)
{
	struct op *op = plan_add(plan, OP_symlink);

	op->symlink.path = path_join(&plan->arena, folder, name);
	op->symlink.target = target;
	return name;
}

/* The folder of links is the mount's source: overlay has no use for one, and so mountinfo tells
 * where the short names lead. */
static void plan_by_links(const struct context *context, struct plan *plan,
			  const struct overlay *overlay)
{
	const char *links = path_join(&plan->arena, overlay->base, "l");
	struct overlay shorter = *overlay;
	cleanup_text struct text options = { 0 };
	size_t count = 0;

	while (overlay->lowers[count])
		count++;
	const char **names = arena_new(&plan->arena, (count + 1) * sizeof(*names));
	struct op *op = plan_add(plan, OP_mkdir);
	op->mkdir.path = links;
	op->mkdir.mode = 0755;
	for (size_t i = 0; i < count; i++)
		names[i] = plan_link(plan, links, arena_print(&plan->arena, "%zu", i),
				     overlay->lowers[i]);
	shorter.lowers = names;
	plan_add(plan, OP_chdir)->chdir.path = links;
	add_options(&shorter, &options);
	plan_mount(plan, "overlay", links, overlay->target, 0,
		   arena_copy(&plan->arena, text_of(&options)));
	/* Where it stood may be gone. */
	plan_add_with(plan, OP_chdir, PLAN_MAY_FAIL)->chdir.path = path_here(context, plan, ".");
}

void plan_overlay(const struct context *context, struct plan *plan, const struct overlay *overlay)
{
	cleanup_text struct text options = { 0 };

	if (overlay->base)
		plan_add(plan, OP_send_folder)->send_folder.path = overlay->base;
	switch (overlay_way(context, overlay)) {
	case BY_MOUNT:
		add_options(overlay, &options);
		plan_mount(plan, "overlay", "overlay", overlay->target, 0,
			   arena_copy(&plan->arena, text_of(&options)));
		break;
	case BY_FSCONFIG:
		plan_by_fsconfig(plan, overlay);
		break;
	case BY_LINKS:
		plan_by_links(context, plan, overlay);
		break;
	}
}

static const struct mount *has_upper(const struct mounts *mounts, const char *upper, struct arena *arena)
{
	for (size_t i = 0; mounts && i < mounts->count; i++) {
		const struct mount *mount = &mounts->list[i];
		const char *used = strcmp(mount->type, "overlay") == 0 ? mount_option(mount, "upperdir", arena) : NULL;
		if (used && strcmp(used, upper) == 0)
			return mount;
	}
	return NULL;
}

void plan_warn_upper(const struct context *context, struct plan *plan, const char *upper)
{
	const struct mount *used = upper ? has_upper(context->child->mounts, upper, &plan->arena) : NULL;
	cleanup_text struct text text = { 0 };

	if (!used && upper)
		used = has_upper(context->host->mounts, upper, &plan->arena);
	if (!used)
		return;
	text_add(&text, plan->meaning ? plan->meaning : "");
	text_sayf(&text, " Careful: mount %d (%s) has the writable layer %s already. The kernel allows it, and what either of them shows "
		  "is undefined.", used->id, vis(used->point), vis(upper));
	plan->meaning = arena_copy(&plan->arena, text_of(&text));
}
