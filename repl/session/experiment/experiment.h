/* session/experiment: a throwaway sandbox in which a failure is tried again, and the search for what it takes.
 * May include: session/host ops snapshot base.
 * Never: touches the host but for control groups that are in the journal, or knows what is tried.
 * Begin at: sandbox.c; minimize.c is the search, grounds.c has the groups. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "snapshot/facts.h"

struct error;
struct plan;
struct session;
struct step;

/* ---- control groups that sandboxes may have ---- */

/* A group of the host's in which a sandbox gets one of its own. */
struct ground {
	char folder[sizeof(((struct cgroup_place *)0)->parent) + 64];
	char mount[sizeof(((struct cgroup_place *)0)->mount)]; /* of its hierarchy, here and in the sandbox */
	char controllers[80];                                  /* "cpu,cpuacct", as mount(2) has it for v1 */
	int version;
};

/* Zero-initialised: none. */
struct grounds {
	struct ground list[CONTROLLERS];
	size_t count;
	struct step *made; /* what takes them back */
};

/* Make the groups called name for these controllers, one a hierarchy, by the plan that makes them (taken over). Each is
 * in the journal before it is made. 0, or -1 with err, and nothing is left. */
int grounds_make(struct session *session, struct plan *plan, const char *name, const bool controllers[CONTROLLERS],
		 struct grounds *ret, struct error *err);

/* Remove them, with all that is in them. What must stay is in the journal, for the next start. */
void grounds_remove(struct session *session, struct grounds *grounds);

/* ---- an experiment ---- */

/* What is tried: run() in a process of its own that has new namespaces of every type, as their first process and
 * their root, before a throwaway copy of the host's tree; standard input and output are /dev/null, standard error is
 * a file in memory. What run() leaves in result, size bytes, comes back. It has control groups of its own, fresh each
 * time, where there are grounds for them (NULL: none). */
struct experiment {
	void (*run)(void *context, void *result);
	void *context;
	size_t size;
	const struct grounds *grounds;
	const char *lines; /* what run() performs: the folders that it names may be written to there as well */
};

/* Try it, until deadline (base/await.h). All its processes are gone afterwards, also where this process is killed
 * meanwhile. 0, or -1 with err: ETIMEDOUT, ERR_STOPPED by Ctrl-C, or what the sandbox lacked. */
int experiment_try(const struct experiment *experiment, int64_t deadline, void *result, struct error *err);

/* Find a smallest set of count things for which holds(context, chosen) is true, where it is true of those in chosen and
 * false of none at all; the answer takes their place: without any one of it, holds() is false. false: *stop, which
 * holds() may set, ended the search. */
bool minimize(size_t count, bool (*holds)(void *context, const bool *chosen), void *context, const bool *stop,
	      bool *chosen);
