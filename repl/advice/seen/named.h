/* The folders that an overlay's options name, and what is known of them in the child's root. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct error;
struct failure;
struct mount;

/* Layers that overlay takes, and those that are looked at. */
enum { OVERLAY_MOST = 500, LAYERS_LOOKED_AT = 512 };

/* Paths are absolute and clean. upper, work: NULL where the option is not given. */
struct named {
	const struct failure *at;
	struct arena arena;
	const char *data, *target;
	const char *upper, *work;
	const char **lowers;
	size_t count;
};

/* Read those of a failed mount(2) of an overlay. false for another op. */
bool named_read(const struct failure *at, struct named *ret);
void named_done(struct named *named);

/* A folder on the way to one of them that the child may not search: its cause and evidence to err; false where there is none. */
bool named_denied(const struct named *named, struct error *err);

/* The first that does not exist, or is no folder, and the option it stands in; NULL for none. */
const char *named_missing(const struct named *named, const char **role);
const char *named_other(const struct named *named, const char **role);

/* The name of a folder that exists and has mark, ':' or ',', in it, where the kernel read two; NULL for none. */
const char *named_cut_name(const struct named *named, char mark);

/* Two that are one folder, or the second in the first. */
struct overlap {
	bool same, writable; /* writable: one is the writable layer or the work folder */
	const char *role[2], *path[2];
	unsigned long long inode;
};
bool named_overlap(const struct named *named, struct overlap *ret);

/* Whether word is one of a list of options with commas between them. list may be NULL. */
bool option_stands(const char *list, const char *word);

/* Whether a mount, or its file system, is read-only. */
bool mount_is_read_only(const struct mount *mount);
