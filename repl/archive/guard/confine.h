/* The walls around this program, put up before a byte of an archive is read. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct error;

/* Capabilities, as sets to keep. */
enum walls {
	WALLS_NOTHING,  /* none: to read an archive, and to write files of its own */
	WALLS_TREE,     /* to give files their owners and modes: CHOWN, DAC_OVERRIDE, ... */
	WALLS_READER,   /* to read any file, and overlay's own attributes */
	WALLS_OVERSEER, /* all of it, and chroot(2), to hand it on */
};

/* What is shown of the outside. */
struct view {
	const char *target; /* becomes the root, with nosuid, nodev, noexec */
	bool read_only;     /* and nothing in it can be changed */
	const char *source; /* a folder to be seen, read-only, at /source; NULL for none */
	const char *store;  /* the same at /store: the layers that are there already */
};

/* Go into namespaces of its own (user, where this is not root; mnt, net, ipc, uts, cgroup, and pid for
 * the next child), with the target as the root and nothing else in sight. *privileged: it is root of
 * the machine itself. -1 with err: this program must not go on. */
int confine(const struct view *view, bool *privileged, struct error *err);

/* The same with the folder fd as the root, which may be in no mount namespace that this program
 * knows, as the writable layer of a container is. userns: the user namespace to read it in, so that
 * owners have the ids that they have there; -1 for none. */
int confine_to(int fd, int userns, struct error *err);

/* Give up all capabilities but these, for good, and whatever execve(2) could give; limit memory, and
 * files to size bytes; and except in the overseer, which starts the others, all system calls that the
 * work does not take. In each process, when it knows what it is to do. -1 with err. */
int confine_process(enum walls walls, uint64_t size, struct error *err);
