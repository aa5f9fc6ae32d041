/* top: what the child's processes use, live. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/message.h"
#include "base/process/proc.h"
#include "base/text.h"
#include "base/process/process_stat.h"
#include "base/show/table.h"
#include "base/show/units.h"
#include "shell/shell.h"
#include "shell/attend/live.h"
#include "shell/terminal/signals.h"
#include "snapshot/process.h"
#include "snapshot/cgroup/groups.h"
#include "snapshot/cgroup/usage.h"
#include "words/language/command.h"

enum { FIRST = 500, EVERY = 1000, SELDOM = 5000 /* ms */ };

/* One look at the child. */
struct look {
	uint64_t at; /* nanoseconds */
	struct usages usages;
	struct group_usage group;
};

struct top {
	struct shell *shell;
	struct live live;
	int proc;
	struct groups groups;
	struct look before, now;
	bool leave;
};

static int take_look(struct top *top, struct error *err)
{
	pid_t pid = top->shell->session.at->now.pid;

	usages_done(&top->before.usages);
	top->before = top->now;
	top->now = (struct look){ .at = clock_now() };
	if (usages_take(top->proc, pid, &top->now.usages) < 0)
		return fail(err, errno, "read /proc");
	if (groups_find(&top->shell->session.facts, pid, &top->groups) == 0)
		groups_read(&top->groups, &top->now.group);
	return 0;
}

/* ---- what is shown ---- */

struct row {
	const struct usage *usage;
	double share; /* of one CPU, in percent, since the last look */
};

static double share_of(const struct top *top, const struct usage *usage)
{
	const struct usage *before = usages_find(&top->before.usages, usage);
	uint64_t ticks = usage->ticks - (before ? before->ticks : 0);
	double seconds = (double)(top->now.at - top->before.at) / (double)SECOND;

	return 100 * (double)ticks / (double)sysconf(_SC_CLK_TCK) / seconds;
}

static int busiest_first(const void *a, const void *b)
{
	const struct row *first = a, *second = b;

	if (first->share > second->share || first->share < second->share)
		return first->share < second->share ? 1 : -1;
	return (first->usage->pid > second->usage->pid) - (first->usage->pid < second->usage->pid);
}

static void add_row(const struct row *row, struct table *table)
{
	const struct usage *usage = row->usage;
	double seconds = (double)usage->ticks / (double)sysconf(_SC_CLK_TCK);
	char memory[24];

	bytes_text(usage->resident, memory, sizeof(memory));
	table_add(table, "%d", usage->pid);
	table_add(table, "%.1f", row->share);
	if (row->share >= 1)
		table_paint(table, PAINT_OWN);
	table_add(table, "%.2f", seconds);
	table_add(table, "%s", memory);
	table_add(table, "%s", process_state(usage->state));
	table_add(table, "%s", vis(usage->comm));
}

static void add_table(const struct top *top, struct text *ret)
{
	static const char *const head[] = {
		N_("PID"), N_("CPU %"), N_("SECONDS"), N_("MEMORY"), N_("STATE"), N_("COMMAND"), NULL
	};
	const struct usages *usages = &top->now.usages;
	struct table table = { .columns = 6, .right = 0xf, .cut = true };
	struct row *rows = calloc(usages->count + 1, sizeof(*rows));

	if (!rows)
		out_of_memory();
	for (size_t i = 0; i < usages->count; i++)
		rows[i] = (struct row){ &usages->list[i], share_of(top, &usages->list[i]) };
	qsort(rows, usages->count, sizeof(*rows), busiest_first);
	table_head(&table, head);
	for (size_t i = 0; i < usages->count; i++)
		add_row(&rows[i], &table);
	table_print(&table, top->shell->screen.color, 1, top->shell->screen.columns, ret);
	free(rows);
}

static void add_cpu(const struct top *top, struct text *note)
{
	const struct group_usage *before = &top->before.group, *now = &top->now.group;
	double quota = bound_share(&top->groups.cpu);

	if (now->cpu != NO_LIMIT && before->cpu != NO_LIMIT)
		text_addf(note, "CPU %.1f %%", 100e3 * (double)grown(before->cpu, now->cpu) /
			  (double)(top->now.at - top->before.at));
	if (quota < 0)
		return;
	text_sayf(note, ", quota %.4g %%", quota);
	if (now->periods != NO_LIMIT && before->periods != NO_LIMIT && now->throttled != NO_LIMIT &&
	    before->throttled != NO_LIMIT)
		text_sayf(note, ", throttled in %llu of %llu periods",
			  (unsigned long long)grown(before->throttled, now->throttled),
			  (unsigned long long)grown(before->periods, now->periods));
}

static void add_memory(const struct top *top, struct text *note)
{
	const struct bound *bound = &top->groups.memory;
	char room[24];

	bytes_text(top->now.group.memory, room, sizeof(room));
	text_sayf(note, "%smemory %s", text_joint(note), room);
	if (bound->most == NO_LIMIT)
		return;
	bytes_text(bound->most, room, sizeof(room));
	text_sayf(note, " of %s", room);
}

/* What the child's own groups count; the host's groups say nothing about the child. */
static void add_group(const struct top *top, struct text *ret)
{
	const struct group *of = top->groups.of;
	const struct group_usage *now = &top->now.group;
	cleanup_text struct text note = { 0 };

	if (of[CONTROLLER_CPU].own || of[CONTROLLER_CPUACCT].own)
		add_cpu(top, &note);
	if (of[CONTROLLER_MEMORY].own && now->memory != NO_LIMIT)
		add_memory(top, &note);
	if (of[CONTROLLER_PIDS].own && now->pids != NO_LIMIT) {
		text_addf(&note, "%s%llu", text_joint(&note), (unsigned long long)now->pids);
		if (top->groups.pids.most != NO_LIMIT)
			text_sayf(&note, " of %llu", (unsigned long long)top->groups.pids.most);
		text_say(&note, " processes");
	}
	if (now->frozen)
		text_sayf(&note, "%sfrozen: no counter changes", text_joint(&note));
	if (note.len)
		table_note(text_of(&note), 1, top->shell->screen.columns, ret);
}

static void show(const struct top *top, struct text *ret)
{
	add_group(top, ret);
	add_table(top, ret);
}

/* ---- waiting ---- */

static void hear_signals(struct top *top)
{
	unsigned noted = signals_take();

	if (noted & NOTED_WINDOW)
		live_resized(&top->live);
	if (noted & (NOTED_INTERRUPT | NOTED_LEAVE))
		top->leave = true;
	shell_hear(top->shell, noted);
}

static int wait_for(struct top *top, int milliseconds, struct error *err)
{
	uint64_t due = clock_now() + (uint64_t)milliseconds * MILLISECOND;

	while (!top->leave) {
		uint64_t time = clock_now();
		struct pollfd polled[] = {
			{ signals_fd(), POLLIN, 0 },
			{ top->live.keys ? STDIN_FILENO : -1, POLLIN, 0 },
		};
		if (time >= due)
			return 0;
		int n = poll(polled, 2, (int)((due - time) / MILLISECOND) + 1);
		if (n < 0 && errno != EINTR)
			return fail(err, errno, "poll");
		if (n > 0 && polled[0].revents)
			hear_signals(top);
		if (n > 0 && polled[1].revents)
			top->leave = live_left(&top->live) || top->leave;
	}
	return 0;
}

/* Where /proc is long, looks are seldom: watching is to cost less than 1 % of a CPU. */
static int pause_after(const struct top *top)
{
	uint64_t pause = (clock_now() - top->now.at) * 120 / MILLISECOND;

	return pause < EVERY ? EVERY : pause > SELDOM ? SELDOM : (int)pause;
}

static int run_live(struct top *top, struct error *err)
{
	int ret = wait_for(top, FIRST, err);

	while (ret == 0 && !top->leave) {
		cleanup_text struct text text = { 0 };
		ret = take_look(top, err);
		if (ret < 0 || !top->now.usages.count || top->shell->leaving)
			break;
		text_say(&text, " the child's processes; q leaves\n");
		show(top, &text);
		live_draw(&top->live, &text);
		ret = wait_for(top, pause_after(top), err);
	}
	return ret;
}

static int run_once(struct top *top, struct text *ret, struct error *err)
{
	if (wait_for(top, FIRST, err) < 0 || (!top->leave && take_look(top, err) < 0))
		return -1;
	if (!top->leave)
		show(top, ret);
	return 0;
}

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	struct text *ret = &result->output;
	struct error *err = &result->error;
	int proc = proc_root();
	struct top top = { .shell = shell, .proc = proc };
	int failed;

	if (!shell->session.at->child) {
		text_say(ret, " There is no child yet, so nothing runs in its world.\n");
		return 0;
	}
	if (session_look(&shell->session, err) < 0)
		return -1;
	facts_cgroups(&shell->session.facts);
	if (proc < 0 || take_look(&top, err) < 0)
		return proc < 0 ? fail(err, errno, "open /proc") : -1;
	if (!words_flag(words, "--once"))
		live_begin(&top.live, shell);
	failed = top.live.on ? run_live(&top, err) : run_once(&top, ret, err);
	live_end(&top.live);
	usages_done(&top.before.usages);
	usages_done(&top.now.usages);
	return failed;
}

static const struct flag_spec flags[] = {
	{ "--once", 0, .means = "one table, also on a terminal" },
	{ 0 }
};


const struct command command_top = {
	.name = "top", .kind = ACTS, .group = GROUP_LOOKING, .act = act, .reach = REACH_SHELL, .flags = flags,
	.summary = "the child's processes with CPU, memory and throttling, live",
	.explain = "Shows once a second what each process of the child has used since the last "
		"look: CPU % is of one CPU, SECONDS is all its CPU time so far, MEMORY is what it "
		"has in RAM (proc(5)). Above that are the counters of the child's own cgroups: "
		"its share of the CPU beside the quota, the periods in which it was throttled, "
		"memory and processes beside their limits. q or Ctrl-C leaves. If standard output "
		"is not a terminal, top prints one table, measured over half a second.",
	.example = "spawn sleep 5\ntop --once",
};
