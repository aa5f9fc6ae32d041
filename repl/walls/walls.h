/* walls: what may stand between a child and the host, and whether it does.
 * May include: snapshot ops base.
 * Never: runs an op, prints, knows a word.
 * Begin at: walls.c, the table. Add a wall: one row here, its switch, one attempt in probe/list.h. */
#pragma once

#include <stdbool.h>

#include "snapshot/snapshot.h"

struct limits;
struct text;
struct wall_switch;

/* In the order in which they are told. */
enum wall_id {
	WALL_MNT, WALL_PID, WALL_UTS, WALL_IPC, WALL_NET, WALL_CGROUP, WALL_USER, WALL_TIME,
	WALL_ROOT, WALL_CHROOT, WALL_LIMITS, WALL_CAPABILITIES, WALL_NO_NEW_PRIVS, WALL_SECCOMP,
	WALL_PATHS, WALL_KEYRING, WALL_LANDLOCK, WALL_HANDLES,
	WALLS
};

/* Whether a wall stands. NOT_SEEN: it could not be looked at, or /proc does not show it. JOINED:
 * it parts the child from the host, but not from another who was behind it first. */
enum standing { NOT_SEEN, NOT_STANDING, JOINED, STANDING };

/* What a container has. CONFINED: without it what the child does it does to the host. */
enum demand { OPTIONAL, WANTED, CONFINED };

struct wall {
	const char *name;    /* in --json, which keeps it */
	const char *mark;    /* in the prompt while it stands, NULL: not there */
	const char *parts;   /* what it parts, in a sentence without its end */
	const char *missing; /* a container without it lacks ... */
	const char *build;   /* the words that build it; NULL where none does */
	const char *lesson;  /* the lesson that teaches it: "02-pid"; NULL where none does */
	enum demand demand;
	bool omitted;        /* container --without NAME leaves it out */
	bool unless_user;    /* a user namespace of its own meets the demand as well */
	int link;            /* enum ns_link of a namespace, -1 for the others */
	const struct wall_switch *lifts; /* what takes it out of a plan: switches.h */
};
extern const struct wall walls[WALLS];

/* Who is looked at. limits may be NULL: they are not looked at then. */
struct sides {
	const struct reading *child, *host;
	const struct limits *limits;
};

enum standing wall_standing(enum wall_id wall, const struct sides *sides);

/* Whether it parts the child from the host: STANDING or JOINED. */
bool wall_stands(enum wall_id wall, const struct sides *sides);

/* Whether a container would have it and the child surely has not: demand or more is asked for. */
bool wall_missing(enum wall_id wall, enum demand demand, const struct sides *sides);

/* The wall of a type of namespace. */
enum wall_id wall_of(enum ns_link link);

/* The wall called name, or a namespace by its long name; WALLS for none. */
enum wall_id wall_find(const char *name);

/* "own", "joined", "the host's" for namespaces and roots; "stands", "missing" for the others; "not
 * looked at". */
const char *standing_word(enum wall_id wall, enum standing standing);

/* Append the names of the walls for which wanted is true, with between between them. */
void wall_names(bool (*wanted)(const struct wall *wall), const char *between, struct text *ret);
