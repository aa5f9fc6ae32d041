/* What is known of an image, as docker prints it: the same keys, so that what reads docker's output
 * reads this. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "image/digest.h"
#include "image/image.h"
#include "image/record.h"
#include "image/store.h"

static json_t *diff_ids(const struct image *image)
{
	json_t *ret = json_array();

	for (size_t i = 0; i < image->layer_count; i++)
		json_array_append_new(ret, json_string(image->layers[i].diff_id));
	return ret;
}

/* Control characters are escaped by JSON itself, all that is not ASCII by this flag: nothing in it can
 * move a cursor. */
static void print(const json_t *json, struct text *ret)
{
	char *s = json ? json_dumps(json, JSON_INDENT(4) | JSON_ENSURE_ASCII) : NULL;

	if (!s)
		out_of_memory();
	text_addf(ret, "%s\n", s);
	free(s);
}

int image_blob(const char *digest, struct text *ret, struct error *err)
{
	cleanup_text struct text text = { 0 };
	char path[4000];

	if (store_path(path, sizeof(path), err) < 0)
		return -1;
	cleanup_fd int store = store_open(path, err);
	if (store < 0 || record_blob(store, digest, &text, err) < 0)
		return -1;
	json_t *json = json_loadb(text_of(&text), text.len, 0, NULL);
	if (!json)
		return fail_id(err, ERR_STORE_DAMAGED, 0, "%s: not JSON", digest);
	print(json, ret);
	json_decref(json);
	return 0;
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
	print(list, ret);
	json_decref(list);
}
