#include "snapshot/union/layers.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "base/file/inroot.h"
#include "snapshot/eyes/eyes.h"

const struct mount *layers_union(const struct mounts *mounts, const char *path,
				 const char **inside)
{
	const struct mount *mount = mounts ? mounts_find(mounts, path) : NULL;

	if (!mount || strcmp(mount->type, "overlay") != 0)
		return NULL;
	*inside = path_inside(mount->point, path);
	return *inside ? mount : NULL;
}

/* ---- naming them ---- */

static void add_layer(struct layers *layers, const char *folder)
{
	struct layer *list = arena_new(&layers->arena, (layers->count + 1) * sizeof(*list));

	if (layers->count)
		memcpy(list, layers->list, layers->count * sizeof(*list));
	list[layers->count++] = (struct layer){ .folder = folder, .base = -1 };
	layers->list = list;
}

/* "A:B\:2:C": a backslash before what belongs to a name. */
static void split_lowers(struct layers *layers, const char *option)
{
	while (*option) {
		char *name = arena_new(&layers->arena, strlen(option) + 1), *to = name;
		for (; *option && *option != ':'; option++) {
			if (*option == '\\' && option[1])
				option++;
			*to++ = *option;
		}
		option += *option == ':';
		if (*name)
			add_layer(layers, name);
	}
}

/* Topmost first, as the options have them; then turned. */
static void list_lowers(struct layers *layers, const struct mount *mount)
{
	const char *option = mount_option(mount, "lowerdir", &layers->arena);

	if (option)
		split_lowers(layers, option);
	for (size_t i = 0; (option = mount_option_nth(mount, "lowerdir+", i, &layers->arena)); i++)
		add_layer(layers, option);
	for (size_t i = 0; i < layers->count / 2; i++) {
		struct layer swapped = layers->list[i];
		layers->list[i] = layers->list[layers->count - 1 - i];
		layers->list[layers->count - 1 - i] = swapped;
	}
}

/* The layer between: it lies beside the writable one and is called init (docker: ID-init/diff). */
static bool is_init(struct layers *layers, const char *folder, const char *upper)
{
	static const char docker[] = "-init/diff";
	size_t length = strlen(folder);

	if (!upper)
		return false;
	if (length > strlen(docker) && strcmp(folder + length - strlen(docker), docker) == 0)
		return true;
	return strcmp(path_name(folder), "init") == 0 &&
	       strcmp(path_parent(&layers->arena, folder),
		      path_parent(&layers->arena, upper)) == 0;
}

/* ---- reaching them ---- */

int layer_open(const struct layers *layers, size_t i)
{
	const struct layer *layer = &layers->list[i];

	switch (layer->way) {
	case LAYER_BY_CHILD:
		return eyes_open(layers->eyes, layers->pid, layer->folder, O_PATH | O_DIRECTORY);
	case LAYER_BY_SHELL:
		return inroot_beneath(layer->base, layer->inside, O_PATH | O_DIRECTORY);
	case LAYER_BY_HOST:
		return eyes_open(layers->eyes, 0, layer->folder, O_PATH | O_DIRECTORY);
	case LAYER_LOST:
		break;
	}
	errno = ENOENT;
	return -1;
}

static bool opens(const struct layers *layers, size_t i, enum layer_way way)
{
	layers->list[i].way = way;
	cleanup_fd int fd = layer_open(layers, i);
	return fd >= 0;
}

/* What could not be looked at now is not elsewhere: another way would lead to another folder. */
static bool settles(const struct layers *layers, size_t i, enum layer_way way)
{
	return opens(layers, i, way) || errno_may_pass(errno);
}

/* The folders of a union that is the root were named before the pivot or chroot: what the process
 * itself has at such a path now is another folder. */
static void find_way(struct layers *layers, size_t i, bool is_root, const struct kept_folders *kept)
{
	struct layer *layer = &layers->list[i];

	if (!is_root && settles(layers, i, LAYER_BY_CHILD))
		return;
	layer->base = kept && kept->folder ?
		kept->folder(kept->where, layers->pid, layer->folder, &layer->inside) : -1;
	if (layer->base >= 0 && settles(layers, i, LAYER_BY_SHELL))
		return;
	if (layer->folder[0] == '/' && settles(layers, i, LAYER_BY_HOST))
		return;
	layer->way = LAYER_LOST;
}

/* A short name is that of a link in the mount's source: words/plans/mount/union.c. */
static const char *follow_link(struct layers *layers, const struct mount *mount,
			       const char *name, const struct kept_folders *kept)
{
	const char *path = path_join(&layers->arena, mount->source, name), *inside = "";
	char target[PATH_MAX];

	if (name[0] == '/' || mount->source[0] != '/')
		return name;
	cleanup_fd int own = eyes_open(layers->eyes, layers->pid, path, O_PATH | O_NOFOLLOW);
	int base = own < 0 && kept && kept->folder ?
		kept->folder(kept->where, layers->pid, path, &inside) : -1;
	ssize_t length = own >= 0 ? readlinkat(own, "", target, sizeof(target)) :
			 base >= 0 ? readlinkat(base, inside, target, sizeof(target)) : -1;
	return length < 0 ? path : arena_copyn(&layers->arena, target, (size_t)length);
}

int layers_take(const struct eyes *eyes, const struct reading *reading, const struct mount *mount,
		const struct kept_folders *kept, struct layers *ret, struct error *err)
{
	bool is_root = strcmp(mount->point, "/") == 0;

	*ret = (struct layers){ .eyes = eyes, .pid = reading->pid, .dialect = overlay_dialect(mount) };
	const char *upper = mount_option(mount, "upperdir", &ret->arena);
	list_lowers(ret, mount);
	if (!ret->count) {
		fail_id(err, ERR_UNION_UNNAMED, 0, "the mount table does not name the layers of %s", vis(mount->point));
		layers_done(ret);
		return -1;
	}
	for (size_t i = 0; i < ret->count; i++) {
		struct layer *layer = &ret->list[i];
		layer->folder = follow_link(ret, mount, layer->folder, kept);
		layer->kind = is_init(ret, layer->folder, upper) ? LAYER_INIT : LAYER_READ_ONLY;
	}
	if (upper) {
		add_layer(ret, upper);
		ret->list[ret->count - 1].kind = LAYER_WRITABLE;
		ret->writable = true;
	}
	for (size_t i = 0; i < ret->count; i++)
		find_way(ret, i, is_root, kept);
	return 0;
}

void layers_of(const struct eyes *eyes, const char *const *folders, enum overlay_dialect dialect, struct layers *ret)
{
	size_t count = 0;

	while (folders[count])
		count++;
	*ret = (struct layers){ .eyes = eyes, .count = count, .dialect = dialect };
	ret->list = arena_new(&ret->arena, (count + 1) * sizeof(*ret->list));
	for (size_t i = 0; i < count; i++)
		ret->list[count - 1 - i] = (struct layer){ .way = LAYER_BY_HOST, .base = -1,
							   .folder = folders[i] };
}

int layers_stat(struct layers *layers, const char *inside, struct stat *ret)
{
	const struct sight *sights = layers_look(layers, inside, layers->count);

	for (size_t i = layers->count; i-- > 0;)
		if (sights[i].kind == SIGHT_GIVES) {
			*ret = sights[i].st;
			return (int)i;
		}
	return -1;
}

int layers_open_in(int layer, const char *inside, int flags)
{
	/* openat2(2) takes no flag that O_PATH has no use for. */
	return inroot_beneath(layer, inside, flags | O_NOFOLLOW | (flags & O_PATH ? 0 : O_NOCTTY));
}

int layers_open(struct layers *layers, const char *inside, int flags)
{
	struct stat st;
	int i = layers_stat(layers, inside, &st);

	if (i < 0) {
		errno = ENOENT;
		return -1;
	}
	cleanup_fd int layer = layer_open(layers, (size_t)i);
	return layer < 0 ? -1 : layers_open_in(layer, inside, flags);
}

void layers_done(struct layers *layers)
{
	arena_done(&layers->arena);
	*layers = (struct layers){ 0 };
}

/* ---- looking for a name ---- */

/* What the layers above have put over the name. */
struct hiding {
	enum hidden_by hidden_by;
	size_t by;
	bool above;
};

static void hide(struct hiding *hiding, enum hidden_by hidden_by, size_t by, bool above)
{
	if (hiding->hidden_by == HIDDEN_BY_NONE)
		*hiding = (struct hiding){ hidden_by, by, above };
}

/* The walk of one layer from its top to the name. hiding: what the layers above it hide; fresh:
 * what this one also hides. */
static void look_into(const struct layers *layers, size_t i, const char *inside,
		      const struct hiding *hiding, struct hiding *fresh, struct sight *ret)
{
	cleanup_fd int at = layer_open(layers, i);
	char name[NAME_MAX + 1];

	*ret = (struct sight){ .kind = at < 0 ? SIGHT_UNREAD : SIGHT_NOTHING, .code = errno };
	if (at < 0)
		return;
	if (!*inside) {
		ret->kind = fstat(at, &ret->st) < 0 ? SIGHT_UNREAD : SIGHT_GIVES;
		ret->code = errno;
	}
	while (*inside) {
		size_t length = strcspn(inside, "/");
		bool last = !inside[length];
		struct stat st;
		if (length > NAME_MAX)
			return;
		memcpy(name, inside, length);
		name[length] = '\0';
		inside += length + !last;
		if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
			ret->kind = errno == ENOENT || errno == ENOTDIR ? SIGHT_NOTHING : SIGHT_UNREAD;
			ret->code = errno;
			return;
		}
		int white = overlay_whiteout(layers->dialect, at, name, &st), opaque = 0;
		if (white > 0)
			hide(fresh, HIDDEN_BY_WHITEOUT, i, !last);
		else if (!S_ISDIR(st.st_mode))
			hide(fresh, HIDDEN_BY_NAME, i, !last);
		else
			opaque = overlay_attribute(layers->dialect, at, name, "opaque", "y");
		if (opaque > 0)
			hide(fresh, HIDDEN_BY_OPAQUE, i, !last);
		if (white < 0 || opaque < 0) {
			ret->kind = SIGHT_UNREAD;
			ret->code = errno;
			return;
		}
		if (last) {
			ret->st = st;
			ret->opaque = fresh->hidden_by == HIDDEN_BY_OPAQUE && !fresh->above;
			ret->kind = white ? SIGHT_HIDES : SIGHT_GIVES;
			break;
		}
		if (!S_ISDIR(st.st_mode))
			return;
		int next = openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0) {
			ret->kind = SIGHT_UNREAD;
			ret->code = errno;
			return;
		}
		close(at);
		at = next;
	}
	if (hiding->hidden_by != HIDDEN_BY_NONE) {
		ret->kind = SIGHT_HIDDEN;
		ret->hidden_by = hiding->hidden_by;
		ret->by = hiding->by;
		ret->above = hiding->above;
	}
}

struct sight *layers_look(struct layers *layers, const char *inside, size_t to)
{
	struct sight *sights = arena_new(&layers->arena, (layers->count + 1) * sizeof(*sights));
	struct hiding hiding = { 0 };
	size_t folder = layers->count; /* the lowest so far that gives it as a folder */

	for (size_t i = to; i-- > 0;) {
		struct hiding fresh = { 0 };
		look_into(layers, i, inside, &hiding, &fresh, &sights[i]);
		/* A folder is merged with folders alone: a file below it is hidden, and hides. */
		if (sights[i].kind == SIGHT_GIVES && folder < layers->count &&
		    !S_ISDIR(sights[i].st.st_mode)) {
			sights[i].kind = SIGHT_HIDDEN;
			sights[i].hidden_by = HIDDEN_BY_NAME;
			sights[i].by = folder;
		}
		if (sights[i].kind == SIGHT_GIVES && S_ISDIR(sights[i].st.st_mode))
			folder = i;
		hide(&hiding, fresh.hidden_by, fresh.by, fresh.above);
	}
	return sights;
}

static void add_branches(const size_t *list, size_t count, struct text *ret)
{
	text_add(ret, count > 1 ? "branches " : "branch ");
	for (size_t i = 0; i < count && i < 4; i++)
		text_addf(ret, "%s%zu", i ? i + 1 == count ? " and " : ", " : "", list[i]);
	if (count > 4)
		text_addf(ret, " and %zu more", count - 4);
}

void layers_tell(const struct layers *layers, const struct sight *sights, struct text *ret)
{
	size_t *list = calloc(layers->count + 1, sizeof(*list)), gives = 0, hidden = 0;

	if (!list)
		out_of_memory();
	for (size_t i = 0; i < layers->count; i++)
		if (sights[i].kind == SIGHT_GIVES)
			list[gives++] = i;
	if (gives) {
		add_branches(list, gives, ret);
		if (gives == 1 && layers->list[list[0]].kind == LAYER_WRITABLE)
			text_add(ret, ", writable");
		if (gives == 1 && layers->list[list[0]].kind == LAYER_INIT)
			text_add(ret, ", init");
	}
	for (size_t i = 0; i < layers->count; i++)
		if (sights[i].kind == SIGHT_HIDDEN)
			list[hidden++] = i;
	if (hidden) {
		text_add(ret, ret->len ? ", over " : "hidden: ");
		add_branches(list, hidden, ret);
	}
	free(list);
}
