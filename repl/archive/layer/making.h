/* A layer that is being made: what its files share. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "archive/report.h"
#include "base/text.h"

struct error;

/* What an entry says about a file, except its content. */
struct meta {
	mode_t mode; /* the permissions with setuid, setgid, sticky */
	int64_t uid, gid;
	struct timespec mtime;
};

struct tree {
	int root;        /* "/" */
	int overseer;    /* asked for trusted.overlay.opaque; -1: not wanted */
	int folder;      /* the last parent, O_PATH; -1 for none */
	struct text folder_path; /* and its path */
	struct text implied; /* folders that no entry had named: records as in the list, see settle.h */
	int list;            /* where what is to be settled is written to */
	struct text records; /* and what is not written yet */
	bool deleting;       /* the way leads to a deletion: it replaces nothing */
	struct tree_folder { char *path; struct timespec mtime; } *folders; /* that were named */
	size_t folder_count, folder_room;
	struct notes notes;
};
