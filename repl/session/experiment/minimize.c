/* The search for a smallest set. A part of delta debugging takes as many tries as there are things for a set of two
 * (ddmin); lifting walls is as good as monotone, for a wall that is lifted stops nothing. So the first prefix of the
 * things that is enough is found by halving, its last one is needed, and the rest is searched again with it: about
 * log2(count) tries for each member. What that assumes is proven at the end, member by member. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/fd.h"
#include "session/experiment/experiment.h"

struct search {
	size_t *left, count; /* what may still be needed, in order */
	size_t of;           /* things there are */
	bool *needed, *trial;
	bool (*holds)(void *context, const bool *chosen);
	void *context;
	const bool *stop;
};

/* Whether the needed ones and the first so many of those that are left are enough. */
static bool is_enough(struct search *search, size_t first)
{
	memcpy(search->trial, search->needed, search->of * sizeof(*search->trial));
	for (size_t i = 0; i < first; i++)
		search->trial[search->left[i]] = true;
	return search->holds(search->context, search->trial);
}

/* All that is left is enough; nothing of it is not. */
static void find_next(struct search *search)
{
	size_t few = 0, enough = search->count;

	while (enough - few > 1 && !*search->stop) {
		size_t middle = few + (enough - few) / 2;
		if (is_enough(search, middle))
			enough = middle;
		else
			few = middle;
	}
	search->count = enough - 1;
	search->needed[search->left[search->count]] = true;
}

static size_t count_needed(const struct search *search)
{
	size_t ret = 0;

	for (size_t i = 0; i < search->of; i++)
		ret += search->needed[i];
	return ret;
}

/* Without any one of them it must not hold; one without which it does is none. */
static void prove(struct search *search)
{
	for (size_t i = 0; i < search->of && !*search->stop && count_needed(search) > 1; i++) {
		if (!search->needed[i])
			continue;
		search->needed[i] = false;
		search->needed[i] = !is_enough(search, 0);
	}
}

bool minimize(size_t count, bool (*holds)(void *context, const bool *chosen), void *context, const bool *stop,
	      bool *chosen)
{
	cleanup_free size_t *left = calloc(count + 1, sizeof(*left));
	cleanup_free bool *needed = calloc(count + 1, sizeof(*needed));
	cleanup_free bool *trial = calloc(count + 1, sizeof(*trial));
	struct search search = { .left = left, .of = count, .needed = needed, .trial = trial, .holds = holds,
				 .context = context, .stop = stop };

	if (!left || !needed || !trial)
		out_of_memory();
	for (size_t i = 0; i < count; i++)
		if (chosen[i])
			left[search.count++] = i;
	while (search.count && !*stop) {
		find_next(&search);
		if (*stop || is_enough(&search, 0))
			break;
	}
	prove(&search);
	memcpy(chosen, needed, count * sizeof(*chosen));
	return !*stop;
}
