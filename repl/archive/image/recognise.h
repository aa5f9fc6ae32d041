/* What a tar or a folder is, by what it holds: an image in one of several forms, with whatever else
 * beside it and a folder around it; or a root file system. */
#pragma once

#include <limits.h>
#include <stdbool.h>

struct error;

/* What the names say. */
struct recognised {
	bool image;            /* it may be one: the documents decide */
	bool certain;          /* it can be nothing else */
	char around[PATH_MAX]; /* the folder around it, with a slash after it; or "" */
};

/* Standard input, a tar. -1 with err: no tar (and what it seems to be), or one that seems to be an
 * image and lacks what makes it one. */
int recognise_tar(struct recognised *ret, struct error *err);

/* The same for a folder held open, and one folder in it. */
int recognise_folder(int folder, struct recognised *ret, struct error *err);
