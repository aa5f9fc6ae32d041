/* A load on one resource: processes beside the child, in its world and its groups, that use what a
 * limit is about. They run from memory that a fork copies, without execve(2), so that they need
 * nothing of the child's root. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/syscalls.h"
#include "base/text.h"
#include "base/process/title.h"
#include "ops/program/program.h"

static const struct field fields[] = {
	{ "load", FIELD_STRING, offsetof(struct op, burn.load) },
	{ "count", FIELD_NUMBER, offsetof(struct op, burn.count) },
	{ "size", FIELD_NUMBER, offsetof(struct op, burn.size) },
	{ "seconds", FIELD_NUMBER, offsetof(struct op, burn.seconds) },
	{ "alone", FIELD_BOOL, offsetof(struct op, burn.alone), .hidden = true },
	{ "report", FIELD_FD, offsetof(struct op, burn.report), .hidden = true },
	{ 0 }
};

static const struct hint hints[] = {
	{ EAGAIN, "the limit on processes was reached before the load could start: pids.max of the cgroup, or ulimit -u",
	  "a higher limit: cgroup pids 20" },
	{ ENOMEM, "the pid namespace has lost its init, so no process can start in it", "reset, or unshare pid again" },
	{ EINVAL, "no load has this name: there are cpu, memory and pids", NULL },
	{ 0 }
};

/* ---- in the new processes ---- */

static void end(int signal)
{
	(void)signal;
	_exit(0);
}

/* End when parent does; it may have ended before this was asked for. prctl(2). */
static void end_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
}

/* The watching process needs a reading from before the load. */
static void await_start(int report)
{
	char go;

	if (read(report, &go, 1) != 1)
		_exit(1);
}

/* One line to the watching process. When the socket has lost its reader, SIGPIPE ends this one. */
static void tell(int report, const char *word, uint64_t number, int64_t more)
{
	char line[80];
	int length = snprintf(line, sizeof(line), "%s %llu %lld\n", word,
			      (unsigned long long)number, (long long)more);

	if (report >= 0 && write_fd(report, line, (size_t)length) < 0)
		_exit(1);
}

static void *spin(void *unused)
{
	for (volatile unsigned long n = 0;; n++)
		;
	return unused;
}

/* Threads, so that one process is the whole load: /proc/PID/stat adds them up, and one signal
 * ends them. */
static _Noreturn void burn_cpu(const struct op *op)
{
	uint64_t workers = 1;
	pthread_t thread;

	while (workers < op->burn.count && pthread_create(&thread, NULL, spin, NULL) == 0)
		workers++;
	tell(op->burn.report.fd, "running", workers, 0);
	spin(NULL);
	_exit(0);
}

static _Noreturn void hold(void)
{
	for (;;)
		pause();
}

/* In 64 steps, slowly enough to be watched. Only pages that are written to are there. */
static _Noreturn void burn_memory(const struct op *op)
{
	enum { STEPS = 64, PAUSE = 25 * 1000 * 1000 };
	const struct timespec pause_between = { .tv_nsec = PAUSE };
	size_t size = op->burn.size, page = (size_t)sysconf(_SC_PAGESIZE);
	int report = op->burn.report.fd;
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED) {
		tell(report, "refused", size, errno);
		hold();
	}
	size_t told = 0;
	for (size_t at = 0; at < size; at += page) {
		memory[at] = 1;
		if (at + page - told < size / STEPS)
			continue;
		told = at + page < size ? at + page : size;
		tell(report, "touched", told, 0);
		nanosleep(&pause_between, NULL);
	}
	if (told < size)
		tell(report, "touched", size, 0);
	tell(report, "done", size, 0);
	hold();
}

static _Noreturn void burn_pids(const struct op *op)
{
	const struct timespec pause_between = { .tv_nsec = op->burn.count > 200 ? 0 : 10 * 1000 * 1000 };
	int report = op->burn.report.fd;
	pid_t self = getpid();

	for (uint64_t n = 1; n <= op->burn.count; n++) {
		pid_t pid = fork();
		if (pid == 0) {
			end_with(self);
			hold();
		}
		if (pid < 0) {
			tell(report, "refused", n, errno);
			hold();
		}
		tell(report, "forked", n, pid);
		nanosleep(&pause_between, NULL);
	}
	tell(report, "done", op->burn.count, 0);
	hold();
}

static const struct load {
	const char *name;
	void (*burn)(const struct op *op); /* never returns */
} loads[] = {
	{ "cpu", burn_cpu }, { "memory", burn_memory }, { "pids", burn_pids },
};

static const struct load *find(const char *name)
{
	for (size_t i = 0; name && i < COUNT(loads); i++)
		if (strcmp(loads[i].name, name) == 0)
			return &loads[i];
	return NULL;
}

static _Noreturn void become(const struct load *load, const struct op *op, pid_t parent)
{
	struct op own = *op;
	sigset_t none;

	setsid();
	title_set("stave-burn");
	signal(SIGPIPE, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, end);
	signal(SIGALRM, end);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	end_with(parent);
	if (own.burn.report.fd >= 0)
		own.burn.report.fd = dup2(own.burn.report.fd, 3);
	close_from(own.burn.report.fd >= 0 ? 4 : 3);
	if (!op->burn.alone)
		await_start(own.burn.report.fd);
	alarm(op->burn.alone ? (unsigned)op->burn.seconds : 0);
	load->burn(&own);
	_exit(0);
}

/* ---- in the child ---- */

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	const struct load *load = find(op->burn.load);
	pid_t self = getpid();

	(void)stage;
	if (!load) {
		errno = EINVAL;
		return -1;
	}
	pid_t pid = fork();
	if (pid < 0)
		return -1;
	if (pid == 0)
		become(load, op, self);
	outcome->value = pid;
	outcome->fds[0] = sys_pidfd_open(pid);
	return outcome->fds[0] < 0 ? program_take_back(pid, outcome) : 0;
}

/* By a function: it is another call for each kind of load. */
static void call(const struct op *op, pid_t pid, struct text *text)
{
	const struct load *load = find(op->burn.load);
	unsigned long long count = op->burn.count, size = op->burn.size;

	(void)pid;
	text_add(text, "fork(); ");
	if (load && load->burn == burn_memory)
		text_addf(text, "memset(mmap(NULL, %llu, ...), 1, %llu)", size, size);
	else if (load && load->burn == burn_pids)
		text_addf(text, "for (n = 0; n < %llu; n++) if (fork() == 0) pause()", count);
	else if (count > 1)
		text_addf(text, "for (;;) in %llu threads", count);
	else
		text_add(text, "for (;;)");
}

const struct op_info op_burn = {
	.name = "fork", .man = "fork(2)", .does = "put a load on {load}",
	.side = IN_CHILD, .starts = STARTS_LOAD, .fields = fields, .hints = hints, .run = run, .call_by = call,
};
