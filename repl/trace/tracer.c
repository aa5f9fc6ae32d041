/* The shell's side: the process, what it shares with the shell, and its end. */
#include "trace/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/await.h"
#include "base/error.h"
#include "base/fd.h"
#include "trace/seen.h"

enum {
	SEIZING = 5000, /* ms in which the program has to be held */
	ENDING = 10000  /* and in which the tracer has to end after it */
};

struct tracer {
	pid_t pid; /* 0 when it has been waited for */
	struct seen *seen;
};

static struct seen *share(void)
{
	void *ret = mmap(NULL, sizeof(struct seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (ret == MAP_FAILED)
		return NULL;
	((struct seen *)ret)->text_used = 1;
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

static int fail_seize(pid_t pid, int code, struct error *err)
{
	fail(err, code, "ptrace(PTRACE_SEIZE, %d)", pid);
	if (code == EPERM)
		fail_why(err, "another tracer follows the program, or the kernel forbids tracing here "
			      "(sysctl kernel.yama.ptrace_scope is 2 or 3, or a filter around this shell)");
	return -1;
}

struct tracer *tracer_new(const struct trace_wish *wish, pid_t pid, struct error *err)
{
	struct tracer *tracer;
	int ends[2], code;

	if (pipe2(ends, O_CLOEXEC) < 0) {
		fail(err, errno, "pipe2");
		return NULL;
	}
	cleanup_fd int heard = ends[0], said = ends[1];
	tracer = calloc(1, sizeof(*tracer));
	if (!tracer)
		out_of_memory();
	tracer->seen = share();
	if (!tracer->seen) {
		fail(err, errno, "memory for what the tracer sees");
		free(tracer);
		return NULL;
	}
	tracer->pid = fork();
	if (tracer->pid == 0)
		tracer_main(tracer->seen, wish, pid, said);
	close(steal_fd(&said));
	code = tracer->pid < 0 ? errno : hear(heard);
	if (code) {
		if (tracer->pid < 0)
			fail(err, code, "fork of the tracer");
		else
			fail_seize(pid, code, err);
		tracer_free(tracer);
		return NULL;
	}
	return tracer;
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
		kill(tracer->pid, SIGKILL);
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

uint64_t tracer_foreign(const struct tracer *tracer)
{
	return tracer->seen->foreign;
}

void tracer_tally(const struct tracer *tracer, int number, uint64_t *calls, uint64_t *failed)
{
	*calls = tracer->seen->calls[number];
	*failed = tracer->seen->failed[number];
}

bool tracer_filtered(const struct tracer *tracer)
{
	return tracer->seen->filtered;
}

const struct halts *tracer_halts(const struct tracer *tracer)
{
	return &tracer->seen->halts;
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
