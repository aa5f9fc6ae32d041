#include "words/plans/container/hidden.h"

#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "snapshot/eyes/eyes.h"
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

const char *hidden_in_child(const struct context *context, struct plan *plan, const char *path)
{
	cleanup_text struct text list = { 0 };
	struct names names = { 0 };

	eyes_list(context->eyes, context->child->pid, path, &list);
	for (const char *name = NULL; (name = names_next(&list, name));)
		add(&names, name);
	return tell(&names, plan);
}

/* Layer i's names below inside, as far as it is the one that gives them. */
static void add_layer(struct layers *layers, size_t i, const char *inside, struct plan *plan,
		      struct names *names)
{
	cleanup_text struct text list = { 0 };
	cleanup_fd int layer = layer_open(layers, i);
	struct stat st;

	if (layer >= 0)
		names_in(layers_open_in(layer, inside, O_RDONLY | O_DIRECTORY), &list);
	for (const char *name = NULL; (name = names_next(&list, name));) {
		const char *path = arena_print(&plan->arena, "%s%s%s", inside, *inside ? "/" : "", name);
		if (layers_stat(layers, path, &st) == (int)i)
			add(names, name);
	}
}

const char *hidden_in_image(const struct root_image *image, struct plan *plan, const char *path)
{
	const char *inside = path + (path[0] == '/');
	struct names names = { 0 };
	struct layers layers;
	struct stat st;

	layers_of(image->eyes, image->folders, image->dialect, &layers);
	if (layers_stat(&layers, inside, &st) >= 0 && S_ISDIR(st.st_mode))
		for (size_t i = layers.count; i-- > 0;)
			add_layer(&layers, i, inside, plan, &names);
	layers_done(&layers);
	return tell(&names, plan);
}

const char *mounted_on_root(void)
{
	return _("Processes that are here keep the root that they have, and do not see it: a path begins below it. Who joins "
		 "the mount namespace (setns, exec) gets it as its root; pivot goes to a new one.");
}
