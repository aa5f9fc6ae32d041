/* image/intake: what makes, takes in, gives out and sweeps images; archives are stave-archive's to read.
 * May include: image/copies ops base.
 * Never: reads an archive itself.
 * Begin at: import.h. */
/* What the works of the store share that take long: how they are waited for, and what comes of them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How far it has come. Texts are foreign. of and total are 0 where that is not known. */
struct image_progress {
	const char *what; /* "reading", "unpacking" */
	unsigned layer, of;
	uint64_t bytes, total;
};

/* Whoever waits for it. */
struct image_watch {
	void *data;
	void (*progress)(void *data, const struct image_progress *progress);
	int fd;                      /* readable when stop() is to be asked; -1 for none */
	bool (*stop)(void *data);    /* true: end it, and leave nothing */
};

/* What differs in the store from what the archive says, and how often: counts of files. */
struct image_notes {
	uint64_t owners;     /* belong to others, and are this user's here */
	uint64_t devices;    /* left out: only root makes them; and sockets */
	uint64_t whiteouts;  /* left out: would be deletions in a union */
	char left_out[300];  /* the names of the first of these, made printable */
	uint64_t attributes; /* left out */
	uint64_t times;      /* moved into what a file can have */
};

/* What has come of it. */
struct image_made {
	char name[256];
	size_t layers, fresh; /* of all its layers, those that the store did not have yet */
	bool replaced;        /* there was another image of this name */
	struct image_notes notes;
};

enum { IMAGE_STOPPED = -2, IMAGE_CHANGED = -3 };
