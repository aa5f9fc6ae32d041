/* The way to a file of a layer that is being made, and the list of what is settled later. */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "archive/records.h"
#include "archive/layer/making.h"

static inline bool is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(0, 0);
}

/* The folder that path lies in: its descriptor, which the tree keeps, and the name in it. Entries of
 * one folder mostly follow each other. -1 with err. */
int way_parent(struct tree *tree, const char *path, const char **name, struct error *err);

/* Take away what has this name, the whole tree of it; the folder kept at hand may have been in it. 0, or
 * -1 with err. */
int way_clear(struct tree *tree, int at, const char *name, const char *path, struct error *err);

/* Make the folder name in at; what else is there, a deletion too, becomes a folder that shows nothing
 * of the layers below: it had replaced what they have. Returns its descriptor, or -1 with errno set. */
int way_folder(const struct tree *tree, int at, const char *name, bool *made);

/* Have the folder hide what lies below it. 0, or -1 with errno set. */
int way_opaque(const struct tree *tree, int fd);

/* Append to a list as records.h has it; write what there is of it. -1 with errno set. */
void record_add(struct text *to, enum settle_record kind, const char *path);
int record_flush(struct tree *tree);
