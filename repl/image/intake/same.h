/* Two trees of files, compared. */
#pragma once

#include <stddef.h>

struct error;

/* Whether the folders a and b (descriptors) hold the same: names, kinds, modes, owners, targets, attributes, contents,
 * and times but for those of folders and
 * whiteouts. *unread counts files that this user may not read, whose contents are not compared. 0; 1 with the first
 * difference in err, as ERR_STORE_DAMAGED, a being what was found and b what should be; -1 with err where one could
 * not be looked at. */
int tree_same(int a, int b, size_t *unread, struct error *err);
