#include "shell/attend/meter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/message.h"
#include "base/syscalls.h"
#include "base/process/proc.h"
#include "base/show/fill.h"
#include "base/show/paint.h"
#include "shell/shell.h"
#include "shell/attend/load.h"
#include "shell/terminal/signals.h"

enum { TICK = SECOND / SAMPLES_A_SECOND, LABEL = 13 };

/* ---- printing ---- */

void meter_print(struct meter *meter, const struct text *text)
{
	if (meter->capture)
		text_addn(meter->capture, text_of(text), text->len);
	else
		shell_write(meter->shell, text);
}

void meter_draw(struct meter *meter, const struct text *text)
{
	if (meter->live.on)
		live_draw(&meter->live, text);
}

void meter_line(const struct meter *meter, struct text *text, const char *label,
		const char *format, ...)
{
	cleanup_free char *words = NULL;
	size_t start = text->len;
	va_list args;

	va_start(args, format);
	int length = vasprintf(&words, _(format), args);
	va_end(args);
	if (length < 0)
		out_of_memory();
	text_pad(text, 3);
	paint(text, meter->shell->screen.color && !meter->capture, PAINT_DIM, _(label));
	text_pad(text, LABEL - text_columns(text->s + start));
	fill(text, words, LABEL, meter->shell->screen.columns);
}

static size_t bar_width(const struct meter *meter)
{
	size_t columns = meter->shell->screen.columns;

	return columns >= 80 ? 30 : columns >= 60 ? columns - 50 : 10;
}

void meter_bar(const struct meter *meter, double value, double mark, double full,
	       struct text *ret)
{
	bool utf8 = meter->shell->screen.utf8, color = meter->shell->screen.color && !meter->capture;
	size_t width = bar_width(meter);
	double cell = full / (double)width;

	for (size_t i = 0; i < width; i++) {
		double from = (double)i * cell, to = from + cell;
		/* The mark closes the cell that ends at it. */
		bool marked = mark > from + cell / 1e6 && mark <= to + cell / 1e6;
		bool filled = value >= from + cell / 2;
		if (marked)
			paint(ret, color, PAINT_BOLD, utf8 ? "┃" : "|");
		else if (filled)
			paint(ret, color, PAINT_OWN, utf8 ? "█" : "#");
		else
			paint(ret, color, PAINT_DIM, utf8 ? "░" : ".");
	}
}

/* ---- measuring ---- */

double share_of_load(const struct sample *from, const struct sample *to)
{
	double seconds = (double)(to->at - from->at) / (double)SECOND;
	double used = (double)(to->load.ticks - from->load.ticks) / (double)sysconf(_SC_CLK_TCK);

	return seconds > 0 && to->load.pid ? 100 * used / seconds : 0;
}

double share_of_group(const struct sample *from, const struct sample *to)
{
	if (from->group.cpu == NO_LIMIT || to->group.cpu == NO_LIMIT || to->at <= from->at)
		return -1;
	return 100e3 * (double)grown(from->group.cpu, to->group.cpu) / (double)(to->at - from->at);
}

static void take_sample(struct meter *meter)
{
	const size_t room = COUNT(meter->recent);
	struct sample *sample = &meter->last;
	struct usage load;

	groups_bound(&meter->groups);
	groups_read(&meter->groups, &sample->group);
	sample->at = clock_now();
	busy_read(&sample->all);
	cleanup_fd int proc = proc_open(meter->program->pid, meter->program->pidfd);
	/* Once it is gone, what it had last is what it had. */
	if (proc >= 0 && usage_read(proc, ".", &load) == 0 && load.state != 'Z')
		sample->load = load;
	if (meter->recent_count == room) {
		memmove(meter->recent, meter->recent + 1, (room - 1) * sizeof(meter->recent[0]));
		meter->recent_count--;
	}
	meter->recent[meter->recent_count++] = *sample;
}

/* ---- listening ---- */

static void hear_line(struct meter *meter, const char *line)
{
	unsigned long long number;
	long long more;
	char word[16];

	if (sscanf(line, "%15s %llu %lld", word, &number, &more) != 3)
		return;
	if (strcmp(word, "refused") == 0) {
		meter->refused = number;
		meter->refused_code = (int)more;
		meter->done = true;
	} else if (strcmp(word, "done") == 0) {
		meter->done = true;
	} else {
		meter->reached = number;
	}
}

static void hear_load(struct meter *meter)
{
	struct text *heard = &meter->heard;
	ssize_t n = read(meter->program->out, text_room(heard, 4096), 4096);
	char *end;

	if (n <= 0) {
		if (n == 0 || (errno != EINTR && errno != EAGAIN))
			close(steal_fd(&meter->program->out));
		return;
	}
	text_grew(heard, (size_t)n);
	while ((end = memchr(heard->s, '\n', heard->len))) {
		size_t length = (size_t)(end - heard->s) + 1;
		*end = '\0';
		hear_line(meter, heard->s);
		heard->len -= length;
		memmove(heard->s, heard->s + length, heard->len + 1);
	}
}

static void hear_signals(struct meter *meter)
{
	unsigned noted = signals_take();

	if (noted & NOTED_WINDOW)
		live_resized(&meter->live);
	if (noted & (NOTED_INTERRUPT | NOTED_LEAVE))
		meter->stopped = true;
	shell_hear(meter->shell, noted);
}

/* ---- the load's end ---- */

static bool has_ended(const struct meter *meter, int milliseconds)
{
	struct pollfd end = { meter->program->pidfd, POLLIN, 0 };

	return poll(&end, 1, milliseconds) > 0;
}

/* All processes of the load: they are one process group. */
static void send_signal(const struct meter *meter, int signal)
{
	pid_t pid = meter->program->pid;

	if (pid > 0 && getpgid(pid) == pid)
		kill(-pid, signal);
	else
		sys_pidfd_send_signal(meter->program->pidfd, signal);
}

static int end_load(struct meter *meter, struct error *err)
{
	/* A throttled load gets to its end in one of the next periods, on a slow machine late: after a
	 * stall the kernel first takes back what the group ran too long. */
	enum { SOON = 3000, PATIENCE = 7000 };

	send_signal(meter, meter->shell->interrupted ? SIGINT : SIGTERM);
	if (has_ended(meter, SOON))
		return 0;
	send_signal(meter, SIGKILL);
	if (has_ended(meter, PATIENCE))
		return 0;
	groups_read(&meter->groups, &meter->last.group);
	fail_id(err, ERR_HOST_LOAD, EBUSY, "the load (process %d) does not end", meter->program->pid);
	if (meter->last.group.frozen) {
		fail_why(err, "its group is frozen: the signal takes effect when it is thawed");
		return fail_fix(err, "cgroup thaw");
	}
	if (bound_share(&meter->groups.cpu) >= 0) {
		fail_why(err, "its group has used up its CPU time, and it needs some to end");
		return fail_fix(err, "cgroup cpu max");
	}
	return fail_why(err, "it waits in the kernel, perhaps for memory that it may not have");
}

/* ---- attending ---- */

static const struct load_kind *find_kind(const char *load)
{
	static const struct load_kind *const kinds[] = { &load_cpu, &load_memory, &load_pids };

	for (size_t i = 0; i < COUNT(kinds); i++)
		if (strcmp(kinds[i]->load, load) == 0)
			return kinds[i];
	return NULL;
}

/* Until the next look is due, or the load is done, has ended or is to end. */
static int wait_until(struct meter *meter, uint64_t due, struct error *err)
{
	while (!meter->stopped && !meter->killed) {
		uint64_t time = clock_now();
		if (time >= due)
			return 0;
		struct pollfd polled[] = {
			{ signals_fd(), POLLIN, 0 },
			{ meter->program->pidfd, POLLIN, 0 },
			{ meter->program->out, POLLIN, 0 },
			{ meter->live.keys ? STDIN_FILENO : -1, POLLIN, 0 },
		};
		struct timespec left = { .tv_sec = (time_t)((due - time) / SECOND),
					 .tv_nsec = (long)((due - time) % SECOND) };
		int n = ppoll(polled, 4, &left, NULL);
		if (n < 0 && errno != EINTR)
			return fail(err, errno, "poll");
		if (n <= 0)
			continue;
		if (polled[0].revents)
			hear_signals(meter);
		if (polled[2].revents)
			hear_load(meter);
		meter->killed = polled[1].revents && !polled[2].revents;
		if (polled[3].revents && live_left(&meter->live))
			meter->stopped = true;
	}
	return 0;
}

static int measure(struct meter *meter, const struct load_kind *kind, struct error *err)
{
	uint64_t due = clock_now();

	take_sample(meter);
	if (write_fd(meter->program->out, "g", 1) < 0)
		meter->killed = true;
	if (kind->settles) {
		due += TICK;
		if (wait_until(meter, due, err) < 0)
			return -1;
		meter->recent_count = 0;
		take_sample(meter);
	}
	meter->first = meter->second = meter->last;
	do {
		due += TICK;
		if (wait_until(meter, due, err) < 0)
			return -1;
		take_sample(meter);
	} while (kind->tick(meter) && !meter->stopped && !meter->killed);
	return 0;
}

/* If one of them dies instead of the load, it is reported by name. */
static void note_others(struct meter *meter)
{
	const char *folder = meter->groups.of[CONTROLLER_MEMORY].folder;
	cleanup_text struct text list = { 0 };
	char path[GROUP_PATH + 16], *save = NULL;
	struct usage usage;

	if (!meter->groups.of[CONTROLLER_MEMORY].own)
		return;
	snprintf(path, sizeof(path), "%s/cgroup.procs", folder);
	if (read_file(AT_FDCWD, path, 1 << 20, &list) < 0 || !list.len)
		return;
	for (char *pid = strtok_r(list.s, "\n", &save); pid; pid = strtok_r(NULL, "\n", &save))
		if (atoi(pid) != meter->program->pid && usage_read(proc_root(), pid, &usage) == 0)
			text_addf(&meter->others, "%s %s\n", pid, vis(usage.comm));
}

/* Should the whole machine run out of memory, the load is to go first. */
static void volunteer(const struct meter *meter)
{
	cleanup_fd int proc = proc_open(meter->program->pid, meter->program->pidfd);

	if (proc < 0 || write_control(proc, "oom_score_adj", "1000") < 0)
		return; /* it is most likely chosen anyway, as the one with the most memory */
}

int meter_attend(struct shell *shell, const struct op *op, struct program *program,
		 struct text *output, struct error *err)
{
	const struct load_kind *kind = find_kind(op->burn.load);
	struct meter meter = { .shell = shell, .op = op, .program = program,
			       .capture = shell->json ? output : NULL };

	if (kind == &load_memory)
		volunteer(&meter);
	facts_cgroups(&shell->session.facts);
	fcntl(program->out, F_SETFL, fcntl(program->out, F_GETFL) | O_NONBLOCK);
	if (groups_find(&shell->session.facts, program->pid, &meter.groups) < 0)
		meter.killed = true;
	note_others(&meter);
	live_begin(&meter.live, shell);
	int ret = measure(&meter, kind, err);
	if (ret == 0)
		kind->conclude(&meter);
	live_end(&meter.live);
	if (!meter.killed && end_load(&meter, err) < 0)
		ret = -1;
	text_done(&meter.heard);
	text_done(&meter.others);
	return ret;
}
