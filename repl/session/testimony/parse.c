/* Of the lines in the file trace only these are read:
 *   COMM-PID [CPU] FLAGS TIME: cap_capable: cred C, target_ns NS, capable_ns NS, cap N, ret N
 *   COMM-PID [CPU] FLAGS TIME: asked: (...) target_ns=NS cap=N        and later, of the same PID,
 *   COMM-PID [CPU] FLAGS TIME: answered: (...) ret=N
 *   COMM-PID [CPU] FLAGS TIME: <stack trace>     of the last event of that PID; then lines " => FUNCTION"
 *   COMM-PID [CPU] FLAGS TIME: sched_process_fork: ... child_pid=PID, and sched_process_exec: ...
 * What COMM says is a program's choice: it may lie about itself, and about nothing else than that. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/text.h"
#include "session/testimony/reader.h"
#include "session/testimony/testimony.h"

enum { MOST_SEEN = 65536, PROCESSES = 64 /* of which an event is being read at a time */ };

/* An event whose stack, or answer, is still to come. */
struct event {
	pid_t pid;
	char comm[17];
	uint64_t namespace;
	int cap, ret;
	bool answered, stacked, noise;
	char function[64], call[40];
};

struct reader {
	struct refusals *ret;
	struct event open[PROCESSES]; /* the last of each process, the newest anywhere */
	size_t next;
	struct event *stacking;       /* whose frames these are */
	struct seen_list seen;
	pid_t marker;
	uint64_t initial, hosts;
};

struct seen *seen_find(const struct seen_list *seen, pid_t pid)
{
	for (size_t i = seen->count; i-- > 0;)
		if (seen->list[i].pid == pid)
			return &seen->list[i];
	return NULL;
}

static bool is_program(const struct reader *reader, pid_t pid)
{
	const struct seen *seen = seen_find(&reader->seen, pid);

	return seen && seen->program;
}

static void see(struct reader *reader, pid_t pid, bool program)
{
	struct seen *known = seen_find(&reader->seen, pid);

	if (!known && reader->seen.count < MOST_SEEN) {
		LIST_ROOM(reader->seen.list, reader->seen.count, reader->seen.room);
		known = &reader->seen.list[reader->seen.count++];
		*known = (struct seen){ .pid = pid };
	}
	if (known)
		known->program = known->program || program;
}

/* ---- an event that is complete ---- */

static void add(struct reader *reader, const struct event *event)
{
	struct refusals *all = reader->ret;
	struct refusal one = { .cap = event->cap, .count = 1 };

	one.over = event->namespace == reader->initial ? OVER_INITIAL : event->namespace == reader->hosts ? OVER_HOSTS : OVER_OWN;
	visible(one.program, sizeof(one.program), event->comm);
	visible(one.function, sizeof(one.function), event->function);
	visible(one.call, sizeof(one.call), event->call);
	for (size_t i = 0; i < all->count; i++) {
		struct refusal *was = &all->list[i];
		if (was->cap != one.cap || was->over != one.over || strcmp(was->program, one.program) != 0 ||
		    strcmp(was->function, one.function) != 0 || strcmp(was->call, one.call) != 0)
			continue;
		one.count += was->count;
		memmove(was, was + 1, (all->count - i - 1) * sizeof(*was));
		all->count--;
		break;
	}
	LIST_ROOM(all->list, all->count, all->room);
	all->list[all->count++] = one;
}

/* The mark is where the program begins: what came before it was not its own. */
static bool take_mark(struct reader *reader, const struct event *event)
{
	if (event->ret != 0 && strcmp(event->call, "swapoff") == 0) {
		reader->marker = event->pid;
		reader->initial = event->namespace;
		reader->hosts = 0;
		for (size_t i = 0; i < reader->seen.count; i++)
			reader->seen.list[i].program = false;
		reader->ret->granted = 0;
		return reader->ret->marked = true;
	}
	if (event->pid != reader->marker || event->cap != 6 || strcmp(event->call, "setgroups") != 0)
		return false;
	if (!reader->hosts)
		reader->hosts = event->namespace;
	return true;
}

static void finish(struct reader *reader, struct event *event)
{
	if (event->pid && event->answered && !event->noise) {
		if (is_program(reader, event->pid)) {
			if (reader->ret->marked && event->ret != 0)
				add(reader, event);
			else if (reader->ret->marked && event->cap >= 0 && event->cap < 64)
				reader->ret->granted |= UINT64_C(1) << event->cap;
		} else {
			take_mark(reader, event);
		}
	}
	*event = (struct event){ 0 };
}

static struct event *open_of(struct reader *reader, pid_t pid)
{
	for (size_t i = 0; i < PROCESSES; i++)
		if (reader->open[i].pid == pid)
			return &reader->open[i];
	return NULL;
}

static struct event *begin(struct reader *reader, pid_t pid, const char *comm, size_t length)
{
	struct event *ret = open_of(reader, pid);

	if (!ret)
		ret = &reader->open[reader->next++ % PROCESSES];
	finish(reader, ret);
	ret->pid = pid;
	snprintf(ret->comm, sizeof(ret->comm), "%.*s", (int)length, comm);
	return ret;
}

/* ---- stacks ---- */

/* Functions that only hand the question on. */
static bool hands_on(const char *function)
{
	return strncmp(function, "trace_event_raw_event_", 22) == 0 || strncmp(function, "__traceiter_", 12) == 0 ||
	       strncmp(function, "0x", 2) == 0 || strstr(function, "kprobe") || strstr(function, "kretprobe") ||
	       strstr(function, "rethook") || strncmp(function, "ftrace_", 7) == 0 || strstr(function, "capable");
}

const char *line_call(const char *function)
{
	static const char *const before[] = { "__x64_sys_", "__ia32_sys_", "__arm64_sys_", "__do_sys_", "__se_sys_",
					      "ksys_", "__sys_" };

	for (size_t i = 0; i < COUNT(before); i++)
		if (strncmp(function, before[i], strlen(before[i])) == 0)
			return function + strlen(before[i]);
	return NULL;
}

static void take_frame(struct event *event, const char *line)
{
	char function[128];

	if (sscanf(line, " => %127s", function) != 1)
		return;
	function[strcspn(function, "+.")] = '\0'; /* "+0x12/0x40", ".isra.0" */
	if (strstr(function, "vm_enough_memory"))
		event->noise = true;
	if (!event->function[0] && !hands_on(function))
		snprintf(event->function, sizeof(event->function), "%.63s", function);
	const char *call = line_call(function);
	if (call)
		snprintf(event->call, sizeof(event->call), "%.39s", call);
}

/* ---- lines ---- */

const char *line_head(const char *line, const char **comm, size_t *length, pid_t *pid)
{
	const char *cpu = strstr(line, " [");
	int end = 0, n = 0;

	while (cpu && (sscanf(cpu, " [%*d] %*s %*f: %n", &end), end) == 0)
		cpu = strstr(cpu + 1, " [");
	if (!cpu)
		return NULL;
	const char *from = line + strspn(line, " "), *dash = cpu;
	while (dash > from && *dash != '-')
		dash--;
	if (dash == from || sscanf(dash, "-%d%n", pid, &n) != 1 || *pid <= 0 || strspn(dash + n, " ") + dash + n < cpu)
		return NULL;
	*comm = from;
	*length = (size_t)(dash - from);
	return cpu + end;
}

bool line_is_frame(const char *line)
{
	const char *comm;
	size_t length;
	pid_t pid;

	return strncmp(line, " => ", 4) == 0 && !line_head(line, &comm, &length, &pid);
}

static void take_event(struct reader *reader, const char *rest, const char *comm, size_t length, pid_t pid)
{
	struct event one = { 0 };
	const char *child;

	if (sscanf(rest, "cap_capable: cred %*x, target_ns %" SCNx64 ", capable_ns %*x, cap %d, ret %d", &one.namespace, &one.cap, &one.ret) == 3) {
		struct event *event = begin(reader, pid, comm, length);
		event->namespace = one.namespace, event->cap = one.cap, event->ret = one.ret, event->answered = true;
	} else if (sscanf(rest, "asked: (%*[^)]) target_ns=%" SCNx64 " cap=%d", &one.namespace, &one.cap) == 2) {
		struct event *event = begin(reader, pid, comm, length);
		event->namespace = one.namespace, event->cap = one.cap;
	} else if (sscanf(rest, "answered: (%*[^)]) ret=%d", &one.ret) == 1) {
		struct event *event = open_of(reader, pid);
		if (!event || event->answered)
			return;
		event->ret = one.ret, event->answered = true;
		if (event->stacked)
			finish(reader, event);
	} else if (strncmp(rest, "sched_process_exec: ", 20) == 0) {
		/* What was asked before is not the program's. */
		struct event *before = open_of(reader, pid);
		if (before)
			finish(reader, before);
		if (reader->ret->marked)
			see(reader, pid, true);
	} else if (strncmp(rest, "sched_process_fork: ", 20) == 0) {
		for (child = NULL, rest = strstr(rest, " child_pid="); rest; rest = strstr(rest + 1, " child_pid="))
			child = rest;
		if (child)
			see(reader, atoi(child + 11), is_program(reader, pid));
	}
}

static void take_line(struct reader *reader, const char *line)
{
	const char *comm = "";
	size_t length = 0;
	pid_t pid = 0;

	if (line_is_frame(line)) {
		if (reader->stacking)
			take_frame(reader->stacking, line);
		return;
	}
	if (reader->stacking && reader->stacking->answered)
		finish(reader, reader->stacking);
	reader->stacking = NULL;
	const char *rest = line_head(line, &comm, &length, &pid);
	if (!rest)
		return;
	if (strncmp(rest, "<stack trace>", 13) != 0) {
		see(reader, pid, false);
		take_event(reader, rest, comm, length, pid);
		return;
	}
	struct event *event = open_of(reader, pid);
	if (!event || event->stacked)
		return;
	event->stacked = true;
	reader->stacking = event;
}

void refusals_parse(const struct testified *testified, struct refusals *ret)
{
	struct reader reader = { .ret = ret };
	char line[512];

	*ret = (struct refusals){ 0 };
	for (const char *p = text_of(&testified->asked); *p; p += strcspn(p, "\n"), p += *p == '\n') {
		snprintf(line, sizeof(line), "%.*s", (int)strcspn(p, "\n"), p);
		take_line(&reader, line);
	}
	for (size_t i = 0; i < PROCESSES; i++)
		finish(&reader, &reader.open[i]);
	if (ret->marked)
		killings_parse(text_of(&testified->killed), testified->signal, &reader.seen, ret);
	free(reader.seen.list);
}

void refusals_done(struct refusals *refusals)
{
	free(refusals->list);
	free(refusals->killed);
	*refusals = (struct refusals){ 0 };
}
