/* Parts of plans: masked and read-only paths. */
#include "words/plans/mount/mask.h"

#include <sys/mount.h>
#include <sys/stat.h>

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

/* Before there is a child the view is the shell's own: then one call tells. */
static unsigned mode_of(const struct context *context, const char *path)
{
	struct stat st;

	if (context->pid)
		return mode_here(context, path);
	return stat(path, &st) < 0 ? 0 : st.st_mode;
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

void plan_mask(const struct context *context, struct plan *plan, const char *path)
{
	mask_as(plan, path, S_ISDIR(mode_of(context, path)), &(struct masks){ 0 });
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
static void mask_throttles(const struct context *context, struct plan *plan, struct masks *masks)
{
	for (unsigned cpu = 0;; cpu++) {
		const char *path = arena_print(&plan->arena,
			"/sys/devices/system/cpu/cpu%u/thermal_throttle", cpu);
		unsigned mode = mode_of(context, path);
		if (!mode)
			break;
		mask_as(plan, path, S_ISDIR(mode), masks);
	}
}

void plan_mask_all(const struct context *context, struct plan *plan, struct text *absent)
{
	struct masks masks = { 0 };

	for (const char *const *path = masked; *path; path++) {
		unsigned mode = mode_of(context, *path);
		if (mode)
			mask_as(plan, *path, S_ISDIR(mode), &masks);
		else
			note_absent(*path, absent);
	}
	mask_throttles(context, plan, &masks);
}

void plan_readonly_all(const struct context *context, struct plan *plan, uint64_t keep,
		       struct text *absent)
{
	for (const char *const *path = read_only; *path; path++)
		if (mode_of(context, *path))
			plan_readonly(context, plan, *path, keep);
		else
			note_absent(*path, absent);
}
