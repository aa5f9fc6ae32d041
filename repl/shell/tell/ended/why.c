/* The one cause of a program's end: what the kernel counted, then the signal, then what its status means. */
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "base/list.h"
#include "base/message.h"
#include "base/path.h"
#include "base/process/signal.h"
#include "base/text.h"
#include "ops/privilege/filters.h"
#include "session/session.h"
#include "shell/tell/ended/ended.h"
#include "shell/tell/ended/killer.h"
#include "shell/tell/ended/oom.h"
#include "walls/storage.h"

/* What sends a signal that no person did: signal(7), getrlimit(2), seccomp(2). */
static const struct {
	int signal;
	const char *why;
} senders[] = {
	{ SIGSEGV, N_("the kernel sends SIGSEGV to a program that touches memory which it does not have, also where a limit did not give it some") },
	{ SIGBUS, N_("the kernel sends SIGBUS to a program that touches memory which cannot be brought, as of a mapped file that became shorter") },
	{ SIGABRT, N_("abort(3) sends SIGABRT: the program gave up by itself") },
	{ SIGILL, N_("the kernel sends SIGILL to a program with an instruction that this processor does not have") },
	{ SIGFPE, N_("the kernel sends SIGFPE to a program that divides by zero") },
	{ SIGPIPE, N_("the kernel sends SIGPIPE to a program that writes to a pipe which nobody reads") },
	{ SIGXCPU, N_("the kernel sends SIGXCPU to a program that has used up RLIMIT_CPU") },
	{ SIGXFSZ, N_("the kernel sends SIGXFSZ to a program that makes a file longer than RLIMIT_FSIZE") },
	{ SIGALRM, N_("the program's own timer sends SIGALRM") },
	{ SIGINT, N_("Ctrl-C sends SIGINT") },
	{ SIGTERM, N_("SIGTERM is how a process asks another to end") },
	{ SIGHUP, N_("the kernel sends SIGHUP to the programs of a terminal that is gone") },
};

/* The program that the step has started: its words. */
static const char *const *argv_of(const struct step *step)
{
	for (size_t i = step->plan.count; i-- > 0;) {
		const struct op *op = &step->plan.ops[i].op;
		if (op->kind == OP_exec || op->kind == OP_spawn)
			return op->spawn.argv;
	}
	return NULL;
}

/* The program's own line, as trace takes it. A child that is made by the container's line is what its options say. */
static void add_program(const struct step *step, struct text *ret)
{
	const char *const *argv = argv_of(step);

	if (step->plan.options && (step->plan.child != PLAN_ASIDE || step->plan.joins))
		text_add(ret, step->plan.options);
	for (const char *const *word = argv; word && *word; word++) {
		text_add(ret, word == argv ? "" : " ");
		text_add_sh(ret, *word);
	}
}

/* Whether one of the program's instructions ends who makes a call. */
static bool filter_kills(const struct sock_filter *program, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (program[i].code == (BPF_RET | BPF_K) && (program[i].k == SECCOMP_RET_KILL_PROCESS || program[i].k == SECCOMP_RET_KILL_THREAD ||
							     (program[i].k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_TRAP))
			return true;
	return false;
}

/* A filter of these lines that can have sent SIGSYS, or one that was there before them. */
static void add_filter(const struct session *session, const struct step *step, const char *to, struct text *why, struct text *fix)
{
	struct filters filters = { 0 };
	const struct plan *plan;

	for (size_t i = 0; step->plan.child == PLAN_CURRENT && (plan = session_plan(session, step->pid, i)); i++)
		if (plan != &step->plan)
			filters_take(plan, plan->count, &filters);
	filters_take(&step->plan, step->plan.count, &filters);
	for (size_t i = 0; i < filters.count && i < FILTERS_MOST; i++) {
		if (!filter_kills(filters.list[i].program, filters.list[i].count))
			continue;
		text_sayf(why, "SIGSYS is a seccomp filter's: the one of these lines (%s) has an answer that ends the process",
			  vis(filters.list[i].policy ? filters.list[i].policy : "?"));
		text_add(fix, to);
		text_say(fix, "seccomp show CALL says what it answers; trace shows the call that did not return");
		return;
	}
	text_say(why, session->host.seccomp == 2 ?
		 N_("SIGSYS is a seccomp filter's, and none of these lines ends a process: it is one that was around Stave already") :
		 N_("SIGSYS is a seccomp filter's, and none of these lines ends a process: one of the program's own did, where no process sent the signal"));
}

/* The limit that such a signal is about, where its parent has one: the child, or of a container or exec Stave itself. Else the
 * program has set it. */
static void add_limit(const struct step *step, int signal, struct text *why)
{
	int resource = signal == SIGXCPU ? RLIMIT_CPU : RLIMIT_FSIZE;
	bool inside = step->plan.child == PLAN_CURRENT;
	struct rlimit limit;

	if ((signal != SIGXCPU && signal != SIGXFSZ) || prlimit(inside ? step->pid : 0, resource, NULL, &limit) < 0)
		return;
	if (limit.rlim_cur == RLIM_INFINITY)
		text_say(why, inside ? N_("; the child has no such limit, so the program's own line has set it") :
				       N_("; Stave has no such limit, so the program's own line has set it"));
	else
		text_sayf(why, inside ? N_("; the child's is %llu") : N_("; Stave's, which the program began with, is %llu"),
			  (unsigned long long)limit.rlim_cur);
	if (signal == SIGXCPU && step->killed == KILLED_BY_LIMIT)
		text_sayf(why, ", and it had used %lld.%02lld s", (long long)step->spent / 1000000, (long long)step->spent / 10000 % 100);
}

/* Whether the program starts others by name, and ends with 126 or 127 where it cannot. */
static bool starts_others(const struct step *step)
{
	static const char *const names[] = { "sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "busybox", "env", "chroot", "nice", "nohup", "timeout",
					     "setsid", "xargs", "unshare", "setpriv", "su", "stdbuf", "time", "ionice", "chrt", "taskset" };
	const char *const *argv = argv_of(step);
	const char *name = argv && argv[0] ? path_name(argv[0]) : "";

	for (size_t i = 0; i < COUNT(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

int ended_signal(const struct step *step)
{
	int of_status = signal_name(step->status - 128) ? step->status - 128 : 0;

	return step->signal ? step->signal : starts_others(step) ? of_status : 0;
}

/* Who sent it nothing tells afterwards, and any process that may can send any signal. */
static void add_kernel(const struct step *step, struct text *fix)
{
	if (step->plan.program != PROGRAM_TERMINAL)
		text_say(fix, "root: why --kernel tells who sends it when it runs again");
}

/* The kernel's own, and one that kill(2) sent: wait(2) shows the same of both. */
static void add_any(int signal, enum killed_by known, struct text *why)
{
	if (known == KILLED_UNKNOWN && signal != SIGTERM)
		text_sayf(why, "; kill(2) sends SIG%s too, and the status does not show the sender", signal_name(signal));
}

static void add_signal(const struct session *session, const struct step *step, const char *to, struct text *why, struct text *fix)
{
	int signal = ended_signal(step);

	if (!step->signal)
		text_sayf(why, "it ended itself with status %d, as a shell does when SIG%s has ended a program that it started; if that was so: ",
			  step->status, signal_name(signal));
	if (signal == SIGSYS) {
		add_filter(session, step, to, why, fix);
		return;
	}
	for (size_t i = 0; i < COUNT(senders); i++)
		if (senders[i].signal == signal) {
			text_say(why, senders[i].why);
			add_limit(step, signal, why);
			add_any(signal, step->killed, why);
			add_kernel(step, fix);
			return;
		}
	if (signal == SIGKILL && step->oom_unseen) {
		text_say(why, "who sent SIGKILL is not known: the program had no control group of its own, whose counter would tell the OOM killer from a process");
		text_add(fix, step->plan.child == PLAN_ASIDE ? "" : to);
		text_say(fix, step->plan.child == PLAN_ASIDE ? N_("container --memory SIZE gives it one; then the line again; root: why --kernel tells who sends it when it runs again") :
			 N_("cgroup memory SIZE gives the child one; then the line again; root: why --kernel tells who sends it when it runs again"));
	} else if (signal == SIGKILL) {
		text_say(why, "a process sent SIGKILL; it was not the OOM killer, whose counter in the control group did not rise");
		text_say(fix, "root: why --kernel tells who sends it when it runs again");
	} else {
		text_sayf(why, "a process sent SIG%s", signal_name(signal));
		add_kernel(step, fix);
	}
}

/* program: what trace takes, and its options. Who has traced it has seen that. */
static void add_trace(const struct step *step, const char *to, const char *program, struct text *fix)
{
	if (step->plan.traced)
		return;
	text_add(fix, fix->len ? "; " : "");
	if (step->plan.joins) {
		text_sayf(fix, "setns %s all; trace --failed %s in its namespaces shows the calls that failed; undo leaves them",
			  vis(step->plan.joins), program);
	} else if (step->plan.child == PLAN_ASIDE) {
		text_sayf(fix, "type the same container line without its program, and then trace --failed %s, which shows the calls that failed",
			  program);
	} else {
		text_add(fix, to);
		text_sayf(fix, "trace --failed %s shows the calls that failed, and which wall said no", program);
	}
}

/* Whether what it printed is not what such programs print where they cannot start another. In the words of another language nobody
 * can tell. */
static bool says_otherwise(int status, const char *printed)
{
	static const char *const words[][8] = {
		{ "ermission denied", "annot execute", "xec format", "s a directory", "ot executable", "ext file busy", "oo many levels", "can't execute" },
		{ "not found", "o such file" },
	};

	for (const char *s = printed; *s; s++)
		if ((unsigned char)*s >= 128)
			return false;
	for (size_t i = 0; i < COUNT(words[0]) && words[status - 126][i]; i++)
		if (strstr(printed, words[status - 126][i]))
			return false;
	return true;
}

/* A status that a shell gives for a program that it could not start. printed: NULL where nobody has seen it. */
static bool add_shells(const struct step *step, const char *printed, const char *to, struct text *why, struct text *fix)
{
	cleanup_text struct text program = { 0 };
	/* Of glibc and of musl. */
	bool library = printed && step->status == 127 && (strstr(printed, "shared librar") || strstr(printed, "Error relocating"));

	if ((step->status != 126 && step->status != 127) || (!printed && !starts_others(step)))
		return false;
	if (library) {
		text_say(why, "its loader could not load a library that it needs: 127 is the loader's word for that");
		text_add(&program, "--calls openat ");
	} else if (printed && says_otherwise(step->status, printed)) {
		text_sayf(why, "it ended itself with status %d, and printed nothing of a program that it could not start, for which a shell has that status",
			  step->status);
	} else {
		text_say(why, step->status == 127 ? N_("a shell in it found no program of the name: 127 is its word for that") :
						    N_("a shell in it found a program that it may not execute: 126 is its word for that"));
		text_add(&program, "--calls file ");
	}
	add_program(step, &program);
	add_trace(step, to, text_of(&program), fix);
	return true;
}

/* What the step itself gave up, or else what its child has. */
static bool has_net_raw(const struct step *step)
{
	uint64_t kept = step->before->pid ? step->before->cap_permitted : UINT64_MAX;

	for (size_t i = 0; i < step->plan.count; i++)
		if (step->plan.ops[i].op.kind == OP_capset)
			kept = step->plan.ops[i].op.capset.permitted;
		else if (step->plan.child != PLAN_CURRENT && step->plan.ops[i].op.kind == OP_clone)
			kept = UINT64_MAX;
	return kept >> CAP_NET_RAW & 1;
}

const char *ended_program(const struct step *step)
{
	const char *const *argv = argv_of(step);
	const char *ret = argv && argv[0] ? path_name(argv[0]) : "";

	return strcmp(ret, "busybox") == 0 && argv[1] ? argv[1] : ret;
}

bool ended_raw(const struct step *step, struct text *why, struct text *fix)
{
	const char *name = ended_program(step);

	if (step->status != 1 || strncmp(name, "ping", 4) != 0 || has_net_raw(step))
		return false;
	text_say(why, "it has no CAP_NET_RAW, which socket(2) asks for where a raw socket is wanted, as by the ping of busybox; that of iputils asks for a datagram socket, for which ping_group_range of the network is enough");
	text_say(fix, "--cap-add net_raw, or an image with the ping of iputils");
	return true;
}

void ended_full(const struct step *step, const struct room *full, struct text *why, struct text *fix)
{
	text_sayf(why, "it ended with status %d, and then ", step->status);
	storage_tell(full, why, fix);
	if (step->plan.program != PROGRAM_TERMINAL)
		text_say(fix, "; why --try shows the call that failed");
}

void ended_why(const struct session *session, const struct step *step, const char *printed, const char *to, struct text *why, struct text *fix)
{
	cleanup_text struct text program = { 0 };
	bool aside = step->plan.child == PLAN_ASIDE;

	if (step->oom) {
		oom_tell(step->oom, why);
		text_add(fix, aside ? "" : to);
		text_say(fix, aside ? N_("container --memory SIZE gives it more") : N_("cgroup memory SIZE gives it more"));
		return;
	}
	if (step->signal == SIGKILL && killer_tell(step->killed, step->spent, step->limit, why, fix))
		return;
	if (ended_signal(step)) {
		add_signal(session, step, to, why, fix);
		return;
	}
	if (add_shells(step, printed, to, why, fix) || ended_raw(step, why, fix))
		return;
	add_program(step, &program);
	text_sayf(why, "it ended itself with status %d; the reason is what it printed, and perhaps a call that a wall refused",
		  step->status);
	if (step->plan.program != PROGRAM_TERMINAL)
		text_say(fix, "why --try finds the walls that it fails by");
	add_trace(step, to, text_of(&program), fix);
}

void ended_by_status(int status, int signal, struct text *why)
{
	for (size_t i = 0; i < COUNT(senders); i++)
		if (senders[i].signal == signal) {
			text_say(why, senders[i].why);
			add_any(signal, KILLED_UNKNOWN, why);
			return;
		}
	if (signal)
		text_sayf(why, "a process sent SIG%s", signal_name(signal));
	else if (signal_name(status - 128))
		text_sayf(why, "it ended itself with status %d; a shell does so when SIG%s has ended a program that it started",
			  status, signal_name(status - 128));
	else
		text_sayf(why, "it ended itself with status %d; the reason is what it printed, and perhaps a call that a wall refused", status);
}
