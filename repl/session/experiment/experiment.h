/* session/experiment: a throwaway sandbox in which a failure is tried again, and the search for what it takes.
 * May include: ops snapshot base.
 * Never: touches the host, or knows what is tried.
 * Begin at: sandbox.c; minimize.c is the search. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

/* What is tried: run() in a process of its own that has new namespaces of every type, as their first process and
 * their root, before a throwaway copy of the host's tree; standard input and output are /dev/null, standard error is
 * a file in memory. What run() leaves in result, size bytes, comes back. */
struct experiment {
	void (*run)(void *context, void *result);
	void *context;
	size_t size;
};

/* Try it, until deadline (base/await.h). All its processes are gone afterwards, also where this process is killed
 * meanwhile. 0, or -1 with err: ETIMEDOUT, EINTR, or what the sandbox lacked. */
int experiment_try(const struct experiment *experiment, int64_t deadline, void *result, struct error *err);

/* Find a smallest set of count things for which holds(context, chosen) is true, where it is true of those in chosen and
 * false of none at all; the answer takes their place: without any one of it, holds() is false. false: *stop, which
 * holds() may set, ended the search. */
bool minimize(size_t count, bool (*holds)(void *context, const bool *chosen), void *context, const bool *stop,
	      bool *chosen);
