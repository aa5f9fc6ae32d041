#include "image/intake/there.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/path.h"
#include "base/text.h"
#include "image/digest.h"
#include "image/image.h"

enum { MOST = 1 << 20 /* bytes that stave-archive reads of them */ };

static bool look_at(int layers, const char *chain, struct there *ret)
{
	struct stat st;

	if (fstatat(layers, chain, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode))
		return false;
	*ret = (struct there){ chain, st.st_dev, st.st_ino, st.st_ctim };
	return true;
}

static void add_layers(const struct image *image, struct arena *arena, struct there **list, size_t *count, size_t *room,
		       struct text *lines)
{
	for (size_t i = 0; i < image->layer_count && lines->len < MOST - 200; i++) {
		const struct image_layer *layer = &image->layers[i];
		cleanup_fd int layers = open(path_parent(arena, layer->folder), O_PATH | O_DIRECTORY | O_CLOEXEC);
		struct there there;
		if (!digest_valid(layer->digest) || !look_at(layers, path_name(layer->folder), &there))
			return;
		there.chain = arena_copy(arena, there.chain);
		LIST_ROOM(*list, *count, *room);
		(*list)[(*count)++] = there;
		text_addf(lines, "%s %s\n", layer->digest + strlen(DIGEST_PREFIX), there.chain);
	}
}

bool there_list(const char *made, struct arena *arena, struct there **ret, size_t *count)
{
	cleanup_text struct text lines = { 0 };
	size_t images_count, broken, room = 0;
	struct image *images;
	struct error ignored;

	*ret = NULL;
	*count = 0;
	if (image_list(&images, &images_count, &broken, &ignored) < 0)
		return false;
	for (size_t i = 0; i < images_count; i++) {
		add_layers(&images[i], arena, ret, count, &room, &lines);
		image_done(&images[i]);
	}
	free(images);
	if (!*count)
		return false;
	cleanup_fd int fd = open(arena_print(arena, "%s/known", made), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return fd >= 0 && write_fd(fd, lines.s, lines.len) == 0;
}

bool there_still(const struct there *list, size_t count, int layers, const char *chain)
{
	struct there now;

	if (!look_at(layers, chain, &now))
		return false;
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i].chain, chain) == 0)
			return list[i].device == now.device && list[i].inode == now.inode &&
			       list[i].changed.tv_sec == now.changed.tv_sec &&
			       list[i].changed.tv_nsec == now.changed.tv_nsec;
	return false;
}
