/* What an entry says of a file: its owner, permissions, time, attributes. Those of an open file or folder
 * are tree.h's own. */
#pragma once

#include "archive/layer/tree.h"

/* Whose a name is, for what cannot be opened or has no attributes. 0, or -1 with err. */
int meta_own(struct tree *tree, int at, const char *name, const struct meta *meta, struct error *err);

/* The time of a name, not of what it links to. 0, or -1 with err. */
int meta_time(struct tree *tree, int at, const char *name, const struct meta *meta, struct error *err);

/* The nearest time that a file system can store; that it is another is noted. */
struct timespec meta_when(struct tree *tree, struct timespec time);
