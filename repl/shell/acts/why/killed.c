/* Who sent SIGKILL, as the kernel saw it. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/message.h"
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

	add_sender(one, &sender);
	if (one->itself)
		text_sayf(ret, N_("%s sent SIGKILL to itself"), one->sender);
	else if (one->how == KILLED_HOW_CGROUP)
		text_sayf(ret, N_("%s sent SIGKILL to %s, by a write to cgroup.kill"), text_of(&sender), one->target);
	else if (one->call[0])
		text_sayf(ret, N_("%s sent SIGKILL to %s, by %s(2)"), text_of(&sender), one->target, one->call);
	else
		text_sayf(ret, N_("%s sent SIGKILL to %s"), text_of(&sender), one->target);
}

static void add_row(const struct killing *one, struct text *ret)
{
	switch (one->how) {
	case KILLED_HOW_OOM:
		text_sayf(ret, N_("the OOM killer sent SIGKILL to %s"), one->target);
		return;
	case KILLED_HOW_INIT:
		text_sayf(ret, N_("%s, the first process of its pid namespace, ended, and the kernel sent SIGKILL to %s with that"), one->sender,
			  one->target);
		return;
	case KILLED_HOW_CPU:
		text_sayf(ret, N_("%s had used up the hard limit RLIMIT_CPU, and the kernel sent it SIGKILL"), one->target);
		return;
	case KILLED_HOW_PARENT:
		text_sayf(ret, N_("%s, its parent, ended, and the kernel sent SIGKILL to %s, which had asked for that (PR_SET_PDEATHSIG)"),
			  one->sender, one->target);
		return;
	case KILLED_HOW_TRACER:
		text_sayf(ret, N_("%s, its tracer, ended, and the kernel sent SIGKILL to %s (PTRACE_O_EXITKILL)"), one->sender, one->target);
		return;
	case KILLED_HOW_UNSEEN:
	case KILLED_HOW_CALL:
	case KILLED_HOW_CGROUP:
		break;
	}
	if (one->kernel)
		text_sayf(ret, N_("while %s was running, the kernel sent SIGKILL to %s; no call did"), one->sender, one->target);
	else
		add_asked(one, ret);
}

/* What the end of a first process does to those that are left comes after the program's own end. */
void add_killed(const struct refusals *refusals, struct text *ret)
{
	const struct killing *last = NULL;

	for (size_t i = 0; i < refusals->killed_count; i++)
		if (!last || refusals->killed[i].how != KILLED_HOW_INIT || last->how == KILLED_HOW_INIT)
			last = &refusals->killed[i];
	if (last)
		add_row(last, ret);
	else
		text_say(ret, "nobody sent SIGKILL to the program while it ran once more: who had, does not do it each time, or looks for another process");
}

json_t *killed_json(const struct refusals *refusals)
{
	json_t *ret = json_array();

	for (size_t i = 0; i < refusals->killed_count; i++) {
		const struct killing *one = &refusals->killed[i];
		json_array_append_new(ret, json_pack("{ss ss si ss? ss? sb sb sb}", "sender", one->sender, "target", one->target, "pid", one->pid,
				      "how", name_of(one->how), "call", one->call[0] ? one->call : NULL, "kernel", one->kernel,
				      "itself", one->itself, "outside", one->outside));
	}
	return ret;
}
