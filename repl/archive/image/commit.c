#include "archive/image/commit.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "archive/limits.h"
#include "archive/report.h"
#include "archive/talk.h"
#include "archive/guard/overseer.h"
#include "archive/image/compose.h"
#include "archive/image/document.h"
#include "base/error.h"
#include "base/fd.h"

/* The config and the layers' descriptors that the new image begins with. */
static int begin(const struct commit *commit, const char *created, json_t **config,
		 json_t **layers, struct error *err)
{
	if (!commit->manifest) {
		*config = compose_config(created);
		*layers = json_array();
		return 0;
	}
	cleanup_json json_t *manifest = document_blob(commit->manifest, "the manifest", err);
	*layers = json_incref(json_object_get(manifest, "layers"));
	if (!json_is_array(*layers))
		return manifest ? fail_id(err, ERR_ARCHIVE_INVALID, 0, "the manifest has no layers") : -1;
	*config = document_blob(commit->config, "the config", err);
	return *config ? 0 : -1;
}

static int add_layer(json_t *layers, const char *hex, struct error *err)
{
	char path[100];
	struct stat st;

	snprintf(path, sizeof(path), "blobs/%s", hex);
	if (stat(path, &st) < 0)
		return fail_id(err, ERR_ARCHIVE_INVALID, 0, "the layer " SHA256 "%s is missing", hex);
	json_array_append_new(layers, compose_descriptor(TYPE_LAYER, hex, (uint64_t)st.st_size));
	return 0;
}

/* Not compressed, so that the digest is that of the plain bytes. */
static const char *layer_of(const struct commit *commit, size_t i)
{
	return i < commit->known_count ? commit->known[i] : commit->layers[i - commit->known_count];
}

static int compose(const struct commit *commit, const struct outcome *outcomes, struct error *err)
{
	char created[40], config_hex[HEX], manifest_hex[HEX];
	cleanup_json json_t *config = NULL, *layers = NULL;
	time_t now = time(NULL);
	uint64_t size;
	struct tm tm;

	strftime(created, sizeof(created), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	if (begin(commit, created, &config, &layers, err) < 0)
		return -1;
	size_t count = commit->known_count + commit->layer_count;
	json_t *chains = json_array(), *blobs = json_array();
	for (size_t i = 0; i < count; i++) {
		const char *layer = layer_of(commit, i);
		bool last = i + 1 == count;
		struct saying saying = { created, last ? commit->created_by : "commit: a layer below",
					 last ? commit->comment : "" };
		if (add_layer(layers, layer, err) < 0 || compose_layer(config, layer, &saying, err) < 0)
			return -1;
		if (i >= commit->known_count)
			json_array_append_new(chains, json_string(outcomes[i - commit->known_count].chain));
		json_array_append_new(blobs, json_string(layer));
	}
	if (document_write(json_incref(config), config_hex, &size, err) < 0 ||
	    compose_manifest(config_hex, size, json_incref(layers), manifest_hex, err) < 0)
		return -1;
	json_array_append_new(blobs, json_string(config_hex));
	json_array_append_new(blobs, json_string(manifest_hex));
	report_result(json_pack("{ss ss so so}", "manifest", manifest_hex, "config", config_hex,
				"folders", chains, "blobs", blobs));
	return 0;
}

int commit_reader(void *data, int overseer, struct error *err)
{
	static struct order orders[LIMIT_LAYERS];
	static struct outcome outcomes[LIMIT_LAYERS];
	const struct commit *commit = data;

	size_t count = commit->known_count + commit->layer_count;
	if (count == 0 || count > LIMIT_LAYERS)
		return fail_id(err, ERR_ARCHIVE_INVALID, 0, "%zu layers", count);
	for (size_t i = 0; i < commit->layer_count; i++) {
		if (!hex_valid(commit->layers[i]))
			return fail_id(err, ERR_ARCHIVE_INVALID, 0, "no digest");
		memcpy(orders[i].blob, commit->layers[i], HEX);
		memcpy(orders[i].diff_id, commit->layers[i], HEX);
	}
	if (commit->layer_count &&
	    overseer_unpack(overseer, orders, (unsigned)commit->layer_count, outcomes) < 0)
		_exit(1);
	return compose(commit, outcomes, err);
}
