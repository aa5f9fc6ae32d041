/* image: the store: images, layers, volumes.
 * May include: image/copies ops base.
 * Never: touches a child, or reads an archive itself.
 * Begin at: image.h; store.c lays the folders out. */
/* Images: stacks of read-only layers and a config that says how they are run, kept in the store.
 * An image there is whole or not there. What is read here was written by foreign people: names,
 * environment, commands are data, to be shown through vis(). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct error;
struct text;

/* One layer. The files below folder are in overlay's own form, as a lower layer of a mount in any
 * user namespace of this user: a whiteout is a character device 0:0 (mknod(2) lets anybody make
 * one since Linux 5.8), an opaque folder has the attribute user.overlay.opaque, and for root
 * trusted.overlay.opaque too. In an ordinary user's store all files are that user's own; where the
 * archive named another owner, the attribute user.stave.owner holds it as "UID:GID". */
struct image_layer {
	const char *diff_id;    /* "sha256:HEX" of its tar: what RootFS.Layers lists */
	const char *digest;     /* "sha256:HEX" of the blob, which may be compressed */
	const char *media_type; /* of the blob */
	uint64_t size;          /* of the blob, in bytes */
	const char *folder;     /* absolute */
};

/* How a layer came to be; texts are "" where nothing is said. */
struct image_history {
	const char *created, *created_by, *author, *comment;
	bool empty; /* changed the config alone: it has no layer */
};

struct image {
	struct arena arena;
	const char *name;       /* with its tag: "alpine:3.19" */
	const char *id;         /* "sha256:HEX" of the config */
	const char *digest;     /* "sha256:HEX" of the manifest */
	const char *created, *architecture, *os; /* "" where nothing is said */
	struct image_layer *layers; /* the lowest first */
	size_t layer_count;
	const char *const *env, *const *cmd, *const *entrypoint, *const *volumes; /* ended by NULL */
	const char *workdir, *user; /* "" where nothing is said */
	const char *config;     /* all of what says how it is run, as JSON: an object, or "{}" */
	struct image_history *history; /* the oldest first */
	size_t history_count;
	uint64_t size;          /* of all blobs of layers, in bytes */
};

void image_done(struct image *image);
#define cleanup_image __attribute__((cleanup(image_done)))

/* The image called name ("alpine" means "alpine:latest"), or whose id begins with it (six digits at
 * least, with or without "sha256:"). The caller releases ret. -1 with err: ENOENT where the store has
 * no such image. */
int image_find(const char *name, struct image *ret, struct error *err);

/* All images, sorted by name, into *ret: an array on the heap, each to be released, then free()d. What
 * cannot be read is left out; the first such failure is in err (why it stands in the way), and *broken
 * counts them. -1 with err when the store cannot be read at all. */
int image_list(struct image **ret, size_t *count, size_t *broken, struct error *err);

/* Keep the image's layers for as long as the descriptor that is returned is open: image rm refuses
 * meanwhile. A process that mounts them must hold it. -1 with err when the image is gone. */
int image_hold(const struct image *image, struct error *err);

/* Both, of one and the same image, however often others replace it meanwhile. The descriptor; -1 with err
 * as of image_find(), and EBUSY. */
int image_find_held(const char *name, struct image *ret, struct error *err);

/* What docker image inspect prints of it, as JSON of several lines: Id, RepoTags, Config,
 * RootFS.Layers, ...; and where the layers are, as GraphDriver.Data. ghosts: names that it lists and
 * does not have, a newline after each, as GhostNames; "" for none. */
void image_inspect(const struct image *image, const char *ghosts, struct text *ret);

/* One of its blobs that are JSON, by digest: its manifest, or its config. -1 with err. */
int image_blob(const char *digest, struct text *ret, struct error *err);

/* Whether s can be the name of an image, "NAME[:TAG]" with slashes between parts, and the same
 * with ":latest" where it has no tag, in arena. NULL with err. */
const char *image_name(const char *s, struct arena *arena, struct error *err);
