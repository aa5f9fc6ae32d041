#include "snapshot/cgroup/knobs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "base/show/units.h"

enum { FILE_LIMIT = 1 << 16 };

/* ---- from one form to what is written ---- */

static const char *word(struct arena *arena, const char *value, size_t nth)
{
	for (; nth > 0; nth--) {
		value += strcspn(value, " ");
		value += strspn(value, " ");
	}
	return arena_copyn(arena, value, strcspn(value, " "));
}

static const char *none_is_minus(struct arena *arena, const char *value)
{
	return strcmp(value, "max") == 0 ? "-1" : arena_copy(arena, value);
}

static const char *number_to_v1(struct arena *arena, const struct knob *knob, const char *value)
{
	(void)knob;
	return none_is_minus(arena, value);
}

static const char *quota_to_v1(struct arena *arena, const struct knob *knob, const char *value)
{
	(void)knob;
	return none_is_minus(arena, word(arena, value, 0));
}

static const char *period_to_v1(struct arena *arena, const struct knob *knob, const char *value)
{
	(void)knob;
	return word(arena, value, 1);
}

static const char *weight_to_v1(struct arena *arena, const struct knob *knob, const char *value)
{
	uint64_t weight = 100;

	(void)knob;
	parse_number(value, &weight);
	return arena_print(arena, "%llu", (unsigned long long)shares_of_weight(weight));
}

/* v1 counts memory and swap together. */
static const char *swap_to_v1(struct arena *arena, const struct knob *knob, const char *value)
{
	uint64_t swap, memory;

	(void)knob;
	if (!parse_number(word(arena, value, 0), &swap) ||
	    !parse_number(word(arena, value, 1), &memory))
		return "-1";
	return arena_print(arena, "%llu", (unsigned long long)(swap + memory));
}

static const char *swap_to_v2(struct arena *arena, const struct knob *knob, const char *value)
{
	(void)knob;
	return word(arena, value, 0);
}

/* 0 takes a device's limit away. */
static const char *device_to_v1(struct arena *arena, const struct knob *knob, const char *value)
{
	const char *number = word(arena, value, 1);

	(void)knob;
	return arena_print(arena, "%s %s", word(arena, value, 0),
			   strcmp(number, "max") == 0 ? "0" : number);
}

static const char *device_to_v2(struct arena *arena, const struct knob *knob, const char *value)
{
	return arena_print(arena, "%s %s=%s", word(arena, value, 0), knob->key,
			   word(arena, value, 1));
}

static const char *freeze_to_v1(struct arena *arena, const struct knob *knob, const char *value)
{
	(void)arena, (void)knob;
	return strcmp(value, "1") == 0 ? "FROZEN" : "THAWED";
}

/* ---- the table ---- */

const struct knob knobs[KNOBS] = {
	[KNOB_CPU_PERIOD] = { N_("CPU period"), CONTROLLER_CPU, "cpu.cfs_period_us", NULL,
			      UNIT_MICROSECONDS, NULL, period_to_v1, .instead =
			      "the second number of cpu.max" },
	[KNOB_CPU_QUOTA] = { N_("CPU time"), CONTROLLER_CPU, "cpu.cfs_quota_us", "cpu.max",
			     UNIT_QUOTA, NULL, quota_to_v1 },
	[KNOB_CPU_WEIGHT] = { N_("CPU weight"), CONTROLLER_CPU, "cpu.shares", "cpu.weight",
			      UNIT_WEIGHT, NULL, weight_to_v1 },
	[KNOB_CPU_BURST] = { N_("CPU burst"), CONTROLLER_CPU, "cpu.cfs_burst_us", "cpu.max.burst",
			     UNIT_MICROSECONDS, .since = { 5, 14 } },
	[KNOB_CPU_IDLE] = { N_("CPU idle"), CONTROLLER_CPU, "cpu.idle", "cpu.idle",
			    UNIT_SWITCH, .since = { 5, 15 } },
	[KNOB_MEMORY_MAX] = { "memory", CONTROLLER_MEMORY, "memory.limit_in_bytes", "memory.max",
			      UNIT_BYTES, NULL, number_to_v1 },
	[KNOB_MEMORY_HIGH] = { N_("memory high"), CONTROLLER_MEMORY, NULL, "memory.high",
			       UNIT_BYTES, .instead =
			       "nothing that slows a group down; memory.soft_limit_in_bytes is only "
			       "best effort" },
	[KNOB_MEMORY_SWAP] = { "swap", CONTROLLER_MEMORY, "memory.memsw.limit_in_bytes",
			       "memory.swap.max", UNIT_BYTES, NULL, swap_to_v1, swap_to_v2 },
	[KNOB_MEMORY_OOM_GROUP] = { "all or none", CONTROLLER_MEMORY, NULL, "memory.oom.group",
				    UNIT_SWITCH, .instead =
				    "only the killing of one process at a time" },
	[KNOB_PIDS_MAX] = { "processes", CONTROLLER_PIDS, "pids.max", "pids.max",
			    UNIT_NUMBER },
	[KNOB_IO_RBPS] = { N_("bytes read/s"), CONTROLLER_IO, "blkio.throttle.read_bps_device",
			   "io.max", UNIT_DEVICE, "rbps", device_to_v1, device_to_v2 },
	[KNOB_IO_WBPS] = { N_("bytes written/s"), CONTROLLER_IO, "blkio.throttle.write_bps_device",
			   "io.max", UNIT_DEVICE, "wbps", device_to_v1, device_to_v2 },
	[KNOB_IO_RIOPS] = { N_("reads/s"), CONTROLLER_IO, "blkio.throttle.read_iops_device",
			    "io.max", UNIT_DEVICE, "riops", device_to_v1, device_to_v2 },
	[KNOB_IO_WIOPS] = { N_("writes/s"), CONTROLLER_IO, "blkio.throttle.write_iops_device",
			    "io.max", UNIT_DEVICE, "wiops", device_to_v1, device_to_v2 },
	[KNOB_IO_WEIGHT] = { N_("disk weight"), CONTROLLER_IO, "blkio.bfq.weight", "io.weight",
			     UNIT_NUMBER },
	[KNOB_CPUSET_CPUS] = { "CPUs", CONTROLLER_CPUSET, "cpuset.cpus", "cpuset.cpus",
			       UNIT_LIST },
	[KNOB_CPUSET_MEMS] = { "memory nodes", CONTROLLER_CPUSET, "cpuset.mems", "cpuset.mems",
			       UNIT_LIST },
	[KNOB_FREEZE] = { "frozen", CONTROLLER_FREEZER, "freezer.state", "cgroup.freeze",
			  UNIT_SWITCH, NULL, freeze_to_v1 },
	[KNOB_ACCOUNT] = { N_("CPU time used"), CONTROLLER_CPUACCT, NULL, NULL, UNIT_NUMBER },
};

const char *knob_file(const struct knob *knob, int version)
{
	return version == 1 ? knob->v1 : version == 2 ? knob->v2 : NULL;
}

const char *knob_text(const struct knob *knob, int version, const char *value,
		      struct arena *arena)
{
	__auto_type turn = version == 1 ? knob->to_v1 : knob->to_v2;

	return turn ? turn(arena, knob, value) : arena_copy(arena, value);
}

uint64_t shares_of_weight(uint64_t weight)
{
	return (weight * 1024 + 50) / 100;
}

uint64_t weight_of_shares(uint64_t shares)
{
	uint64_t weight = (shares * 100 + 512) / 1024;

	return weight < 1 ? 1 : weight > 10000 ? 10000 : weight;
}

/* ---- reading ---- */

/* Of io.max's "254:0 rbps=max wbps=1 riops=max wiops=max" what key says: "254:0 1"; "" for max. */
static const char *keyed(struct arena *arena, const char *line, const char *key)
{
	const char *mark = arena_print(arena, " %s=", key), *at = strstr(line, mark);

	if (!at)
		return "";
	at += strlen(mark);
	const char *value = arena_copyn(arena, at, strcspn(at, " "));
	return strcmp(value, "max") == 0 ? "" : arena_print(arena, "%s %s", word(arena, line, 0), value);
}

const char *knob_read(const struct knob *knob, int version, const char *folder,
		      struct arena *arena)
{
	const char *file = knob_file(knob, version);
	cleanup_text struct text content = { 0 }, ret = { 0 };
	char *save = NULL;

	errno = ENOENT;
	if (!file || read_file(AT_FDCWD, path_join(arena, folder, file), FILE_LIMIT, &content) < 0)
		return NULL;
	char *line = content.len ? strtok_r(content.s, "\n", &save) : NULL;
	for (; line; line = strtok_r(NULL, "\n", &save)) {
		const char *part = version == 2 && knob->key ? keyed(arena, line, knob->key) : line;
		if (*part)
			text_addf(&ret, "%s%s", ret.len ? ", " : "", part);
	}
	return arena_copy(arena, text_of(&ret));
}

/* ---- in words ---- */

static const char *quota_words(const struct knob *knob, int version, const char *folder,
			       const char *raw, struct arena *arena)
{
	const char *quota = word(arena, raw, 0);
	uint64_t time, each;

	(void)knob;
	if (!parse_number(quota, &time))
		return "no limit";
	const char *period = version == 2 ? word(arena, raw, 1) :
			     knob_read(&knobs[KNOB_CPU_PERIOD], version, folder, arena);
	if (!period)
		return NULL;
	if (!parse_number(period, &each) || !each)
		return "no limit";
	return arena_print(arena, _("%s of each %s us (%.4g %% of a CPU)"), quota, period,
			   100.0 * (double)time / (double)each);
}

static const char *weight_words(int version, const char *raw, struct arena *arena)
{
	uint64_t number;

	if (!parse_number(raw, &number))
		return arena_copy(arena, vis(raw));
	if (version == 2)
		return arena_print(arena, _("%s (%llu shares)"), raw,
				   (unsigned long long)shares_of_weight(number));
	return arena_print(arena, _("%s shares (weight %llu)"), raw,
			   (unsigned long long)weight_of_shares(number));
}

/* v1 says "no limit" by the greatest multiple of a page that fits its counter. */
static const char *bytes_words(const struct knob *knob, int version, const char *raw,
			       struct arena *arena)
{
	uint64_t number;
	char size[32];

	if (!parse_number(raw, &number))
		return strcmp(raw, "max") == 0 ? "no limit" : arena_copy(arena, vis(raw));
	if (number >= INT64_MAX - 65536)
		return "no limit";
	bytes_text(number, size, sizeof(size));
	return version == 1 && knob == &knobs[KNOB_MEMORY_SWAP] ?
		       arena_print(arena, _("%s, memory included"), size) : arena_copy(arena, size);
}

const char *knob_words(const struct knob *knob, int version, const char *folder,
		       struct arena *arena)
{
	const char *raw = knob_read(knob, version, folder, arena);

	if (!raw)
		return NULL;
	switch (knob->unit) {
	case UNIT_QUOTA:
		return quota_words(knob, version, folder, raw, arena);
	case UNIT_WEIGHT:
		return weight_words(version, raw, arena);
	case UNIT_BYTES:
		return bytes_words(knob, version, raw, arena);
	case UNIT_SWITCH:
		return strcmp(raw, "1") == 0 || strcmp(raw, "FROZEN") == 0   ? "on" :
		       strcmp(raw, "0") == 0 || strcmp(raw, "THAWED") == 0 ? "off" :
									     arena_copy(arena, vis(raw));
	case UNIT_MICROSECONDS:
		return arena_print(arena, "%s us", vis(raw));
	case UNIT_NUMBER:
	case UNIT_DEVICE:
		return !*raw || strcmp(raw, "max") == 0 ? "no limit" : arena_copy(arena, vis(raw));
	case UNIT_LIST:
		return *raw ? arena_copy(arena, vis(raw)) : "as the group above";
	}
	return NULL;
}

bool knob_is_limit(const char *words)
{
	/* What a new group begins with. */
	static const char *const none[] = { "no limit", "off", "0 us", "100 (1024 shares)",
					    "1024 shares (weight 100)", "default 100", "100",
					    "as the group above" };

	for (size_t i = 0; i < COUNT(none); i++)
		if (strcmp(words, none[i]) == 0)
			return false;
	return true;
}
