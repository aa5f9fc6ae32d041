#include "image/intake/import.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/path.h"
#include "base/text.h"
#include "base/file/remove.h"
#include "image/image.h"
#include "image/name.h"
#include "image/store.h"
#include "image/intake/publish.h"
#include "image/intake/reader.h"
#include "image/intake/sweep.h"
#include "image/intake/there.h"

/* ---- its name ---- */

/* "/tmp/My Image.tar.gz" as "my-image". */
static const char *name_of_file(const char *path, struct arena *arena)
{
	static const char *const ends[] = { ".gz", ".xz", ".zst", ".bz2", ".tgz", ".txz", ".tar", ".oci" };
	char *name = arena_copy(arena, path_name(path_clean(arena, path)));
	size_t used = 0;

	for (size_t i = 0; i < COUNT(ends); i++) {
		size_t length = strlen(name), end = strlen(ends[i]);
		if (length > end && strcmp(name + length - end, ends[i]) == 0)
			name[length - end] = '\0';
	}
	for (const char *s = name; *s; s++) {
		bool good = isalnum((unsigned char)*s) && (unsigned char)*s < 0x80;
		if (good || (used && (*s == '.' || *s == '_' || name[used - 1] != '-')))
			name[used++] = good ? (char)tolower((unsigned char)*s) :
				       *s == '.' || *s == '_' ? *s : '-';
	}
	while (used && name[used - 1] == '-')
		used--;
	name[used] = '\0';
	return *name ? name : "image";
}

/* As it is asked for; as the archive says, be it a tag alone; as the file is called. */
static int choose_name(const struct image_source *source, const char *said, char *ret, size_t size,
		       struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	struct error ignored;
	const char *name = NULL;

	if (source->name) {
		name = image_name(source->name, &arena, err);
		if (!name)
			return -1;
	} else {
		if (strpbrk(said, ":/"))
			name = image_name(said, &arena, &ignored);
		if (!name && *said)
			name = image_name(arena_print(&arena, "%s:%s", name_of_file(source->path, &arena),
						      said), &arena, &ignored);
		if (!name)
			name = image_name(name_of_file(source->path, &arena), &arena, err);
	}
	if (!name || strlen(name) >= size)
		return name ? fail(err, ENAMETOOLONG, "the image's name") : -1;
	strcpy(ret, name);
	return 0;
}

/* ---- reading it ---- */

/* What other tools take for a place, and is no path: what to type instead. */
static int fail_place(const char *path, struct error *err)
{
	static const struct { const char *begins, *fix; } places[] = {
		{ "docker://", "skopeo copy %s oci-archive:image.tar fetches it; then image import image.tar" },
		{ "docker-daemon:", "docker save NAME -o image.tar; then image import image.tar" },
		{ "containers-storage:", "podman save NAME -o image.tar; then image import image.tar" },
		{ "oci:", "give the folder alone, and the name behind the colon as --ref: image import DIR --ref NAME" },
		{ "oci-archive:", "give the file alone: image import FILE" },
		{ "docker-archive:", "give the file alone: image import FILE" },
		{ "dir:", "give the folder alone: image import DIR" },
		{ "http://", "!curl -fLo image.tar %s; then image import image.tar" },
		{ "https://", "!curl -fLo image.tar %s; then image import image.tar" },
	};

	if (strcmp(path, "-") == 0) {
		fail_id(err, ERR_ARGUMENT_INVALID, 0, "image import does not read standard input");
		fail_why(err, "an archive is read more than once, so it cannot come through a pipe");
		return fail_fix(err, "!docker save NAME -o image.tar; then image import image.tar");
	}
	for (size_t i = 0; i < COUNT(places); i++)
		if (strncmp(path, places[i].begins, strlen(places[i].begins)) == 0) {
			fail_id(err, ERR_PATH_KIND, 0, "%s is not a file or folder of this machine", vis(path));
			return fail_fix(err, places[i].fix, vis(path));
		}
	return 0;
}

/* The archive, opened by this user and nobody else. */
static int open_source(const struct image_source *source, bool *folder, struct error *err)
{
	cleanup_fd int fd = open(source->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 && errno == ENOENT && fail_place(source->path, err) < 0)
		return -1;
	if (fd < 0 || fstat(fd, &st) < 0) {
		fail(err, errno, "open %s", vis(source->path));
		return fail_fix(err, "archives are files and folders of the host: !ls -l shows those here");
	}
	*folder = S_ISDIR(st.st_mode);
	if (!*folder && !S_ISREG(st.st_mode)) {
		fail_id(err, ERR_PATH_KIND, 0, "%s is neither a file nor a folder", vis(source->path));
		return fail_why(err, "an archive is read more than once, so it cannot come through a pipe");
	}
	return steal_fd(&fd);
}

/* known: "known" in made lists layers that are in the store. */
static int read_into(const char *made, const struct image_source *source, bool known,
		     const struct image_watch *watch, struct image_made *ret, json_t **result,
		     struct error *err)
{
	cleanup_free char *real = realpath(source->path, NULL);
	char limit[32], target[4200], store[4000], layers[4100];
	char *args[16] = { (char *)"import", (char *)"--target", target, (char *)"--limit", limit,
			   (char *)"--name", (char *)(uintptr_t)source->path };
	size_t n = 7;
	bool folder;

	cleanup_fd int input = open_source(source, &folder, err);
	if (input < 0)
		return -1;
	snprintf(limit, sizeof(limit), "%llu", (unsigned long long)source->most);
	snprintf(target, sizeof(target), "%s", made);
	if (folder && !real)
		return fail(err, errno, "realpath %s", vis(source->path));
	if (folder) {
		args[n++] = (char *)"--folder";
		args[n++] = real;
	}
	if (source->ref) {
		args[n++] = (char *)"--ref";
		args[n++] = (char *)(uintptr_t)source->ref;
	}
	if (known) {
		if (store_path(store, sizeof(store), err) < 0)
			return -1;
		snprintf(layers, sizeof(layers), "%s/layers/sha256", store);
		args[n++] = (char *)"--store";
		args[n++] = layers;
	}
	if (source->platform) {
		args[n++] = (char *)"--platform";
		args[n++] = (char *)(uintptr_t)source->platform;
	}
	const struct reader_run run = { .args = args, .input = input, .userns = -1, .output = -1 };
	return reader_run(&run, watch, &ret->notes, result, err);
}

static void remove_made(const char *made)
{
	if (remove_tree(AT_FDCWD, made) < 0)
		return; /* cleared by the next process that uses the store */
}

/* In a folder of its own. skip: what the store has is not unpacked once more; IMAGE_CHANGED where it went meanwhile. */
static int import(const struct image_source *source, bool skip, const struct image_watch *watch,
		  struct image_made *ret, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	cleanup_free struct there *there = NULL;
	struct image_below below = { 0 };
	char made[4100];
	json_t *result;

	*ret = (struct image_made){ 0 };
	cleanup_fd int lock = store_fresh(made, sizeof(made), err);
	if (lock < 0)
		return -1;
	bool known = skip && there_list(made, &arena, &there, &below.there_count);
	below.there = there;
	int failed = read_into(made, source, known, watch, ret, &result, err);
	if (!failed) {
		const char *ref = json_string_value(json_object_get(result, "ref"));
		failed = choose_name(source, ref ? ref : "", ret->name, sizeof(ret->name), err);
		if (!failed)
			failed = image_publish(made, result, known ? &below : NULL, ret, err);
		json_decref(result);
	}
	remove_made(made);
	return failed;
}

int image_import(const struct image_source *source, const struct image_watch *watch,
		 struct image_made *ret, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };

	if (source->name && !image_name(source->name, &arena, err))
		return -1;
	store_clear();
	int failed = import(source, true, watch, ret, err);
	return failed == IMAGE_CHANGED ? import(source, false, watch, ret, err) : failed;
}

/* ---- taking it away ---- */

/* The image to be removed, and its record's file. One that cannot be read any more has a name all
 * the same, and no layers that are known of. */
static int find_to_remove(const char *name, struct image *image, int store, const char **record,
			  struct error *err)
{
	struct error other;
	int found = image_find(name, image, err);
	const char *full = found < 0 ? image_name(name, &image->arena, &other) : image->name;

	if (!full)
		return -1;
	*record = arena_print(&image->arena, "images/%s", image_file(full, &image->arena));
	image->name = full;
	return found < 0 && faccessat(store, *record, F_OK, 0) < 0 ? -1 : 0;
}

int image_remove(const char *name, struct swept *ret, struct error *err)
{
	cleanup_image struct image image = { 0 };
	const char *record;
	char path[4000];

	*ret = (struct swept){ 0 };
	store_clear();
	if (store_path(path, sizeof(path), err) < 0)
		return -1;
	cleanup_fd int store = store_lock(path, err);
	if (store < 0 || find_to_remove(name, &image, store, &record, err) < 0)
		return -1;
	cleanup_fd int fd = openat(store, record, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return fail(err, errno, "open %s", vis(record));
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		fail_id(err, ERR_IMAGE_USED, EBUSY, "the image %s is in use", vis(image.name));
		return fail_fix(err, "end the containers that use it, here and in other sessions");
	}
	if (unlinkat(store, record, 0) < 0)
		return fail(err, errno, "unlink %s", vis(record));
	return store_sweep(path, store, image.layer_count ? &image : NULL, ret, err);
}
