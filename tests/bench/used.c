/* usage: used PROGRAM [ARG...]
 * Runs PROGRAM with its output thrown away and prints what it and all that it waited for have taken: CPU time in
 * microseconds, the peak of the largest of the processes in KiB (getrusage(2)), and the microseconds until its end. A program of its own, for
 * what a process was before execve(2) counts in its peak, and this one is small. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double microseconds(const struct timeval *time)
{
	return (double)time->tv_sec * 1e6 + (double)time->tv_usec;
}

int main(int argc, char **argv)
{
	struct timespec begin, end;
	struct rusage usage;
	int status, nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (argc < 2 || nowhere < 0)
		return 2;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	pid_t pid = vfork();
	if (pid == 0) {
		dup2(nowhere, 1);
		dup2(nowhere, 2);
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || getrusage(RUSAGE_CHILDREN, &usage) < 0) {
		fprintf(stderr, "used: %s\n", strerror(errno));
		return 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%.0f %ld %.0f\n", microseconds(&usage.ru_utime) + microseconds(&usage.ru_stime), usage.ru_maxrss,
	       (double)(end.tv_sec - begin.tv_sec) * 1e6 + (double)(end.tv_nsec - begin.tv_nsec) / 1e3);
	return status != 0;
}
