/* What the writable layer of a union holds, against the layers below it: docker diff, and whether
 * what was copied up has changed at all. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "snapshot/union/layers.h"

enum written_kind { WRITTEN_ADDED = 'A', WRITTEN_CHANGED = 'C', WRITTEN_DELETED = 'D' };

/* How an entry differs from what it was copied from; none of them for a copy as it was. */
enum {
	WRITTEN_TYPE = 1, WRITTEN_CONTENT = 2, WRITTEN_MODE = 4, WRITTEN_OWNER = 8,
	WRITTEN_TIMES = 16,
	WRITTEN_UNREAD = 32, /* contents were not compared: too large, or not to be opened */
	WRITTEN_OPAQUE = 64, /* a folder that was deleted and made again */
	WRITTEN_GHOST = 128, /* a deletion of nothing: the name is listed, and there is nothing */
};

struct written_entry {
	const char *path; /* from the union's top, "/etc/hosts"; as read, not visible */
	enum written_kind kind;
	unsigned how;
	mode_t mode, mode_before; /* 0 where it is not */
	uint64_t size, size_before;
};

struct written {
	struct arena arena;
	struct written_entry *list; /* sorted by path */
	size_t count, room;
	size_t left_out; /* folders that could not be read, or lay too deep */
	const char *first; /* of them, and errno of that */
	int code;
};

/* -1 with err where the union has no writable layer, or it cannot be reached. */
int written_take(struct layers *layers, struct written *ret, struct error *err);
void written_done(struct written *written);
