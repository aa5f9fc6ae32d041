/*
 * touched LOW HIGH FILE PROGRAM [ARG...]: runs PROGRAM an instruction at a time, and all processes that it begins, and
 * writes to FILE the addresses of the instructions from LOW to below HIGH (hexadecimal) that were executed, a line each.
 * A process that becomes another program goes on alone. Serves scripts/order. See ptrace(2), PTRACE_SINGLESTEP.
 */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __x86_64__

enum { FOLLOWED = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL };

static _Noreturn void fails(const char *call)
{
	perror(call);
	exit(1);
}

/* Starts the program, stopped behind its execve(2). */
static pid_t begin(char **args)
{
	pid_t pid = fork();
	if (pid == -1)
		fails("fork");
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0) == 0)
			execv(args[0], args);
		perror(args[0]);
		_exit(127);
	}
	int status;
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		exit(1);
	if (ptrace(PTRACE_SETOPTIONS, pid, 0, FOLLOWED) == -1)
		fails("ptrace");
	return pid;
}

/* Steps every process until none is left. */
static void step_all(pid_t first, unsigned long low, unsigned long high, unsigned char *touched)
{
	ptrace(PTRACE_SINGLESTEP, first, 0, 0);
	int status;
	for (pid_t pid; (pid = waitpid(-1, &status, __WALL)) != -1;) {
		if (!WIFSTOPPED(status))
			continue;
		if (status >> 16 == PTRACE_EVENT_EXEC) {
			ptrace(PTRACE_DETACH, pid, 0, 0);
			continue;
		}
		errno = 0;
		unsigned long at = (unsigned long)ptrace(PTRACE_PEEKUSER, pid, offsetof(struct user, regs.rip), 0);
		if (errno == 0 && at >= low && at < high)
			touched[at - low] = 1;
		int signal = WSTOPSIG(status);
		ptrace(PTRACE_SINGLESTEP, pid, 0, signal == SIGTRAP || signal == SIGSTOP ? 0 : signal);
	}
}

int main(int argc, char **argv)
{
	if (argc < 5) {
		fputs("usage: touched LOW HIGH FILE PROGRAM [ARG...]\n", stderr);
		return 2;
	}
	unsigned long low = strtoul(argv[1], NULL, 16), high = strtoul(argv[2], NULL, 16);
	unsigned char *touched = high > low ? calloc(high - low, 1) : NULL;
	FILE *out = fopen(argv[3], "w");
	if (touched == NULL || out == NULL)
		fails(argv[3]);
	step_all(begin(argv + 4), low, high, touched);
	for (unsigned long at = low; at < high; at++)
		if (touched[at - low])
			fprintf(out, "%lx\n", at);
	free(touched);
	return fclose(out) == 0 ? 0 : 1;
}

#else

int main(void)
{
	fputs("touched: reads x86-64's registers alone\n", stderr);
	return 77;
}

#endif
