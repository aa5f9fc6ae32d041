/* Parts of plans: masked and read-only paths. */
#include "snapshot/eyes/eyes.h"
#include "words/plans/mount/mask.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/text.h"
#include "snapshot/facts.h"

/* The paths of daemon/pkg/oci/defaults.go of github.com/moby/moby, as of 2025, each with its
 * reason there or in an advisory. */
static const char *const masked[] = {
	"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys",
	"/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list",
	"/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware", NULL
};

static const char *const read_only[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger", NULL
};

/* Before there is a child the view is the shell's own. */
static int mode_of(const struct context *context, const char *path, unsigned *mode, struct error *err)
{
	struct stat st = { 0 };

	if (context->pid)
		return mode_here(context, path, mode, err);
	if (eyes_stat(context->eyes, 0, path, false, &st) < 0 && !path_is_absent(errno))
		return fail(err, errno, "stat %s", vis(path));
	*mode = st.st_mode;
	return *mode != 0;
}

/* The first masks of a plan, which the later ones are bound from; NULL before there is one. */
struct masks {
	const char *file, *folder;
};

static void mask_as(struct plan *plan, const char *path, bool folder, struct masks *masks)
{
	const char **first = folder ? &masks->folder : &masks->file;

	if (*first || folder) {
		struct op *op = plan_add(plan, OP_mask);
		op->mask.source = *first;
		op->mask.target = path;
	} else {
		plan_add(plan, OP_mask_file)->mask_file.target = path;
	}
	if (!*first)
		*first = path;
}

void plan_mask(struct plan *plan, const char *path, unsigned mode)
{
	mask_as(plan, path, S_ISDIR(mode), &(struct masks){ 0 });
}

void plan_readonly(const struct context *context, struct plan *plan, const char *path,
		   uint64_t keep)
{
	plan_mount(plan, NULL, path, path, MS_BIND | MS_REC, NULL);
	if (!facts_kernel(context->facts, 5, 12)) {
		plan_mount(plan, NULL, NULL, path, MS_REMOUNT | MS_BIND | MS_RDONLY | keep, NULL);
		return;
	}
	struct op *op = plan_add(plan, OP_mount_setattr);
	op->mount_setattr.path = path;
	op->mount_setattr.set = MS_RDONLY; /* MOUNT_ATTR_RDONLY is the same bit */
}

static void note_absent(const char *path, struct text *absent)
{
	if (absent)
		text_addf(absent, "%s%s", absent->len ? ", " : "", path);
}

/* Each CPU's folder has one, where the hardware counts how often it was too hot: a way to tell
 * what the neighbours compute (GHSA-6fw5-f8r9-fgfm). */
static int mask_throttles(const struct context *context, struct plan *plan, struct masks *masks,
			  struct error *err)
{
	for (unsigned cpu = 0;; cpu++) {
		const char *path = arena_print(&plan->arena,
			"/sys/devices/system/cpu/cpu%u/thermal_throttle", cpu);
		unsigned mode;
		int there = mode_of(context, path, &mode, err);
		if (there <= 0)
			return there;
		mask_as(plan, path, S_ISDIR(mode), masks);
	}
}

/* What "/sys/devices/system/cpu/cpu%u/thermal_throttle" comes to. */
static bool is_throttle(const char *path)
{
	unsigned cpu;
	int length = 0;

	return sscanf(path, "/sys/devices/system/cpu/cpu%u/thermal_throttle%n", &cpu, &length) == 1 && length &&
	       !path[length];
}

bool plan_hides(const char *path)
{
	const char *const *lists[] = { masked, read_only };

	for (size_t i = 0; i < 2; i++)
		for (const char *const *one = lists[i]; *one; one++)
			if (strcmp(*one, path) == 0)
				return true;
	return is_throttle(path);
}

int plan_mask_all(const struct context *context, struct plan *plan, struct text *absent,
		  struct error *err)
{
	struct masks masks = { 0 };

	for (const char *const *path = masked; *path; path++) {
		unsigned mode;
		int there = mode_of(context, *path, &mode, err);
		if (there < 0)
			return -1;
		if (there)
			mask_as(plan, *path, S_ISDIR(mode), &masks);
		else
			note_absent(*path, absent);
	}
	return mask_throttles(context, plan, &masks, err);
}

int plan_readonly_all(const struct context *context, struct plan *plan, uint64_t keep,
		      struct text *absent, struct error *err)
{
	for (const char *const *path = read_only; *path; path++) {
		unsigned mode;
		int there = mode_of(context, *path, &mode, err);
		if (there < 0)
			return -1;
		if (there)
			plan_readonly(context, plan, *path, keep);
		else
			note_absent(*path, absent);
	}
	return 0;
}
