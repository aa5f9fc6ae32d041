/* What control groups count, by its file on both versions of cgroups. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "snapshot/facts.h"

enum counter_id {
	COUNTER_CPU_USED, COUNTER_CPU_PERIODS, COUNTER_CPU_WAITED, COUNTER_CPU_WAITING,
	COUNTER_CPU_BURSTS,
	COUNTER_MEMORY_NOW, COUNTER_MEMORY_PEAK, COUNTER_MEMORY_SWAP, COUNTER_MEMORY_HIGH,
	COUNTER_MEMORY_FULL, COUNTER_MEMORY_KILLED,
	COUNTER_PIDS_NOW, COUNTER_PIDS_PEAK, COUNTER_PIDS_REFUSED,
	COUNTER_IO_READ, COUNTER_IO_WRITTEN, COUNTER_IO_READS, COUNTER_IO_WRITES,
	COUNTERS
};

enum counter_unit { COUNT_TIMES, COUNT_BYTES, COUNT_TIME /* microseconds */ };

struct counter {
	const char *words;          /* "CPU time used" */
	enum controller controller; /* cpuacct is a controller of v1 alone: v2 has it always */
	enum counter_unit unit;
	const char *v1, *v1_key, *v2, *v2_key; /* file, and the word before the number or NULL */
	uint64_t v1_divisor;        /* of v1's number, to be in unit; 0: 1 */
};

extern const struct counter counters[COUNTERS];

/* The file on a version of cgroups; NULL where it has none. */
const char *counter_file(const struct counter *counter, int version);

/* What the group in folder has counted, all devices together. false where the file or the word is
 * not there. */
bool counter_read(const struct counter *counter, int version, const char *folder, uint64_t *ret);

/* "1.203 s", "64.0 MiB", "12". */
void counter_text(const struct counter *counter, uint64_t number, char *ret, size_t size);
