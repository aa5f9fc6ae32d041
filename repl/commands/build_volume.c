/* Parts of plans: volumes, which are folders bound into a root before it becomes one. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/text.h"
#include "commands/build_container.h"
#include "snapshot/look.h"

/* source NULL: an anonymous volume, which begins empty and ends with the container. */
struct volume {
	const char *source, *target; /* the host's path; the container's, absolute and clean */
	bool read_only;
};

/* ---- [SRC:]DST[:ro] ---- */

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
	fail(err, 0, "container: -v %s: %s", vis(given), what);
	return fail_fix(err, "-v [SRC:]DST[:ro], both paths absolute: -v /home:/mnt:ro");
}

static bool has_dots(const char *path)
{
	for (const char *p = strstr(path, "/.."); p; p = strstr(p + 1, "/.."))
		if (p[3] == '\0' || p[3] == '/')
			return true;
	return false;
}

static int parse(struct plan *plan, const char *given, struct volume *ret, struct error *err)
{
	const char *parts[4] = { NULL }, *rest = given;
	size_t count = 0;

	while (rest && count < 4)
		parts[count++] = next_part(&plan->arena, &rest);
	const char *last = parts[count - 1];
	if (count > 1 && (strcmp(last, "ro") == 0 || strcmp(last, "rw") == 0)) {
		ret->read_only = strcmp(last, "ro") == 0;
		count--;
	}
	if (count > 2)
		return fail_volume(given, "too many colons; a backslash before one that is part of a path", err);
	const char *target = parts[count - 1];
	ret->source = count == 2 ? parts[0] : NULL;
	if (target[0] != '/' || (ret->source && ret->source[0] != '/'))
		return fail_volume(given, "not an absolute path", err);
	if (has_dots(target))
		return fail_volume(given, "\"..\" in the path of the container", err);
	ret->target = path_clean(&plan->arena, target);
	if (strcmp(ret->target, "/") == 0)
		return fail_volume(given, "it would hide the whole root", err);
	return 0;
}

/* ---- where the target lies ---- */

/* What will be at path of the container, and where that is on the host now: in the image, or in a
 * volume planned before. NULL: in an anonymous volume, which is empty. */
static const char *origin(const struct box *box, struct plan *plan, const struct volume *volumes,
			  size_t count, const char *path)
{
	for (size_t i = count; i-- > 0;) {
		const char *inside = path_inside(volumes[i].target, path);
		if (inside)
			return volumes[i].source ?
				path_under(&plan->arena, volumes[i].source, inside) : NULL;
	}
	return path_under(&plan->arena, box->image, path);
}

static bool in_host_volume(const struct volume *volumes, size_t count, const char *path)
{
	for (size_t i = count; i-- > 0;)
		if (path_inside(volumes[i].target, path))
			return volumes[i].source != NULL;
	return false;
}

/* One part of the target's path. A link in the image would lead out of it, since the container has
 * not pivoted yet; a folder that is missing in somebody's volume would be made on the host. */
static int plan_part(const struct box *box, struct plan *plan, const struct volume *volumes,
		     size_t count, const char *path, bool file, struct error *err)
{
	const char *now = origin(box, plan, volumes, count, path);
	const char *at = path_under(&plan->arena, box->root, path);
	struct stat st;

	if (now && look_stat(box->context->child->pid, now, 1, &st) == 0) {
		if (S_ISLNK(st.st_mode)) {
			fail(err, 0, "container: -v %s: %s is a symbolic link in there",
			     vis(volumes[count].target), vis(path));
			return fail_fix(err, "name the place that it leads to");
		}
		if (file == !S_ISDIR(st.st_mode))
			return 0;
		fail(err, 0, "container: -v %s: %s is %s", vis(volumes[count].target), vis(path),
		     file ? "a folder" : "no folder");
		return fail_why(err, "a folder goes on a folder and a file on a file");
	}
	if (in_host_volume(volumes, count, path)) {
		fail(err, 0, "container: -v %s: there is no %s", vis(volumes[count].target), vis(now));
		return fail_why(err, "to make it would change a folder of the host's");
	}
	if (now && !box->overlay) {
		fail(err, 0, "container: -v %s: the image has no %s", vis(volumes[count].target),
		     vis(path));
		return fail_why(err, "without overlay, which user namespaces have since Linux 5.11, "
				"nothing can be added to it");
	}
	if (!file) {
		plan_folder(plan, at, 0755);
		return 0;
	}
	struct op *op = plan_add_with(plan, OP_mknod, PLAN_MAY_EXIST);
	op->mknod.path = at;
	op->mknod.type = S_IFREG;
	op->mknod.mode = 0644;
	return 0;
}

static int plan_target(const struct box *box, struct plan *plan, const struct volume *volumes,
		       size_t count, bool file, struct error *err)
{
	const char *target = volumes[count].target;

	for (const char *p = target + 1;;) {
		const char *slash = strchr(p, '/');
		const char *part = slash ? arena_copyn(&plan->arena, target, (size_t)(slash - target)) :
					   target;
		if (plan_part(box, plan, volumes, count, part, file && !slash, err) < 0)
			return -1;
		if (!slash)
			return 0;
		p = slash + 1;
	}
}

static int plan_volume(const struct box *box, struct plan *plan, const struct volume *volumes,
		       size_t count, struct error *err)
{
	const struct volume *volume = &volumes[count];
	const char *source = volume->source;
	unsigned mode = source ? mode_here(box->context, source) : S_IFDIR;

	if (!mode) {
		fail(err, 0, "container: -v %s: there is no %s on the host", vis(volume->target),
		     vis(source));
		return fail_why(err, "Stave makes no folder on the host that was not asked for");
	}
	if (plan_target(box, plan, volumes, count, !S_ISDIR(mode), err) < 0)
		return -1;
	if (!source) {
		source = arena_print(&plan->arena, "%s/volume-%zu", box->scratch, count + 1);
		plan_folder(plan, source, 0755);
	}
	plan_bind_at(box->context, plan, source,
		     path_under(&plan->arena, box->root, volume->target),
		     BIND_VOLUME | (volume->read_only ? BIND_READ_ONLY : 0));
	return 0;
}

int plan_volumes(const struct box *box, struct plan *plan, const struct words *words,
		 struct error *err)
{
	struct volume *volumes = arena_new(&plan->arena, (words->flag_count + 1) * sizeof(*volumes));
	const char *given;

	for (size_t i = 0; (given = words_flag_nth(words, "--volume", i)); i++)
		if (parse(plan, given, &volumes[i], err) < 0 ||
		    plan_volume(box, plan, volumes, i, err) < 0)
			return -1;
	return 0;
}
