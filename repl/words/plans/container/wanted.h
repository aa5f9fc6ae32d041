/* Which volumes a container is to have: what -v says, and the image. volume.c plans them. */
#pragma once

#include "words/plans/container/container.h"

enum mount_kind { KIND_FOLDER /* of the host's */, KIND_NAMED, KIND_ANONYMOUS };

struct wanted {
	enum mount_kind kind;
	const char *source; /* what is bound: a path of the host's */
	const char *folder; /* of a volume in the store; NULL for a folder */
	const char *target; /* the container's, absolute and clean */
	bool read_only, rights; /* rights: which was said */
	bool empty;         /* what the image has in its place is not copied */
	bool fresh;         /* a volume that is still to be made */
	bool absent;        /* the image has nothing in its place */
	int refused;        /* why its ids cannot be mapped: an errno, 0 where they can or need not */
};

/* What "[SRC:]DST[:OPTIONS]" says. 0, or -1 with err. */
int wanted_parse(const struct context *context, struct plan *plan, const char *given, struct wanted *ret,
		 struct error *err);

/* Append the volumes that the image asks for, but for those that were given a place of their own; there is
 * room for all of them. 0, or -1 with err. */
int wanted_images(const struct box *box, struct plan *plan, struct wanted *list, size_t *count,
		  struct error *err);
