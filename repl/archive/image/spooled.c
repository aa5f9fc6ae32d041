/* The tar around an image: docker save writes one, skopeo and others pack an OCI layout into one. */
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/report.h"
#include "archive/image/document.h"
#include "archive/image/import.h"
#include "archive/image/recognise.h"
#include "archive/image/spool.h"
#include "archive/layer/layer.h"
#include "archive/stream/stream.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/text.h"
#include "base/file/remove.h"

#define BLOBS "blobs/sha256/"

enum { MOST_FILES = 10000, MOST_LINKS = 8 };

static struct spooled_file *add(struct spooled *spooled, const char *name, const char *link)
{
	LIST_ROOM(spooled->files, spooled->count, spooled->room);
	struct spooled_file *file = &spooled->files[spooled->count++];
	*file = (struct spooled_file){ .name = text_copy(name), .link = link ? text_copy(link) : NULL };
	return file;
}

void spooled_done(struct spooled *spooled)
{
	for (size_t i = 0; i < spooled->count; i++) {
		free(spooled->files[i].name);
		free(spooled->files[i].link);
	}
	free(spooled->files);
}

/* The last of several of one name, as tar(1) has it. */
static const struct spooled_file *called(const struct spooled *spooled, const char *name)
{
	for (size_t i = spooled->count; i-- > 0;)
		if (strcmp(spooled->files[i].name, name) == 0)
			return &spooled->files[i];
	return NULL;
}

const struct spooled_file *spooled_find(const struct spooled *spooled, const char *name)
{
	const struct spooled_file *file = called(spooled, name);

	for (int i = 0; file && file->link && i < MOST_LINKS; i++)
		file = called(spooled, file->link);
	return file && !file->link ? file : NULL;
}

/* Where a symbolic link leads, as text: docker writes ../ID/layer.tar. What another target names no
 * file of the archive, and is found missing when it is asked for. */
static void resolve(const char *name, const char *target, char *ret)
{
	const char *slash = strrchr(name, '/');
	size_t length = slash ? (size_t)(slash - name) : 0;
	struct error ignored;

	while (strncmp(target, "../", 3) == 0 && length) {
		target += 3;
		while (length && name[length - 1] != '/')
			length--;
		length -= length > 0;
	}
	char joined[PATH_MAX];
	snprintf(joined, sizeof(joined), "%.*s/%s", (int)length, name, target);
	if (layer_path(joined, ret, &ignored) < 0)
		ret[0] = '\0';
}

static int spool_content(struct stream *stream, const struct import *import, uint64_t before,
			 struct spooled_file *file, struct error *err)
{
	cleanup_spool struct spool spool = { .fd = -1 };
	uint64_t told = 0;
	const void *bytes;
	size_t length;
	la_int64_t at;
	int got;

	if (spool_open(&spool, import->limit - before, err) < 0)
		return -1;
	while ((got = archive_read_data_block(stream->tar, &bytes, &length, &at)) == ARCHIVE_OK) {
		if (at != (la_int64_t)spool.size)
			return fail_id(err, ERR_ARCHIVE_INVALID, 0, "a sparse file");
		if (spool_add(&spool, bytes, length, err) < 0)
			return -1;
		if (spool.size > told + 8 * 1024 * 1024)
			report_progress("reading", 0, 0, told = spool.size, 0);
	}
	if (got != ARCHIVE_EOF)
		return stream_fail(stream, err);
	file->size = spool.size;
	if (spool_close(&spool, file->hex, err) < 0)
		return -1;
	const char *said = strncmp(file->name, BLOBS, strlen(BLOBS)) == 0 ?
				   file->name + strlen(BLOBS) : NULL;
	if (said && hex_valid(said) && strcmp(said, file->hex) != 0) {
		fail_id(err, ERR_ARCHIVE_DIGEST, 0, "the blob differs from its name");
		return fail_why(err, "expected the digest " SHA256 "%s, found " SHA256 "%s", said,
				file->hex);
	}
	return 0;
}

static int spool_entry(struct stream *stream, const struct import *import, const char *around,
		       struct archive_entry *entry, struct spooled *ret, uint64_t *total,
		       struct error *err)
{
	const char *name = archive_entry_pathname(entry), *hard = archive_entry_hardlink(entry);
	char path[PATH_MAX], target[PATH_MAX];

	if (!name || layer_path(name, path, err) < 0)
		return name ? fail_wrap(err, "%s", vis(name)) : fail_id(err, ERR_ARCHIVE_INVALID, 0, "an entry has no name");
	if (strncmp(path, around, strlen(around)) != 0)
		return 0;
	memmove(path, path + strlen(around), strlen(path + strlen(around)) + 1);
	if (ret->count == MOST_FILES)
		return fail_id(err, ERR_ARCHIVE_LIMIT, 0, "too many entries: more than %d around layers", MOST_FILES);
	if (hard && layer_path(hard, target, err) < 0)
		return fail_wrap(err, "%s", vis(path));
	if (hard) {
		add(ret, path, target + (strncmp(target, around, strlen(around)) == 0 ? strlen(around) : 0));
		return 0;
	}
	switch (archive_entry_filetype(entry)) {
	case AE_IFLNK:
		resolve(path, archive_entry_symlink(entry), target);
		add(ret, path, target);
		return 0;
	case AE_IFREG:
		break;
	default:
		return 0;
	}
	struct spooled_file *file = add(ret, path, NULL);
	if (spool_content(stream, import, *total, file, err) < 0)
		return fail_wrap(err, "%s", vis(path));
	*total += file->size;
	return 0;
}

/* ---- what it is ---- */

static json_t *document(const struct spooled *spooled, const char *name)
{
	const struct spooled_file *file = spooled_find(spooled, name);
	cleanup_text struct text text = { 0 };
	char path[100];

	if (!file)
		return NULL;
	snprintf(path, sizeof(path), "blobs/%s", file->hex);
	return read_file(AT_FDCWD, path, LIMIT_DOCUMENT, &text) < 0 ? NULL :
	       json_loadb(text_of(&text), text.len, 0, NULL);
}

/* Whatever else such a file says, it is an image's when it says this. */
static bool says(const struct spooled *spooled, const char *name, bool list, const char *key)
{
	cleanup_json json_t *said = document(spooled, name);
	const json_t *first = list ? json_array_get(said, 0) : said;

	return json_object_get(first, key) != NULL;
}

static void find_form(struct spooled *spooled, bool certain)
{
	static const struct { const char *name; bool list; const char *key; enum form form; } forms[] = {
		{ "index.json", false, "manifests", FORM_LAYOUT },
		{ "manifest.json", true, "Layers", FORM_SAVED },
		{ "manifest.json", false, "layers", FORM_DIR },
		{ "manifest.json", false, "manifests", FORM_DIR },
	};

	for (size_t i = 0; i < COUNT(forms); i++)
		if (says(spooled, forms[i].name, forms[i].list, forms[i].key)) {
			spooled->form = forms[i].form;
			return;
		}
	/* One that is damaged says how when it is read. */
	if (certain)
		spooled->form = spooled_find(spooled, "index.json") ? FORM_LAYOUT :
				spooled_find(spooled, "manifest.json") ? FORM_SAVED : FORM_OLD;
}

int spooled_read(const struct import *import, struct spooled *ret, struct error *err)
{
	cleanup_stream struct stream stream = { 0 };
	struct recognised recognised;
	struct archive_entry *entry;
	uint64_t total = 0;
	int got;

	*ret = (struct spooled){ .form = FORM_ROOT };
	if (recognise_tar(&recognised, err) < 0)
		return -1;
	if (!recognised.image)
		return 0;
	if (lseek(STDIN_FILENO, 0, SEEK_SET) < 0 ||
	    stream_open(&stream, STDIN_FILENO, import->limit, err) < 0 || stream_tar(&stream, err) < 0)
		return -1;
	while ((got = stream_next(&stream, &entry, err)) > 0)
		if (spool_entry(&stream, import, recognised.around, entry, ret, &total, err) < 0)
			return -1;
	if (got < 0 || stream_drain(&stream, err) < 0)
		return -1;
	if (stream.bytes % 512)
		return fail_id(err, ERR_ARCHIVE_INVALID, 0, "unexpected end of the tar: it was cut off");
	find_form(ret, recognised.certain);
	return 0;
}

/* ---- a folder ---- */

static int spool_inside(const struct import *import, int folder, const char *before, int depth,
			struct spooled *ret, uint64_t *total, struct error *err);

static int spool_one(const struct import *import, int folder, const char *path, const char *name, int depth,
		     struct spooled *ret, uint64_t *total, struct error *err)
{
	cleanup_fd int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	/* The folder is all that is seen: what a link leads to elsewhere is missing. */
	if (fd < 0 || fstat(fd, &st) < 0)
		return errno == ENOENT || errno == ENXIO ? 0 : fail(err, errno, "open %s", vis(path));
	if (S_ISDIR(st.st_mode))
		return depth ? spool_inside(import, fd, path, depth - 1, ret, total, err) : 0;
	if (!S_ISREG(st.st_mode))
		return 0;
	if (ret->count == MOST_FILES)
		return fail_id(err, ERR_ARCHIVE_LIMIT, 0, "too many files: more than %d around layers", MOST_FILES);
	struct spooled_file *file = add(ret, path, NULL);
	if (spool_file(fd, "reading", (uint64_t)st.st_size, import->limit - *total, file->hex, &file->size,
		       err) < 0)
		return fail_wrap(err, "%s", vis(path));
	*total += file->size;
	return 0;
}

static int spool_inside(const struct import *import, int folder, const char *before, int depth,
			struct spooled *ret, uint64_t *total, struct error *err)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), failed = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir)
		return fail(err, errno, "open %s", *before ? vis(before) : "the folder");
	for (struct dirent *entry; !failed && (entry = readdir(dir));) {
		cleanup_text struct text path = { 0 };
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		text_addf(&path, "%s%s%s", before, *before ? "/" : "", entry->d_name);
		failed = spool_one(import, folder, path.s, entry->d_name, depth, ret, total, err);
	}
	closedir(dir);
	return failed;
}

int spooled_folder(const struct import *import, int folder, struct spooled *ret, struct error *err)
{
	enum { DEPTH = 2 /* blobs/sha256/HEX */ };
	uint64_t total = 0;

	*ret = (struct spooled){ .form = FORM_ROOT };
	if (spool_inside(import, folder, "", DEPTH, ret, &total, err) < 0)
		return -1;
	find_form(ret, true);
	return 0;
}
