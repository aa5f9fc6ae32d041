#include "words/plans/container/hidden.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "snapshot/look.h"
#include "snapshot/union/layers.h"

enum { NAMES_TOLD = 4 };

/* Names that are counted, and the first of them told. */
struct names {
	struct text told;
	size_t count;
};

static void add(struct names *names, const char *name)
{
	if (names->count++ >= NAMES_TOLD)
		return;
	text_add(&names->told, names->told.len ? ", " : "");
	text_add_visible(&names->told, name, strlen(name));
}

static const char *tell(struct names *names, struct plan *plan)
{
	const char *ret = NULL;

	if (names->count)
		ret = arena_print(&plan->arena, "%zu %s: %s%s", names->count,
				  names->count == 1 ? "entry" : "entries", text_of(&names->told),
				  names->count > NAMES_TOLD ? ", ..." : "");
	text_done(&names->told);
	return ret;
}

/* Takes fd. NULL if it is not a folder. */
static DIR *open_folder(int fd)
{
	DIR *ret = fd < 0 ? NULL : fdopendir(fd);

	if (!ret && fd >= 0)
		close(fd);
	return ret;
}

/* The next name but "." and "..". */
static const char *next(DIR *folder)
{
	struct dirent *entry;

	while ((entry = readdir(folder)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			return entry->d_name;
	return NULL;
}

const char *hidden_in_child(const struct context *context, struct plan *plan, const char *path)
{
	DIR *folder = open_folder(look_open(context->child->pid, path, O_RDONLY | O_DIRECTORY));
	struct names names = { 0 };
	const char *name;

	if (!folder)
		return NULL;
	while ((name = next(folder)))
		add(&names, name);
	closedir(folder);
	return tell(&names, plan);
}

/* Layer i's names below inside, as far as it is the one that gives them. */
static void add_layer(struct layers *layers, size_t i, const char *inside, struct plan *plan,
		      struct names *names)
{
	cleanup_fd int layer = layer_open(layers, i);
	DIR *folder = layer < 0 ? NULL : open_folder(layers_open_in(layer, inside, O_RDONLY | O_DIRECTORY));
	const char *name;
	struct stat st;

	if (!folder)
		return;
	while ((name = next(folder))) {
		const char *path = arena_print(&plan->arena, "%s%s%s", inside, *inside ? "/" : "", name);
		if (layers_stat(layers, path, &st) == (int)i)
			add(names, name);
	}
	closedir(folder);
}

const char *hidden_in_image(const struct root_image *image, struct plan *plan, const char *path)
{
	const char *inside = path + (path[0] == '/');
	struct names names = { 0 };
	struct layers layers;
	struct stat st;

	layers_of(image->folders, image->dialect, &layers);
	if (layers_stat(&layers, inside, &st) >= 0 && S_ISDIR(st.st_mode))
		for (size_t i = layers.count; i-- > 0;)
			add_layer(&layers, i, inside, plan, &names);
	layers_done(&layers);
	return tell(&names, plan);
}
