/* What is known of an image, as docker prints it: the same keys, so that what reads docker's output
 * reads this. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "image/image.h"

static json_t *diff_ids(const struct image *image)
{
	json_t *ret = json_array();

	for (size_t i = 0; i < image->layer_count; i++)
		json_array_append_new(ret, json_string(image->layers[i].diff_id));
	return ret;
}

/* The lowest first, as RootFS.Layers has them. */
static json_t *folders(const struct image *image)
{
	json_t *ret = json_array();

	for (size_t i = 0; i < image->layer_count; i++)
		json_array_append_new(ret, json_string(image->layers[i].folder));
	return ret;
}

static json_t *lines(const char *s)
{
	json_t *ret = json_array();

	for (; *s; s += strcspn(s, "\n"), s += *s == '\n')
		json_array_append_new(ret, json_stringn(s, strcspn(s, "\n")));
	return ret;
}

void image_inspect(const struct image *image, const char *ghosts, struct text *ret)
{
	json_t *config = json_loads(image->config, 0, NULL);
	json_t *list = json_pack("[{ss s[s] s[s] ss ss ss so? sI s{ss s{so}} s{ss so}}]",
		"Id", image->id, "RepoTags", image->name, "RepoDigests", image->digest,
		"Created", image->created, "Architecture", image->architecture, "Os", image->os,
		"Config", config, "Size", (json_int_t)image->size,
		"GraphDriver", "Name", "overlay", "Data", "Layers", folders(image),
		"RootFS", "Type", "layers", "Layers", diff_ids(image));
	if (*ghosts)
		json_object_set_new(json_array_get(list, 0), "GhostNames", lines(ghosts));
	/* Control characters are escaped by JSON itself, all that is not ASCII by this flag: nothing
	 * in it can move a cursor. */
	char *s = list ? json_dumps(list, JSON_INDENT(4) | JSON_ENSURE_ASCII) : NULL;

	if (!s)
		out_of_memory();
	json_decref(list);
	text_addf(ret, "%s\n", s);
	free(s);
}
