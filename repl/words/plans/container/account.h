/* Parts of plans: which user a program of an image runs as, by the image's own /etc/passwd and
 * /etc/group. */
#pragma once

#include "words/plans/container/image.h"

struct account {
	uint32_t uid, gid;
	const char *home;   /* absolute: "/" where passwd(5) has none */
	const char *groups; /* "0 10 33": gid, and where no GROUP was given those of group(5) that name the user */
};

/* "USER[:GROUP]", either by name or in numbers; an empty USER is 0, an empty GROUP the user's own, or 0
 * where the image does not know the user, as docker has it. Strings live in arena. -1 with err: a name
 * that the image does not have, or a number that is not an id. */
int account_find(const struct root_image *image, struct arena *arena, const char *given,
		 struct account *ret, struct error *err);
