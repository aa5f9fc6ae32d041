/* What control groups can be told: one table of ideas, each with its file on both versions of
 * cgroups. cgroups(7); admin-guide/cgroup-v1 and cgroup-v2.rst of the kernel's documents. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "snapshot/facts.h"

struct arena;

enum knob_id {
	KNOB_CPU_PERIOD, KNOB_CPU_QUOTA, KNOB_CPU_WEIGHT, KNOB_CPU_BURST, KNOB_CPU_IDLE,
	KNOB_MEMORY_MAX, KNOB_MEMORY_HIGH, KNOB_MEMORY_SWAP, KNOB_MEMORY_OOM_GROUP,
	KNOB_PIDS_MAX,
	KNOB_IO_RBPS, KNOB_IO_WBPS, KNOB_IO_RIOPS, KNOB_IO_WIOPS, KNOB_IO_WEIGHT,
	KNOB_CPUSET_CPUS, KNOB_CPUSET_MEMS,
	KNOB_FREEZE,
	KNOB_ACCOUNT, /* no file of its own: v1's groups that only count */
	KNOBS
};

enum knob_unit {
	UNIT_MICROSECONDS, UNIT_QUOTA, UNIT_WEIGHT, UNIT_SWITCH, UNIT_BYTES, UNIT_NUMBER,
	UNIT_DEVICE, /* "MAJ:MIN N", a line for each device */
	UNIT_LIST,   /* "0-1,4" */
};

/* One idea. Its value has one form for both versions, which the two functions turn into what is
 * written (NULL: as it is), in arena. */
struct knob {
	const char *idea;         /* "CPU time" */
	enum controller controller;
	const char *v1, *v2;      /* the file; NULL where that version has none */
	enum knob_unit unit;
	const char *key;          /* "rbps": its name within v2's file, or NULL */
	const char *(*to_v1)(struct arena *arena, const struct knob *knob, const char *value);
	const char *(*to_v2)(struct arena *arena, const struct knob *knob, const char *value);
	struct { int major, minor; } since; /* the Linux it came with; 0: all that Stave runs on */
	const char *instead;      /* what the version without a file has instead; NULL: nothing */
};

/* The forms of values:
 *   KNOB_CPU_PERIOD, KNOB_CPU_QUOTA  "QUOTA PERIOD", microseconds, QUOTA perhaps "max"
 *   KNOB_CPU_WEIGHT                  1 to 10000; 100 is everybody's
 *   KNOB_MEMORY_SWAP                 "SWAP MEMORY", bytes, for v1 limits both together; or "max"
 *   KNOB_IO_*BPS, KNOB_IO_*IOPS      "MAJ:MIN N", N perhaps "max"
 *   switches                         "1" or "0"
 *   all others                       as v2 has it: a number, a list or "max" */
extern const struct knob knobs[KNOBS];

/* The knob's file on a version of cgroups, NULL where it has none. */
const char *knob_file(const struct knob *knob, int version);

/* What is written to that file for value, in arena. */
const char *knob_text(const struct knob *knob, int version, const char *value,
		      struct arena *arena);

/* What the group in folder has: the file's words in arena, lines separated by ", "; of a file with
 * more than one value those that are the knob's. NULL where there is no such file. */
const char *knob_read(const struct knob *knob, int version, const char *folder,
		      struct arena *arena);

/* The same in words: "20000 us of each 100000 us (20 % of a CPU)", "64.0 MiB", "no limit". Of
 * v1's values those that differ are said in v2's terms too. Printable. */
const char *knob_words(const struct knob *knob, int version, const char *folder,
		       struct arena *arena);

/* Whether words, as knob_words() says them, are a limit: false for what a new group begins with. */
bool knob_is_limit(const char *words);

/* Weight (cpu.weight, v2) and shares (cpu.shares, v1), as kernel/sched/core.c has it:
 * 100 is 1024. */
uint64_t shares_of_weight(uint64_t weight);
uint64_t weight_of_shares(uint64_t shares);
