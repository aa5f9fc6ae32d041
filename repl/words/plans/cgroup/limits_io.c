/* Parts of plans: limits on disks as they are typed. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/list.h"
#include "base/message.h"
#include "base/path.h"
#include "base/text.h"
#include "base/show/units.h"
#include "snapshot/eyes/eyes.h"
#include "words/plans/cgroup/cgroup.h"

static const char *device_number(struct plan *plan, unsigned major_, unsigned minor_)
{
	return arena_print(&plan->arena, "%u:%u", major_, minor_);
}

static bool is_block_device(const struct context *context, struct plan *plan, const char *number)
{
	return eyes_find(context->eyes, arena_print(&plan->arena, "/sys/dev/block/%s", number));
}

static int fail_device(const char *device, struct error *err, const char *why)
{
	fail_id(err, ERR_LIMIT_DEVICE, 0, "%s: not a disk", vis(device));
	fail_why(err, "%s", why);
	return fail_fix(err, "lsblk lists the disks: the path of one, or its MAJ:MIN");
}

/* Limits are for whole disks: the kernel refuses a partition. */
static const char *whole_disk(const struct context *context, struct plan *plan, const char *device,
			      const char *number, struct error *err)
{
	cleanup_text struct text disk = { 0 };
	const char *sys = arena_print(&plan->arena, "/sys/dev/block/%s", number);

	if (!eyes_find(context->eyes, path_join(&plan->arena, sys, "partition")))
		return number;
	fail_id(err, ERR_LIMIT_DEVICE, 0, "%s is a partition", vis(device));
	fail_why(err, "the kernel limits whole disks only");
	if (eyes_read(context->eyes, path_join(&plan->arena, sys, "../dev"), 64, &disk) == 0 && disk.len)
		fail_fix(err, "its disk is %.*s", (int)strcspn(disk.s, "\n"), disk.s);
	return NULL;
}

/* MAJ:MIN of a disk, in the plan's arena; NULL with err. */
static const char *device_of(const struct context *context, struct plan *plan, const char *device,
			     struct error *err)
{
	unsigned major_, minor_;
	struct stat st;
	int end = 0;

	if (sscanf(device, "%5u:%7u%n", &major_, &minor_, &end) == 2 && !device[end]) {
		const char *number = device_number(plan, major_, minor_);
		if (is_block_device(context, plan, number))
			return whole_disk(context, plan, device, number, err);
		fail_device(device, err, _("the kernel has no block device with this number"));
		return NULL;
	}
	if (eyes_stat(context->eyes, 0, device, false, &st) < 0) {
		const char *node = path_join(&plan->arena, "/dev", device);
		fail_device(device, err, _("the host has no such file"));
		if (!strchr(device, '/') && eyes_stat(context->eyes, 0, node, false, &st) == 0 && S_ISBLK(st.st_mode))
			fail_fix(err, "did you mean %s?", vis(node));
		return NULL;
	}
	if (S_ISBLK(st.st_mode))
		return whole_disk(context, plan, device,
				  device_number(plan, major(st.st_rdev), minor(st.st_rdev)), err);
	const char *below = device_number(plan, major(st.st_dev), minor(st.st_dev));
	fail_device(device, err, _("it is not a block device"));
	if (is_block_device(context, plan, below))
		fail_fix(err, "its file system is on %s", below);
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
		return want_limit(ret, KNOB_IO_WEIGHT, limit_number(plan, number), 0, err);
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
					      max ? "max" : limit_number(plan, number)), 0, err);
	}
	return fail_setting(setting, err);
}

int parse_io(const struct context *context, struct plan *plan, const char *device,
	     const char *const *settings, size_t count, struct limits_wanted *ret, struct error *err)
{
	ret->reading = device;
	const char *number = device ? device_of(context, plan, device, err) : NULL;

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
