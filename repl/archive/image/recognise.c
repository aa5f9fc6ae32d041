#include "archive/image/recognise.h"

#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/layer/layer.h"
#include "archive/stream/kind.h"
#include "archive/stream/stream.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/text.h"

enum document { INDEX, MANIFEST, REPOSITORIES, LAYOUT, DOCUMENTS };

static const char *const documents[DOCUMENTS] = {
	[INDEX] = "index.json", [MANIFEST] = "manifest.json", [REPOSITORIES] = "repositories",
	[LAYOUT] = "oci-layout",
};

/* Which of them a folder holds: files or links, and other things of the name. */
struct holds {
	bool document[DOCUMENTS], other[DOCUMENTS], blobs;
};

struct names {
	struct holds top, within; /* at the top; in the one folder there */
	char folder[PATH_MAX];    /* the first name at the top, with a slash behind */
	bool several;             /* names at the top */
	uint64_t roots;           /* names that a root file system has there: a bit each */
	uint64_t entries;
};

/* hier(7). */
static const char *const roots[] = {
	"bin", "boot", "dev", "etc", "home", "lib", "lib64", "media", "mnt", "opt", "proc", "root",
	"run", "sbin", "srv", "sys", "tmp", "usr", "var",
};

static bool holds_any(const struct holds *holds)
{
	bool ret = holds->blobs;

	for (int i = 0; i < DOCUMENTS; i++)
		ret = ret || holds->document[i] || holds->other[i];
	return ret;
}

static void note(struct holds *holds, const char *name, bool readable)
{
	static const char blobs[] = "blobs/sha256";

	for (int i = 0; i < DOCUMENTS; i++)
		if (strcmp(name, documents[i]) == 0)
			*(readable ? &holds->document[i] : &holds->other[i]) = true;
	if (strncmp(name, blobs, strlen(blobs)) == 0 && strchr("/", name[strlen(blobs)]))
		holds->blobs = true;
}

static void note_name(struct names *names, const char *path, bool readable)
{
	size_t length = strcspn(path, "/");

	names->entries++;
	if (!*path)
		return;
	if (!*names->folder)
		snprintf(names->folder, sizeof(names->folder), "%.*s/", (int)length, path);
	else if (strncmp(names->folder, path, length) != 0 || names->folder[length] != '/')
		names->several = true;
	for (size_t i = 0; i < COUNT(roots); i++)
		if (strlen(roots[i]) == length && strncmp(roots[i], path, length) == 0)
			names->roots |= UINT64_C(1) << i;
	note(&names->top, path, readable);
	if (path[length])
		note(&names->within, path + length + 1, readable);
}

static int judge(const struct names *names, struct recognised *ret, struct error *err)
{
	bool inside = !holds_any(&names->top) && !names->several && holds_any(&names->within);
	const struct holds *holds = inside ? &names->within : &names->top;
	bool found = false;

	*ret = (struct recognised){ .image = holds_any(holds) };
	if (inside)
		memcpy(ret->around, names->folder, sizeof(ret->around));
	ret->certain = holds->document[LAYOUT] || holds->blobs || holds->document[REPOSITORIES];
	for (int i = INDEX; i <= REPOSITORIES; i++)
		found = found || holds->document[i];
	for (int i = INDEX; i <= MANIFEST && !found; i++)
		if (holds->other[i]) {
			fail_id(err, ERR_ARCHIVE_FORM, 0, "%s is neither a file nor a link to one", documents[i]);
			return fail_why(err, "this seems to be an image: what it says of itself should be there");
		}
	if (ret->certain && !found) {
		fail_id(err, ERR_ARCHIVE_FORM, ENOENT, "this seems to be an OCI image layout, and index.json is missing");
		return fail_why(err, "index.json says which of the blobs are an image");
	}
	return 0;
}

/* Two names of a root file system are enough, and mostly there at once; so is one where there are more
 * files than an image consists of. */
static bool is_root(const struct names *names)
{
	enum { MANY = 1000 };

	return !holds_any(&names->top) &&
	       ((names->roots & (names->roots - 1)) || (names->roots && names->entries > MANY));
}

int recognise_tar(struct recognised *ret, struct error *err)
{
	cleanup_stream struct stream stream = { 0 };
	struct names names = { 0 };
	struct archive_entry *entry;
	struct error ignored;
	char path[PATH_MAX];
	int got = -1;

	*ret = (struct recognised){ 0 };
	if (stream_open(&stream, STDIN_FILENO, UINT64_MAX, err) == 0 && stream_tar(&stream, err) == 0)
		while ((got = stream_next(&stream, &entry, err)) > 0) {
			const char *name = archive_entry_pathname(entry);
			mode_t type = archive_entry_filetype(entry);
			if (!name || layer_path(name, path, &ignored) < 0)
				break;
			note_name(&names, path, type == AE_IFREG || type == AE_IFLNK ||
						archive_entry_hardlink(entry));
			if (is_root(&names))
				return 0;
		}
	if (!names.entries && kind_refuse(STDIN_FILENO, err) < 0)
		return -1;
	if (!names.entries && got == 0 && stream.bytes == 0)
		return fail_id(err, ERR_ARCHIVE_INVALID, 0, "unexpected end of the tar: the file is empty");
	if (!names.entries && got == 0) {
		fail_id(err, ERR_ARCHIVE_FORM, 0, "not an archive of an image, nor a tar with anything in it");
		return fail_why(err, "it begins with the zero bytes that end a tar");
	}
	if (got < 0 && (!names.entries || holds_any(&names.top)))
		return -1;
	/* A tar that is broken further on says so when it is read as a layer. */
	return judge(&names, ret, err);
}

/* ---- folders ---- */

static void note_folder(struct names *names, int folder, const char *before)
{
	char path[PATH_MAX];
	struct stat st;
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    fstatat(folder, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		snprintf(path, sizeof(path), "%s%s", before, entry->d_name);
		note_name(names, path, S_ISREG(st.st_mode) || S_ISLNK(st.st_mode));
		cleanup_fd int blobs = strcmp(entry->d_name, "blobs") == 0 ?
			openat(folder, "blobs/sha256", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
		snprintf(path, sizeof(path), "%sblobs/sha256", before);
		if (blobs >= 0)
			note_name(names, path, false);
	}
	if (dir)
		closedir(dir);
}

int recognise_folder(int folder, struct recognised *ret, struct error *err)
{
	struct names names = { 0 };

	note_folder(&names, folder, "");
	if (!names.several && *names.folder && !holds_any(&names.top)) {
		cleanup_fd int inner = openat(folder, names.folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (inner >= 0)
			note_folder(&names, inner, names.folder);
	}
	if (judge(&names, ret, err) < 0)
		return -1;
	if (ret->image)
		return 0;
	fail_id(err, ERR_ARCHIVE_FORM, 0, "the folder is not an image in any form that is known");
	if (names.roots)
		fail_why(err, "this seems to be a root file system");
	return fail_fix(err, "container --image DIR takes a root file system as it is; tar -C DIR -cf FILE . "
			     "makes an archive of it");
}
