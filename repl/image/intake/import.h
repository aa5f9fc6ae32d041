/* Images come in: read by the program beside this one, which has walls of its own, and put into the
 * store when they are whole. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "image/intake/intake.h"

struct error;
struct swept; /* image/intake/sweep.h */

struct image_source {
	const char *path;  /* on the host: a file, or the folder of an OCI layout */
	const char *name;  /* for the image; NULL: as the archive says, or as the file is called */
	const char *ref;   /* which image of the archive; NULL: the only one */
	const char *platform; /* for which machine, "OS/ARCHITECTURE[/VARIANT]"; NULL: this one */
	uint64_t most;     /* bytes that a layer may have, and all blobs together */
};

/* -1 with err; IMAGE_STOPPED with err when watch asked for it. Either way nothing is left. */
int image_import(const struct image_source *source, const struct image_watch *watch,
		 struct image_made *ret, struct error *err);

/* Take the image's name away, and the layers and blobs that no other image has. -1 with err, when it
 * is not there or is in use. A damaged record is removed alone. */
int image_remove(const char *name, struct swept *ret, struct error *err);

/* Write the image to a file of the host, an OCI image layout in a tar; beside what is there, which
 * it takes the place of when it is whole. *bytes: how much that was. As image_import(). */
int image_export(const char *name, const char *path, const struct image_watch *watch,
		 uint64_t *bytes, struct error *err);

/* A stack of folders that is to become an image. */
struct image_stack {
	const int *folders;         /* descriptors, O_PATH will do; the lowest first */
	size_t count;
	int userns;                 /* the user namespace that gives ids their meaning; -1: the own */
	const char *const *without; /* paths that stay out of the topmost; clean, relative */
	size_t without_count;
	bool userxattr;             /* the union is mounted with this option */
	const char *by, *comment;   /* for the history */
};

/* What of the stack is an image of the store already stays what it is; each folder above becomes a
 * layer. base: the name of that image, "" where there was none, size bytes of room. As
 * image_import(). */
int image_commit(const struct image_stack *stack, const char *name, const struct image_watch *watch,
		 struct image_made *ret, char *base, size_t size, struct error *err);
