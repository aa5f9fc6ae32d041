#include "archive/image/export.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "archive/limits.h"
#include "archive/report.h"
#include "archive/image/compose.h"
#include "archive/image/document.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"

struct work {
	struct archive *archive;
	uint64_t written, total;
	unsigned blob, blobs;
};

static int fail_writing(struct archive *archive, struct error *err)
{
	const char *said = archive_error_string(archive);

	return fail(err, archive_errno(archive) > 0 ? archive_errno(archive) : 0, "write: %s",
		    said ? vis(said) : "the archive");
}

/* Owners, times and the like are the same for everybody. */
static int begin(struct work *work, const char *name, mode_t type, uint64_t size,
		 struct error *err)
{
	struct archive_entry *entry = archive_entry_new();

	if (!entry)
		out_of_memory();
	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, type);
	archive_entry_set_perm(entry, type == AE_IFDIR ? 0755 : 0644);
	archive_entry_set_size(entry, (la_int64_t)size);
	archive_entry_set_mtime(entry, 0, 0);
	int got = archive_write_header(work->archive, entry);
	archive_entry_free(entry);
	return got < ARCHIVE_WARN ? fail_writing(work->archive, err) : 0;
}

static int add_bytes(struct work *work, const void *bytes, size_t length, struct error *err)
{
	if (archive_write_data(work->archive, bytes, length) < 0)
		return fail_writing(work->archive, err);
	return 0;
}

static int add_json(struct work *work, const char *name, json_t *json, struct error *err)
{
	char *s = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);

	json_decref(json);
	if (!s)
		out_of_memory();
	int failed = begin(work, name, AE_IFREG, strlen(s), err);
	if (!failed)
		failed = add_bytes(work, s, strlen(s), err);
	free(s);
	return failed;
}

static int copy(struct work *work, int fd, struct digest *digest, struct error *err)
{
	enum { CHUNK = 256 * 1024, STEP = 8 * 1024 * 1024 };
	cleanup_free char *bytes = malloc(CHUNK);
	uint64_t told = work->written;
	ssize_t n;

	if (!bytes)
		out_of_memory();
	while ((n = read(fd, bytes, CHUNK)) > 0 || (n < 0 && errno == EINTR)) {
		if (n < 0)
			continue;
		digest_add(digest, bytes, (size_t)n);
		if (add_bytes(work, bytes, (size_t)n, err) < 0)
			return -1;
		work->written += (uint64_t)n;
		if (work->written > told + STEP)
			report_progress("writing", work->blob, work->blobs, told = work->written,
					work->total);
	}
	return n < 0 ? fail(err, errno, "read") : 0;
}

static int add_blob(struct work *work, const char hex[HEX], struct error *err)
{
	cleanup_fd int fd = open(hex, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct digest digest;
	char name[sizeof("blobs/sha256/") + HEX], found[HEX];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(err, errno, "open the blob " SHA256 "%s", hex);
	snprintf(name, sizeof(name), "blobs/sha256/%.*s", HEX - 1, hex);
	work->blob++;
	digest_init(&digest);
	if (begin(work, name, AE_IFREG, (uint64_t)st.st_size, err) < 0 ||
	    copy(work, fd, &digest, err) < 0)
		return -1;
	digest_hex(&digest, found);
	if (strcmp(found, hex) == 0)
		return 0;
	fail_id(err, ERR_STORE_DAMAGED, 0, "a blob of the store is damaged");
	return fail_why(err, "expected " SHA256 "%s, found " SHA256 "%s", hex, found);
}

static json_t *index_of(const struct export *export, const json_t *manifest, uint64_t size)
{
	const char *tag = strrchr(export->name, ':');

	return json_pack("{si ss s[{ss so sI s{ss ss}}]}", "schemaVersion", 2, "mediaType",
			 TYPE_INDEX, "manifests",
			 "mediaType", document_text(manifest, "mediaType", TYPE_MANIFEST),
			 "digest", json_sprintf(SHA256 "%s", export->manifest),
			 "size", (json_int_t)size, "annotations",
			 "org.opencontainers.image.ref.name", tag ? tag + 1 : export->name,
			 "io.containerd.image.name", export->name);
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The manifest, the config and the layers, each once. */
static unsigned blobs_of(const char *manifest_hex, const json_t *manifest,
			 char (*ret)[HEX], uint64_t *total)
{
	const json_t *layers = json_object_get(manifest, "layers"), *layer;
	struct descriptor blob;
	struct error ignored;
	unsigned count = 0, kept = 0;
	struct stat st;
	size_t i;

	memcpy(ret[count++], manifest_hex, HEX);
	if (document_descriptor(json_object_get(manifest, "config"), "the config", &blob, &ignored) == 0)
		memcpy(ret[count++], blob.hex, HEX);
	json_array_foreach(layers, i, layer)
		if (i < LIMIT_LAYERS && document_descriptor(layer, "a layer", &blob, &ignored) == 0)
			memcpy(ret[count++], blob.hex, HEX);
	qsort(ret, count, HEX, compare);
	for (unsigned at = 0; at < count; at++) {
		if (kept && strcmp(ret[kept - 1], ret[at]) == 0)
			continue;
		memmove(ret[kept++], ret[at], HEX);
		*total += stat(ret[kept - 1], &st) == 0 ? (uint64_t)st.st_size : 0;
	}
	return kept;
}

static int write_all(struct work *work, const struct export *export, struct error *err)
{
	static char blobs[LIMIT_LAYERS + 2][HEX];
	cleanup_text struct text text = { 0 };
	struct stat st;

	if (read_file(AT_FDCWD, export->manifest, LIMIT_DOCUMENT, &text) < 0 ||
	    stat(export->manifest, &st) < 0)
		return fail(err, errno, "read the manifest");
	cleanup_json json_t *manifest = document_parse(text_of(&text), text.len, JSON_OBJECT,
						       "the manifest", err);
	if (!manifest)
		return -1;
	work->blobs = blobs_of(export->manifest, manifest, blobs, &work->total);
	if (begin(work, "blobs/", AE_IFDIR, 0, err) < 0 ||
	    begin(work, "blobs/sha256/", AE_IFDIR, 0, err) < 0 ||
	    add_json(work, "oci-layout", json_pack("{ss}", "imageLayoutVersion", "1.0.0"), err) < 0 ||
	    add_json(work, "index.json", index_of(export, manifest, (uint64_t)st.st_size), err) < 0)
		return -1;
	for (unsigned i = 0; i < work->blobs; i++)
		if (add_blob(work, blobs[i], err) < 0)
			return -1;
	if (archive_write_close(work->archive) != ARCHIVE_OK)
		return fail_writing(work->archive, err);
	return 0;
}

int export_image(const struct export *export, int fd)
{
	struct work work = { .archive = archive_write_new() };
	struct error err;

	if (!work.archive)
		out_of_memory();
	archive_write_set_format_pax_restricted(work.archive);
	archive_write_set_bytes_in_last_block(work.archive, 1);
	int failed = archive_write_open_fd(work.archive, fd) != ARCHIVE_OK ?
			     fail_writing(work.archive, &err) : write_all(&work, export, &err);
	archive_write_free(work.archive);
	if (failed)
		report_error(&err);
	else
		report_result(json_pack("{sI}", "bytes", (json_int_t)work.written));
	return failed ? 1 : 0;
}
