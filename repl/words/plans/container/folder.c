/* Parts of plans: a folder that lies over one of the image's. A union shows the mode, the owner and
 * the attributes of the uppermost, so that is to have the image's own. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "snapshot/union/layers.h"
#include "words/plans/container/container.h"

enum { MOST_NAMES = 65536, MOST_VALUE = 65536 }; /* XATTR_LIST_MAX, XATTR_SIZE_MAX */

/* What the image says about it, not what overlay or the host's security modules do. */
static bool is_images(const char *name)
{
	return (text_begins(name, "user.") && !text_begins(name, "user.overlay.")) ||
	       text_begins(name, "system.posix_acl_");
}

/* The tmpfs of the layer may have no attributes of this kind: it goes on without. */
static void plan_attributes(struct plan *plan, const char *at, int fd)
{
	struct arena *arena = &plan->arena;
	cleanup_free char *names = malloc(MOST_NAMES), *value = malloc(MOST_VALUE);

	ssize_t length = names && value ? fd_attributes(fd, names, MOST_NAMES) : -1;
	for (const char *name = names; length > 0 && name < names + length;
	     name += strlen(name) + 1) {
		ssize_t size = is_images(name) ? fd_attribute(fd, name, value, MOST_VALUE) : -1;
		if (size < 0)
			continue;
		struct op *op = plan_add_with(plan, OP_setxattr, PLAN_MAY_FAIL);
		op->setxattr.path = at;
		op->setxattr.name = arena_copy(arena, name);
		op->setxattr.value = (struct op_bytes){ arena_copyn(arena, value, (size_t)size),
							(uint64_t)size };
	}
}

static void plan_owner(const struct root *root, struct plan *plan, const char *at,
		       const struct stat *st)
{
	unsigned long uid = st->st_uid, gid = st->st_gid;

	/* Who has no number in the container cannot be given anything there. */
	if (root->uid_map && !id_inside(root->uid_map, st->st_uid, &uid))
		uid = 0;
	if (root->gid_map && !id_inside(root->gid_map, st->st_gid, &gid))
		gid = 0;
	if (uid == 0 && gid == 0)
		return;
	struct op *op = plan_add(plan, OP_chown);
	op->chown.path = at;
	op->chown.uid = uid;
	op->chown.gid = gid;
}

void plan_folder_as(const struct root *root, struct plan *plan, const char *at, const char *path)
{
	struct layers layers;
	struct stat st;

	if (root->image->embedded) {
		plan_folder(plan, at, 0755);
		return;
	}
	layers_of(root->image->eyes, root->image->folders, root->image->dialect, &layers);
	cleanup_fd int fd = layers_open(&layers, path, O_PATH | O_DIRECTORY);
	layers_done(&layers);
	if (fd < 0 || fstat(fd, &st) < 0) {
		plan_folder(plan, at, 0755);
		return;
	}
	plan_folder(plan, at, st.st_mode & 01777);
	plan_owner(root, plan, at, &st);
	plan_attributes(plan, at, fd);
	if (!(st.st_mode & (S_ISUID | S_ISGID)))
		return;
	struct op *op = plan_add(plan, OP_chmod);
	op->chmod.path = at;
	op->chmod.mode = st.st_mode & 07777;
}
