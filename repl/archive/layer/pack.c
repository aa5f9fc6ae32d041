#include "archive/layer/pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "archive/digest.h"
#include "archive/limits.h"
#include "archive/report.h"
#include "archive/layer/attributes.h"
#include "archive/layer/looks.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/message.h"
#include "base/list.h"
#include "base/text.h"
#include "base/file/inroot.h"

struct work {
	const struct pack *pack;
	struct archive *archive;
	struct archive_entry_linkresolver *links;
	struct digest digest;
	struct looks looks;
	bool only_looks; /* nothing is packed */
	int out, code; /* where to; the errno of its last write(2) that failed */
	uint64_t written, told, entries;
	char **pending; /* folders that are still to be read, the next one last */
	size_t pending_count, pending_room;
};

/* ---- writing ---- */

static la_ssize_t take(struct archive *archive, void *data, const void *bytes, size_t length)
{
	struct work *work = data;

	digest_add(&work->digest, bytes, length);
	if (write_fd(work->out, bytes, length) < 0) {
		work->code = errno;
		archive_set_error(archive, errno, "%s", errno_name(errno));
		return -1;
	}
	work->written += length;
	if (work->written > work->told + 8 * 1024 * 1024)
		report_progress("packing", 0, 0, work->told = work->written, 0);
	return (la_ssize_t)length;
}

static int fail_writing(struct work *work, struct error *err)
{
	const char *said = archive_error_string(work->archive);

	if (work->code)
		return fail(err, work->code, "write the layer");
	return fail_id(err, ERR_ARCHIVE_INVALID, 0, "write the layer: %s", said ? vis(said) : "failed");
}

/* A name that is not UTF-8 is a warning: it is kept byte for byte. */
static int put_header(struct work *work, struct archive_entry *entry, struct error *err)
{
	if (archive_write_header(work->archive, entry) < ARCHIVE_WARN)
		return fail_writing(work, err);
	return 0;
}

/* Somebody else writes to the layer's files while they are read. */
static int fail_changed(const char *why, struct error *err)
{
	fail_id(err, ERR_ARCHIVE_CHANGED, 0, "it changed while it was read");
	fail_why(err, "%s; a program in the container writes to it", _(why));
	return fail_fix(err, "cgroup freeze, or end the program; then try again");
}

static int put_content(struct work *work, int fd, int64_t size, struct error *err)
{
	enum { CHUNK = 256 * 1024 };
	cleanup_free char *bytes = malloc(CHUNK);

	if (!bytes)
		out_of_memory();
	while (size > 0) {
		ssize_t n = read(fd, bytes, size < CHUNK ? (size_t)size : CHUNK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(err, errno, "read");
		if (n == 0)
			return fail_changed(N_("it has become shorter"), err);
		if (archive_write_data(work->archive, bytes, (size_t)n) < 0)
			return fail_writing(work, err);
		size -= n;
	}
	if (archive_write_finish_entry(work->archive) < ARCHIVE_WARN)
		return fail_writing(work, err);
	return 0;
}

/* ".wh.NAME" for path FOLDER/NAME. */
static int put_whiteout(struct work *work, const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	cleanup_text struct text name = { 0 };
	struct archive_entry *entry = archive_entry_new();

	if (!entry)
		out_of_memory();
	text_addn(&name, path, slash ? (size_t)(slash + 1 - path) : 0);
	text_addf(&name, ".wh.%s", slash ? slash + 1 : path);
	archive_entry_copy_pathname(entry, name.s);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0);
	archive_entry_set_size(entry, 0);
	archive_entry_set_mtime(entry, 0, 0);
	int failed = put_header(work, entry, err);
	archive_entry_free(entry);
	return failed;
}

/* ---- entries ---- */

/* Where an entry is read: by its name in the folder, for the path may lead elsewhere by now. */
struct place {
	int folder;
	const char *name;
	const char *path; /* in the layer */
};

/* What was found cannot be read. 0 where it is gone: then it is not in the layer. */
static int fail_found(int code, const char *call, struct error *err)
{
	if (code == ENOENT)
		return 0;
	if (code == ELOOP || code == ENOTDIR || code == EINVAL || code == ENXIO)
		return fail_changed(N_("it was replaced by something of another kind"), err);
	return fail(err, code, "%s", call);
}

/* Not through a link, which may stand in a folder's place by now. */
static int open_folder(const char *path)
{
	return inroot_beneath(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

static int push(struct work *work, const char *path)
{
	LIST_ROOM(work->pending, work->pending_count, work->pending_room);
	work->pending[work->pending_count++] = text_copy(path);
	return 0;
}

static bool is_left_out(const struct work *work, const char *path)
{
	for (size_t i = 0; i < work->pack->without_count; i++)
		if (strcmp(work->pack->without[i], path) == 0)
			return true;
	return false;
}

/* 1 where it is gone by now. */
static int describe(struct archive_entry *entry, const struct place *place, const struct stat *st,
		    struct error *err)
{
	char target[4096];

	archive_entry_copy_stat(entry, st);
	archive_entry_unset_atime(entry);
	archive_entry_unset_ctime(entry);
	archive_entry_unset_birthtime(entry);
	archive_entry_copy_pathname(entry, place->path);
	if (!S_ISLNK(st->st_mode))
		return 0;
	ssize_t n = readlinkat(place->folder, place->name, target, sizeof(target) - 1);
	if (n < 0)
		return fail_found(errno, "readlink", err) < 0 ? -1 : 1;
	target[n] = '\0';
	archive_entry_copy_symlink(entry, target);
	return 0;
}

static int put_opened(struct work *work, struct archive_entry *entry, const char *path, int fd,
		      struct error *err)
{
	mode_t type = archive_entry_filetype(entry);
	struct archive_entry *sparse;
	struct marks marks = { 0 };

	if (fd >= 0 && attributes_add(work->pack->userxattr, fd, entry, &marks, err) < 0)
		return -1;
	if (marks.whiteout && type == AE_IFREG && archive_entry_size(entry) == 0)
		return put_whiteout(work, path, err);
	archive_entry_linkify(work->links, &entry, &sparse);
	int64_t size = archive_entry_hardlink(entry) ? 0 : archive_entry_size(entry);
	if (put_header(work, entry, err) < 0)
		return -1;
	if (type == AE_IFREG && size > 0 && put_content(work, fd, size, err) < 0)
		return -1;
	if (type != AE_IFDIR)
		return 0;
	push(work, path);
	if (!marks.opaque)
		return 0;
	cleanup_text struct text mark = { 0 };
	text_addf(&mark, "%s/.wh..opq", path);
	return put_whiteout(work, mark.s, err);
}

static int put_entry(struct work *work, const struct place *place, const struct stat *st,
		     struct error *err)
{
	bool opens = !work->only_looks && (S_ISREG(st->st_mode) || S_ISDIR(st->st_mode));
	struct stat now = *st;

	cleanup_fd int fd = opens ? openat(place->folder, place->name,
					   O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK) : -1;
	if (opens && (fd < 0 || fstat(fd, &now) < 0))
		return fail_found(errno, "open", err);
	if ((now.st_mode & S_IFMT) != (st->st_mode & S_IFMT))
		return fail_changed(N_("it was replaced by something of another kind"), err);
	looks_add(&work->looks, place->path, &now);
	if (work->only_looks)
		return S_ISDIR(now.st_mode) ? push(work, place->path) : 0;
	struct archive_entry *entry = archive_entry_new();
	if (!entry)
		out_of_memory();
	int failed = describe(entry, place, &now, err);
	if (!failed)
		failed = put_opened(work, entry, place->path, fd, err);
	archive_entry_free(entry);
	return failed < 0 ? -1 : 0;
}

/* fd is the folder's. What is gone by now is not in the layer. */
static int pack_one(struct work *work, const char *folder, int fd, const char *name,
		    struct error *err)
{
	cleanup_text struct text path = { 0 };
	struct stat st;

	if (strcmp(folder, ".") != 0)
		text_addf(&path, "%s/", folder);
	text_add(&path, name);
	if (path.len > LIMIT_PATH)
		return fail_id(err, ERR_ARCHIVE_INVALID, ENAMETOOLONG, "%s", vis(path.s));
	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : fail(err, errno, "lstat %s", vis(path.s));
	if (is_left_out(work, path.s) || S_ISSOCK(st.st_mode))
		return 0;
	if (++work->entries > LIMIT_ENTRIES)
		return fail_id(err, ERR_ARCHIVE_LIMIT, 0, "too many entries: more than %d", LIMIT_ENTRIES);
	if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0)) {
		looks_add(&work->looks, path.s, &st);
		return work->only_looks ? 0 : put_whiteout(work, path.s, err);
	}
	if (text_begins(name, ".wh.")) {
		fail_id(err, ERR_ARCHIVE_INVALID, 0, "%s cannot be in a layer", vis(path.s));
		return fail_why(err, "in an archive a name that begins with .wh. is a deletion");
	}
	if (put_entry(work, &(struct place){ fd, name, path.s }, &st, err) < 0)
		return fail_wrap(err, "%s", vis(path.s));
	return 0;
}

struct names {
	char **s;
	size_t count, room;
};

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What lies in a folder, in the order of names, so that the same files give the same bytes.
 * scandirat(3) is glibc's alone. */
static int list_names(int fd, struct names *ret, struct error *err)
{
	int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = own < 0 ? NULL : fdopendir(own);

	if (!stream)
		return fail_found(errno, "opendir", err);
	errno = 0;
	for (const struct dirent *entry; (entry = readdir(stream)); errno = 0) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		LIST_ROOM(ret->s, ret->count, ret->room);
		ret->s[ret->count++] = text_copy(entry->d_name);
	}
	int code = errno;
	closedir(stream);
	if (code)
		return fail(err, code, "readdir");
	if (ret->count)
		qsort(ret->s, ret->count, sizeof(*ret->s), compare);
	return 0;
}

static int pack_folder(struct work *work, const char *folder, struct error *err)
{
	cleanup_fd int fd = open_folder(folder);
	struct names names = { 0 };
	int failed = 0;

	if (fd < 0)
		failed = fail_found(errno, "opendir", err);
	else
		failed = list_names(fd, &names, err);
	if (failed)
		failed = fail_wrap(err, "%s", vis(folder));
	for (size_t i = 0; i < names.count; i++) {
		if (!failed)
			failed = pack_one(work, folder, fd, names.s[i], err);
		free(names.s[i]);
	}
	free(names.s);
	return failed;
}

static int walk(struct work *work, struct error *err)
{
	struct stat st;
	int failed = 0;

	looks_begin(&work->looks, work->pack->userxattr ? "user" : "trusted");
	if (lstat(".", &st) < 0)
		return fail(err, errno, "stat");
	if (put_entry(work, &(struct place){ AT_FDCWD, ".", "." }, &st, err) < 0)
		return fail_wrap(err, "the layer's root");
	while (work->pending_count && !failed) {
		char *folder = work->pending[--work->pending_count];
		failed = pack_folder(work, folder, err);
		free(folder);
	}
	return failed;
}

static int pack_all(struct work *work, struct error *err)
{
	if (archive_write_open(work->archive, work, NULL, take, NULL) != ARCHIVE_OK)
		return fail_writing(work, err);
	if (walk(work, err) < 0)
		return -1;
	return archive_write_close(work->archive) != ARCHIVE_OK ? fail_writing(work, err) : 0;
}

static bool looks_as_known(const struct pack *pack)
{
	struct work work = { .pack = pack, .only_looks = true };
	struct error ignored;
	char hex[HEX];

	if (!pack->known || walk(&work, &ignored) < 0)
		return false;
	digest_hex(&work.looks.digest, hex);
	return work.looks.settled && strcmp(hex, pack->known) == 0;
}

int pack_layer(const struct pack *pack, int fd)
{
	struct work work = { .pack = pack, .out = fd };
	char hex[HEX], looks[HEX];
	struct error err;

	if (looks_as_known(pack)) {
		report_result(json_pack("{sb}", "same", 1));
		return 0;
	}
	work.archive = archive_write_new();
	work.links = archive_entry_linkresolver_new();
	if (!work.archive || !work.links)
		out_of_memory();
	digest_init(&work.digest);
	archive_write_set_format_pax_restricted(work.archive);
	archive_write_set_bytes_in_last_block(work.archive, 1);
	archive_entry_linkresolver_set_strategy(work.links, archive_format(work.archive));
	int failed = pack_all(&work, &err);
	if (failed) {
		report_error(&err);
		return 1;
	}
	digest_hex(&work.digest, hex);
	digest_hex(&work.looks.digest, looks);
	report_result(json_pack("{ss sI sI ss sb}", "digest", hex, "bytes", (json_int_t)work.written,
				"entries", (json_int_t)work.entries, "looks", looks, "settled", work.looks.settled));
	return 0;
}
