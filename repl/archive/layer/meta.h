/* What an entry says about a file: its owner, permissions, time, attributes. */
#pragma once

#include "archive/layer/making.h"

/* Whose a name is, for what cannot be opened or has no attributes. 0, or -1 with err. */
int meta_own(struct tree *tree, int at, const char *name, const struct meta *meta, struct error *err);

/* The time of a name, not of what it links to. 0, or -1 with err. */
int meta_time(struct tree *tree, int at, const char *name, const struct meta *meta, struct error *err);

/* The nearest time that a file system can store; that it is another is noted. */
struct timespec meta_when(struct tree *tree, struct timespec time);

/* Of an open file or folder: whose it is; an extended attribute (what an archive has no business
 * with is left out and noted); its permissions and time. -1 with err. */
int tree_own(struct tree *tree, int fd, const struct meta *meta, struct error *err);
int tree_attribute(struct tree *tree, int fd, const char *name, const void *value, size_t size,
		   struct error *err);
int tree_finish(struct tree *tree, int fd, const struct meta *meta, struct error *err);
