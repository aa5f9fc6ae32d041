/* The time of one step, from the typed line to the printed difference: with some 30 mounts, for
 * steps that mount, that unmount, and that change no mount. Standard output is the
 * report, to be sent to /dev/null; the figures go to standard error: name, tab, microseconds at the median. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "shell/shell.h"
#include "shell/lines/dispatch.h"
#include "shell/lines/open.h"

enum { STEPS = 500 };

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void do_line(struct shell *shell, const char *line)
{
	if (shell_line(shell, line, strlen(line)) < 0 || shell->failed)
		exit(1);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double time_line(struct shell *shell, const char *line)
{
	double start = now();

	do_line(shell, line);
	return now() - start;
}

static double median(double *times, size_t count)
{
	qsort(times, count, sizeof(*times), by_size);
	return times[count / 2];
}

/* Two lines in turn, each timed, each with a median of its own: between those of two unlike lines lies a time that
 * neither takes. */
static void measure(struct shell *shell, const char *const names[2], const char *const lines[2])
{
	static double times[2][STEPS];

	for (int i = 0; i < STEPS; i++)
		for (int which = 0; which < 2; which++)
			times[which][i] = time_line(shell, lines[which]);
	for (int which = 0; which < 2; which++)
		if (names[which])
			fprintf(stderr, "%s\t%.1f\n", names[which], median(times[which], STEPS));
}

/* How much longer one line takes than the other: the median over pairs, one after the other, so that
 * what else the machine does falls on both. */
static void compare(struct shell *shell, const char *name, const char *more, const char *less)
{
	enum { PAIRS = 200 };
	static double differences[PAIRS];

	for (int i = 0; i < PAIRS; i++) {
		differences[i] = time_line(shell, more);
		differences[i] -= time_line(shell, less);
	}
	fprintf(stderr, "%s\t%.1f\n", name, median(differences, PAIRS));
}

int main(void)
{
	static struct shell shell;
	struct error err;

	if (shell_open(&shell, &err) < 0) {
		fprintf(stderr, "%s\n", err.what);
		return 1;
	}
	do_line(&shell, "unshare user mnt uts");
	while (!shell.session.at->now.mounts || shell.session.at->now.mounts->count < 30)
		do_line(&shell, "mount tmpfs /mnt");
	measure(&shell, (const char *const[]){ "step that changes no mount", NULL },
		(const char *const[]){ "hostname one", "hostname two" });
	measure(&shell, (const char *const[]){ "step that mounts", "step that unmounts" },
		(const char *const[]){ "bindmount /usr /mnt", "umount /mnt" });
	do_line(&shell, "set quiet on");
	do_line(&shell, "container -- /bin/true");
	/* Walls against none, without the control groups, which are a figure of their own. */
	compare(&shell, "a container's walls of privilege", "container --without limits -- /bin/true",
		"container --privileged -- /bin/true");
	compare(&shell, "of these, what is masked", "container --without limits -- /bin/true",
		"container --without limits --security-opt systempaths=unconfined -- /bin/true");
	compare(&shell, "of these, the filter", "container --without limits -- /bin/true",
		"container --without limits --security-opt seccomp=unconfined -- /bin/true");
	compare(&shell, "a container's limits", "container -- /bin/true",
		"container --without limits -- /bin/true");
	return shell_close(&shell);
}
