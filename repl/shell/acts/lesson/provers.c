#include "shell/acts/lesson/provers.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "shell/terminal/signals.h"
#include "snapshot/cgroup/usage.h"

/* So many for each processor; and up to MOST while a quarter of the processors' time is left over, which is looked
 * at after each TICK. */
enum { EACH = 3, MOST = 8, SPARE = 4, TICK = 100 /* ms */ };

struct pool {
	struct provers *provers;
	size_t processors;
	size_t begun, running, told;
	struct busy busy;
	uint64_t looked;
};

static size_t processors(void)
{
	cpu_set_t set;
	int count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;

	return count < 1 ? 1 : (size_t)count;
}

/* Whether the processors had time to spare since the last look. */
static bool is_idle(struct pool *pool)
{
	struct busy now;

	if (clock_now() - pool->looked < (uint64_t)TICK * MILLISECOND || !busy_read(&now))
		return false;
	uint64_t idle = now.idle - pool->busy.idle, busy = now.busy - pool->busy.busy;
	pool->busy = now;
	pool->looked = clock_now();
	return idle * SPARE > idle + busy;
}

static void begin_next(struct pool *pool)
{
	struct proving_of *next = &pool->provers->list[pool->begun++];

	if (prover_begin(&next->prover, pool->provers->json, &next->error) < 0)
		next->over = true;
	else
		pool->running++;
}

/* Whether there is another one. The ordinary user's begin when root's are over: no journal that they may read
 * says whose it is what those make on the host meanwhile. */
static bool has_next(const struct pool *pool)
{
	const struct proving_of *list = pool->provers->list;
	size_t next = pool->begun;

	if (next == pool->provers->count)
		return false;
	return next == 0 || list[next - 1].prover.as_user == list[next].prover.as_user || pool->told == next;
}

static void begin_some(struct pool *pool)
{
	while (has_next(pool) && pool->running < pool->processors * EACH)
		begin_next(pool);
	if (has_next(pool) && pool->running < pool->processors * MOST && is_idle(pool))
		begin_next(pool);
}

/* Until one ends, somebody wants it to stop, or it is time to look whether another may begin. */
static void wait_some(const struct pool *pool)
{
	struct pollfd *polled = calloc(pool->begun + 1, sizeof(*polled));

	if (!polled)
		out_of_memory();
	polled[pool->begun] = (struct pollfd){ signals_fd(), POLLIN, 0 };
	for (size_t i = 0; i < pool->begun; i++) {
		const struct proving_of *one = &pool->provers->list[i];
		polled[i] = (struct pollfd){ one->over ? -1 : one->prover.pidfd, POLLIN, 0 };
	}
	poll(polled, pool->begun + 1, TICK);
	free(polled);
}

/* What processes of a killed prover have left behind comes here as well. */
static void reap(struct pool *pool)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < pool->begun; i++) {
			struct proving_of *one = &pool->provers->list[i];
			if (one->over || one->prover.pid != pid)
				continue;
			prover_end(&one->prover, status, &one->said);
			one->over = true;
			pool->running--;
		}
}

static void tell(struct pool *pool)
{
	const struct provers *provers = pool->provers;

	while (pool->told < pool->begun && provers->list[pool->told].over)
		provers->over(provers->context, &provers->list[pool->told++]);
}

void provers_run(struct provers *provers)
{
	struct pool pool = { .provers = provers, .processors = processors() };
	bool stopping = false;

	/* So that whatever a lesson has started descends from here: that is how provers know it is none of
	 * theirs. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	busy_read(&pool.busy);
	while (pool.running || (!stopping && pool.told < provers->count)) {
		if (!stopping)
			begin_some(&pool);
		wait_some(&pool);
		reap(&pool);
		tell(&pool);
		if (stopping || !provers->stopped(provers->context))
			continue;
		stopping = true;
		for (size_t i = 0; i < pool.begun; i++)
			prover_stop(&provers->list[i].prover);
	}
	for (size_t i = 0; i < provers->count; i++)
		text_done(&provers->list[i].said);
}
