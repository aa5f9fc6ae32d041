/* The tracer's loop: ptrace(2). Each process that is followed stops at a call's begin and at its end; in between
 * and afterwards it runs. */
#include "trace/seen.h"

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/syscalls.h"
#include "base/process/title.h"
#include "base/text.h"
#include "ops/program/program.h"

#include <linux/ptrace.h> /* after sys/ptrace.h, which has names of its */

#define OPTIONS                                                                                                        \
	((long)(PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | \
		PTRACE_O_TRACESECCOMP))

/* A process or thread that is followed. */
struct followed {
	pid_t pid;
	bool halted;      /* by a stop signal */
	bool within;      /* a call has begun and not ended */
	int number;
	uint64_t args[6];
	struct standpoint from;
	unsigned moved;   /* our->moved when from was looked at */
	struct text said; /* of execve(2), whose success leaves nothing of the memory that it was in */
	struct text path;
};

struct following {
	struct seen *seen;
	const struct trace_wish *wish;
	struct followed *list;
	size_t count, room;
	unsigned moved;   /* from 1: how often one of them has changed what a path means */
	size_t last;      /* found last, and mostly looked for next */
	pid_t first;
	bool chosen;      /* the program loads a filter that chooses the calls, before it begins */
	bool began;       /* the program itself runs: what came before was the shell's doing */
};

static struct followed *find(struct following *our, pid_t pid)
{
	if (our->last < our->count && our->list[our->last].pid == pid)
		return &our->list[our->last];
	for (our->last = 0; our->last < our->count; our->last++)
		if (our->list[our->last].pid == pid)
			return &our->list[our->last];
	LIST_ROOM(our->list, our->count, our->room);
	our->list[our->count] = (struct followed){ .pid = pid };
	return &our->list[our->count++];
}

static void forget(struct following *our, pid_t pid)
{
	struct followed *it = find(our, pid);

	text_done(&it->said);
	text_done(&it->path);
	*it = our->list[--our->count];
}

/* ---- what is kept ---- */

static uint32_t keep_text(struct seen *seen, const struct text *text)
{
	uint32_t at = seen->text_used;

	if (!text->len || text->len >= SEEN_TEXT - at)
		return 0;
	memcpy(seen->text + at, text->s, text->len + 1);
	seen->text_used += (uint32_t)text->len + 1;
	return at;
}

/* To look costs as much as the rest of a call that failed. */
static struct standpoint stands(const struct following *our, struct followed *it)
{
	if (it->moved != our->moved)
		it->from = standpoint_of(it->pid);
	it->moved = our->moved;
	return it->from;
}

static bool is_exec(int number)
{
	return number == SYS_execve || number == SYS_execveat;
}

static bool is_wanted(const struct following *our, const struct followed *it, int code)
{
	const struct trace_wish *wish = our->wish;

	return !wish->counts && (code || !wish->failed) &&
	       (!wish->some || (it->number < TRACE_NUMBERS && wish->marked[it->number]));
}

/* What else a call says. A path among it is relative to the same folder. */
static void keep_whole(struct seen *seen, const struct followed *it, struct traced *to)
{
	struct text others[TRACE_OTHERS] = { 0 };

	read_others(it->pid, it->number, it->args, others);
	if (it->number == SYS_pivot_root)
		resolve_path(it->pid, it->number, it->args, &others[0]);
	for (size_t i = 0; i < TRACE_OTHERS; i++) {
		to->others[i] = keep_text(seen, &others[i]);
		text_done(&others[i]);
	}
}

static void keep(struct following *our, struct followed *it, int code, int64_t value)
{
	struct seen *seen = our->seen;
	struct traced *to = &seen->list[seen->count];
	struct sys_caps caps;

	if (seen->count == TRACE_KEPT || SEEN_TEXT - seen->text_used < 8192) {
		seen->dropped++;
		return;
	}
	if (!it->said.len)
		decode_call(it->pid, it->number, it->args, &it->said, &it->path);
	*to = (struct traced){ .pid = it->pid, .number = it->number, .code = code, .value = value, .strait.resource = -1 };
	memcpy(to->args, it->args, sizeof(to->args));
	/* Whoever asks for what is not there is told so. */
	if (code && code != ENOENT && sys_capget(it->pid, &caps) == 0)
		to->caps = caps.effective;
	if (code == EACCES || code == EPERM)
		to->known_ids = ids_of(it->pid, &to->uid, &to->gid);
	if (code) {
		resolve_path(it->pid, it->number, it->args, &it->path);
		to->strait = strait_of(it->pid, it->number, it->args, code, it->path.len ? text_of(&it->path) : NULL);
	}
	to->said = keep_text(seen, &it->said);
	to->path = keep_text(seen, &it->path);
	cleanup_text struct text line = { 0 };
	if (code && it->number == SYS_write && text_begins(text_of(&it->path), "/sys/fs/cgroup/"))
		read_line(it->pid, it->args[1], it->args[2], &line);
	to->written = keep_text(seen, &line);
	if (code && is_told_whole(it->number))
		keep_whole(seen, it, to);
	if (code == ENOENT || code == ENOTDIR || (code && is_told_whole(it->number)))
		to->from = stands(our, it);
	seen->count++;
}

/* A process has ended: in exit_group(2), or killed within another call. Its memory is gone. */
static void ends_within(struct following *our, pid_t pid)
{
	struct followed *it = find(our, pid);

	if (!our->began || !it->within)
		return;
	if (it->number >= 0 && it->number < TRACE_NUMBERS && (!our->chosen || our->wish->marked[it->number]))
		our->seen->calls[it->number]++;
	if (!our->wish->failed && is_wanted(our, it, 0)) {
		size_t at = our->seen->count;
		keep(our, it, 0, 0);
		if (our->seen->count > at)
			our->seen->list[at].endless = true;
	}
}

static void start_over(struct seen *seen)
{
	seen->count = 0;
	memset(seen->calls, 0, sizeof(seen->calls));
	memset(seen->failed, 0, sizeof(seen->failed));
}

/* Of what the shell does to begin the program nothing is kept but execve(2): that it looks along PATH shows
 * only where nothing is found. */
static bool begins(struct following *our, const struct followed *it, int code)
{
	if (our->began)
		return true;
	if (!is_exec(it->number))
		return false;
	start_over(our->seen);
	our->began = our->seen->began = code == 0;
	if (our->began && our->wish->counts)
		seen_count(our->seen, our->wish, seccomp_arch_native(), it->number, it->args);
	return true;
}

static void call_begins(struct followed *it, uint64_t number, const uint64_t *args)
{
	it->within = true;
	it->number = (int)number;
	memcpy(it->args, args, sizeof(it->args));
	text_clear(&it->said);
	text_clear(&it->path);
	if (is_exec(it->number))
		decode_call(it->pid, it->number, it->args, &it->said, &it->path);
}

/* rval of PTRACE_GET_SYSCALL_INFO is the negative errno where is_error is set; the numbers from 512 on are
 * the kernel's own signs that it will begin the call again after a signal: that is no end of it. */
static void call_ends(struct following *our, struct followed *it, int64_t value, bool is_error)
{
	int code = is_error ? (int)-value : 0;

	it->within = false;
	our->moved += trace_moves(it->number);
	if (code >= 512 || !begins(our, it, code))
		return;
	if (it->number >= 0 && it->number < TRACE_NUMBERS && (!our->chosen || our->wish->marked[it->number])) {
		our->seen->calls[it->number]++;
		our->seen->failed[it->number] += code != 0;
	}
	if (is_wanted(our, it, code))
		keep(our, it, code, value);
}

/* How it ends is not asked. */
static void at_counted(struct following *our, const struct ptrace_syscall_info *info)
{
	if (info->op == PTRACE_SYSCALL_INFO_SECCOMP)
		seen_count(our->seen, our->wish, info->arch, (int)info->seccomp.nr, (const uint64_t *)info->seccomp.args);
	else if (info->op == PTRACE_SYSCALL_INFO_ENTRY)
		seen_count(our->seen, our->wish, info->arch, (int)info->entry.nr, (const uint64_t *)info->entry.args);
}

static void at_call(struct following *our, pid_t pid)
{
	struct followed *it = find(our, pid);
	struct ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0)
		return;
	if (our->wish->counts && our->began) {
		at_counted(our, &info);
		return;
	}
	if (info.arch != seccomp_arch_native()) {
		our->seen->foreign += info.op != PTRACE_SYSCALL_INFO_EXIT;
		return;
	}
	if (info.op == PTRACE_SYSCALL_INFO_SECCOMP) {
		our->seen->filtered = true;
		call_begins(it, info.seccomp.nr, (const uint64_t *)info.seccomp.args);
	} else if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		call_begins(it, info.entry.nr, (const uint64_t *)info.entry.args);
	} else if (info.op == PTRACE_SYSCALL_INFO_EXIT && it->within) {
		call_ends(our, it, info.exit.rval, info.exit.is_error);
	}
}

/* ---- the loop ---- */

/* The one execve(2) that is told by a stop of its own: where a filter chooses the calls nothing else tells. What came before
 * looked along PATH. */
static void executes(struct following *our, pid_t pid)
{
	if (!our->chosen || our->began)
		return;
	start_over(our->seen);
	our->began = our->seen->began = our->seen->filtered = true;
	ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)OPTIONS);
}

static bool is_stop_signal(int signal)
{
	return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

/* Let it go on: to the end of its call, to the next one, or, where a filter chooses them, until that
 * stops it. */
static void resume(struct following *our, pid_t pid, int signal)
{
	bool to_call = !(our->seen->filtered || our->chosen) || find(our, pid)->within;

	ptrace(to_call ? PTRACE_SYSCALL : PTRACE_CONT, pid, NULL, (void *)(intptr_t)signal);
}

/* Say which of those that are followed a stop signal holds. */
static void tell_halts(struct following *our)
{
	struct halts halts = { .others = our->count > 1 };

	for (size_t i = 0; i < our->count; i++) {
		if (our->list[i].pid == our->first)
			halts.program = our->list[i].halted;
		else
			halts.others = halts.others && our->list[i].halted;
	}
	our->seen->halts = halts;
}

static void note_halt(struct following *our, pid_t pid, bool halted)
{
	size_t count = our->count;
	struct followed *it = find(our, pid);

	if (it->halted == halted && our->count == count)
		return;
	it->halted = halted;
	tell_halts(our);
}

static void stopped(struct following *our, pid_t pid, int status)
{
	int signal = WSTOPSIG(status), event = status >> 16;
	bool halts = event == PTRACE_EVENT_STOP && is_stop_signal(signal);

	note_halt(our, pid, halts);
	if (halts) {
		ptrace(PTRACE_LISTEN, pid, NULL, NULL); /* stopped as a whole: it stays so until SIGCONT */
		return;
	}
	if (signal == (SIGTRAP | 0x80) || event == PTRACE_EVENT_SECCOMP)
		at_call(our, pid);
	if (event == PTRACE_EVENT_EXEC)
		executes(our, pid);
	/* Its filter was refused: ops/program/spawn.c. */
	bool unfiltered = !our->began && !event && signal == SIGTRAP;
	our->chosen = our->chosen && !unfiltered;
	resume(our, pid, event || unfiltered || signal == (SIGTRAP | 0x80) ? 0 : signal);
}

static int seize(pid_t pid, bool chosen)
{
	/* Who is seized, and not attached, executes a program without a stop of its own: the call's end tells. ptrace(2). */
	const long options = OPTIONS | (chosen ? PTRACE_O_TRACEEXEC : 0);

	return ptrace(PTRACE_SEIZE, pid, NULL, (void *)options) < 0 ? errno : 0;
}

/* Before the gate opens: from here on no call is missed. Where a filter chooses the calls, that stops it first. */
static int hold(struct following *our)
{
	int code = seize(our->first, our->chosen), status;

	if (code || our->chosen)
		return code;
	if (ptrace(PTRACE_INTERRUPT, our->first, NULL, NULL) < 0)
		return errno;
	if (waitpid(our->first, &status, __WALL) != our->first || !WIFSTOPPED(status))
		return ESRCH;
	stopped(our, our->first, status);
	return 0;
}

/* It has what the shell has, and the tracer's standard descriptors, until it begins. 0, or an errno. */
static int start(struct following *our, const struct op *op, int ready)
{
	fd_null_standard();
	our->first = spawn_beside(op, ready);
	our->seen->started = our->first > 0 ? our->first : 0;
	return our->first > 0 ? 0 : errno;
}

_Noreturn void tracer_main(struct seen *seen, const struct trace_wish *wish, pid_t pid, const struct op *op, int ready)
{
	struct following our = { .seen = seen, .wish = wish, .first = pid, .chosen = wish->chosen, .moved = 1 };
	int status, code;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setsid(); /* keys of the terminal are not for it */
	signal(SIGPIPE, SIG_IGN);
	code = op ? start(&our, op, ready) : 0;
	title_set("stave-tracer");
	/* Nothing of the shell's: the gate above all, which opens when nobody holds it. */
	ready = dup2(ready, STDIN_FILENO);
	close_from(STDERR_FILENO + 1);
	code = code ? code : hold(&our);
	if (write(ready, &code, sizeof(code)) != sizeof(code) || code)
		_exit(1);
	close(ready);
	/* What the program leaves running ends with the tracer: a filter that asks for one that is gone would make its
	 * calls fail. */
	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (pid > 0 && WIFSTOPPED(status))
			stopped(&our, pid, status);
		else if (pid > 0)
			ends_within(&our, pid);
		if (pid == our.first && !WIFSTOPPED(status))
			break;
		if (pid > 0 && !WIFSTOPPED(status)) {
			forget(&our, pid);
			tell_halts(&our);
		}
	}
	_exit(0);
}
