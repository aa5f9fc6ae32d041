/* Who sent the signal by which a program ended, as the kernel saw it. */
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/list.h"
#include "base/message.h"
#include "base/process/signal.h"
#include "base/text.h"
#include "session/testimony/testimony.h"
#include "shell/acts/why/killed.h"

/* As --json has it. */
static const char *name_of(enum killed_how how)
{
	switch (how) {
	case KILLED_HOW_UNSEEN:
		return NULL;
	case KILLED_HOW_CALL:
		return "call";
	case KILLED_HOW_CGROUP:
		return "cgroup.kill";
	case KILLED_HOW_OOM:
		return "oom";
	case KILLED_HOW_INIT:
		return "init";
	case KILLED_HOW_CPU:
		return "rlimit_cpu";
	case KILLED_HOW_PARENT:
		return "parent";
	case KILLED_HOW_TRACER:
		return "tracer";
	case KILLED_HOW_FAULT:
		return "fault";
	case KILLED_HOW_FILTER:
		return "filter";
	case KILLED_HOW_TIMER:
		return "timer";
	case KILLED_HOW_TERMINAL:
		return "terminal";
	case KILLED_HOW_MEANWHILE:
		return "meanwhile";
	}
	return NULL;
}

/* NAME, and of one that is no process of the replay its number and, while it lives, its file. */
static void add_sender(const struct killing *one, struct text *ret)
{
	char link[32], path[4096];

	text_add(ret, one->sender);
	if (!one->outside)
		return;
	snprintf(link, sizeof(link), "/proc/%d/exe", one->pid);
	ssize_t length = readlink(link, path, sizeof(path) - 1);
	path[length > 0 ? length : 0] = '\0';
	if (path[0])
		text_sayf(ret, N_(" (pid %d, %s), from outside of the child,"), one->pid, vis(path));
	else
		text_sayf(ret, N_(" (pid %d), from outside of the child,"), one->pid);
}

static void add_asked(const struct killing *one, struct text *ret)
{
	cleanup_text struct text sender = { 0 };
	const char *signal = signal_name(one->signal);

	add_sender(one, &sender);
	if (one->itself)
		text_sayf(ret, N_("%s sent SIG%s to itself"), one->sender, signal);
	else if (one->how == KILLED_HOW_CGROUP)
		text_sayf(ret, N_("%s sent SIG%s to %s, by a write to cgroup.kill"), text_of(&sender), signal, one->target);
	else if (one->call[0])
		text_sayf(ret, N_("%s sent SIG%s to %s, by %s(2)"), text_of(&sender), signal, one->target, one->call);
	else
		text_sayf(ret, N_("%s sent SIG%s to %s"), text_of(&sender), signal, one->target);
}

static void add_row(const struct killing *one, struct text *ret)
{
	const char *signal = signal_name(one->signal);

	switch (one->how) {
	case KILLED_HOW_OOM:
		text_sayf(ret, N_("the OOM killer sent SIGKILL to %s"), one->target);
		return;
	case KILLED_HOW_INIT:
		text_sayf(ret, N_("%s, the first process of its pid namespace, ended, and the kernel sent SIGKILL to %s with that"), one->sender,
			  one->target);
		return;
	case KILLED_HOW_CPU:
		text_sayf(ret, one->signal == SIGKILL ? N_("%s had used up the hard limit RLIMIT_CPU, and the kernel sent it SIG%s") :
			  N_("%s had used up RLIMIT_CPU, or a timer that counts its CPU time, and the kernel sent it SIG%s"), one->target, signal);
		return;
	case KILLED_HOW_PARENT:
		text_sayf(ret, N_("%s, its parent, ended, and the kernel sent SIG%s to %s, which had asked for that (PR_SET_PDEATHSIG)"),
			  one->sender, signal, one->target);
		return;
	case KILLED_HOW_TRACER:
		text_sayf(ret, N_("%s, its tracer, ended, and the kernel sent SIGKILL to %s (PTRACE_O_EXITKILL)"), one->sender, one->target);
		return;
	case KILLED_HOW_FAULT:
		text_sayf(ret, N_("the kernel sent SIG%s to %s for what it did itself, an instruction or memory that it touched; no process did"), signal, one->target);
		return;
	case KILLED_HOW_FILTER:
		text_sayf(ret, N_("a seccomp filter answered a call of %s, and by that the kernel sent it SIG%s"), one->target, signal);
		return;
	case KILLED_HOW_TIMER:
		text_sayf(ret, N_("a timer ran out, and the kernel sent SIG%s to %s, whose it is"), signal, one->target);
		return;
	case KILLED_HOW_TERMINAL:
		text_sayf(ret, N_("the terminal of %s sent it SIG%s: a key, or its end"), one->target, signal);
		return;
	case KILLED_HOW_MEANWHILE:
		text_sayf(ret, N_("the kernel sent SIG%s to %s for its own %s(2); no process did"), signal, one->target, one->call);
		return;
	case KILLED_HOW_UNSEEN:
	case KILLED_HOW_CALL:
	case KILLED_HOW_CGROUP:
		break;
	}
	if (one->kernel)
		text_sayf(ret, N_("while %s was running, the kernel sent SIG%s to %s; no call did"), one->sender, signal, one->target);
	else
		add_asked(one, ret);
}

int killed_signal(int status)
{
	static const int harmless[] = { SIGCHLD, SIGCONT, SIGURG, SIGWINCH, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };
	int signal = status - 128;

	for (size_t i = 0; i < COUNT(harmless); i++)
		if (harmless[i] == signal)
			return 0;
	return signal_name(signal) ? signal : 0;
}

/* What the end of a first process does to those that are left comes after the program's own end; the signal that it ended by
 * tells more than another. */
static bool tells_more(const struct killing *one, const struct killing *than, int signal)
{
	if (!than || one->how != KILLED_HOW_INIT)
		return !than || !signal || one->signal == signal || than->signal != signal;
	return than->how == KILLED_HOW_INIT;
}

void add_killed(const struct refusals *refusals, int signal, struct text *ret)
{
	const struct killing *last = NULL;

	for (size_t i = 0; i < refusals->killed_count; i++)
		if (tells_more(&refusals->killed[i], last, signal))
			last = &refusals->killed[i];
	if (last)
		add_row(last, ret);
	else
		text_sayf(ret, N_("nobody sent SIG%s to the program while it ran once more: who had, does not do it each time, or looks for another process; a program may also end itself with that status"),
			  signal_name(signal));
}

json_t *killed_json(const struct refusals *refusals)
{
	json_t *ret = json_array();

	for (size_t i = 0; i < refusals->killed_count; i++) {
		const struct killing *one = &refusals->killed[i];
		char signal[24];
		snprintf(signal, sizeof(signal), "SIG%s", signal_name(one->signal));
		json_array_append_new(ret, json_pack("{ss ss ss si ss? ss? sb sb sb}", "signal", signal, "sender", one->sender, "target", one->target, "pid", one->pid,
				      "how", name_of(one->how), "call", one->call[0] ? one->call : NULL, "kernel", one->kernel,
				      "itself", one->itself, "outside", one->outside));
	}
	return ret;
}
