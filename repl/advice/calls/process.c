/* What belongs to another process: its files below /proc/PID, and signals to it. ptrace(2), "Ptrace access mode checking"; kill(2). */
#include "advice/calls/refusing.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/syscall.h>

#include "base/error.h"
#include "base/message.h"
#include "base/text.h"
#include "ops/privilege/capability.h"
#include "snapshot/facts.h"
#include "snapshot/snapshot.h"
#include "walls/closed.h"

/* The process that the call is about, by a number of the host's; 0: none. */
static int about(const struct refused *at)
{
	int pid = 0;

	if (ns_own(at->child, at->host, NS_PID))
		return 0;
	if (at->code == EPERM && at->number == SYS_kill)
		return (int)at->args[0] > 0 ? (int)at->args[0] : 0;
	return at->code == EACCES && at->path && sscanf(at->path, "/proc/%d/", &pid) == 1 && pid > 0 ? pid : 0;
}

static bool is_outside(const struct refused *at, const struct reading *target, int capability, struct verdict *ret)
{
	cleanup_text struct text name = { 0 };

	if (!ns_own(at->child, at->host, NS_USER) || target->ns[NS_USER].id == at->child->ns[NS_USER].id)
		return false;
	capability_list(CAPABILITY(capability), "", "", &name);
	text_sayf(ret->why, "process %d is outside of the child's user namespace %llu, in which alone the program's %s counts", target->pid,
		  (unsigned long long)at->child->ns[NS_USER].id, text_of(&name));
	return blame(ret, WALL_USER, CAUSE_PROCESS_OUTSIDE);
}

static bool lacks(const struct refused *at, const struct reading *target, int capability, struct verdict *ret)
{
	cleanup_text struct text name = { 0 };

	if (at->caps & CAPABILITY(capability))
		return false;
	capability_list(CAPABILITY(capability), "", "", &name);
	text_sayf(ret->why, "process %d belongs to user %u, and the program lacks %s", target->pid, target->uid[1], text_of(&name));
	if (at->facts->root)
		text_sayf(ret->fix, "container keeps it with --cap-add %s; undo takes back a step that dropped it", text_of(&name));
	else
		text_say(ret->fix, "run Stave as root, or as the user the process belongs to");
	return blame(ret, at->facts->root ? WALL_CAPABILITIES : WALLS, CAUSE_CAPS_LACKS);
}

bool by_process(const struct refused *at, struct verdict *ret)
{
	int pid = about(at), capability = at->number == SYS_kill ? CAP_KILL : CAP_SYS_PTRACE;
	struct error err = { 0 };
	struct reading target;

	if (!pid || reading_take(pid, &target, &err) < 0)
		return false;
	bool found = is_outside(at, &target, capability, ret) || lacks(at, &target, capability, ret);
	/* With the capability, over the initial user namespace: who keeps it from the shell keeps it from the program. */
	if (!found && capability == CAP_SYS_PTRACE && !target.ns[NS_USER].id && closed_tell(at->facts, &target, &err)) {
		text_add(ret->why, err.why);
		text_add(ret->fix, err.fix);
		found = blame(ret, WALLS, (enum cause_id)cause_called(err.cause));
	}
	reading_done(&target);
	return found;
}
