/* Parts of plans: volumes, which are folders bound into a root before it becomes one. What is said
 * about them is wanted.c's. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "snapshot/eyes/eyes.h"
#include "words/plans/container/hidden.h"
#include "words/plans/container/wanted.h"

/* ---- where the target lies ---- */

/* The one planned before in which path lies; NULL where that is the image. */
static const struct wanted *covering(const struct wanted *list, size_t count, const char *path)
{
	for (size_t i = count; i-- > 0;)
		if (path_inside(list[i].target, path))
			return &list[i];
	return NULL;
}

/* st_mode of what will be at path of the container, links not followed; 0 for nothing. 0, or -1 with err
 * where nobody can tell. */
static int mode_there(const struct box *box, struct plan *plan, const struct wanted *over,
		      const char *path, unsigned *mode, struct error *err)
{
	struct stat st = { 0 };

	*mode = !over ? root_image_mode(box->image, path) :
		over->fresh && strcmp(over->target, path) == 0 ? S_IFDIR : 0;
	if (!over || over->fresh)
		return 0;
	const char *now = path_clean(&plan->arena, path_join(&plan->arena, over->source,
							     path_inside(over->target, path)));
	if (eyes_stat(box->context->eyes, box->context->child->pid, now, true, &st) < 0 && !path_is_absent(errno))
		return fail(err, errno, "container: -v: stat %s", vis(now));
	*mode = st.st_mode;
	return 0;
}

static int plan_missing(const struct box *box, struct plan *plan, const struct wanted *over,
			const char *target, const char *path, bool file, struct error *err)
{
	const char *at = path_under(&plan->arena, box->root, path);

	if (over && over->kind == KIND_FOLDER) {
		fail_id(err, ERR_PATH_ABSENT, 0, "container: -v %s: there is no %s in %s", vis(target), vis(path),
		     vis(over->source));
		fail_why(err, "creating it would modify a host folder");
		return fail_fix(err, "!mkdir -p %s makes it", vis(path_join(&plan->arena, over->source, path_inside(over->target, path))));
	}
	if (!over && !box->overlay) {
		fail_id(err, ERR_PATH_ABSENT, 0, "container: -v %s: the image has no %s", vis(target), vis(path));
		fail_why(err, "without overlay, which user namespaces have since Linux 5.11, "
			 "nothing can be added to it");
		return fail_fix(err, "a place that the image has; or run Stave as root");
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

/* One part of the target's path. A link in the image would lead out of it, since the container has
 * not pivoted yet; a folder that is missing in somebody's volume would be made on the host. */
static int plan_part(const struct box *box, struct plan *plan, struct wanted *list,
		     size_t count, const char *path, bool file, struct error *err)
{
	const struct wanted *over = covering(list, count, path);
	const char *target = list[count].target;
	unsigned mode;

	if (mode_there(box, plan, over, path, &mode, err) < 0)
		return -1;
	list[count].absent = list[count].absent || (!mode && !over);
	if (!mode)
		return plan_missing(box, plan, over, target, path, file, err);
	/* A link of the image's is followed in its root when it comes to that: /var/run. */
	if (S_ISLNK(mode) && !over)
		return 0;
	if (S_ISLNK(mode)) {
		fail_id(err, ERR_PATH_KIND, 0, "container: -v %s: %s is a symbolic link in the image", vis(target), vis(path));
		return fail_fix(err, "name the place that it leads to");
	}
	if (file == !S_ISDIR(mode))
		return 0;
	fail_id(err, ERR_PATH_KIND, 0, "container: -v %s: %s is %s", vis(target), vis(path),
	     file ? _("a folder") : _("not a folder"));
	return fail_why(err, "a folder can be mounted only on a folder, and a file only on a file");
}

static int plan_target(const struct box *box, struct plan *plan, struct wanted *list,
		       size_t count, bool file, struct error *err)
{
	const char *target = list[count].target;

	for (const char *p = target + 1;;) {
		const char *slash = strchr(p, '/');
		const char *part = slash ? arena_copyn(&plan->arena, target, (size_t)(slash - target)) :
					   target;
		if (plan_part(box, plan, list, count, part, file && !slash, err) < 0)
			return -1;
		if (!slash)
			return 0;
		p = slash + 1;
	}
}

/* ---- the volume ---- */

/* docker keeps a volume without a name, unless the container was to leave nothing. */
static void plan_store(const struct box *box, struct plan *plan, const struct wanted *wanted,
		       bool take_back)
{
	unsigned flags = take_back && wanted->kind == KIND_ANONYMOUS ? PLAN_TAKE_BACK : 0;
	struct op *op;

	/* A redo finds it there. */
	if (wanted->fresh) {
		op = plan_add_with(plan, OP_volume_make, flags | PLAN_MAY_EXIST);
		op->volume_make.path = wanted->folder;
		op->volume_make.named = wanted->kind == KIND_NAMED;
		/* Else nobody inside could write to it. */
		if (wanted->refused) {
			op->volume_make.uid = box->ids.uid;
			op->volume_make.gid = box->ids.gid;
		}
	}
	op = plan_add(plan, OP_lock);
	op->lock.file.path = wanted->folder;
	op->lock.file.flags = O_RDONLY | O_DIRECTORY;
}

/* What the image has in that place is the first content of a volume; the op looks whether it is
 * empty. */
static void plan_fill(const struct box *box, struct plan *plan, const struct wanted *list,
		      size_t count, const char *to)
{
	const struct wanted *wanted = &list[count];

	if (wanted->empty || covering(list, count, wanted->target) || !S_ISDIR(root_image_mode(box->image, wanted->target)))
		return;
	struct op *op = plan_add(plan, OP_copy);
	op->copy.from = path_under(&plan->arena, box->root, wanted->target);
	op->copy.to = to;
}

static void note_unmapped(const struct box *box, struct plan *plan, const char *source)
{
	const char *before = *box->unmapped;

	*box->unmapped = arena_print(&plan->arena, "%s%s%s", before ? before : "", before ? ", " : "", vis(source));
}

/* A volume of the store comes with the ids of the child's user namespace: nobody but root reaches it
 * on the host. What is written into a folder of the host's must not be the host's root's, so that only
 * comes mapped where nothing can be written. */
static int mapping_refused(const struct eyes *eyes, struct plan *plan, const struct wanted *wanted)
{
	if (wanted->kind != KIND_FOLDER)
		return eyes_idmap(eyes, path_parent(&plan->arena, wanted->folder));
	return wanted->read_only ? eyes_idmap(eyes, wanted->source) : EPERM;
}

/* The image's content comes into a volume there, where it has the owners that it had. */
static void plan_mapped(const struct box *box, struct plan *plan, const struct wanted *list, size_t count)
{
	const struct wanted *wanted = &list[count];
	const char *target = path_under(&plan->arena, box->root, wanted->target);
	const unsigned read_only = wanted->read_only ? BIND_READ_ONLY : 0;
	bool others = wanted->refused && !wanted->fresh;

	if (others)
		note_unmapped(box, plan, wanted->kind == KIND_FOLDER ? wanted->source : path_name(wanted->folder));
	if (wanted->kind == KIND_FOLDER || others) {
		plan_host_tree(box->context, plan, wanted->source, target, BIND_VOLUME | read_only,
			       !wanted->refused);
		return;
	}
	const char *at = arena_print(&plan->arena, "%s/volume-%zu", box->base, count);
	plan_folder(plan, at, 0755);
	plan_host_tree(box->context, plan, wanted->source, at, BIND_VOLUME, !wanted->refused);
	plan_fill(box, plan, list, count, at);
	plan_mount(plan, NULL, at, target, MS_BIND | MS_REC, NULL);
	if (wanted->read_only)
		plan_restrict(box->context, plan, at, target, BIND_READ_ONLY | BIND_VOLUME);
}

static int plan_volume(const struct box *box, struct plan *plan, struct wanted *list,
		       size_t count, bool take_back, struct error *err)
{
	const struct wanted *wanted = &list[count];
	bool file = false;

	if (wanted->kind == KIND_FOLDER) {
		unsigned mode;
		int there = mode_here(box->context, wanted->source, &mode, err);
		if (there < 0)
			return fail_wrap(err, "container: -v");
		if (!there) {
			fail_id(err, ERR_PATH_HOST_ABSENT, 0, "container: -v %s: there is no %s on the host", vis(wanted->target),
			     vis(wanted->source));
			fail_why(err, "Stave creates no folder on the host that you did not ask for");
			return fail_fix(err, "!mkdir -p %s makes it; -v NAME:%s is a volume that Stave keeps", vis(wanted->source),
					vis(wanted->target));
		}
		file = !S_ISDIR(mode);
	} else {
		plan_store(box, plan, wanted, take_back);
	}
	if (plan_target(box, plan, list, count, file, err) < 0)
		return -1;
	if (box->mapped) {
		plan_mapped(box, plan, list, count);
		return 0;
	}
	if (wanted->kind != KIND_FOLDER)
		plan_fill(box, plan, list, count, wanted->source);
	plan_bind_at(box->context, plan, wanted->source,
		     path_under(&plan->arena, box->root, wanted->target),
		     BIND_VOLUME | (wanted->read_only ? BIND_READ_ONLY : 0));
	return 0;
}

static int refuse_doubles(const struct wanted *list, size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(list[i].target, list[j].target) == 0) {
				fail_id(err, ERR_VOLUME_TWICE, 0, "container: two volumes at %s", vis(list[i].target));
				return fail_why(err, "the later one would hide the other");
			}
	return 0;
}

/* What is mounted in a folder that is mounted later would be hidden: the shorter paths first. */
static void sort(struct wanted *list, size_t count)
{
	for (size_t i = 1; i < count; i++)
		for (size_t j = i; j > 0 && path_inside(list[j].target, list[j - 1].target); j--) {
			struct wanted swapped = list[j];
			list[j] = list[j - 1];
			list[j - 1] = swapped;
		}
}

/* docker run keeps a volume without a name, docker run --rm does not. */
static bool leaves_volumes(const struct wanted *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].kind == KIND_ANONYMOUS)
			return true;
	return false;
}

/* A folder of the host's above the place where the root is being made would come with all of it: the container's own
 * /proc once more, without what hides parts of it. What is unbindable no bind takes along: mount_namespaces(7). */
static void plan_apart(const struct box *box, struct plan *plan, const struct wanted *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].kind == KIND_FOLDER) {
			plan_propagation(plan, box->base, MS_UNBINDABLE);
			return;
		}
}

static void note(const struct box *box, struct plan *plan, const struct wanted *list, size_t count)
{
	struct binding *bindings = arena_new(&plan->arena, (count + 1) * sizeof(*bindings));

	for (size_t i = 0; i < count; i++)
		bindings[i] = (struct binding){ list[i].source, list[i].target, .fresh = list[i].absent,
						.hidden = list[i].absent ? NULL : hidden_in_image(box->image, plan, list[i].target) };
	plan->bindings = bindings;
	plan->binding_count = count;
}

int plan_volumes(const struct box *box, struct plan *plan, const struct words *words, bool *leaves,
		 struct error *err)
{
	bool take_back = words_flag(words, "--rm");
	size_t count = 0, images = 0;
	const char *given;

	while (box->image->volumes && box->image->volumes[images])
		images++;
	struct wanted *list = arena_new(&plan->arena, (words->flag_count + images + 1) * sizeof(*list));
	for (; (given = words_flag_nth(words, "--volume", count)); count++)
		if (wanted_parse(box->context, plan, given, &list[count], err) < 0)
			return -1;
	if (wanted_images(box, plan, list, &count, err) < 0 || refuse_doubles(list, count, err) < 0)
		return -1;
	sort(list, count);
	for (size_t i = 0; box->mapped && i < count; i++)
		list[i].refused = mapping_refused(box->context->eyes, plan, &list[i]);
	plan_apart(box, plan, list, count);
	for (size_t i = 0; i < count; i++)
		if (plan_volume(box, plan, list, i, take_back, err) < 0)
			return -1;
	note(box, plan, list, count);
	*leaves = !take_back && leaves_volumes(list, count);
	return 0;
}
