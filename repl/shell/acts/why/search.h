/* What why --try looks for, and has found: try.c searches, tried.c tells. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "session/experiment/experiment.h"
#include "shell/acts/why/counting.h"
#include "shell/acts/why/why.h"

struct last_failure;

struct search {
	const struct last_failure *last;
	struct replay replay;
	struct replayed all;     /* with all walls */
	struct lifts candidates; /* what its plans have something for */
	uint64_t held;           /* the capabilities that the shell has */
	struct failed_call call; /* that fails with all walls and not without the culprits; code 0: none is known */
	bool short_of;           /* that call was short of room, by what its file system had left: no wall is why */
	char lacks[160];         /* a file of the host's that it finds no more, and with which as a volume it ends well; "": none */
	bool otherwise;          /* without the culprits it fails by something else */
	struct replayed behind;  /* how it ends then; before that is known: with all of TIER_PRIVILEGE lifted */
	struct replayed bare;    /* how it ends with as few walls lifted as a whole tier; with none where there are none */
	struct lifts lifted;     /* those */
	size_t replays;
	struct counting counting;
	int64_t began, end;      /* ms */
	int each;                /* ms that one replay may take */
	struct grounds grounds;  /* control groups, where these lines limit by them */
	struct error groundless; /* why there are none then */
	bool stop;
	struct error *err;       /* of what stopped it */
};

/* Replay number search->replays + 1. 1: it was performed, 0: it took longer than it may, or could not be built; -1: the
 * search is over. */
int search_perform(struct search *search, const struct lifts *lifts, struct replayed *ret);

/* The failure that is looked into is not there. */
bool search_vanished(const struct search *search, const struct replayed *end);

/* Which call it is, and which file: the program runs twice more, followed, with all walls and without the culprits; and
 * once more for a file of the host's that is not there. Where it ends otherwise because it is followed, none is told. */
void search_call(struct search *search, const struct lifts *culprits);

/* Append the volume that shows this file of the host's where it is: PATH:PATH:ro, quoted as a line wants it. */
void search_volume(const char *path, struct text *ret);

/* How many of the set there are; append their names: "A, B and C". */
size_t lifts_count(const struct lifts *lifts);
void lifts_names(const struct lifts *lifts, struct text *ret);

/* Whether the call failed for want of room, proven by what its file system had left: ENOSPC, EDQUOT. */
bool search_short(const struct failed_call *call);

/* Append what was found, as rows or as a JSON object. */
void search_tell(const struct shell *shell, const struct search *search, const struct lifts *culprits, struct text *ret);
void search_json(const struct shell *shell, const struct search *search, const struct lifts *culprits, struct text *ret);
