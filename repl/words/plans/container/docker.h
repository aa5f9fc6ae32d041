/* The container as a line of docker's. */
#pragma once

#include "words/plans/container/confine.h"

/* What the words ask for and what they became. */
struct docker_asked {
	const struct words *words; /* as typed */
	const struct confinement *walls;
	const char *cpus, *memory, *pids; /* the limits as they were set, in docker's form; NULL: none */
	const char *weight, *cpuset, *mems;
	bool net, leaves;          /* a network namespace of its own; volumes stay */
	bool cgroups_v1;           /* where docker leaves a container the host's cgroup namespace unasked */
	uint64_t storage;          /* what its writable layer may hold, 0: half of the memory */
};

/* Set the plan's same_as, and what that line does not say as its differs. */
void plan_docker_line(struct plan *plan, const struct docker_asked *asked);
