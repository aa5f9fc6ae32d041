/* Images come in: read by the program beside this one, which has walls of its own, and put into the
 * store when they are whole. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct error;

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

struct image_source {
	const char *path;  /* on the host: a file, or the folder of an OCI layout */
	const char *name;  /* for the image; NULL: as the archive says, or as the file is called */
	const char *ref;   /* which image of the archive; NULL: the only one */
	const char *platform; /* for which machine, "OS/ARCHITECTURE[/VARIANT]"; NULL: this one */
	uint64_t most;     /* bytes that a layer may have, and all blobs together */
};

/* What has come of it. */
struct image_made {
	char name[256];
	size_t layers, fresh; /* of all its layers, those that the store did not have yet */
	bool replaced;        /* there was another image of this name */
	struct image_notes notes;
};

enum { IMAGE_STOPPED = -2 };

/* -1 with err; IMAGE_STOPPED with err when watch asked for it. Either way nothing is left. */
int image_import(const struct image_source *source, const struct image_watch *watch,
		 struct image_made *ret, struct error *err);

/* Take the image's name away, and the layers and blobs that no other image has. -1 with err, when it
 * is not there or is in use. freed: bytes of blobs; layers: how many are gone. */
int image_remove(const char *name, size_t *layers, uint64_t *freed, struct error *err);

/* Write the image to a file of the host, an OCI image layout in a tar; beside what is there, which
 * it takes the place of when it is whole. *bytes: how much that was. As image_import(). */
int image_export(const char *name, const char *path, const struct image_watch *watch,
		 uint64_t *bytes, struct error *err);

/* A pile of folders that is to become an image. */
struct image_pile {
	const int *folders;         /* descriptors, O_PATH will do; the lowest first */
	size_t count;
	int userns;                 /* the user namespace that gives ids their meaning; -1: the own */
	const char *const *without; /* paths that stay out of the topmost; clean, relative */
	size_t without_count;
	bool userxattr;             /* the union is mounted with this option */
	const char *by, *comment;   /* for the history */
};

/* What of the pile is an image of the store already stays what it is; each folder above becomes a
 * layer. base: the name of that image, "" where there was none, size bytes of room. As
 * image_import(). */
int image_commit(const struct image_pile *pile, const char *name, const struct image_watch *watch,
		 struct image_made *ret, char *base, size_t size, struct error *err);
