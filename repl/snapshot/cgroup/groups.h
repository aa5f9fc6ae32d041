/* The control groups of a process: what bounds them, and what they have used so far. Groups above
 * bound those below, so the least of all bounds is found, and where it lies. cgroups(7). */
#pragma once

#include "snapshot/facts.h"
#include "snapshot/cgroup/limits.h"

enum { GROUP_PATH = 512 };

/* A group in the hierarchy of a controller. folder is "" where it cannot be seen. */
struct group {
	int version;
	bool own;                  /* not the group that the shell is in */
	char folder[GROUP_PATH];
	char top[GROUP_PATH];      /* where the hierarchy is mounted */
};

/* most is NO_LIMIT, and folder "", where nothing bounds. For the CPU it is microseconds in each
 * period. */
struct bound {
	uint64_t most, period;
	char folder[GROUP_PATH]; /* of the group that has it */
};

struct groups {
	struct group of[CONTROLLERS];
	struct bound cpu, memory, pids;
};

/* NO_LIMIT stands for what is not known. Times in microseconds, memory in bytes. periods,
 * throttled, hits and refused are those of the group that has the bound. */
struct group_usage {
	uint64_t cpu;
	uint64_t periods, throttled, throttled_for;
	uint64_t memory;
	uint64_t hits;    /* how often the bound on memory was met, and room made or refused */
	uint64_t kills;   /* by the OOM killer */
	uint64_t pids, refused;
	bool frozen;
};

/* Find the groups of pid, and what bounds them. facts: facts_cgroups() has filled them. -1 with
 * errno set when the process is gone. */
int groups_find(const struct facts *facts, pid_t pid, struct groups *ret);

/* Read again what bounds them. */
void groups_bound(struct groups *groups);

/* Read what they have used so far. */
void groups_read(const struct groups *groups, struct group_usage *ret);

/* The quota as a share of one CPU, in percent; a negative number for none. */
double bound_share(const struct bound *cpu);

/* How much a counter has grown between two readings; 0 where that is not known. */
uint64_t grown(uint64_t from, uint64_t to);
