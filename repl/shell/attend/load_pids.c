/* burn pids: at which fork the limit on processes says no. */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "shell/shell.h"
#include "shell/attend/load.h"

static void add_plot(const struct meter *meter, struct text *text)
{
	uint64_t count = meter->op->burn.count, most = meter->groups.pids.most;
	uint64_t use = meter->last.group.pids;
	double beside = use != NO_LIMIT && use > meter->reached ? (double)(use - meter->reached) : 0;

	text_sayf(text, " fork %5llu  ", (unsigned long long)meter->reached);
	meter_bar(meter, (double)meter->reached, most == NO_LIMIT ? -1 : (double)most - beside,
		  (double)count, text);
	if (use != NO_LIMIT && most != NO_LIMIT)
		text_sayf(text, " %llu of %llu processes", (unsigned long long)use,
			  (unsigned long long)most);
	text_add(text, "\n");
}

static bool tick(struct meter *meter)
{
	cleanup_text struct text text = { 0 };

	add_plot(meter, &text);
	if (!meter->live.on && (meter->done || meter->killed))
		meter_print(meter, &text);
	meter_draw(meter, &text);
	return !meter->done;
}

static bool is_bound_met(const struct meter *meter)
{
	const struct group_usage *first = &meter->first.group, *last = &meter->last.group;

	return meter->groups.pids.most != NO_LIMIT &&
	       (grown(first->refused, last->refused) ||
		(last->pids != NO_LIMIT && last->pids >= meter->groups.pids.most));
}

static void say_refused(const struct meter *meter, struct text *text)
{
	int code = meter->refused_code;

	meter_line(meter, text, "refused", "fork %llu of %llu: %s (%s)",
		   (unsigned long long)meter->refused, (unsigned long long)meter->op->burn.count,
		   errno_name(code), errno_text(code));
	if (is_bound_met(meter))
		meter_line(meter, text, "why", "the group has as many processes as it may: %llu "
			   "forked, and those that were there before, including the load's first process",
			   (unsigned long long)meter->reached);
	else if (code == EAGAIN)
		meter_line(meter, text, "why", "not by the group's pids.max: ulimit -u counts all "
			   "processes of this user, kernel.threads-max and kernel.pid_max those of "
			   "the machine");
}

static void conclude(struct meter *meter)
{
	const struct group *group = &meter->groups.of[CONTROLLER_PIDS];
	const struct bound *bound = &meter->groups.pids;
	const struct group_usage *first = &meter->first.group, *last = &meter->last.group;
	cleanup_text struct text text = { 0 };

	if (meter->refused)
		say_refused(meter, &text);
	else
		meter_line(meter, &text, meter->killed ? "killed at" : "forked", "%llu of %llu",
			   (unsigned long long)meter->reached,
			   (unsigned long long)meter->op->burn.count);
	if (bound->most == NO_LIMIT)
		meter_line(meter, &text, "limit", "no pids.max");
	else
		meter_line(meter, &text, "limit", "%llu, by %s/pids.max",
			   (unsigned long long)bound->most, vis(bound->folder));
	if (group->own && last->pids != NO_LIMIT)
		meter_line(meter, &text, "counted", "%llu processes (pids.current); forks refused: %llu "
			   "(pids.events)", (unsigned long long)last->pids,
			   (unsigned long long)grown(first->refused, last->refused));
	meter_print(meter, &text);
}

const struct load_kind load_pids = { .load = "pids", .tick = tick, .conclude = conclude };
