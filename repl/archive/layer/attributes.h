/* Extended attributes of a layer's files: which belong to the image, and what overlay's mean. */
#pragma once

#include <stdbool.h>

struct archive_entry;
struct error;

/* Whether an attribute belongs to an image: what its programs and users have; not what overlay, this
 * store or the host's security modules go by. */
bool attribute_kept(const char *name);

/* What overlay has noted of an entry. */
struct marks {
	bool opaque;   /* a folder that hides what is below */
	bool whiteout; /* an empty file that stands for a deletion, since Linux 6.7 */
};

/* Of an open file: what belongs to the image into the entry, what overlay has noted into marks.
 * userxattr: overlay's notes are in user.overlay.*, else in trusted.overlay.*. -1 with err for what no
 * archive can say. */
int attributes_add(bool userxattr, int fd, struct archive_entry *entry, struct marks *marks,
		   struct error *err);
