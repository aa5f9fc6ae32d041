/* Volumes: folders of the store that containers see and that stay when those are gone. Each is
 * volumes/NAME/_data; whoever uses one holds a shared flock(2) on volumes/NAME. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"

struct error;

enum { VOLUME_ID = 64 /* digits of an anonymous volume's name */ };

struct volume {
	const char *name, *data; /* data: the folder that is seen */
	bool anonymous;          /* was given no name */
	bool cut;                /* was made or removed only by half: it has no data, and is none for all but rm */
	bool used;               /* somebody holds its lock */
	pid_t user;              /* the process that does, 0 where that is not known */
	int64_t created;         /* seconds since 1970 */
};

struct volumes {
	struct arena arena;
	struct volume *list; /* sorted by name */
	size_t count;
};

/* docker's rule for names: a letter or digit, then at least one of those or of _ . - */
bool volume_is_name(const char *s);

/* A fresh name of VOLUME_ID digits, in arena. */
const char *volume_fresh_name(struct arena *arena);

/* The volume called name. -1 with err; ENOENT when there is none. */
int volume_find(const char *name, struct arena *arena, struct volume *ret, struct error *err);

/* All of them. -1 with err when the store cannot be read. */
int volume_list(struct volumes *ret, struct error *err);
void volumes_done(struct volumes *volumes);
