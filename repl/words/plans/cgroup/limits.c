/* Parts of plans: limits as they are typed. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/path.h"
#include "base/text.h"
#include "base/show/units.h"
#include "words/plans/cgroup/cgroup.h"

const char *limit_wanted(const struct limits_wanted *wanted, enum knob_id knob)
{
	for (size_t i = 0; i < wanted->count; i++)
		if (wanted->list[i].knob == knob)
			return wanted->list[i].value;
	return NULL;
}

int want_limit(struct limits_wanted *ret, enum knob_id knob, const char *value, unsigned flags,
	       struct error *err)
{
	if (ret->count == LIMITS_MOST)
		return fail_id(err, ERR_LIMIT_MANY, 0, "more than %d limits at once", LIMITS_MOST);
	ret->list[ret->count].knob = knob;
	ret->list[ret->count].value = value;
	ret->list[ret->count++].flags = flags;
	return 0;
}

static const char *number_text(struct plan *plan, uint64_t number)
{
	return arena_print(&plan->arena, "%llu", (unsigned long long)number);
}

/* ---- cpu ---- */

/* "1.5" in thousandths: digits, and up to three behind the point. s up to end. */
static bool parse_thousandths(const char *s, const char *end, uint64_t *ret)
{
	uint64_t number = 0;
	int behind = -1;

	if (s == end || *s == '.' || end - s > 12)
		return false;
	for (; s < end; s++) {
		if (*s == '.' && behind < 0) {
			behind = 0;
			continue;
		}
		if (*s < '0' || *s > '9' || behind == 3)
			return false;
		number = number * 10 + (uint64_t)(*s - '0');
		behind += behind >= 0;
	}
	for (behind = behind < 0 ? 0 : behind; behind < 3; behind++)
		number *= 10;
	*ret = number;
	return true;
}

static bool ends_with(const char *s, const char *tail, const char **end)
{
	size_t length = strlen(s), n = strlen(tail);

	*end = s + length - n;
	return length > n && strcmp(*end, tail) == 0;
}

static int fail_quota(const char *quota, const char *why, struct error *err)
{
	fail_id(err, ERR_LIMIT_VALUE, 0, "%s: not a valid CPU quota", vis(quota));
	fail_why(err, "%s", why);
	return fail_fix(err, "microseconds in each period as in 20000, or 20%%, or 1.5cpus, or max");
}

/* The quota in microseconds of a period. */
static bool parse_quota(const char *s, uint64_t period, uint64_t *ret)
{
	const char *end;
	uint64_t number;

	if (ends_with(s, "%", &end)) {
		if (!parse_thousandths(s, end, &number))
			return false;
		*ret = number * period / 100000;
		return true;
	}
	if (ends_with(s, "cpus", &end) || ends_with(s, "cpu", &end)) {
		if (!parse_thousandths(s, end, &number))
			return false;
		*ret = number * period / 1000;
		return true;
	}
	return parse_number(s, ret);
}

enum { LEAST_QUOTA = 1000, MOST_PERIOD = 1000000 };
static const uint64_t most_quota = (UINT64_C(1) << 44) - 1; /* the kernel counts it in this many bits */

int parse_cpu(struct plan *plan, const char *quota, const char *period,
	      struct limits_wanted *ret, struct error *err)
{
	uint64_t each = 100000, number = 0;
	bool none = strcmp(quota, "max") == 0 || strcmp(quota, "-1") == 0;

	ret->reading = period;
	if (period && (!parse_number(period, &each) || each < LEAST_QUOTA || each > MOST_PERIOD)) {
		fail_id(err, ERR_LIMIT_VALUE, 0, "%s: not a valid CPU period", vis(period));
		return fail_why(err, "the kernel accepts 1000 to 1000000 microseconds");
	}
	ret->reading = quota;
	if (!none && !parse_quota(quota, each, &number))
		return fail_quota(quota, "not a number, a percentage or a number of cpus", err);
	if (!none && number < LEAST_QUOTA)
		return fail_quota(quota, "the kernel gives at least 1000 microseconds in each period", err);
	if (number > most_quota)
		return fail_quota(quota, "it is more than the kernel can count", err);
	const char *value = arena_print(&plan->arena, "%s %llu", none ? "max" : number_text(plan, number),
					(unsigned long long)each);
	return want_limit(ret, KNOB_CPU_PERIOD, value, 0, err) < 0 ||
	       want_limit(ret, KNOB_CPU_QUOTA, value, 0, err) < 0 ? -1 : 0;
}

int parse_weight(struct plan *plan, const char *weight, struct limits_wanted *ret,
		 struct error *err)
{
	uint64_t number;

	ret->reading = weight;
	if (parse_number(weight, &number) && number >= 1 && number <= 10000)
		return want_limit(ret, KNOB_CPU_WEIGHT, number_text(plan, number), 0, err);
	fail_id(err, ERR_LIMIT_VALUE, 0, "%s: not a valid weight", vis(weight));
	return fail_fix(err, "a number from 1 to 10000; every group starts with 100");
}

int parse_burst(struct plan *plan, const char *burst, struct limits_wanted *ret,
		struct error *err)
{
	uint64_t number;

	ret->reading = burst;
	if (parse_number(burst, &number) && number <= most_quota)
		return want_limit(ret, KNOB_CPU_BURST, number_text(plan, number), 0, err);
	fail_id(err, ERR_LIMIT_VALUE, 0, "%s: not a valid burst", vis(burst));
	return fail_fix(err, "microseconds that may be saved up, at most the quota; 0 for none");
}

int parse_idle(struct plan *plan, const char *word, struct limits_wanted *ret, struct error *err)
{
	bool on = strcmp(word, "on") == 0;

	(void)plan;
	ret->reading = word;
	if (on || strcmp(word, "off") == 0)
		return want_limit(ret, KNOB_CPU_IDLE, on ? "1" : "0", 0, err);
	fail_id(err, ERR_LIMIT_VALUE, 0, "idle is on or off, not %s", vis(word));
	return fail_fix(err, "cgroup idle on");
}

/* ---- memory and processes ---- */

/* "max", or bytes as a number, least of them at least. NULL with err. */
static const char *size_value(struct plan *plan, const char *size, uint64_t least,
			      const char *what, struct error *err)
{
	uint64_t bytes = 0;
	bool number = parse_size(size, &bytes);

	if (strcmp(size, "max") == 0)
		return "max";
	if (number && bytes >= least && bytes < INT64_MAX - 65536)
		return number_text(plan, bytes);
	fail_id(err, ERR_LIMIT_VALUE, 0, "%s: not a valid limit on %s", vis(size), what);
	fail_why(err, number ? "no program can start with less than 1M; more than 8 exbibytes would not be a limit" :
			       "not a number of bytes");
	fail_fix(err, "a number of bytes, which may end in K, M or G as in 64M, or max");
	return NULL;
}

static int parse_swap(struct plan *plan, const char *memory, const char *swap,
		      struct limits_wanted *ret, struct error *err)
{
	ret->reading = swap;
	const char *value = size_value(plan, swap, 0, "swap", err);

	if (!value)
		return -1;
	bool both = memory && strcmp(memory, "max") != 0 && strcmp(value, "max") != 0;
	return want_limit(ret, KNOB_MEMORY_SWAP,
			  both ? arena_print(&plan->arena, "%s %s", value, memory) : value, 0, err);
}

int parse_memory(struct plan *plan, const char *size, const char *swap,
		 struct limits_wanted *ret, struct error *err)
{
	ret->reading = size;
	const char *value = size ? size_value(plan, size, 1 << 20, "memory", err) : NULL;

	if (size && (!value || want_limit(ret, KNOB_MEMORY_MAX, value, 0, err) < 0))
		return -1;
	if (swap)
		return parse_swap(plan, value, swap, ret, err);
	/* Else what does not fit goes to swap. Not every kernel counts that. */
	if (value && strcmp(value, "max") != 0)
		return want_limit(ret, KNOB_MEMORY_SWAP, arena_print(&plan->arena, "0 %s", value),
				  PLAN_MAY_FAIL, err);
	return value ? want_limit(ret, KNOB_MEMORY_SWAP, "max", PLAN_MAY_FAIL, err) : 0;
}

int parse_high(struct plan *plan, const char *size, struct limits_wanted *ret, struct error *err)
{
	ret->reading = size;
	const char *value = size_value(plan, size, 1 << 20, "memory", err);

	return value ? want_limit(ret, KNOB_MEMORY_HIGH, value, 0, err) : -1;
}

int parse_pids(struct plan *plan, const char *number, struct limits_wanted *ret,
	       struct error *err)
{
	uint64_t most = 0;

	ret->reading = number;
	if (strcmp(number, "max") == 0)
		return want_limit(ret, KNOB_PIDS_MAX, "max", 0, err);
	if (parse_number(number, &most) && most > 0 && most <= 4194304)
		return want_limit(ret, KNOB_PIDS_MAX, number_text(plan, most), 0, err);
	fail_id(err, ERR_LIMIT_VALUE, 0, "%s: not a valid limit on processes", vis(number));
	return fail_fix(err, "a number from 1 to 4194304, or max");
}

void account_for(const struct facts *facts, struct limits_wanted *wanted)
{
	const struct cgroup_place *cpu = &facts->cgroup[CONTROLLER_CPU];
	const struct cgroup_place *account = &facts->cgroup[CONTROLLER_CPUACCT];

	if (!limit_wanted(wanted, KNOB_CPU_QUOTA) || cpu->version != 1 || account->version != 1 ||
	    strcmp(cpu->mount, account->mount) == 0 || !account->writable ||
	    wanted->count == LIMITS_MOST)
		return;
	wanted->list[wanted->count].knob = KNOB_ACCOUNT;
	wanted->list[wanted->count++].value = NULL;
}

/* ---- io ---- */

static const char *device_number(struct plan *plan, unsigned major_, unsigned minor_)
{
	return arena_print(&plan->arena, "%u:%u", major_, minor_);
}

static bool is_block_device(struct plan *plan, const char *number)
{
	struct stat st;

	return stat(arena_print(&plan->arena, "/sys/dev/block/%s", number), &st) == 0;
}

static int fail_device(const char *device, struct error *err, const char *why)
{
	fail_id(err, ERR_LIMIT_DEVICE, 0, "%s: not a disk", vis(device));
	fail_why(err, "%s", why);
	return fail_fix(err, "lsblk lists the disks: the path of one, or its MAJ:MIN");
}

/* Limits are for whole disks: the kernel refuses a partition. */
static const char *whole_disk(struct plan *plan, const char *device, const char *number,
			      struct error *err)
{
	cleanup_text struct text disk = { 0 };
	const char *sys = arena_print(&plan->arena, "/sys/dev/block/%s", number);
	struct stat st;

	if (stat(path_join(&plan->arena, sys, "partition"), &st) < 0)
		return number;
	fail_id(err, ERR_LIMIT_DEVICE, 0, "%s is a partition", vis(device));
	fail_why(err, "the kernel limits whole disks only");
	if (read_file(AT_FDCWD, path_join(&plan->arena, sys, "../dev"), 64, &disk) == 0 && disk.len)
		fail_fix(err, "its disk is %.*s", (int)strcspn(disk.s, "\n"), disk.s);
	return NULL;
}

/* MAJ:MIN of a disk, in the plan's arena; NULL with err. */
static const char *device_of(struct plan *plan, const char *device, struct error *err)
{
	unsigned major_, minor_;
	struct stat st;
	int end = 0;

	if (sscanf(device, "%5u:%7u%n", &major_, &minor_, &end) == 2 && !device[end]) {
		const char *number = device_number(plan, major_, minor_);
		if (is_block_device(plan, number))
			return whole_disk(plan, device, number, err);
		fail_device(device, err, "the kernel knows no block device of this number");
		return NULL;
	}
	if (stat(device, &st) < 0) {
		const char *node = path_join(&plan->arena, "/dev", device);
		fail_device(device, err, "the host has no such file");
		if (!strchr(device, '/') && stat(node, &st) == 0 && S_ISBLK(st.st_mode))
			fail_fix(err, "did you mean %s?", vis(node));
		return NULL;
	}
	if (S_ISBLK(st.st_mode))
		return whole_disk(plan, device, device_number(plan, major(st.st_rdev), minor(st.st_rdev)), err);
	const char *below = device_number(plan, major(st.st_dev), minor(st.st_dev));
	fail_device(device, err, "it is not a block device");
	if (is_block_device(plan, below))
		fail_fix(err, "the file system that it lies on is on %s", below);
	return NULL;
}

static int fail_no_setting(struct error *err)
{
	return fail_fix(err, "rbps=1M wbps=1M (bytes each second), riops=100 wiops=100 (requests), "
			"or max for any of these; weight=1 to 1000");
}

static int fail_setting(const char *setting, struct error *err)
{
	static const struct { const char *name, *values; } known[] = {
		{ "rbps", "bytes each second, as in rbps=1M, or rbps=max" },
		{ "wbps", "bytes each second, as in wbps=1M, or wbps=max" },
		{ "riops", "requests each second, as in riops=100, or riops=max" },
		{ "wiops", "requests each second, as in wiops=100, or wiops=max" },
		{ "weight", "weight=1 to weight=1000" },
	};
	cleanup_arena struct arena arena = { 0 };
	const char *name = arena_copyn(&arena, setting, strcspn(setting, "=")), *near = NULL;
	size_t best = 3;

	fail_id(err, ERR_LIMIT_VALUE, 0, "%s: not a valid limit on a disk", vis(setting));
	for (size_t i = 0; i < COUNT(known); i++) {
		if (strcmp(name, known[i].name) == 0)
			return fail_fix(err, "%s", known[i].values);
		size_t distance = text_distance(known[i].name, name, 2);
		if (setting[strlen(name)] && distance < best) {
			near = known[i].name;
			best = distance;
		}
	}
	return near ? fail_fix(err, "did you mean %s=?", near) : fail_no_setting(err);
}

static int parse_setting(struct plan *plan, const char *device, const char *setting,
			 struct limits_wanted *ret, struct error *err)
{
	size_t length = strcspn(setting, "=");
	const char *value = setting + length + (setting[length] == '=');
	uint64_t number = 0;

	if (length == 6 && strncmp(setting, "weight", length) == 0 && parse_number(value, &number) &&
	    number >= 1 && number <= 1000)
		return want_limit(ret, KNOB_IO_WEIGHT, number_text(plan, number), 0, err);
	for (enum knob_id i = KNOB_IO_RBPS; i <= KNOB_IO_WIOPS; i++) {
		bool bytes = i == KNOB_IO_RBPS || i == KNOB_IO_WBPS, max = strcmp(value, "max") == 0;
		if (strlen(knobs[i].key) != length || strncmp(knobs[i].key, setting, length) != 0)
			continue;
		if (!max && (!(bytes ? parse_size(value, &number) : parse_number(value, &number)) ||
			     number == 0 || number > (bytes ? (uint64_t)INT64_MAX : UINT32_MAX)))
			return fail_setting(setting, err);
		if (!device) {
			fail_id(err, ERR_LIMIT_DEVICE, 0, "%s applies to one disk, and no disk is named", vis(setting));
			return fail_fix(err, "cgroup io MAJ:MIN %s; lsblk lists the disks", vis(setting));
		}
		return want_limit(ret, i,
				  arena_print(&plan->arena, "%s %s", device,
					      max ? "max" : number_text(plan, number)), 0, err);
	}
	return fail_setting(setting, err);
}

int parse_io(struct plan *plan, const char *device, const char *const *settings, size_t count,
	     struct limits_wanted *ret, struct error *err)
{
	ret->reading = device;
	const char *number = device ? device_of(plan, device, err) : NULL;

	if (device && !number)
		return -1;
	if (!count) {
		fail_id(err, ERR_LIMIT_DEVICE, 0, "no limit on the disk %s is given", vis(device));
		return fail_no_setting(err);
	}
	for (size_t i = 0; i < count; i++) {
		ret->reading = settings[i];
		if (parse_setting(plan, number, settings[i], ret, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- cpuset ---- */

enum { SET_MOST = 1024 };

/* A list of numbers and ranges, cpuset(7), as a bit for each. */
static bool parse_list(const char *s, bool set[SET_MOST])
{
	memset(set, 0, SET_MOST);
	for (;;) {
		unsigned first, last;
		int end = 0;
		if (*s < '0' || *s > '9' || sscanf(s, "%5u%n", &first, &end) != 1)
			return false;
		s += end;
		last = first;
		if (*s == '-') {
			if (s[1] < '0' || s[1] > '9' || sscanf(s + 1, "%5u%n", &last, &end) != 1)
				return false;
			s += 1 + end;
		}
		if (last < first || last >= SET_MOST)
			return false;
		memset(set + first, true, last - first + 1);
		if (!*s)
			return true;
		if (*s++ != ',')
			return false;
	}
}

/* What the groups may have of a kind ("cpus", "mems"): the group above says it. "" when unknown. */
static const char *allowed(const struct context *context, struct plan *plan, const char *kind)
{
	const struct cgroup_place *place = &context->facts->cgroup[CONTROLLER_CPUSET];
	const char *name = place->version == 2 ? "cpuset.%s.effective" : "cpuset.%s";
	cleanup_text struct text list = { 0 };
	char file[32];

	snprintf(file, sizeof(file), name, kind);
	if (!place->version ||
	    read_file(AT_FDCWD, path_join(&plan->arena, place->parent, file), 4096, &list) < 0)
		return "";
	return arena_copyn(&plan->arena, text_of(&list), strcspn(text_of(&list), "\n"));
}

static int check_list(struct plan *plan, const char *list, const char *most, const char *item,
		      struct error *err)
{
	bool wanted[SET_MOST], there[SET_MOST];

	(void)plan;
	if (!parse_list(list, wanted)) {
		fail_id(err, ERR_LIMIT_LIST, 0, "%s: not a valid list of %ss", vis(list), item);
		return fail_fix(err, "numbers and ranges, separated by commas: 0-1,4");
	}
	if (!parse_list(most, there))
		return 0;
	for (unsigned i = 0; i < SET_MOST; i++)
		if (wanted[i] && !there[i]) {
			fail_id(err, ERR_LIMIT_VALUE, 0, "%s %u does not exist here", item, i);
			return fail_why(err, "the group above has %s", vis(most));
		}
	return 0;
}

int parse_cpuset(const struct context *context, struct plan *plan, const char *cpus,
		 const char *mems, struct limits_wanted *ret, struct error *err)
{
	const char *nodes = allowed(context, plan, "mems");

	ret->reading = cpus;
	if (check_list(plan, cpus, allowed(context, plan, "cpus"), "CPU", err) < 0)
		return -1;
	ret->reading = mems;
	if (mems && check_list(plan, mems, nodes, "memory node", err) < 0)
		return -1;
	/* v1 lets no process into a group before both are set. */
	if (!mems && context->facts->cgroup[CONTROLLER_CPUSET].version == 1 && *nodes)
		mems = nodes;
	if (mems && want_limit(ret, KNOB_CPUSET_MEMS, arena_copy(&plan->arena, mems), 0, err) < 0)
		return -1;
	return want_limit(ret, KNOB_CPUSET_CPUS, arena_copy(&plan->arena, cpus), 0, err);
}

/* ---- by both names ---- */

static const char *cpu_by_both_names(struct plan *plan, const char *value)
{
	struct arena *arena = &plan->arena;

	return arena_print(arena, "cpu.cfs_quota_us %s and cpu.cfs_period_us %s on cgroup v1 are cpu.max "
			   "\"%s\" on v2", knob_text(&knobs[KNOB_CPU_QUOTA], 1, value, arena),
			   knob_text(&knobs[KNOB_CPU_PERIOD], 1, value, arena), value);
}

static bool is_same_on_both(struct plan *plan, const struct knob *knob, const char *value)
{
	return knob->v1 && knob->v2 && strcmp(knob->v1, knob->v2) == 0 &&
	       strcmp(knob_text(knob, 1, value, &plan->arena), knob_text(knob, 2, value, &plan->arena)) == 0;
}

const char *limits_by_both_names(struct plan *plan, const struct limits_wanted *wanted)
{
	cleanup_text struct text text = { 0 };
	struct arena *arena = &plan->arena;

	for (size_t i = 0; i < wanted->count; i++) {
		const struct knob *knob = &knobs[wanted->list[i].knob];
		const char *value = wanted->list[i].value;
		if (wanted->list[i].knob == KNOB_CPU_PERIOD || !value)
			continue;
		text_add(&text, text.len ? "; " : "");
		if (wanted->list[i].knob == KNOB_CPU_QUOTA)
			text_add(&text, cpu_by_both_names(plan, value));
		else if (is_same_on_both(plan, knob, value))
			text_addf(&text, "%s %s is the same on cgroup v1 and v2", knob->v2,
				  knob_text(knob, 2, value, arena));
		else if (knob->v1 && knob->v2)
			text_addf(&text, "%s %s on cgroup v1 is %s %s on v2", knob->v1,
				  knob_text(knob, 1, value, arena), knob->v2,
				  knob_text(knob, 2, value, arena));
		else
			text_addf(&text, "%s is on cgroup v2 only; v1 has %s", knob->v2, knob->instead);
	}
	return arena_copy(arena, text_of(&text));
}
