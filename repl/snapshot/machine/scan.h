/* A census under way. */
#pragma once

#include "snapshot/machine/machine.h"

/* Where each namespace stands in the census: a table of places + 1, 0 for a free one; size is a power
 * of two. last: what was found last of each type, for neighbours are mostly in the same. */
struct scan {
	struct census *census;
	int proc;
	size_t *places, size;
	size_t last[NS_TYPES];
};

/* The place of a namespace in census->spaces, which is new there where nobody was found in it yet. */
size_t scan_place(struct scan *scan, enum ns_link type, uint64_t id);

void scan_hold(struct scan *scan, enum ns_link type, uint64_t id, const struct holder *holder);

/* The type and number that a link of a namespace file says: "net:[4026531840]". False for another. */
bool scan_parse(const char *link, enum ns_link *type, uint64_t *id);

/* The parts of a census: each process with its threads and descriptors; the bind mounts that each mount
 * namespace has; the owners of all, and those around them. */
void scan_process(struct scan *scan, const char *name);
void scan_mounts(struct scan *scan);
void scan_owners(struct scan *scan);
