/* The tracer's loop: ptrace(2). Each process that is followed stops at a call's begin and at its end; in between
 * and afterwards it runs. */
#include "trace/following.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
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
		keep_call(our, it, 0, 0);
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
		keep_call(our, it, code, value);
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

/* What a process does at a signal that it neither ignores nor has a handler for. proc_pid_status(5). */
static bool has_default(pid_t pid, int signal)
{
	static const char *const masks[] = { "\nSigIgn:", "\nSigCgt:" };
	cleanup_text struct text status = { 0 };
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	if (read_file(AT_FDCWD, path, 1 << 16, &status) < 0)
		return false;
	for (size_t i = 0; i < COUNT(masks); i++) {
		const char *mask = strstr(text_of(&status), masks[i]);
		if (!mask || strtoull(mask + strlen(masks[i]), NULL, 16) >> (signal - 1) & 1)
			return false;
	}
	return true;
}

/* In a session of its own the program's process group is an orphaned one, which the terminal's signals do not stop: setpgid(2),
 * signal(7). It is treated as one where it has none. */
static bool is_passed_over(const struct following *our, pid_t pid, int signal)
{
	return our->joins && (signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU) && getpgid(pid) == our->first &&
	       has_default(pid, signal);
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
	bool ours = event || unfiltered || signal == (SIGTRAP | 0x80);
	resume(our, pid, ours || is_passed_over(our, pid, signal) ? 0 : signal);
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

/* The program has what the shell has, and the tracer's standard descriptors, until it begins. Its gate stays open on one of these. 0,
 * or an errno. */
static int start(struct following *our, const struct target *target, int ready)
{
	fd_null_standard();
	our->first = spawn_beside(target->op, ready);
	our->seen->started = our->first > 0 ? our->first : 0;
	return our->first < 0 || dup2(target->gate, STDOUT_FILENO) < 0 ? errno : 0;
}

/* What the program leaves running ends with the tracer: a filter that asks for one that is gone would make its
 * calls fail. */
static void follow(struct following *our)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (pid > 0 && WIFSTOPPED(status))
			stopped(our, pid, status);
		else if (pid > 0)
			ends_within(our, pid);
		if (pid == our->first && !WIFSTOPPED(status))
			return;
		if (pid > 0 && !WIFSTOPPED(status)) {
			forget(our, pid);
			tell_halts(our);
		}
	}
}

/* Keys of the terminal are not for the tracer, and the program that it starts has none. A new session is behind others until the
 * kernel has seen how much it runs (sched(7), autogroup): without a terminal a program of its own session stays where the shell is. */
static void leave_terminal(struct following *our, bool starts)
{
	cleanup_fd int terminal = starts ? open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;

	our->joins = starts && terminal < 0 && errno == ENXIO;
	if (our->joins)
		setpgid(0, 0);
	else
		setsid();
}

_Noreturn void tracer_main(struct seen *seen, const struct trace_wish *wish, const struct target *target, int ready)
{
	struct following our = { .seen = seen, .wish = wish, .first = target->pid, .chosen = wish->chosen, .moved = 1 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	leave_terminal(&our, target->op);
	signal(SIGPIPE, SIG_IGN);
	int code = target->op ? start(&our, target, ready) : 0;
	title_set("stave-tracer");
	/* Nothing of the shell's: the gate above all, which opens when nobody holds it. */
	ready = dup2(ready, STDIN_FILENO);
	close_from(STDERR_FILENO + 1);
	code = code ? code : hold(&our);
	if (write(ready, &code, sizeof(code)) != sizeof(code) || code)
		_exit(1);
	close(ready);
	if (target->op) {
		shutdown(STDOUT_FILENO, SHUT_WR);
		close(STDOUT_FILENO);
	}
	follow(&our);
	_exit(0);
}
