#include "words/plans/container/wanted.h"

#include <errno.h>
#include <string.h>

#include "base/list.h"
#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "image/eyes.h"
#include "image/volume.h"

enum { MOST_VOLUMES = 100 /* of an image's config */ };

enum extent volume_reach(const struct words *words, const char *value)
{
	const char *colon = strchr(value, ':');

	/* "DST" and "DST:ro" have no source. What has a backslash may be either. */
	if (strchr(value, '\\') || (value[0] == '/' && colon && colon[1] == '/'))
		return REACH_HOST;
	return value[0] == '/' && words_flag(words, "--rm") ? REACH_CHILD : REACH_STORE;
}

/* The next part of s up to a colon without a backslash before it, unescaped; *s behind it, NULL at
 * the end. */
static const char *next_part(struct arena *arena, const char **s)
{
	char *part = arena_new(arena, strlen(*s) + 1), *to = part;
	const char *p = *s;

	for (; *p && *p != ':'; p++) {
		if (*p == '\\' && (p[1] == ':' || p[1] == '\\'))
			p++;
		*to++ = *p;
	}
	*s = *p ? p + 1 : NULL;
	return part;
}

static int fail_volume(const char *given, const char *what, struct error *err)
{
	fail_id(err, ERR_VOLUME_FORM, 0, "container: -v %s: %s", vis(given), what);
	return fail_fix(err, "-v [SRC:]DST[:ro], DST absolute, SRC too or the name of a volume: -v /home:/mnt:ro");
}

static bool has_dots(const char *path)
{
	for (const char *p = strstr(path, "/.."); p; p = strstr(p + 1, "/.."))
		if (p[3] == '\0' || p[3] == '/')
			return true;
	return false;
}

/* Why nothing can be mounted at a path of the container; NULL where something can. */
static const char *fault_of(const char *target, const char *clean)
{
	if (target[0] != '/')
		return _("not an absolute path");
	if (has_dots(target))
		return _("\"..\" in the path of the container");
	if (strcmp(clean, "/") == 0)
		return _("it would hide the whole root");
	/* What is written there for a container, and hidden from it, would not be the kernel's
	 * (CVE-2019-16884). */
	if (path_inside("/proc", clean) || path_inside("/sys", clean) || strcmp(clean, "/dev") == 0)
		return _("/proc, /sys and /dev are the container's own");
	return NULL;
}

/* A path, the name of a volume, or nothing: then a fresh volume. */
static int take_source(const struct context *context, struct plan *plan, const char *given, const char *source,
		       struct wanted *ret, struct error *err)
{
	struct volume found;
	struct error missing;

	if (source && source[0] == '/') {
		ret->kind = KIND_FOLDER;
		ret->source = source;
		return 0;
	}
	if (source && !volume_is_name(source))
		return fail_volume(given, _("SRC is neither an absolute path nor a volume's name: letters, digits, _ . -, two at least"), err);
	const char *name = source ? source : volume_fresh_name(&plan->arena);
	ret->kind = source ? KIND_NAMED : KIND_ANONYMOUS;
	ret->folder = seen_volume_folder(context->store, name, &plan->arena, err);
	if (!ret->folder)
		return -1;
	ret->source = path_join(&plan->arena, ret->folder, "_data");
	ret->fresh = !source || seen_volume(context->store, name, &plan->arena, &found, &missing) < 0;
	if (source && ret->fresh && missing.code != ENOENT) {
		*err = missing;
		return fail_wrap(err, "container: -v %s", vis(given));
	}
	return 0;
}

/* What docker takes after the last colon. z and Z are for SELinux's labels, which Stave sets nowhere,
 * and the consistencies for other systems than Linux; a volume is private in any case. */
static int take_option(const char *given, const char *option, struct wanted *ret, struct error *err)
{
	static const char *const without_effect[] = {
		"z", "Z", "private", "rprivate", "consistent", "cached", "delegated",
	};
	static const char *const leaking[] = { "shared", "rshared", "slave", "rslave" };

	if (strcmp(option, "ro") == 0 || strcmp(option, "rw") == 0) {
		bool read_only = strcmp(option, "ro") == 0;
		if (ret->rights && ret->read_only != read_only)
			return fail_volume(given, _("ro or rw, not both"), err);
		ret->read_only = read_only;
		ret->rights = true;
		return 0;
	}
	if (strcmp(option, "nocopy") == 0) {
		ret->empty = true;
		return 0;
	}
	for (size_t i = 0; i < COUNT(without_effect); i++)
		if (strcmp(option, without_effect[i]) == 0)
			return 0;
	for (size_t i = 0; i < COUNT(leaking); i++)
		if (strcmp(option, leaking[i]) == 0)
			return fail_volume(given, _("mounts made later on one side would be seen on the other; "
					   "volumes are private"), err);
	cleanup_text struct text what = { 0 };
	text_sayf(&what, "%s: not a valid option", vis(option));
	return fail_volume(given, what.s, err);
}

static int take_options(struct plan *plan, const char *given, const char *options, struct wanted *ret,
			struct error *err)
{
	char *save = NULL;

	for (char *option = strtok_r(arena_copy(&plan->arena, options), ",", &save); option;
	     option = strtok_r(NULL, ",", &save))
		if (take_option(given, option, ret, err) < 0)
			return -1;
	return 0;
}

/* Of two parts the second is DST, which is absolute, or the options. */
int wanted_parse(const struct context *context, struct plan *plan, const char *given, struct wanted *ret,
		 struct error *err)
{
	const char *parts[4] = { NULL }, *rest = given;
	size_t count = 0;

	while (rest && count < 4)
		parts[count++] = next_part(&plan->arena, &rest);
	if (count > 3)
		return fail_volume(given, _("too many colons; a backslash before one that is part of a path"), err);
	if (count == 3 || (count == 2 && parts[0][0] == '/' && parts[1][0] != '/')) {
		if (take_options(plan, given, parts[--count], ret, err) < 0)
			return -1;
	}
	const char *target = parts[count - 1];
	ret->target = path_clean(&plan->arena, target);
	const char *fault = fault_of(target, ret->target);
	if (fault)
		return fail_volume(given, fault, err);
	return take_source(context, plan, given, count == 2 ? parts[0] : NULL, ret, err);
}

/* The image's maker wrote it, not who runs it. */
static int fail_images(const struct root_image *image, const char *target, const char *fault,
		       struct error *err)
{
	fail_id(err, ERR_VOLUME_FORM, 0, "container: the image %s has the volume %s: %s", vis(image->name), vis(target), fault);
	fail_why(err, "Volumes in its config, which image inspect shows");
	return fail_fix(err, "its files without its config: unshare mnt; rootfs %s /mnt", vis(image->name));
}

/* Each is a folder of the store that stays, so whoever made the image must not choose how many. */
static int fail_many(const struct root_image *image, size_t count, struct error *err)
{
	fail_id(err, ERR_IMAGE_CONFIG, 0, "container: the image %s has %zu volumes: more than %d", vis(image->name), count, MOST_VOLUMES);
	fail_why(err, "Volumes in its config, which image inspect shows");
	return fail_fix(err, "its files without its config: unshare mnt; rootfs %s /mnt", vis(image->name));
}

int wanted_images(const struct box *box, struct plan *plan, struct wanted *list, size_t *count,
		  struct error *err)
{
	const char *const *target = box->image->volumes;
	size_t asked = 0;

	while (target && target[asked])
		asked++;
	if (asked > MOST_VOLUMES)
		return fail_many(box->image, asked, err);
	for (; target && *target; target++) {
		struct wanted wanted = { 0 };
		size_t same = 0;
		wanted.target = path_clean(&plan->arena, *target);
		const char *fault = fault_of(*target, wanted.target);
		if (fault)
			return fail_images(box->image, *target, fault, err);
		while (same < *count && strcmp(list[same].target, wanted.target) != 0)
			same++;
		if (same < *count)
			continue;
		if (take_source(box->context, plan, *target, NULL, &wanted, err) < 0)
			return -1;
		list[(*count)++] = wanted;
	}
	return 0;
}

bool volumes_need_store(const struct words *words)
{
	const char *given;

	for (size_t i = 0; (given = words_flag_nth(words, "--volume", i)); i++) {
		const char *colon = strchr(given, ':');
		while (colon && colon > given && colon[-1] == '\\')
			colon = strchr(colon + 1, ':');
		if (given[0] != '/' || !colon || colon[1] != '/')
			return true;
	}
	return false;
}
