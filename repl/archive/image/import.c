#include "archive/image/import.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "archive/report.h"
#include "archive/guard/overseer.h"
#include "archive/image/compose.h"
#include "archive/image/document.h"
#include "archive/image/recognise.h"
#include "archive/image/spool.h"
#include "archive/stream/stream.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"

int import_config(struct found *found, struct error *err)
{
	cleanup_json json_t *config = document_blob(found->config, "the config", err);
	const json_t *diff_ids, *id;
	size_t i;

	if (!config)
		return -1;
	diff_ids = json_object_get(json_object_get(config, "rootfs"), "diff_ids");
	if (json_array_size(diff_ids) != found->count)
		return fail_id(err, ERR_ARCHIVE_INVALID, 0, "the config has digests of %zu layers, but there are %u",
			    json_array_size(diff_ids), found->count);
	json_array_foreach(diff_ids, i, id) {
		const char *hex = digest_of(json_string_value(id));
		if (!hex)
			return fail_id(err, ERR_ARCHIVE_INVALID, 0, "the config has no sha256 for layer %zu",
				    i + 1);
		memcpy(found->orders[i].diff_id, hex, HEX);
	}
	const char *os = document_text(config, "os", "linux");
	if (strcmp(os, "linux") != 0)
		return fail_id(err, ERR_ARCHIVE_PLATFORM, 0, "the image is for %s, not for linux", vis(os));
	return 0;
}

/* A tar that is itself the one layer. What no media type of OCI stands for is kept unpacked. */
int rootfs_read(const struct import *import, struct found *found, struct error *err)
{
	enum packing packing;
	struct stat st;
	char hex[HEX];
	uint64_t size;

	if (lseek(STDIN_FILENO, 0, SEEK_SET) < 0 || fstat(STDIN_FILENO, &st) < 0)
		return fail(err, errno, "read the archive again");
	packing = packing_of(STDIN_FILENO);
	if (compose_layer_type(packing)) {
		if (spool_file(STDIN_FILENO, "reading", (uint64_t)st.st_size, import->limit, hex, &size,
			       err) < 0)
			return -1;
	} else {
		cleanup_spool struct spool spool = { .fd = -1 };
		cleanup_stream struct stream stream = { 0 };
		const void *bytes;
		ssize_t n;
		if (spool_open(&spool, import->limit, err) < 0 ||
		    stream_open(&stream, STDIN_FILENO, import->limit, err) < 0)
			return -1;
		while ((n = stream_read(&stream, &bytes, err)) > 0)
			if (spool_add(&spool, bytes, (size_t)n, err) < 0)
				return -1;
		size = spool.size;
		packing = PACKING_NONE;
		if (n < 0 || spool_close(&spool, hex, err) < 0)
			return -1;
	}
	json_array_append_new(found->layers,
			      compose_descriptor(compose_layer_type(packing), hex, size));
	memcpy(found->orders[0].blob, hex, HEX);
	found->count = 1;
	return 0;
}

static int read_form(const struct import *import, const struct spooled *spooled, struct found *found,
		     struct error *err)
{
	switch (spooled->form) {
	case FORM_ROOT:
		return rootfs_read(import, found, err);
	case FORM_LAYOUT:
		return layout_read(import, -1, spooled, found, err);
	case FORM_SAVED:
		return saved_read(import, spooled, found, err);
	case FORM_DIR:
		return dir_read(import, spooled, found, err);
	case FORM_OLD:
		return old_read(import, spooled, found, err);
	}
	return fail_id(err, ERR_ARCHIVE_FORM, EPROTO, "the form of the image");
}

/* The blobs of a layout are taken one by one, as they are named: there may be more of them. */
static int read_folder(const struct import *import, int source, struct found *found,
		       struct error *err)
{
	struct recognised recognised;
	struct spooled spooled;

	if (recognise_folder(source, &recognised, err) < 0)
		return -1;
	cleanup_fd int folder = openat(source, *recognised.around ? recognised.around : ".",
				       O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return fail(err, errno, "open the folder in the folder");
	if (faccessat(folder, "index.json", F_OK, 0) == 0)
		return layout_read(import, folder, NULL, found, err);
	int failed = spooled_folder(import, folder, &spooled, err);
	if (!failed)
		failed = read_form(import, &spooled, found, err);
	spooled_done(&spooled);
	return failed;
}

static int read_source(struct import *import, struct found *found, struct error *err)
{
	struct spooled spooled;

	if (import->folder) {
		cleanup_fd int folder = open("source", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (folder < 0)
			return fail(err, errno, "open the folder");
		return read_folder(import, folder, found, err);
	}
	int failed = spooled_read(import, &spooled, err);
	if (!failed)
		failed = read_form(import, &spooled, found, err);
	spooled_done(&spooled);
	return failed;
}

/* Where no config names the layers' digests it can only be written when they are known. */
static int write_config(const struct import *import, struct found *found,
			const struct outcome *outcomes, struct error *err)
{
	char created[40], by[300];
	time_t now = time(NULL);
	struct tm tm;

	strftime(created, sizeof(created), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	snprintf(by, sizeof(by), "image import %s", vis(import->name));
	json_t *config = found->base ? json_incref(found->base) : compose_config(created);
	struct saying saying = { created, by, "" };
	for (unsigned i = 0; i < found->count; i++)
		if (compose_layer(config, outcomes[i].diff_id, &saying, err) < 0)
			return -1;
	return document_write(config, found->config, &found->config_size, err);
}

static json_t *texts(const struct outcome *outcomes, unsigned count)
{
	json_t *ret = json_array();

	for (unsigned i = 0; i < count; i++)
		json_array_append_new(ret, json_string(outcomes[i].chain));
	return ret;
}

static json_t *blobs(const struct found *found)
{
	json_t *ret = json_array();

	json_array_append_new(ret, json_string(found->manifest));
	json_array_append_new(ret, json_string(found->config));
	for (unsigned i = 0; i < found->count; i++)
		json_array_append_new(ret, json_string(found->orders[i].blob));
	return ret;
}

static int finish(const struct import *import, struct found *found,
		  const struct outcome *outcomes, struct error *err)
{
	if (!*found->config && write_config(import, found, outcomes, err) < 0)
		return -1;
	if (!*found->manifest &&
	    compose_manifest(found->config, found->config_size, json_incref(found->layers),
			     found->manifest, err) < 0)
		return -1;
	report_result(json_pack("{ss ss ss so so}", "manifest", found->manifest, "config",
				found->config, "ref", vis(found->ref), "folders",
				texts(outcomes, found->count), "blobs", blobs(found)));
	return 0;
}

int import_reader(void *data, int overseer, struct error *err)
{
	struct found *found = calloc(1, sizeof(*found));
	static struct outcome outcomes[LIMIT_LAYERS];

	if (!found)
		out_of_memory();
	found->layers = json_array();
	int failed = read_source(data, found, err);
	/* What the overseer could not have done it has said itself. */
	if (!failed && overseer_unpack(overseer, found->orders, found->count, outcomes) < 0)
		_exit(1);
	if (!failed)
		failed = finish(data, found, outcomes, err);
	json_decref(found->layers);
	json_decref(found->base);
	free(found);
	return failed;
}
