/* Why the shell may not look into a process: by what the shell itself is, and the process. */
#include "walls/closed.h"

#include <linux/capability.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "base/syscalls.h"
#include "base/text.h"
#include "base/causes/causes.h"
#include "ops/privilege/capability.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/facts.h"
#include "snapshot/snapshot.h"

/* What a security module says of a process; "none" where it says nothing. */
static void read_label(const char *of, struct text *ret)
{
	cleanup_text struct text label = { 0 }, path = { 0 };

	text_addf(&path, "/proc/%s/attr/current", of);
	bool known = eyes_read(NULL, text_of(&path), 512, &label) == 0 && text_of(&label)[0] > ' ';
	text_addn(ret, known ? text_of(&label) : "none", known ? strcspn(text_of(&label), "\n") : 4);
}

/* By their numbers: lsm_list_modules(2), Linux 6.8. false where the kernel has no such call. */
static bool list_modules(struct text *ret)
{
	enum { FIRST = 100, MOST = 32 };
	static const char *const names[] = { "capability", "selinux", "smack", "tomoyo", "apparmor", "yama", "loadpin", "safesetid", "lockdown", "bpf",
					     "landlock", "ima", "evm", "ipe" };
	uint64_t ids[MOST];
	uint32_t size = sizeof(ids);
	int count = sys_lsm_list(ids, &size);

	for (int i = 0; i < count && i < MOST; i++) {
		text_add(ret, i ? "," : "");
		if (ids[i] >= FIRST && ids[i] - FIRST < COUNT(names))
			text_add(ret, names[ids[i] - FIRST]);
		else
			text_addf(ret, "%llu", (unsigned long long)ids[i]);
	}
	return count > 0;
}

/* Those that the kernel runs. Where securityfs is mounted that says it, also of an older kernel. */
static bool read_modules(struct text *ret)
{
	return eyes_read(NULL, "/sys/kernel/security/lsm", 256, ret) == 0 || list_modules(ret);
}

/* Nothing else forbids it to who has CAP_SYS_PTRACE in the first user namespace: the labels are the evidence. */
static void say_module(pid_t pid, struct error *err)
{
	cleanup_text struct text theirs = { 0 }, ours = { 0 }, modules = { 0 };
	char number[16];

	snprintf(number, sizeof(number), "%d", pid);
	read_label(number, &theirs);
	read_label("self", &ours);
	if (!read_modules(&modules)) {
		fail_why(err, "the shell has CAP_SYS_PTRACE in the first user namespace, so a security module refuses it what belongs to process %d: "
			 "label %s, the shell's %s", pid, vis(text_of(&theirs)), vis(text_of(&ours)));
		return;
	}
	fail_why(err, "the shell has CAP_SYS_PTRACE in the first user namespace, so a security module refuses it what belongs to process %d: "
		 "label %s, the shell's %s; modules: %s", pid, vis(text_of(&theirs)), vis(text_of(&ours)), vis(text_of(&modules)));
}

bool closed_tell(const struct facts *facts, const struct reading *target, struct error *err)
{
	cleanup_text struct text names = { 0 };
	uint64_t more = target->cap_permitted & ~facts->caps & capabilities_known;

	if (facts->caps >> CAP_SYS_PTRACE & 1) {
		fail_cause(err, facts->initial_userns ? CAUSE_SETNS_LSM : CAUSE_SETNS_CLOSED);
		if (facts->initial_userns)
			say_module(target->pid, err);
		else
			fail_why(err, "the kernel refuses the shell what belongs to process %d: it is in a user namespace around this one, where "
				 "the shell's CAP_SYS_PTRACE does not count", target->pid);
		fail_fix(err, "ns --all lists the namespaces that may be seen from here");
		return true;
	}
	if (target->uid[0] != facts->uid || target->uid[1] != facts->uid) {
		fail_cause(err, CAUSE_SETNS_USER);
		fail_why(err, "process %d belongs to user %u, and the shell, of user %u, lacks CAP_SYS_PTRACE", target->pid,
			 target->uid[1], (unsigned)facts->uid);
		fail_fix(err, "run Stave as root, or as the user the process belongs to");
		return true;
	}
	if (!more)
		return false;
	capability_list(more, "", " ", &names);
	fail_cause(err, CAUSE_SETNS_MORE);
	fail_why(err, "process %d has capabilities that the shell lacks (%s), which also lacks CAP_SYS_PTRACE", target->pid,
		 text_of(&names));
	fail_fix(err, facts->uid ? "run Stave as root" : "run Stave with these capabilities");
	return true;
}

bool closed_path(const struct facts *facts, const struct reading *child, const struct reading *host, const char *path, struct error *err)
{
	struct error unread;
	struct reading target;
	int pid = 0;

	if (sscanf(path, "/proc/%d/", &pid) != 1 || pid <= 0 || ns_own(child, host, NS_PID) || reading_take(pid, &target, &unread) < 0)
		return false;
	bool found = !target.ns[NS_USER].id && closed_tell(facts, &target, err);
	if (!found && target.ns[NS_USER].id && ns_own(child, host, NS_USER) && target.ns[NS_USER].id != child->ns[NS_USER].id) {
		fail_cause(err, CAUSE_PROCESS_OUTSIDE);
		fail_why(err, "process %d is outside of the child's user namespace %llu, in which alone its CAP_SYS_PTRACE counts", pid,
			 (unsigned long long)child->ns[NS_USER].id);
		if (facts->root)
			fail_fix(err, "undo takes the user namespace back");
		found = true;
	}
	reading_done(&target);
	return found;
}
