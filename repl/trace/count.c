/* What is counted of a call that begins. */
#include <linux/seccomp.h>

#include "ops/privilege/filters.h"
#include "trace/seen.h"

/* The place for an architecture's calls; NULL where more were seen than one machine has. */
static struct seen_calls *calls_of(struct seen *seen, uint32_t architecture)
{
	for (size_t i = 0; i < TRACE_ARCHITECTURES; i++) {
		if (!seen->of[i].architecture)
			seen->of[i].architecture = architecture;
		if (seen->of[i].architecture == architecture)
			return &seen->of[i];
	}
	return NULL;
}

void seen_count(struct seen *seen, const struct trace_wish *wish, uint32_t architecture, int number,
		const uint64_t args[6])
{
	struct seen_calls *calls = calls_of(seen, architecture);

	if (!calls || number < 0 || number >= TRACE_NUMBERS) {
		seen->dropped++;
		return;
	}
	calls->made[number]++;
	if (!wish->filter)
		return;
	uint32_t answer = filter_answers(wish->filter, wish->filter_count, architecture, number, args);
	if ((answer & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ALLOW)
		return;
	calls->refused[number]++;
	calls->answer[number] = answer;
}
