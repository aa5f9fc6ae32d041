/* why --try: which walls a program fails by, found by lifting them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/await.h"
#include "base/error.h"
#include "base/text.h"
#include "session/experiment/experiment.h"
#include "shell/acts/why/search.h"
#include "shell/shell.h"
#include "shell/tell/ended/last.h"
#include "trace/trace.h"
#include "words/language/command.h"

enum { SHORTEST = 2000 /* ms that each replay has at least */ };

/* ---- one replay ---- */

/* 1: it was performed, 0: it took longer than it may, or could not be built; -1: the search is over. */
static int perform(struct search *search, const struct lifts *lifts, struct replayed *ret)
{
	int64_t now = clock_ms(), deadline = now + search->each;
	struct error err = { 0 };

	if (now >= search->end) {
		search->stop = true;
		fail_id(search->err, ERR_TRY_TIME, 0, "why --try: the time was over after %zu replays", search->replays);
		return fail_fix(search->err, "why --try --seconds N gives it more");
	}
	search->replay.lifts = *lifts;
	search->replays++;
	memset(ret, 0, sizeof(*ret));
	if (replay(&search->replay, deadline < search->end ? deadline : search->end, ret, &err) == 0)
		return ret->built;
	if (err.code == ETIMEDOUT)
		return 0;
	search->stop = true;
	*search->err = err;
	return -1;
}

static bool ends_well(struct search *search, const struct lifts *lifts)
{
	struct replayed ret;

	return perform(search, lifts, &ret) > 0 && ret.status == 0;
}

static bool holds(void *context, const bool *chosen)
{
	struct lifts lifts;

	memcpy(lifts.on, chosen, sizeof(lifts.on));
	return ends_well(context, &lifts);
}

/* ---- the search ---- */

/* Of a line that traced its program the call is known, too. */
static int check_call(struct search *search)
{
	const struct last_failure *last = search->last;
	char name[40];

	if (!last->refused_code)
		return 0;
	for (size_t i = 0; i < search->all.call_count; i++)
		if (search->all.calls[i].number == last->refused && search->all.calls[i].code == last->refused_code)
			return 0;
	fail_id(search->err, ERR_TRY_RECURS, 0, "cannot tell: with all walls %s does not fail with %s in the sandbox, as it did",
		trace_name(last->refused, name), errno_name(last->refused_code));
	return -1;
}

/* What these lines have and the sandbox has not: limits of control groups, where none could be made. */
static int fail_unlike(struct search *search)
{
	struct lifts lost = { 0 };
	cleanup_text struct text rest = { 0 }, without = { 0 };

	add_groundless(&search->groundless, &without);
	if (search->last->counted && !search->grounds.count) {
		fail_why(search->err, "a limit of a control group ended it (%s); %s", text_of(&search->last->why), text_of(&without));
		return fail_fix(search->err, "%s", text_of(&search->last->fix));
	}
	for (size_t i = 0; i < LIFTS_MOST; i++)
		lost.on[i] = search->last->builds.on[i] && !search->all.builds.on[i];
	if (!search->all.built || !lifts_count(&lost))
		return fail_why(search->err, "the sandbox is another host: it has no devices and no other network");
	lifts_names(&lost, &rest);
	fail_why(search->err, "it lacks %s; %s", text_of(&rest), text_of(&without));
	return fail_fix(search->err, "the same line with --without limits tries it without them");
}

/* With all walls it has to end as it did. */
static int check_recurs(struct search *search)
{
	const struct lifts none = { 0 };
	int64_t began = clock_ms();
	int performed = perform(search, &none, &search->all);

	if (performed < 0)
		return -1;
	int took = (int)(clock_ms() - began);
	search->each = 10 * took > SHORTEST ? 10 * took : SHORTEST;
	if (performed && search->all.status == search->last->status)
		return check_call(search);
	if (!performed && !search->all.trouble[0])
		fail_id(search->err, ERR_TRY_RECURS, 0, "cannot tell: with all walls it did not end in time in the sandbox");
	else if (!performed)
		fail_id(search->err, ERR_TRY_RECURS, 0, "cannot tell: the lines before it cannot be repeated in the sandbox: %s", search->all.trouble);
	else
		fail_id(search->err, ERR_TRY_RECURS, 0, "cannot tell: with all walls it ends with status %d in the sandbox, not %d", search->all.status, search->last->status);
	return fail_unlike(search);
}

/* Lift those of a tier and the ones before it, then of the next: what is behind the later ones the program may need. */
static int check_vanishes(struct search *search, struct lifts *ret)
{
	struct replayed last = { 0 };

	for (int tier = 0; tier < TIERS && !search->stop; tier++) {
		struct lifts lifts = { 0 };
		bool more = false;
		for (size_t i = 0; i < LIFTS_MOST; i++) {
			lifts.on[i] = search->candidates.on[i] && (int)lift_tier(i) <= tier;
			more = more || (lifts.on[i] && (int)lift_tier(i) == tier);
		}
		if (!more)
			continue;
		if (perform(search, &lifts, &last) > 0 && last.status == 0) {
			*ret = lifts;
			return 0;
		}
	}
	if (search->stop)
		return -1;
	fail_id(search->err, ERR_TRY_STAYS, 0, "cannot tell: without any wall it does not end well in the sandbox either");
	if (last.built)
		return fail_why(search->err, "it ends with status %d there%s%s", last.status, last.said[0] ? ": " : "", last.said);
	return last.trouble[0] ? fail_why(search->err, "%s", last.trouble) : -1;
}

/* Which call it is: the program runs twice more, followed, with all walls and without the culprits. Where it ends
 * otherwise because it is followed, none is told. */
static void find_call(struct search *search, const struct lifts *culprits)
{
	const struct lifts none = { 0 };
	const struct error before = *search->err;
	struct replayed *runs = calloc(2, sizeof(*runs));

	if (!runs)
		out_of_memory();
	struct replayed *with = &runs[0], *without = &runs[1];
	search->replay.traces = true;
	bool same = perform(search, &none, with) > 0 && with->status == search->all.status &&
		    perform(search, culprits, without) > 0 && without->status == 0;
	for (size_t i = 0; same && i < with->call_count; i++) {
		bool stays = false;
		for (size_t n = 0; n < without->call_count; n++)
			stays = stays || (without->calls[n].number == with->calls[i].number && without->calls[n].code == with->calls[i].code);
		if (!stays && (!search->call.code || !trace_is_usual(with->calls[i].code)))
			search->call = with->calls[i];
	}
	search->replay.traces = false;
	*search->err = before;
	free(runs);
}

/* ---- the word ---- */

static int try_all(const struct shell *shell, struct search *search, bool json, struct text *ret)
{
	struct lifts culprits;

	if (check_recurs(search) < 0)
		return -1;
	search->candidates = search->all.builds;
	if (check_vanishes(search, &culprits) < 0 ||
	    !minimize(LIFTS_MOST, holds, search, &search->stop, culprits.on))
		return -1;
	find_call(search, &culprits);
	if (json)
		search_json(search, &culprits, ret);
	else
		search_tell(shell, search, &culprits, ret);
	return 0;
}

int why_try(struct shell *shell, const struct words *words, struct result *result)
{
	struct error *err = &result->error;
	struct search search = { .last = shell->last, .began = clock_ms(), .err = err };
	int64_t time = 0;

	if (why_prepare(shell, words, "--try", &time, err) < 0)
		return -1;
	search.held = shell->session.host.cap_permitted;
	search.end = search.began + time;
	search.each = (int)(time / 2);
	search.replay = (struct replay){ .exe = shell->exe, .story = text_of(&search.last->story), .line = search.last->again,
					 .grounds = &search.grounds };
	why_grounds(shell, &search.last->builds, &search.grounds, &search.groundless);
	int ret = try_all(shell, &search, words_flag(words, "--json"), &result->output);
	grounds_remove(&shell->session, &search.grounds);
	return ret;
}
