/* What the layers below one show. No function follows a link but below_follow(). */
#pragma once

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "archive/digest.h"

enum { FOLDER = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

/* The layers of one image, as seen by a process whose root the new ones lie in. */
struct settling {
	int folder;               /* of the new ones, "0", "1", ... */
	int lists;                /* their lists, by the same names */
	int store;                /* of those below them, by the digests of their chains; -1 for none */
	char (*below)[HEX];       /* these digests, the lowest first */
	unsigned below_count;
	unsigned first;           /* the number of the lowest new one: those below it are the store's as well */
	int overseer;             /* see tree.h */
};

/* The folder of new layer number. -1 with errno set. */
int below_layer(const struct settling *all, unsigned number);

/* The layer below new layer number by so many: those of the store come last. -1 with errno set; ENOENT
 * where there are no more. */
int below_lower(const struct settling *all, unsigned number, unsigned by);
unsigned below_count(const struct settling *all, unsigned number);

bool below_is_opaque(int fd);
bool below_is_whiteout(const struct stat *st);

/* The folder path in a layer, by no link. *hides: the layer has something there, or on the way,
 * that hides the layers below it. -1 with errno set. */
int below_open(int layer, const char *path, bool *hides);

/* The folder that path lies in, and the name there. */
int below_parent(int layer, const char *path, const char **name, bool *hides);

/* What a union of the layers below shows at path through layer, which is number's: its kind as in
 * st_mode, 0 for nothing. */
mode_t below_shows(const struct settling *all, unsigned number, int layer, const char *path);

/* Where path leads by the links of the layers below, never out of the root, into path. ways, sorted, are the
 * folders of the layer that are on the way to deletions alone: a link below has their name. last: the last
 * name is followed, too. False where no link is on the way, or they form a circle. */
bool below_follow(const struct settling *all, unsigned number, int layer, const char *const *ways,
		  size_t way_count, bool last, char path[PATH_MAX]);
