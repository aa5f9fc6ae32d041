/* What the store writes down about an image. images/NAME is a JSON object:
 *   name      "alpine:3.19"; the file's name has %2F for each slash in it
 *   manifest  "sha256:HEX" of a blob, an OCI image manifest or docker's, as it came
 *   config    "sha256:HEX" of a blob
 *   folders   the names of its layers' folders below layers/sha256, the lowest first
 * Blobs lie in blobs/sha256/HEX. */
#pragma once

struct error;
struct image;
struct text;

enum { RECORD_LIMIT = 4 * 1024 * 1024 }; /* bytes of a record, a manifest, a config */

/* The bytes of a blob that is a manifest or a config, into ret: those of its digest, and no others. -1 with err:
 * ERR_STORE_DAMAGED where they are not, or digest is none. */
int record_blob(int dirfd, const char *digest, struct text *ret, struct error *err);

/* The record of this file name below images; store is the store's path and dirfd its folder.
 * -1 with err; ENOENT where there is none. */
int record_read(const char *store, int dirfd, const char *file, struct image *ret,
		struct error *err);

/* The same, of the record that is open as held, has not been read from and had that name when it was opened: who holds it
 * keeps its blobs and layers. */
int record_read_held(const char *store, int dirfd, int held, const char *file, struct image *ret, struct error *err);
