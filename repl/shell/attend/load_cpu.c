/* burn cpu: the share of a CPU that the load gets, second by second, beside its quota. */
#include <unistd.h>

#include "base/message.h"
#include "shell/shell.h"
#include "shell/attend/load.h"

static double seconds_between(const struct sample *from, const struct sample *to)
{
	return (double)(to->at - from->at) / 1e9;
}

/* What a bar as long as can be stands for: as many CPUs as the load could fill. */
static double full_share(const struct meter *meter)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t workers = meter->reached > 1 ? meter->reached : 1;

	return 100.0 * (double)(cpus > 0 && workers > (uint64_t)cpus ? (uint64_t)cpus : workers);
}

/* The counters come one by one. */
static bool throttling_unread(const struct group_usage *usage)
{
	return usage->periods == NO_LIMIT || usage->throttled == NO_LIMIT || usage->throttled_for == NO_LIMIT;
}

static void add_throttling(const struct sample *from, const struct sample *to, struct text *text)
{
	uint64_t periods = grown(from->group.periods, to->group.periods);
	uint64_t throttled = grown(from->group.throttled, to->group.throttled);

	if (to->group.frozen)
		text_say(text, "frozen: its counter does not change");
	else if (!throttling_unread(&to->group) && !throttling_unread(&from->group) && to->group.periods)
		text_sayf(text, "throttled in %llu of %llu periods", (unsigned long long)throttled,
			  (unsigned long long)periods);
}

static void add_plot(const struct meter *meter, const struct sample *from, struct text *text)
{
	double share = share_of_load(from, &meter->last), quota = bound_share(&meter->groups.cpu);

	meter_bar(meter, share, quota, full_share(meter), text);
	text_addf(text, " %5.1f %%", share);
	text_add(text, "  ");
	add_throttling(from, &meter->last, text);
	while (text->len && text->s[text->len - 1] == ' ')
		text->s[--text->len] = '\0';
	text_add(text, "\n");
}

static void draw(struct meter *meter, double seconds)
{
	double quota = bound_share(&meter->groups.cpu);
	cleanup_text struct text text = { 0 };

	text_addf(&text, " %4.1f s  ", seconds);
	add_plot(meter, &meter->recent[0], &text);
	text_sayf(&text, "         of a CPU in the last second; ");
	if (quota >= 0)
		text_sayf(&text, "quota %.4g %%; ", quota);
	text_say(&text, "q ends it\n");
	meter_draw(meter, &text);
}

static bool tick(struct meter *meter)
{
	const double slack = 0.5 / (int)SAMPLES_A_SECOND;
	double seconds = seconds_between(&meter->first, &meter->last);
	cleanup_text struct text line = { 0 };

	draw(meter, seconds);
	if (!meter->live.on && seconds_between(&meter->second, &meter->last) > 1 - slack) {
		text_addf(&line, " %4.0f s  ", seconds);
		add_plot(meter, &meter->second, &line);
		meter_print(meter, &line);
		meter->second = meter->last;
	}
	return seconds < (double)meter->op->burn.seconds - slack;
}

static void say_measured(const struct meter *meter, struct text *text)
{
	double group = share_of_group(&meter->first, &meter->last);
	cleanup_text struct text words = { 0 };

	text_sayf(&words, "%.1f %% of a CPU over %.1f s", share_of_load(&meter->first, &meter->last),
		  seconds_between(&meter->first, &meter->last));
	if (meter->reached > 1)
		text_sayf(&words, ", by %llu workers", (unsigned long long)meter->reached);
	if (meter->groups.of[CONTROLLER_CPUACCT].own && group >= 0)
		text_sayf(&words, "; all of its group %.1f %% (%s)", group,
			  meter->groups.of[CONTROLLER_CPUACCT].version == 1 ? "cpuacct.usage" : "cpu.stat");
	meter_line(meter, text, "measured", "%s", text_of(&words));
	if (meter->reached < meter->op->burn.count)
		meter_line(meter, text, "workers", "only %llu of %llu could be started: the limit on "
			   "processes counts threads too", (unsigned long long)meter->reached,
			   (unsigned long long)meter->op->burn.count);
}

static void say_quota(const struct meter *meter, struct text *text)
{
	const struct bound *bound = &meter->groups.cpu;
	double quota = bound_share(bound);

	if (quota < 0) {
		meter_line(meter, text, "quota", "none: only other processes on the same CPUs "
			   "reduce it");
		return;
	}
	meter_line(meter, text, "quota", "%.4g %%: %llu us in each %llu us, by %s/%s", quota,
		   (unsigned long long)bound->most, (unsigned long long)bound->period,
		   vis(bound->folder),
		   meter->groups.of[CONTROLLER_CPU].version == 1 ? "cpu.cfs_quota_us" : "cpu.max");
	if (throttling_unread(&meter->first.group) || throttling_unread(&meter->last.group)) {
		meter_line(meter, text, "throttled", "could not be read (cpu.stat)");
		return;
	}
	meter_line(meter, text, "throttled", "in %llu of %llu periods, %.2f s in all (cpu.stat)",
		   (unsigned long long)grown(meter->first.group.throttled, meter->last.group.throttled),
		   (unsigned long long)grown(meter->first.group.periods, meter->last.group.periods),
		   (double)grown(meter->first.group.throttled_for,
				meter->last.group.throttled_for) / 1e6);
}

/* A busy loop is on one CPU at a time. */
static void say_few(const struct meter *meter, struct text *text)
{
	double quota = bound_share(&meter->groups.cpu);
	int needed = (int)((quota + 99.9) / 100);

	if (quota > full_share(meter) && needed <= sysconf(_SC_NPROCESSORS_ONLN))
		meter_line(meter, text, "workers", "%s CPU at most at a time: burn cpu -w %d reaches "
			   "the quota", meter->reached > 1 ? _("each has one") : _("one has one"), needed);
}

/* Where the load got less than it may have, for all CPUs were busy: what everybody else used. */
static void say_others(const struct meter *meter, struct text *text)
{
	const struct sample *first = &meter->first, *last = &meter->last;
	double seconds = seconds_between(first, last), share = share_of_load(first, last);
	double quota = bound_share(&meter->groups.cpu), most = full_share(meter);
	double busy = (double)grown(first->all.busy, last->all.busy) / (double)sysconf(_SC_CLK_TCK);
	double idle = (double)grown(first->all.idle, last->all.idle) / (double)sysconf(_SC_CLK_TCK);
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	double others = seconds > 0 ? 100 * busy / seconds - share : 0;

	most = quota >= 0 && quota < most ? quota : most;
	if (!first->all.busy || others <= 0 || share > most - 2 || idle > 0.1 * seconds * (double)cpus)
		return;
	meter_line(meter, text, "others", "used %.1f %% meanwhile, so all of %ld CPUs %s busy "
		   "(/proc/stat): the load had to share", others, cpus,
		   cpus == 1 ? "was" : "were");
}

static void conclude(struct meter *meter)
{
	cleanup_text struct text text = { 0 };

	say_measured(meter, &text);
	say_quota(meter, &text);
	say_few(meter, &text);
	say_others(meter, &text);
	if (meter->killed)
		meter_line(meter, &text, "ended", "the load was killed before its time was up");
	meter_print(meter, &text);
}

const struct load_kind load_cpu = { .load = "cpu", .settles = true, .tick = tick, .conclude = conclude };
