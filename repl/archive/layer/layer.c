#include "archive/layer/layer.h"

#include <archive_entry.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "archive/limits.h"
#include "archive/report.h"
#include "archive/layer/meta.h"
#include "archive/layer/tree.h"
#include "archive/stream/stream.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/message.h"
#include "base/text.h"

#define WHITEOUT ".wh."
#define OPAQUE ".wh..wh..opq"
#define BOOKKEEPING ".wh..wh." /* aufs's own: .wh..wh.aufs, .wh..wh.plnk, .wh..wh.orph */

struct work {
	const struct layer *layer;
	struct stream stream;
	struct tree tree;
	uint64_t entries, written, told;
	char last[200]; /* the entry's name, printable */
};

/* ---- names ---- */

int layer_path(const char *name, char *ret, struct error *err)
{
	size_t used = 0, depth = 0;

	for (const char *s = name; *s;) {
		size_t length = strcspn(s, "/");
		if (length == 2 && strncmp(s, "..", 2) == 0) {
			fail_id(err, ERR_ARCHIVE_INVALID, 0, "its path leads out of the layer");
			return fail_why(err, "no entry of an image may have .. in its path");
		}
		if (length && !(length == 1 && *s == '.')) {
			if (used + (used > 0) + length > LIMIT_PATH)
				return fail_id(err, ERR_ARCHIVE_LIMIT, ENAMETOOLONG, "its name has more than %d bytes",
					    LIMIT_PATH);
			if (++depth > LIMIT_DEPTH)
				return fail_id(err, ERR_ARCHIVE_LIMIT, ENAMETOOLONG, "it is more than %d folders deep",
					    LIMIT_DEPTH);
			if (used)
				ret[used++] = '/';
			memcpy(ret + used, s, length);
			used += length;
		}
		s += length + (s[length] == '/');
	}
	ret[used] = '\0';
	return 0;
}

/* ---- deletions ---- */

/* Whether some folder on the way to name has the name of a deletion. */
static bool is_in_deletion(const char *path, const char *name)
{
	for (const char *s = path; s < name; s = strchr(s, '/') + 1)
		if (strncmp(s, WHITEOUT, strlen(WHITEOUT)) == 0)
			return true;
	return false;
}

/* An entry that stands for a deletion: 1 when it has been made, 0 when it is none. */
static int delete(struct work *work, char *path, struct error *err)
{
	char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	const char *hidden = name + strlen(WHITEOUT);

	if (tree_is_pseudo_link(path))
		return 0;
	if (is_in_deletion(path, name) && strncmp(path, BOOKKEEPING, strlen(BOOKKEEPING)) == 0)
		return 1;
	if (is_in_deletion(path, name))
		return fail_id(err, ERR_ARCHIVE_INVALID, 0, "it is inside a deletion: .wh.NAME is not a folder");
	if (strncmp(name, WHITEOUT, strlen(WHITEOUT)) != 0)
		return 0;
	if (strcmp(name, OPAQUE) == 0) {
		*(slash ? slash : path) = '\0';
		return tree_opaque(&work->tree, path, err) < 0 ? -1 : 1;
	}
	if (strncmp(name, BOOKKEEPING, strlen(BOOKKEEPING)) == 0)
		return 1;
	if (!*hidden || strcmp(hidden, ".") == 0 || strcmp(hidden, "..") == 0) {
		fail_id(err, ERR_ARCHIVE_INVALID, 0, "a deletion of nothing");
		return fail_why(err, ".wh.NAME stands for NAME being deleted; here NAME is \"%s\"",
				hidden);
	}
	memmove(name, hidden, strlen(hidden) + 1);
	return tree_whiteout(&work->tree, path, err) < 0 ? -1 : 1;
}

/* ---- content ---- */

static int write_at(int fd, const char *bytes, size_t size, off_t at)
{
	while (size) {
		ssize_t n = pwrite(fd, bytes, size, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		bytes += n;
		at += n;
		size -= (size_t)n;
	}
	return 0;
}

/* Now and then. Each worker has its own layer to report. */
static void tell(struct work *work)
{
	enum { STEP = 2 * 1024 * 1024 };
	uint64_t bytes = stream_packed(&work->stream);

	if (bytes < work->told + STEP)
		return;
	work->told = bytes;
	report_progress("unpacking", work->layer->number, work->layer->of, bytes, work->layer->size);
}

static int write_content(struct work *work, int fd, int64_t size, struct error *err)
{
	const void *bytes;
	size_t length;
	la_int64_t at, end = 0;
	int got;

	while ((got = archive_read_data_block(work->stream.tar, &bytes, &length, &at)) == ARCHIVE_OK) {
		/* A sparse file has holes between its blocks, and none may lie beyond its end. */
		if (at < 0 || at > size || (int64_t)length > size - at)
			return fail_id(err, ERR_ARCHIVE_INVALID, 0, "it has more content than its header says");
		if (write_at(fd, bytes, length, at) < 0)
			return fail(err, errno, "write");
		end = at + (int64_t)length;
		tell(work);
	}
	if (got != ARCHIVE_EOF)
		return stream_fail(&work->stream, err);
	if (end < size && ftruncate(fd, size) < 0)
		return fail(err, errno, "ftruncate");
	return 0;
}

static int write_attributes(struct work *work, struct archive_entry *entry, int fd,
			    struct error *err)
{
	const char *name;
	const void *value;
	size_t size;

	archive_entry_xattr_reset(entry);
	while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK && name) {
		if (size > LIMIT_XATTR)
			return fail_id(err, ERR_ARCHIVE_LIMIT, E2BIG, "its attribute %s has %zu bytes, more than %d",
				    vis(name), size, LIMIT_XATTR);
		if (tree_attribute(&work->tree, fd, name, value, size, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- entries ---- */

static int read_meta(const struct work *work, struct archive_entry *entry, struct meta *ret, struct error *err)
{
	*ret = (struct meta){
		.mode = archive_entry_perm(entry),
		.uid = archive_entry_uid(entry), .gid = archive_entry_gid(entry),
		.mtime = { archive_entry_mtime(entry), archive_entry_mtime_nsec(entry) },
	};
	/* 4294967295 means "no change" to chown(2). */
	if (ret->uid < 0 || ret->gid < 0 || ret->uid >= UINT32_MAX || ret->gid >= UINT32_MAX)
		return fail_id(err, ERR_ARCHIVE_INVALID, 0, "its owner %lld:%lld is out of range", (long long)ret->uid,
			    (long long)ret->gid);
	if (work->stream.said.before)
		ret->mtime = work->stream.said.mtime;
	if (ret->mtime.tv_nsec < 0 || ret->mtime.tv_nsec > 999999999)
		ret->mtime.tv_nsec = 0;
	return 0;
}

/* What it says it has is held against the limit before a byte is written. */
static int unpack_file(struct work *work, struct archive_entry *entry, const char *path,
		       const struct meta *meta, struct error *err)
{
	int64_t size = archive_entry_size(entry);

	if (size < 0 || (uint64_t)size > work->layer->limit - work->written) {
		fail_id(err, ERR_ARCHIVE_LIMIT, EFBIG, "it has %lld bytes, and the limit is %llu MiB", (long long)size,
		     (unsigned long long)(work->layer->limit >> 20));
		return fail_fix(err, "image import --max-size SIZE, if you know it to be that large");
	}
	work->written += (uint64_t)size;
	cleanup_fd int fd = tree_file(&work->tree, path, err);
	if (fd < 0 || write_content(work, fd, size, err) < 0 ||
	    tree_own(&work->tree, fd, meta, err) < 0 || write_attributes(work, entry, fd, err) < 0)
		return -1;
	return tree_finish(&work->tree, fd, meta, err);
}

static int unpack_folder(struct work *work, struct archive_entry *entry, const char *path,
			 const struct meta *meta, struct error *err)
{
	cleanup_fd int fd = tree_folder(&work->tree, path, meta, err);

	if (fd < 0 || tree_own(&work->tree, fd, meta, err) < 0 ||
	    write_attributes(work, entry, fd, err) < 0)
		return -1;
	return tree_finish(&work->tree, fd, meta, err);
}

static int unpack_link(struct work *work, const char *path, const char *to, struct error *err)
{
	char target[PATH_MAX];

	if (layer_path(to, target, err) < 0)
		return fail_wrap(err, "a hard link to %s", vis(to));
	return tree_link(&work->tree, path, target, err);
}

static int unpack_entry(struct work *work, struct archive_entry *entry, char *path,
			struct error *err)
{
	const char *link = archive_entry_hardlink(entry);
	mode_t type = archive_entry_filetype(entry);
	struct meta meta;

	if (!*path && (link || type != AE_IFDIR))
		return fail_id(err, ERR_ARCHIVE_INVALID, 0, "the layer's root is not a folder");
	int deleted = delete(work, path, err);
	if (deleted)
		return deleted < 0 ? -1 : 0;
	if (link)
		return unpack_link(work, path, link, err);
	if (read_meta(work, entry, &meta, err) < 0)
		return -1;
	switch (type) {
	case AE_IFREG:
		return unpack_file(work, entry, path, &meta, err);
	case AE_IFDIR:
		return unpack_folder(work, entry, path, &meta, err);
	case AE_IFLNK:
		return tree_symlink(&work->tree, path, archive_entry_symlink(entry), &meta, err);
	case AE_IFCHR:
		return tree_node(&work->tree, path, S_IFCHR, archive_entry_rdev(entry), &meta, err);
	case AE_IFBLK:
		return tree_node(&work->tree, path, S_IFBLK, archive_entry_rdev(entry), &meta, err);
	case AE_IFIFO:
		return tree_node(&work->tree, path, S_IFIFO, 0, &meta, err);
	case AE_IFSOCK:
		/* It is nothing without the process that listens. */
		return tree_left_out(&work->tree, path, NOTE_DEVICES, err);
	}
	return fail_id(err, ERR_ARCHIVE_INVALID, 0, "unknown kind of entry");
}

static int unpack_next(struct work *work, struct archive_entry *entry, struct error *err)
{
	const char *name = archive_entry_pathname(entry);
	char path[PATH_MAX];

	if (++work->entries > LIMIT_ENTRIES)
		return fail_id(err, ERR_ARCHIVE_LIMIT, 0, "too many entries: more than %d", LIMIT_ENTRIES);
	visible(work->last, sizeof(work->last), name && *name ? name : _("without a name"));
	if (!name)
		return fail_id(err, ERR_ARCHIVE_INVALID, 0, "entry %llu has no name", (unsigned long long)work->entries);
	if (layer_path(name, path, err) < 0 || unpack_entry(work, entry, path, err) < 0)
		return fail_wrap(err, "entry %llu, %s", (unsigned long long)work->entries, work->last);
	return 0;
}

static int unpack_all(struct work *work, struct error *err)
{
	struct archive_entry *entry;
	int got;

	if (stream_open(&work->stream, work->layer->blob, work->layer->limit, err) < 0 ||
	    stream_tar(&work->stream, err) < 0)
		return -1;
	while ((got = stream_next(&work->stream, &entry, err)) > 0) {
		if (unpack_next(work, entry, err) < 0)
			return -1;
		tell(work);
	}
	if (got == 0)
		got = stream_drain(&work->stream, err);
	if (got < 0 && work->entries)
		return fail_wrap(err, "behind entry %llu, %s", (unsigned long long)work->entries, work->last);
	if (got < 0)
		return -1;
	if (work->layer->closed && !stream_closed(&work->stream)) {
		fail_id(err, ERR_ARCHIVE_INVALID, 0, "unexpected end of the tar");
		return fail_why(err, "a tar ends with 1024 zero bytes; this one was cut off");
	}
	return tree_close(&work->tree, err);
}

int layer_unpack(const struct layer *layer, char diff_id[HEX], struct error *err)
{
	struct work work = { .layer = layer };

	tree_init(&work.tree, layer->root, layer->overseer, layer->list);
	int failed = unpack_all(&work, err);
	if (!failed) {
		digest_hex(&work.stream.digest, diff_id);
		report_notes(&work.tree.notes);
	}
	notes_done(&work.tree.notes);
	tree_done(&work.tree);
	stream_done(&work.stream);
	return failed;
}
