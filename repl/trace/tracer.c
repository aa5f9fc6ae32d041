/* The shell's side: the process, what it shares with the shell, and its end. */
#include "trace/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/await.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/syscalls.h"
#include "base/text.h"
#include "base/causes/causes.h"
#include "trace/seen.h"

enum {
	SEIZING = 5000, /* ms in which the program has to be held */
	ENDING = 10000  /* and in which the tracer has to end after it */
};

struct tracer {
	pid_t pid; /* 0 when it has been waited for */
	struct seen *seen;
	int unheard;
	bool listens;
};

static struct seen *share(void)
{
	void *ret = mmap(NULL, sizeof(struct seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (ret == MAP_FAILED)
		return NULL;
	((struct seen *)ret)->text_used = 1;
	((struct seen *)ret)->of[0].architecture = seccomp_arch_native();
	return ret;
}

/* 0, or the errno with which the tracer could not take hold of the program. */
static int hear(int fd)
{
	int code;

	if (await_readable(fd, await_until(SEIZING)) < 0)
		return errno;
	return read(fd, &code, sizeof(code)) == sizeof(code) ? code : EPIPE;
}

/* What follows "NAME:" in a status file, as a number; -1 where it has no such line. */
static long status_number(const char *path, const char *name)
{
	cleanup_text struct text status = { 0 };
	const char *found;

	if (read_file(AT_FDCWD, path, 8192, &status) < 0 || !(found = strstr(text_of(&status), name)))
		return -1;
	return strtol(found + strlen(name), NULL, 10);
}

/* EPERM of PTRACE_SEIZE, asked in the order in which the kernel does: the filter's answer is what is left. ptrace(2). */
static int forbidden_tell(pid_t pid, struct error *err)
{
	char path[48], scope[8] = "";

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	long other = status_number(path, "\nTracerPid:");
	cleanup_fd int fd = open("/proc/sys/kernel/yama/ptrace_scope", O_RDONLY | O_CLOEXEC);
	if (other > 0) {
		fail_cause(err, CAUSE_TRACE_TRACED);
		fail_why(err, "process %ld traces it already, and one tracer is the most", other);
	} else if (fd >= 0 && read(fd, scope, sizeof(scope) - 1) > 0 && atoi(scope) > 0) {
		fail_cause(err, CAUSE_TRACE_YAMA);
		fail_why(err, "kernel.yama.ptrace_scope is %d, which forbids to trace it", atoi(scope));
		fail_fix(err, "!sysctl kernel.yama.ptrace_scope=0");
	} else if (status_number("/proc/self/status", "\nSeccomp:") == 2) {
		fail_cause(err, CAUSE_SECCOMP_OUTER);
		fail_why(err, "a seccomp filter around this shell refuses ptrace(2)");
	}
	return -1;
}

static int fail_seize(pid_t pid, int code, struct error *err)
{
	fail(err, code, "ptrace(PTRACE_SEIZE, %d)", pid);
	return code == EPERM ? forbidden_tell(pid, err) : -1;
}

static struct tracer *begin(struct error *err)
{
	struct tracer *tracer = calloc(1, sizeof(*tracer));

	if (!tracer)
		out_of_memory();
	tracer->seen = share();
	if (tracer->seen)
		return tracer;
	fail(err, errno, "memory for what the tracer sees");
	free(tracer);
	return NULL;
}

/* What kept the tracer from taking hold of the program; that it could not be started has no number of its own. */
static int fail_new(pid_t tracer, pid_t pid, int code, struct error *err)
{
	if (tracer < 0 || !pid)
		return fail(err, code, tracer < 0 ? "fork of the tracer" : "clone of the program");
	return fail_seize(pid, code, err);
}

static struct tracer *follow(const struct trace_wish *wish, const struct target *target, pid_t *started, struct error *err)
{
	struct tracer *tracer;
	int ends[2], code;

	if (pipe2(ends, O_CLOEXEC) < 0) {
		fail(err, errno, "pipe2");
		return NULL;
	}
	cleanup_fd int heard = ends[0], said = ends[1];
	tracer = begin(err);
	if (!tracer)
		return NULL;
	tracer->pid = fork();
	if (tracer->pid == 0)
		tracer_main(tracer->seen, wish, target, said);
	close(steal_fd(&said));
	code = tracer->pid < 0 ? errno : hear(heard);
	*started = tracer->seen->started;
	if (!code)
		return tracer;
	fail_new(tracer->pid, target->op ? *started : target->pid, code, err);
	tracer_free(tracer);
	return NULL;
}

struct tracer *tracer_new(const struct trace_wish *wish, pid_t pid, struct error *err)
{
	const struct target target = { .pid = pid };
	pid_t none;

	return follow(wish, &target, &none, err);
}

struct tracer *tracer_start(const struct trace_wish *wish, const struct op *op, int gate, pid_t *pid, struct error *err)
{
	const struct target target = { .op = op, .gate = gate };

	*pid = 0;
	return follow(wish, &target, pid, err);
}

/* Have the program load the filter, and take the listener that comes of it: the descriptor, or -1 and *code why
 * there is none. */
static int take_listener(int gate, int *code)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec told = { code, sizeof(*code) };
	struct msghdr message = {
		.msg_iov = &told, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control),
	};
	int fd = -1;

	*code = EPIPE;
	if (send(gate, "", 1, MSG_NOSIGNAL) != 1 || await_readable(gate, await_until(SEIZING)) < 0 ||
	    recvmsg(gate, &message, MSG_CMSG_CLOEXEC) != sizeof(*code))
		return -1;
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

struct tracer *tracer_listen(const struct trace_wish *wish, pid_t pid, int gate, struct error *err)
{
	int code;
	cleanup_fd int fd = take_listener(gate, &code);
	cleanup_fd int pidfd = fd < 0 ? -1 : sys_pidfd_open(pid);

	if (fd < 0 && code == EPIPE) {
		fail_id(err, ERR_CHILD_GONE, EPIPE, "the program (pid %d) ended before it had begun", pid);
		return NULL;
	}
	if (pidfd < 0) {
		struct tracer *ret = tracer_new(wish, pid, err);
		if (ret)
			ret->unheard = fd < 0 ? code : errno;
		return ret;
	}
	struct tracer *tracer = begin(err);
	if (!tracer)
		return NULL;
	tracer->listens = true;
	tracer->pid = fork();
	if (tracer->pid == 0)
		listener_main(tracer->seen, wish, pid, fd, pidfd);
	if (tracer->pid > 0)
		return tracer;
	fail(err, errno, "fork of the listener");
	tracer_free(tracer);
	return NULL;
}

int tracer_wait(struct tracer *tracer, struct error *err)
{
	pid_t pid = tracer->pid;
	int status, ret = await_exit(pid, ENDING, &status);

	tracer->pid = 0;
	if (ret < 0)
		return fail(err, errno, "waiting for the tracer (pid %d)", pid);
	if (WIFSIGNALED(status))
		return fail_id(err, ERR_CHILD_GONE, EPIPE, "the tracer (pid %d) was killed, and the program with it", pid);
	return 0;
}

void tracer_free(struct tracer *tracer)
{
	int status;

	if (!tracer)
		return;
	if (tracer->pid > 0) {
		/* A listener ends what it listens to before itself: nobody else would answer. */
		kill(tracer->pid, tracer->listens ? SIGTERM : SIGKILL);
		await_exit(tracer->pid, ENDING, &status);
	}
	munmap(tracer->seen, sizeof(*tracer->seen));
	free(tracer);
}

size_t tracer_count(const struct tracer *tracer)
{
	return tracer->seen->count;
}

const struct traced *tracer_call(const struct tracer *tracer, size_t i)
{
	return &tracer->seen->list[i];
}

const char *tracer_text(const struct tracer *tracer, uint32_t at)
{
	return at ? tracer->seen->text + at : NULL;
}

uint64_t tracer_dropped(const struct tracer *tracer)
{
	return tracer->seen->dropped;
}

uint64_t tracer_unshown(const struct tracer *tracer)
{
	return tracer->seen->unshown;
}

uint64_t tracer_foreign(const struct tracer *tracer)
{
	return tracer->seen->foreign;
}

void tracer_tally(const struct tracer *tracer, int number, uint64_t *calls, uint64_t *failed)
{
	*calls = tracer->seen->calls[number];
	*failed = tracer->seen->failed[number];
}

bool tracer_began(const struct tracer *tracer)
{
	return tracer->seen->began;
}

pid_t tracer_pid(const struct tracer *tracer)
{
	return tracer->pid;
}

bool tracer_listens(const struct tracer *tracer)
{
	return tracer->listens;
}

int tracer_unheard(const struct tracer *tracer)
{
	return tracer->unheard;
}

uint32_t tracer_architecture(const struct tracer *tracer, size_t i)
{
	return i < TRACE_ARCHITECTURES ? tracer->seen->of[i].architecture : 0;
}

uint64_t tracer_made(const struct tracer *tracer, size_t i, int number)
{
	return tracer->seen->of[i].made[number];
}

uint64_t tracer_refused(const struct tracer *tracer, size_t i, int number, uint32_t *answer)
{
	*answer = tracer->seen->of[i].answer[number];
	return tracer->seen->of[i].refused[number];
}

bool tracer_filtered(const struct tracer *tracer)
{
	return tracer->seen->filtered;
}

const struct halts *tracer_halts(const struct tracer *tracer)
{
	return &tracer->seen->halts;
}

bool trace_is_usual(int code)
{
	static const int usual[] = { ENOENT, ECHILD, ENOTTY, EAGAIN, EINTR, ESPIPE, ENODATA, ENXIO };

	for (size_t i = 0; i < COUNT(usual); i++)
		if (usual[i] == code)
			return true;
	return false;
}

const char *trace_name(int number, char *ret)
{
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);

	if (name)
		snprintf(ret, 40, "%.39s", name);
	else
		snprintf(ret, 40, "call %d", number);
	free(name);
	return ret;
}
