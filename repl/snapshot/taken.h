/* Which user and group numbers somebody has: the texts of subuid(5), subgid(5), passwd(5) and group(5), and
 * the maps of user namespaces. A line that does not parse gives nobody anything: those who read these
 * files for good skip it, too. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct text;

/* Ranges of numbers, on the heap. */
struct taken {
	struct taken_range { unsigned long first, end; } *list; /* end: the first one after it */
	size_t count, room;
};

void taken_done(struct taken *taken);
#define cleanup_taken __attribute__((cleanup(taken_done)))

/* What the lines of such a file give away. passwd: a passwd(5) text; those of the user uid (by name or
 * by number) are left out, for he may use them himself. */
void taken_add_subids(struct taken *taken, const struct text *subids, const char *passwd, uid_t uid);

/* The user and group of each line, and the group. */
void taken_add_passwd(struct taken *taken, const struct text *passwd);
void taken_add_group(struct taken *taken, const struct text *group);

/* What the lines of /proc/PID/uid_map mean outside, but for those that begin at 0: that is the host's
 * own map, or that of somebody who has no ids to give away. */
void taken_add_map(struct taken *taken, const struct text *map);

/* Whether none of count numbers from first on is among them. */
bool taken_none(const struct taken *taken, unsigned long first, unsigned long count);
