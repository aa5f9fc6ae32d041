/* An image out of what somebody sent: the reader's work. Which files there are, what they say about
 * each other, and that every digest and every size is as it was said. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "archive/limits.h"
#include "archive/talk.h"

struct descriptor;
struct error;

/* The source is the folder /source where there is one, or else the file that is standard input. */
struct import {
	bool folder;
	const char *ref;  /* which image, where there are several; NULL: there may be but one */
	const char *platform; /* for which machine, "OS/ARCHITECTURE[/VARIANT]"; NULL: this one */
	const char *name; /* what the source is called, for the history of a plain tar */
	uint64_t limit;   /* bytes of all blobs together, and of each layer unpacked */
};

/* What has been found out. Blobs lie in "blobs". */
struct found {
	char manifest[HEX];   /* "": to be composed when the layers' digests are known */
	char config[HEX];     /* "": a plain tar has none */
	uint64_t config_size;
	char ref[512];        /* what the archive calls the image; may be empty */
	json_t *base;         /* a config to be completed with the layers' digests; NULL */
	json_t *layers;       /* descriptors, for the manifest that is to be composed */
	struct order orders[LIMIT_LAYERS];
	unsigned count;
};

/* A reader: see overseer.h. data is a struct import. */
int import_reader(void *data, int overseer, struct error *err);

/* The forms. folder: a descriptor of the layout's folder; -1: its files have been spooled from
 * a tar, and index is that of index.json. */
enum form {
	FORM_ROOT,   /* none: a root file system, as a tar */
	FORM_LAYOUT, /* an OCI image layout: index.json */
	FORM_SAVED,  /* what docker save writes: manifest.json, a list */
	FORM_DIR,    /* what skopeo writes as dir: one image's manifest.json, and blobs beside it */
	FORM_OLD,    /* what docker save wrote before 1.10: repositories, and a folder a layer */
};
struct spooled;
int layout_read(const struct import *import, int folder, const struct spooled *spooled,
		struct found *found, struct error *err);
int saved_read(const struct import *import, const struct spooled *spooled, struct found *found,
	       struct error *err);
int dir_read(const struct import *import, const struct spooled *spooled, struct found *found,
	     struct error *err);
int old_read(const struct import *import, const struct spooled *spooled, struct found *found,
	     struct error *err);
int rootfs_read(const struct import *import, struct found *found, struct error *err);

/* Take a config's layers: each order gets its diff_id. count: how many the manifest has. */
int import_config(struct found *found, struct error *err);

/* The files of an archive around layers, all in blobs, by their names. */
struct spooled_file {
	char *name, *link; /* link: another name, for what is a link in the archive; or NULL */
	char hex[HEX];
	uint64_t size;
};
struct spooled {
	struct spooled_file *files;
	size_t count, room;
	enum form form;
};

/* Read standard input as such an archive where it can be one. -1 with err. */
int spooled_read(const struct import *import, struct spooled *ret, struct error *err);

/* The same for a folder held open, with links to what lies in it; it is one. */
int spooled_folder(const struct import *import, int folder, struct spooled *ret, struct error *err);
void spooled_done(struct spooled *spooled);

/* The file called name, through links; NULL where there is none. */
const struct spooled_file *spooled_find(const struct spooled *spooled, const char *name);
