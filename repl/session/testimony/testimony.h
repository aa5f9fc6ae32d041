/* session/testimony: what the kernel itself says of capabilities that it refused: a tracing instance of this session.
 * May include: session/host ops base.
 * Never: changes how the machine is traced otherwise.
 * Begin at: instance.c; parse.c reads what it recorded. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "ops/undo/undo.h"

struct error;
struct session;
struct text;

/* ---- the recording ---- */

/* It is recorded in the session's journal before it is made. */
struct testimony {
	int tracefs;
	struct undo undo;
	int record;
};

/* Record what the processes that this one starts are refused, and with granted also what they are given, from now on,
 * until testimony_end(). root of the whole machine alone may. 0, or -1 with err (kernel.root, kernel.tracefs,
 * kernel.event), and nothing is left. */
int testimony_begin(struct session *session, bool granted, struct testimony *ret, struct error *err);

/* By one of those processes, root in its own user namespace: what comes after this, and only that, is asked about;
 * and its user namespace stands for the host's. */
void testimony_mark(void);

/* Stop recording, and append what was recorded, as the file trace has it. *cut: there was more than there was room
 * for. 0, or -1 with err. */
int testimony_read(const struct testimony *testimony, struct text *ret, bool *cut, struct error *err);

/* Remove it. Where that fails its record stays, for the next start. */
void testimony_end(struct session *session, struct testimony *testimony);

/* ---- what it says ---- */

enum over { OVER_INITIAL, OVER_HOSTS, OVER_OWN };

/* One kind of refusal. Names are visible. */
struct refusal {
	char program[33];    /* the process's comm */
	int cap;
	enum over over;      /* the user namespace: the initial one, the sandbox's in the host's place, one below it */
	char function[64];   /* which asked, of the kernel's; "" where there is no stack */
	char call[40];       /* in which system call; "" where the stack does not say */
	size_t count;        /* how often */
};

/* A SIGKILL that one of the programs sent, or the kernel on its behalf. Names are visible. */
struct killing {
	char sender[33], target[33]; /* comm of who sent it and of whom it ended */
	bool kernel, itself;         /* no kill(2) sent it, but the kernel meanwhile; sender and target are one */
};

/* In the order in which each was met last. */
struct refusals {
	struct refusal *list;
	size_t count, room;
	struct killing *killed; /* in their order */
	size_t killed_count, killed_room;
	uint64_t granted;    /* bits of the capabilities that were given, where these were recorded */
	bool marked;         /* the mark is there: else too much was recorded after it */
};

/* Read what testimony_read() appended: the tracepoint's, or the two probes'. Only what programs were refused after
 * the mark counts, and not what is asked at each mapping of memory. */
void refusals_parse(const char *trace, struct refusals *ret);
void refusals_done(struct refusals *refusals);
