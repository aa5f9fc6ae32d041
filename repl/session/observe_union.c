#include "session/observe_union.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "session/session.h"
#include "snapshot/look.h"
#include "snapshot/union/layers.h"

static int handed(const void *session, pid_t pid, const char *path, const char **inside)
{
	return session_handed(session, pid, path, inside);
}

static bool take(const struct session *session, const struct reading *reading, const char *path,
		 struct layers *ret, const char **inside)
{
	const struct kept_folders kept = { handed, session };
	const struct mount *mount = layers_union(reading->mounts, path, inside);
	struct error ignored;

	return mount && layers_take(NULL, reading, mount, &kept, ret, &ignored) == 0;
}

/* The dialects from first to last. */
struct dialects {
	enum overlay_dialect first, last;
};
static const struct dialects both = { OVERLAY_TRUSTED, OVERLAY_USER };

/* Whether fd (O_PATH) has the attribute trusted.overlay.NAME or user.overlay.NAME: its full name,
 * or NULL. */
static const char *attribute(int fd, const struct dialects *dialects, const char *name, char *full,
			     size_t size)
{
	static const char *const spaces[] = { [OVERLAY_TRUSTED] = "trusted", [OVERLAY_USER] = "user" };
	char value[8];

	for (unsigned i = dialects->first; i <= dialects->last; i++) {
		snprintf(full, size, "%s.overlay.%s", spaces[i], name);
		if (fd_attribute(fd, full, value, sizeof(value)) >= 0)
			return full;
	}
	return NULL;
}

/* What kind of entry it is to overlay, to aufs and to readers of archives. */
static void add_kind(int fd, const struct dialects *dialects, const char *path, struct text *ret)
{
	const char *name = path_name(path), *found;
	char full[64];
	struct stat st;

	if (fstat(fd, &st) < 0)
		return;
	if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0))
		text_say(ret, "character device 0:0, a whiteout");
	else if (S_ISREG(st.st_mode) && (found = attribute(fd, dialects, "whiteout", full, sizeof(full))))
		text_sayf(ret, "empty file with %s, a whiteout since Linux 6.7", found);
	else if (S_ISDIR(st.st_mode) && (found = attribute(fd, dialects, "opaque", full, sizeof(full))))
		text_sayf(ret, "folder with %s=y, opaque", found);
	else if (strcmp(name, ".wh..wh..opq") == 0)
		text_say(ret, "empty file: its folder is opaque to aufs and archive readers");
	else if (strncmp(name, ".wh.", 4) == 0)
		text_sayf(ret, "empty file: hides %s from aufs and from archive readers", vis(name + 4));
	else
		text_say(ret, S_ISDIR(st.st_mode) ? "a folder" : "a file");
}

void observe_form(const struct reading *reading, const char *path, struct text *ret)
{
	cleanup_fd int fd = look_open(reading->pid, path, O_PATH | O_NOFOLLOW);

	if (fd < 0)
		return;
	text_addf(ret, "%s%s: ", ret->len ? "\n" : "", vis(path));
	/* Of no mount yet: the op has just written it. */
	add_kind(fd, &both, path, ret);
}

void observe_entry(const struct session *session, const struct reading *reading, const char *path,
		   struct text *ret)
{
	const char *inside = "";
	struct layers layers;

	if (!take(session, reading, path, &layers, &inside))
		return;
	if (layers.writable) {
		const char *folder = layers.list[layers.count - 1].folder;
		const struct dialects dialects = { layers.dialect, layers.dialect };
		cleanup_fd int top = layer_open(&layers, layers.count - 1);
		cleanup_fd int fd = top < 0 ? -1 : layers_open_in(top, inside, O_PATH);
		text_addf(ret, "%s%s: ", ret->len ? "\n" : "", vis(path_join(&layers.arena, folder, inside)));
		if (fd >= 0)
			add_kind(fd, &dialects, inside, ret);
		else
			text_say(ret, top < 0 || errno != ENOENT ? "cannot be read" :
				 "no entry: it was only in the writable layer and needs no whiteout");
	}
	layers_done(&layers);
}

static const char *kind_of(const struct layer *layer)
{
	static const char *const names[] = {
		[LAYER_READ_ONLY] = "read-only", [LAYER_INIT] = "init", [LAYER_WRITABLE] = "writable",
	};

	return names[layer->kind];
}

void observe_origin(const struct session *session, const struct reading *reading, const char *path,
		    const char *when, struct text *ret)
{
	const char *inside = "";
	struct layers layers;
	struct stat there, seen;

	if (!take(session, reading, path, &layers, &inside))
		return;
	int from = layers_stat(&layers, inside, &there);
	if (from >= 0) {
		const struct layer *layer = &layers.list[from];
		text_sayf(ret, "%s%s: branch %d, %s: device %u:%u inode %llu", ret->len ? "\n" : "", when, from,
			  kind_of(layer), major(there.st_dev), minor(there.st_dev),
			  (unsigned long long)there.st_ino);
		if (look_stat(reading->pid, path, 1, &seen) == 0)
			text_sayf(ret, ", seen as %llu", (unsigned long long)seen.st_ino);
		if (layer->kind == LAYER_WRITABLE)
			text_sayf(ret, "\ncopied: %lld bytes, %lld blocks of 512", (long long)there.st_size,
				  (long long)there.st_blocks);
	}
	layers_done(&layers);
}
