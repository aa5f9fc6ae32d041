/* What a union costs: the calls of plan_overlay() for 2 to 200 layers, the best of nine; and diff of
 * 10,000 changed files. In a mount namespace of its own: needs root. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/list.h"
#include "snapshot/facts.h"
#include "snapshot/union/layers.h"
#include "snapshot/union/written.h"
#include "words/plans/plans.h"

enum { MOST = 200, TIMES = 9, FILES = 10000 };
static const char place[] = "/tmp/stave-bench-union";

/* Microseconds by a clock. */
static double now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void perform(const struct plan *plan)
{
	int fs = -1;
	const struct op_stage stage = { .fs = &fs };
	struct op_outcome outcome;

	for (size_t i = 0; i < plan->count; i++) {
		if (op_run(&plan->ops[i].op, &stage, &outcome) < 0) {
			fprintf(stderr, "%s: %s %s\n", op_info(plan->ops[i].op.kind)->name,
				strerror(outcome.code), outcome.detail);
			_exit(1);
		}
		if (outcome.fds[0] >= 0)
			close(outcome.fds[0]);
	}
}

/* Microseconds that count layers take to be mounted; the way that was taken. */
static double mount_once(const struct context *context, const char **folders, size_t count,
			 enum overlay_way *way)
{
	struct plan plan = { 0 };
	const char *lowers[MOST + 1] = { NULL };
	struct overlay stack = { lowers, "upper", "work", "union", ".", false };

	memcpy(lowers, folders, count * sizeof(*lowers));
	*way = overlay_way(context, &stack);
	plan_overlay(context, &plan, &stack);
	double before = now(CLOCK_MONOTONIC);
	perform(&plan);
	double took = now(CLOCK_MONOTONIC) - before;
	umount2("union", 0);
	plan_done(&plan);
	return took;
}

static void bench_union(const struct context *context, const char **folders)
{
	static const char *const ways[] = { "mount", "fsconfig", "links" };
	static const size_t counts[] = { 2, 20, 50, 100, 200 };

	for (size_t i = 0; i < COUNT(counts); i++) {
		enum overlay_way way = BY_MOUNT;
		double best = 1e9;
		for (int n = 0; n < TIMES; n++) {
			double took = mount_once(context, folders, counts[i], &way);
			best = took < best ? took : best;
		}
		printf("union of %zu layers, by %s\t%.1f\n", counts[i], ways[way], best);
	}
}

static void write_file(const char *folder, int i, const char *text)
{
	char path[100];

	snprintf(path, sizeof(path), "%s/f%d", folder, i);
	FILE *to = fopen(path, "w");
	if (to) {
		fputs(text, to);
		fclose(to);
	}
}

static void bench_diff(void)
{
	const char *folders[] = { "new", "old", NULL };
	double best = 1e9, least = 1e9;
	size_t count = 0;

	mkdir("old", 0755);
	mkdir("new", 0755);
	for (int i = 0; i < FILES; i++) {
		write_file("old", i, "some text\n");
		write_file("new", i, "some tent\n");
	}
	for (int n = 0; n < 3; n++) {
		struct layers layers;
		struct written written;
		struct error err;
		layers_of(NULL, folders, OVERLAY_USER, &layers);
		layers.writable = true;
		double before = now(CLOCK_MONOTONIC), used = now(CLOCK_PROCESS_CPUTIME_ID);
		if (written_take(&layers, &written, &err) < 0)
			return;
		double took = now(CLOCK_MONOTONIC) - before;
		used = now(CLOCK_PROCESS_CPUTIME_ID) - used;
		best = took < best ? took : best;
		least = used < least ? used : least;
		count = written.count;
		written_done(&written);
		layers_done(&layers);
	}
	printf("diff of %zu changed files\t%.1f\nthe same, CPU time\t%.1f\n", count, best, least);
}

int main(void)
{
	static char names[MOST][64];
	const char *folders[MOST];
	struct facts facts;
	struct reading reading = { .root = "/", .cwd = place };
	struct context context = { .facts = &facts, .child = &reading, .host = &reading };

	facts_gather(&facts);
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		fprintf(stderr, "a mount namespace of its own: %s\n", strerror(errno));
		return 1;
	}
	mkdir(place, 0700);
	if (mount("bench", place, "tmpfs", 0, NULL) < 0 || chdir(place) < 0)
		return 1;
	for (size_t i = 0; i < MOST; i++) {
		snprintf(names[i], sizeof(names[i]), "%s/a-layer-with-a-long-name-%zu", place, i);
		mkdir(names[i], 0755);
		folders[i] = names[i];
	}
	mkdir("upper", 0755);
	mkdir("work", 0755);
	mkdir("union", 0755);
	bench_union(&context, folders);
	bench_diff();
	if (chdir("/") == 0)
		umount2(place, MNT_DETACH);
	return rmdir(place) < 0;
}
