/* Of the lines in the file trace only these are read:
 *   COMM-PID [CPU] FLAGS TIME: signal_generate: sig=N errno=0 code=N comm=COMM pid=PID grp=1 res=0
 *   COMM-PID [CPU] FLAGS TIME: <stack trace>     of the last event of that PID; then lines " => FUNCTION" */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/text.h"
#include "session/testimony/reader.h"
#include "session/testimony/testimony.h"

enum { MOST_KILLED = 256 };

/* The functions of the kernel's by which a signal is sent for another reason than a call; the innermost counts. */
static const struct {
	const char *part; /* of its name */
	enum killed_how how;
} reasons[] = {
	{ "oom_kill", KILLED_HOW_OOM },
	{ "zap_pid_ns_processes", KILLED_HOW_INIT },
	{ "cgroup_kill", KILLED_HOW_CGROUP },
	{ "posix_cpu_timer", KILLED_HOW_CPU },
	{ "check_process_timers", KILLED_HOW_CPU },
	{ "exit_ptrace", KILLED_HOW_TRACER },
	{ "it_real_fn", KILLED_HOW_TIMER },
	{ "posix_timer", KILLED_HOW_TIMER },
	{ "n_tty_", KILLED_HOW_TERMINAL },
	{ "tty_hangup", KILLED_HOW_TERMINAL },
	{ "tty_signal", KILLED_HOW_TERMINAL },
	{ "disassociate_ctty", KILLED_HOW_TERMINAL },
	{ "do_exit", KILLED_HOW_PARENT },
};

/* SIGKILL has no such; it is sent by functions of the same names. */
static enum killed_how by_itself(const char *function)
{
	if (strstr(function, "force_sig_seccomp"))
		return KILLED_HOW_FILTER;
	return strncmp(function, "force_", 6) == 0 ? KILLED_HOW_FAULT : KILLED_HOW_UNSEEN;
}

static void take_frame(struct killing *one, const char *line)
{
	static const char *const calls[] = { "kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal" };
	char function[128];

	if (sscanf(line, " => %127s", function) != 1)
		return;
	/* What all such go through comes before the one. */
	if (one->how == KILLED_HOW_FAULT && by_itself(function) == KILLED_HOW_FILTER)
		one->how = KILLED_HOW_FILTER;
	if (one->how != KILLED_HOW_UNSEEN)
		return;
	if (one->signal != SIGKILL && by_itself(function) != KILLED_HOW_UNSEEN) {
		one->how = by_itself(function);
		one->kernel = true;
		return;
	}
	for (size_t i = 0; i < COUNT(reasons); i++)
		if (strstr(function, reasons[i].part)) {
			/* What a parent's end sends by PR_SET_PDEATHSIG has the code of kill(2); SIGHUP to a group that is orphaned has not. */
			if (reasons[i].how == KILLED_HOW_PARENT && one->kernel)
				return;
			one->how = reasons[i].how;
			one->kernel = one->how != KILLED_HOW_CGROUP;
			return;
		}
	function[strcspn(function, "+.")] = '\0'; /* "+0x12/0x40", ".isra.0" */
	const char *call = line_call(function);
	for (size_t i = 0; call && i < COUNT(calls); i++)
		if (strcmp(call, calls[i]) == 0) {
			one->how = KILLED_HOW_CALL;
			snprintf(one->call, sizeof(one->call), "%s", call);
			return;
		}
	if (!call || one->signal == SIGKILL || !one->itself)
		return;
	one->how = KILLED_HOW_MEANWHILE;
	one->kernel = true;
	snprintf(one->call, sizeof(one->call), "%s", call);
}

/* A name may have blanks, and words of its own: the number of whom it ended is what comes last. siginfo's code is above 0
 * where no call sent it: sigaction(2). False where it is not about one of the programs, or what the processes around
 * them did. */
static bool take_kill(const char *rest, const char *comm, size_t length, pid_t pid, int wanted,
		      const struct seen_list *seen, struct killing *ret)
{
	const char *name = strstr(rest, " comm="), *target = NULL;
	char from[17], to[17];
	int signal, code;

	for (const char *s = name; s && (s = strstr(s, " pid=")); s++)
		target = s;
	if (!target || sscanf(rest, "signal_generate: sig=%d errno=%*d code=%d", &signal, &code) != 2 || (signal != SIGKILL && signal != wanted))
		return false;
	const struct seen *ended = seen_find(seen, atoi(target + 5)), *sender = seen_find(seen, pid);
	if (!ended || !ended->program || (sender && !sender->program))
		return false;
	snprintf(from, sizeof(from), "%.*s", (int)length, comm);
	snprintf(to, sizeof(to), "%.*s", (int)(target - name - 6), name + 6);
	*ret = (struct killing){ .signal = signal, .pid = pid, .kernel = code > 0, .itself = ended == sender, .outside = !sender };
	visible(ret->sender, sizeof(ret->sender), from);
	visible(ret->target, sizeof(ret->target), to);
	return true;
}

/* The next line; a name that has newlines is part of it, so that nobody is left out by what it is called. Returns its length. */
static size_t take_line(const char *p, char *ret, size_t size)
{
	static const char begins[] = ": signal_generate: ";
	size_t length = strcspn(p, "\n");

	snprintf(ret, size, "%.*s", (int)length, p);
	const char *event = strstr(ret, begins);
	for (int i = 0; event && !strstr(event, " res=") && p[length] && i < 16; i++) {
		length += 1 + strcspn(p + length + 1, "\n");
		snprintf(ret, size, "%.*s", (int)length, p);
	}
	return length;
}

void killings_parse(const char *trace, int signal, const struct seen_list *seen, struct refusals *ret)
{
	struct killing *last = NULL; /* whose stack may follow */
	bool stack = false;
	char line[512];

	for (const char *p = trace; *p; p += *p == '\n') {
		const char *comm = "";
		size_t length = 0;
		pid_t pid = 0;
		p += take_line(p, line, sizeof(line));
		if (line_is_frame(line)) {
			if (last && stack)
				take_frame(last, line);
			continue;
		}
		const char *rest = line_head(line, &comm, &length, &pid);
		stack = rest && strncmp(rest, "<stack trace>", 13) == 0 && last && last->pid == pid;
		if (!rest || stack)
			continue;
		struct killing one;
		last = NULL;
		if (strncmp(rest, "signal_generate: ", 17) != 0 || ret->killed_count == MOST_KILLED ||
		    !take_kill(rest, comm, length, pid, signal, seen, &one))
			continue;
		LIST_ROOM(ret->killed, ret->killed_count, ret->killed_room);
		last = &ret->killed[ret->killed_count++];
		*last = one;
	}
}
