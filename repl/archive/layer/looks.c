#include "archive/layer/looks.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* What a tar has of a file, and in what order. Another version looks different to all that was packed before. */
#define PACKING "packing 1"

void looks_begin(struct looks *looks, const char *way)
{
	*looks = (struct looks){ .begins = true, .settled = true };
	digest_init(&looks->digest);
	digest_add(&looks->digest, PACKING, sizeof(PACKING));
	digest_add(&looks->digest, way, strlen(way) + 1);
	/* The clock that files get their times of. */
	clock_gettime(CLOCK_REALTIME_COARSE, &looks->begun);
}

static int64_t nanoseconds(const struct timespec *time)
{
	return time->tv_sec * INT64_C(1000000000) + time->tv_nsec;
}

/* The clock ticks: a file that is changed twice within a tick has the same ctime both times. So what has changed just
 * now may change once more and look the same. Some file systems keep whole seconds. */
static bool is_old(const struct timespec *changed, const struct timespec *begun)
{
	const int64_t tick = changed->tv_nsec ? INT64_C(100000000) : INT64_C(2000000000);

	return nanoseconds(changed) < nanoseconds(begun) - tick;
}

void looks_add(struct looks *looks, const char *path, const struct stat *st)
{
	const int64_t numbers[] = {
		st->st_mode, st->st_uid, st->st_gid, st->st_size, (int64_t)st->st_ino, (int64_t)st->st_nlink,
		(int64_t)st->st_rdev, nanoseconds(&st->st_mtim), nanoseconds(&st->st_ctim),
	};

	if (looks->begins)
		looks->device = st->st_dev;
	looks->begins = false;
	/* What is mounted in the tree may keep times in ways of its own. */
	if (st->st_dev != looks->device || !is_old(&st->st_ctim, &looks->begun))
		looks->settled = false;
	digest_add(&looks->digest, path, strlen(path) + 1);
	digest_add(&looks->digest, numbers, sizeof(numbers));
}
