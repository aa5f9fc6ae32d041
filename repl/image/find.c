/* Images by name: looking into the store. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/await.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/text.h"
#include "image/digest.h"
#include "image/image.h"
#include "image/name.h"
#include "image/record.h"
#include "image/store.h"

enum {
	LEAST_OF_ID = 6,
	PATIENCE = 10000, /* ms for the lock on a record */
	MOST_TRIES = 100,
};

void image_done(struct image *image)
{
	arena_done(&image->arena);
}

static int fail_missing(const char *name, struct error *err)
{
	fail_id(err, ERR_IMAGE_ABSENT, ENOENT, "there is no image %s", vis(name));
	if (store_is_lent())
		fail_why(err, "this lesson has a store of its own; lesson quit returns to yours");
	return fail_fix(err, "image ls lists them; image import FILE adds one to the store");
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct image *)a)->name, ((const struct image *)b)->name);
}

int image_list(struct image **ret, size_t *count, size_t *broken, struct error *err)
{
	char path[4000];
	struct error wrong;
	size_t room = 0;

	*ret = NULL;
	*count = *broken = 0;
	if (store_path(path, sizeof(path), err) < 0)
		return -1;
	cleanup_fd int store = store_open(path, err);
	if (store < 0)
		return err->code == ENOENT ? 0 : -1;
	int fd = openat(store, "images", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : fail(err, errno, "open %s/images", vis(path));
	DIR *folder = fdopendir(fd);
	if (!folder)
		out_of_memory();
	for (struct dirent *entry; errno = 0, (entry = readdir(folder));) {
		if (entry->d_name[0] == '.')
			continue;
		LIST_ROOM(*ret, *count, room);
		if (record_read(path, store, entry->d_name, &(*ret)[*count], &wrong) == 0)
			(*count)++;
		else if (++*broken == 1)
			*err = wrong;
	}
	int code = errno;
	closedir(folder);
	if (code) {
		for (size_t i = 0; i < *count; i++)
			image_done(&(*ret)[i]);
		free(*ret);
		*ret = NULL;
		return fail(err, code, "read %s/images", vis(path));
	}
	if (*count)
		qsort(*ret, *count, sizeof(**ret), compare_names);
	return 0;
}

/* Whether word may stand for the id: its first digits. */
static bool begins_id(const char *word, const char *id)
{
	const char *digits = strncmp(word, DIGEST_PREFIX, strlen(DIGEST_PREFIX)) == 0 ?
				     word + strlen(DIGEST_PREFIX) : word;
	size_t length = strlen(digits);

	return length >= LEAST_OF_ID && strncmp(id + strlen(DIGEST_PREFIX), digits, length) == 0;
}

static int find_by_id(const char *word, struct image *ret, struct error *err)
{
	struct image *list;
	size_t count, broken, found = 0, at = 0;

	if (image_list(&list, &count, &broken, err) < 0)
		return -1;
	/* Names may share an id, but a word that fits two ids says too little. */
	for (size_t i = 0; i < count; i++)
		if (begins_id(word, list[i].id) && (!found || strcmp(list[i].id, list[at].id) != 0)) {
			found++;
			at = i;
		}
	if (found == 1)
		*ret = list[at];
	for (size_t i = 0; i < count; i++)
		if (found != 1 || i != at)
			image_done(&list[i]);
	free(list);
	if (found > 1)
		return fail_id(err, ERR_IMAGE_AMBIGUOUS, 0, "%s: ambiguous: the ids of %zu images "
							    "begin with it", vis(word), found);
	return found ? 0 : fail_missing(word, err);
}

int image_find(const char *name, struct image *ret, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	char path[4000];

	const char *full = image_name(name, &arena, err);
	bool digits = strspn(strncmp(name, DIGEST_PREFIX, strlen(DIGEST_PREFIX)) == 0 ?
				     name + strlen(DIGEST_PREFIX) : name,
			     "0123456789abcdef") >= LEAST_OF_ID;
	if (!full && !digits)
		return -1;
	if (store_path(path, sizeof(path), err) < 0)
		return -1;
	cleanup_fd int store = store_open(path, err);
	if (store < 0)
		return err->code == ENOENT ? fail_missing(name, err) : -1;
	if (full && record_read(path, store, image_file(full, &arena), ret, err) == 0)
		return 0;
	if (full && err->code != ENOENT) {
		if (strcmp(err->id, "store.damaged") == 0)
			fail_fix(err, "image verify %s tells what is whole; image rm %s, then import it again",
				 vis(full), vis(full));
		return fail_wrap(err, "image %s", vis(full));
	}
	if (digits)
		return find_by_id(name, ret, err);
	return fail_missing(name, err);
}

int image_hold(const struct image *image, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	char path[4000];

	if (store_path(path, sizeof(path), err) < 0)
		return -1;
	cleanup_fd int fd = open(arena_print(&arena, "%s/images/%s", path,
					     image_file(image->name, &arena)),
				 O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? fail_missing(image->name, err) :
					 fail(err, errno, "open the record of %s", vis(image->name));
	/* Who replaces or removes an image has it for a moment. */
	if (await_lock(fd, LOCK_SH, PATIENCE) < 0)
		return fail(err, errno, "flock the record of %s", vis(image->name));
	return steal_fd(&fd);
}

/* Whether a word means an image by its name, whatever that is of by now; else by its id. */
static bool is_named(const char *word, const struct image *image)
{
	cleanup_arena struct arena arena = { 0 };
	struct error ignored;
	const char *full = image_name(word, &arena, &ignored);

	return full && strcmp(full, image->name) == 0;
}

/* The image of the record that is held, in place of *image, which was found before that. 1; 0 where the record had lost
 * its name already when it was locked, or is of an image that word does not mean; -1 with err. Who replaces it from then
 * on leaves it another name, and so its blobs and layers. */
static int read_held(const char *word, int held, struct image *image, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	struct image now = { 0 };
	struct stat st;
	char path[4000];

	if (fstat(held, &st) < 0 || st.st_nlink == 0)
		return 0;
	if (store_path(path, sizeof(path), err) < 0)
		return -1;
	cleanup_fd int store = store_open(path, err);
	if (store < 0 || record_read_held(path, store, held, image_file(image->name, &arena), &now, err) < 0)
		return -1;
	bool meant = strcmp(now.digest, image->digest) == 0 || is_named(word, image);
	image_done(image);
	*image = now;
	return meant;
}

int image_find_held(const char *name, struct image *ret, struct error *err)
{
	for (int tries = 0; tries < MOST_TRIES; tries++) {
		if (image_find(name, ret, err) < 0)
			return -1;
		cleanup_fd int held = image_hold(ret, err);
		int kept = held < 0 ? (err->code == ENOENT ? 0 : -1) : read_held(name, held, ret, err);
		if (kept > 0)
			return steal_fd(&held);
		image_done(ret);
		*ret = (struct image){ 0 };
		if (kept < 0)
			return -1;
	}
	return fail(err, EBUSY, "image %s is replaced again and again", vis(name));
}
