/* snapshot/machine: the namespaces of the whole machine, and who holds each.
 * May include: snapshot base.
 * Never: prints, or joins a namespace.
 * Begin at: machine.h, then census.c. */
/* A namespace lives as long as something holds it: a process or thread that is in it, a descriptor of its
 * file, a bind mount of that file, or another namespace that it owns or is the parent of. namespaces(7),
 * ioctl_ns(2). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "snapshot/snapshot.h"

struct error;

enum holding {
	HELD_BY_PROCESS,
	HELD_BY_THREAD,   /* number is its id; the process itself is in another */
	HELD_FOR_CHILDREN, /* the process's next child is born in it */
	HELD_BY_FD,       /* number is the descriptor */
	HELD_BY_MOUNT,    /* path is the mount point, as process pid sees it */
};

struct holder {
	enum holding kind;
	pid_t pid;
	int number;
	const char *path; /* in the census's arena; as read, not visible */
};

/* One namespace. owner: the user namespace that it belongs to; around: the pid or user namespace that it lies
 * in. They are 0 where there is none, and where the kernel does not tell: owner_code and around_code say why
 * then (EPERM: it is outside of this process's own). uid: who made it, of a user namespace. */
struct space {
	enum ns_link type;
	uint64_t id, owner, around;
	int owner_code, around_code, uid_code;
	uint32_t uid;
	size_t processes; /* holders that are processes: the first ones of the list */
	struct holder *holders;
	size_t count, room;
	bool ended; /* during the census */
};

/* What could not be looked at: how many processes did not let their namespaces be read, how many their
 * descriptors, how many mount tables. hidden: /proc was mounted with hidepid. nested: this process is in a pid
 * namespace below the first one, and sees no process outside of it. */
struct unseen {
	size_t processes, descriptors, tables;
	bool hidden, nested;
};

/* All that were found, in no order but that of types and ids. */
struct census {
	struct arena arena;
	struct space *spaces;
	size_t count, room;
	size_t processes; /* that /proc lists */
	struct unseen unseen;
};

/* Look at every process of proc (an open folder /proc). 0, or -1 with err where that cannot be read at all. */
int census_take(int proc, struct census *ret, struct error *err);
void census_done(struct census *census);
#define cleanup_census __attribute__((cleanup(census_done)))

/* The namespace of this type and id; NULL where it was not found. */
const struct space *census_find(const struct census *census, enum ns_link type, uint64_t id);

/* Whether process pid is in it. */
bool space_has(const struct space *space, pid_t pid);
