/* burn memory: how far the load climbs, and what the limit makes of it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/message.h"
#include "base/process/proc.h"
#include "base/show/units.h"
#include "shell/shell.h"
#include "shell/attend/load.h"

enum { LINES = 8 }; /* where there is no terminal to draw on */

/* What the group holds, or the load alone where no group of its own is counted. */
static uint64_t in_use(const struct meter *meter)
{
	const struct sample *last = &meter->last;

	return meter->groups.of[CONTROLLER_MEMORY].own && last->group.memory != NO_LIMIT ?
		       last->group.memory : last->load.resident;
}

static const char *words(uint64_t bytes, char *room)
{
	bytes_text(bytes, room, 24);
	return room;
}

static void add_plot(const struct meter *meter, struct text *text)
{
	uint64_t size = meter->op->burn.size, most = meter->groups.memory.most, use = in_use(meter);
	double full = (double)(use > size ? use : size);
	char room[24], other[24];

	text_addf(text, " %10s  ", words(meter->reached, room));
	meter_bar(meter, (double)use, most == NO_LIMIT ? -1 : (double)most, full, text);
	text_sayf(text, " %s in use", words(use, other));
	uint64_t hits = grown(meter->first.group.hits, meter->last.group.hits);
	if (hits)
		text_sayf(text, ", limit hit %llu times", (unsigned long long)hits);
	text_add(text, "\n");
}

static bool tick(struct meter *meter)
{
	cleanup_text struct text text = { 0 };
	uint64_t each = meter->op->burn.size / LINES;

	/* What a load that is dead leaves in use says nothing about how far it came. */
	if (meter->killed)
		return false;
	add_plot(meter, &text);
	if (!meter->live.on && (meter->done || meter->reached >= meter->told + each)) {
		meter_print(meter, &text);
		meter->told = meter->reached;
	}
	text_say(&text, "             touched, and what is in use; q ends it\n");
	meter_draw(meter, &text);
	return !meter->done;
}

static bool is_gone(pid_t pid, const char *comm)
{
	char name[16];
	struct usage usage;

	snprintf(name, sizeof(name), "%d", pid);
	return usage_read(proc_root(), name, &usage) < 0 || usage.state == 'Z' ||
	       strcmp(vis(usage.comm), comm) != 0;
}

/* Processes of the group that the load has outlived, or that died with it. */
static void say_others(const struct meter *meter, struct text *text)
{
	for (const char *s = text_of(&meter->others); *s; s += strcspn(s, "\n") + 1) {
		cleanup_text struct text comm = { 0 };
		size_t blank = strcspn(s, " ");
		text_addn(&comm, s + blank + 1, strcspn(s, "\n") - blank - 1);
		if (is_gone(atoi(s), text_of(&comm)))
			meter_line(meter, text, "killed", "%s (process %d), of the same group",
				   text_of(&comm), atoi(s));
	}
}

static void say_fate(const struct meter *meter, struct text *text)
{
	char room[24], other[24];
	uint64_t kills = grown(meter->first.group.kills, meter->last.group.kills);
	const char *size = words(meter->op->burn.size, other);

	if (meter->refused)
		meter_line(meter, text, "refused", "mmap of %s: %s (%s)", size,
			   errno_name(meter->refused_code), errno_text(meter->refused_code));
	else if (meter->killed && kills)
		meter_line(meter, text, "killed", "%s (process %d) at %s of %s, by the OOM killer of "
			   "its group: the kernel found nothing more to reclaim",
			   vis(meter->last.load.comm), meter->program->pid,
			   words(meter->reached, room), size);
	else if (meter->killed)
		meter_line(meter, text, "killed", "%s (process %d) at %s of %s, by another process: its group "
			   "counts no OOM kill", vis(meter->last.load.comm), meter->program->pid,
			   words(meter->reached, room), size);
	else
		meter_line(meter, text, "touched", "%s of %s", words(meter->reached, room), size);
	if (kills)
		say_others(meter, text);
}

static void say_limit(const struct meter *meter, struct text *text)
{
	const struct bound *bound = &meter->groups.memory;
	bool v1 = meter->groups.of[CONTROLLER_MEMORY].version == 1;
	char room[24];

	if (bound->most == NO_LIMIT) {
		meter_line(meter, text, "limit", "none but the machine's own memory");
		return;
	}
	meter_line(meter, text, "limit", "%s, by %s/%s", words(bound->most, room),
		   vis(bound->folder), v1 ? "memory.limit_in_bytes" : _("memory.max or memory.high"));
	uint64_t hits = grown(meter->first.group.hits, meter->last.group.hits);
	uint64_t kills = grown(meter->first.group.kills, meter->last.group.kills);
	meter_line(meter, text, "counted", "limit hit %llu times (%s), %llu killed (%s)",
		   (unsigned long long)hits,
		   v1 ? "memory.failcnt, memory.memsw.failcnt" : _("memory.events: max, high"),
		   (unsigned long long)kills,
		   v1 ? "memory.oom_control" : "memory.events: oom_kill");
	if (kills && !hits)
		meter_line(meter, text, "", "this kernel does not count how often the limit is hit");
}

static void conclude(struct meter *meter)
{
	cleanup_text struct text text = { 0 };

	say_fate(meter, &text);
	say_limit(meter, &text);
	meter_print(meter, &text);
}

const struct load_kind load_memory = { .load = "memory", .tick = tick, .conclude = conclude };
