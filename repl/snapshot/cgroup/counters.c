#include "snapshot/cgroup/counters.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "base/show/units.h"

const struct counter counters[COUNTERS] = {
	[COUNTER_CPU_USED] = { "CPU time used", CONTROLLER_CPUACCT, COUNT_TIME,
			       "cpuacct.usage", NULL, "cpu.stat", "usage_usec", 1000 },
	[COUNTER_CPU_PERIODS] = { "periods with a quota", CONTROLLER_CPU, COUNT_TIMES,
				  "cpu.stat", "nr_periods", "cpu.stat", "nr_periods", 0 },
	[COUNTER_CPU_WAITED] = { "periods in which it was throttled", CONTROLLER_CPU, COUNT_TIMES,
				 "cpu.stat", "nr_throttled", "cpu.stat", "nr_throttled", 0 },
	[COUNTER_CPU_WAITING] = { "time it was throttled, on all CPUs", CONTROLLER_CPU, COUNT_TIME,
				  "cpu.stat", "throttled_time", "cpu.stat", "throttled_usec", 1000 },
	[COUNTER_CPU_BURSTS] = { "periods longer by a burst", CONTROLLER_CPU, COUNT_TIMES,
				 "cpu.stat", "nr_bursts", "cpu.stat", "nr_bursts", 0 },
	[COUNTER_MEMORY_NOW] = { "memory in use", CONTROLLER_MEMORY, COUNT_BYTES,
				 "memory.usage_in_bytes", NULL, "memory.current", NULL, 0 },
	[COUNTER_MEMORY_PEAK] = { "most memory in use so far", CONTROLLER_MEMORY, COUNT_BYTES,
				  "memory.max_usage_in_bytes", NULL, "memory.peak", NULL, 0 },
	[COUNTER_MEMORY_SWAP] = { "swap in use", CONTROLLER_MEMORY, COUNT_BYTES,
				  "memory.stat", "swap", "memory.swap.current", NULL, 0 },
	[COUNTER_MEMORY_HIGH] = { "times slowed down (memory.high)", CONTROLLER_MEMORY, COUNT_TIMES,
				  NULL, NULL, "memory.events", "high", 0 },
	[COUNTER_MEMORY_FULL] = { "times at the limit on memory", CONTROLLER_MEMORY, COUNT_TIMES,
				  "memory.failcnt", NULL, "memory.events", "max", 0 },
	[COUNTER_MEMORY_KILLED] = { "processes killed for memory", CONTROLLER_MEMORY, COUNT_TIMES,
				    "memory.oom_control", "oom_kill", "memory.events", "oom_kill", 0 },
	[COUNTER_PIDS_NOW] = { "processes and threads", CONTROLLER_PIDS, COUNT_TIMES,
			       "pids.current", NULL, "pids.current", NULL, 0 },
	[COUNTER_PIDS_PEAK] = { "most processes and threads so far", CONTROLLER_PIDS, COUNT_TIMES,
				"pids.peak", NULL, "pids.peak", NULL, 0 },
	[COUNTER_PIDS_REFUSED] = { N_("forks refused"), CONTROLLER_PIDS, COUNT_TIMES,
				   "pids.events", "max", "pids.events", "max", 0 },
	[COUNTER_IO_READ] = { "read from disks", CONTROLLER_IO, COUNT_BYTES,
			      "blkio.throttle.io_service_bytes", "Read", "io.stat", "rbytes", 0 },
	[COUNTER_IO_WRITTEN] = { "written to disks", CONTROLLER_IO, COUNT_BYTES,
				 "blkio.throttle.io_service_bytes", "Write", "io.stat", "wbytes", 0 },
	[COUNTER_IO_READS] = { "requests to read", CONTROLLER_IO, COUNT_TIMES,
			       "blkio.throttle.io_serviced", "Read", "io.stat", "rios", 0 },
	[COUNTER_IO_WRITES] = { "requests to write", CONTROLLER_IO, COUNT_TIMES,
				"blkio.throttle.io_serviced", "Write", "io.stat", "wios", 0 },
};

const char *counter_file(const struct counter *counter, int version)
{
	return version == 1 ? counter->v1 : version == 2 ? counter->v2 : NULL;
}

/* The number behind key in a line of words: "nr_periods 5", "254:0 Read 4096", "254:0
 * rbytes=4096 wbytes=0"; without a key the first word. */
static bool number_in(char *line, const char *key, uint64_t *ret)
{
	size_t length = key ? strlen(key) : 0;
	char *save = NULL;

	for (char *word = strtok_r(line, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		if (!key)
			return parse_number(word, ret);
		if (strncmp(word, key, length) != 0)
			continue;
		if (word[length] == '=')
			return parse_number(word + length + 1, ret);
		if (!word[length]) {
			word = strtok_r(NULL, " ", &save);
			return word && parse_number(word, ret);
		}
	}
	return false;
}

bool counter_read(const struct counter *counter, int version, const char *folder, uint64_t *ret)
{
	const char *file = counter_file(counter, version);
	const char *key = version == 1 ? counter->v1_key : counter->v2_key;
	cleanup_arena struct arena arena = { 0 };
	cleanup_text struct text content = { 0 };
	uint64_t sum = 0, number;
	bool found = false;
	char *save = NULL;

	if (!file || read_file(AT_FDCWD, path_join(&arena, folder, file), 1 << 20, &content) < 0)
		return false;
	char *line = content.len ? strtok_r(content.s, "\n", &save) : NULL;
	for (; line; line = strtok_r(NULL, "\n", &save))
		if (number_in(line, key, &number)) {
			sum += number;
			found = true;
		}
	/* A disk that was never used has no line. */
	found = found || (counter->controller == CONTROLLER_IO);
	if (version == 1 && counter->v1_divisor)
		sum /= counter->v1_divisor;
	*ret = found ? sum : *ret;
	return found;
}

void counter_text(const struct counter *counter, uint64_t number, char *ret, size_t size)
{
	switch (counter->unit) {
	case COUNT_BYTES:
		bytes_text(number, ret, size);
		break;
	case COUNT_TIME:
		snprintf(ret, size, "%.3f s", (double)number / 1e6);
		break;
	case COUNT_TIMES:
		snprintf(ret, size, "%llu", (unsigned long long)number);
		break;
	}
}
