/* What a journal says about what is to be taken back. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "ops/undo/undo.h"

struct identity;

/* One thing; its kind is UNDO_NONE where it is gone. */
struct record {
	size_t number, order; /* order: of its line */
	struct undo undo;
};

/* Each number once, the lowest first. */
struct records {
	struct record *list;
	size_t count, room;
};

/* Read those of the journal that fd is open on, and whose it is. false where it is no journal of this user
 * that says so; what was read of it is in *ret all the same. */
bool records_read(int fd, struct records *ret, struct identity *of);
void records_done(struct records *records);
