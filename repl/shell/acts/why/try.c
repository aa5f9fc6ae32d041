/* why --try: which walls a program fails by, found by lifting them. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/await.h"
#include "base/error.h"
#include "base/message.h"
#include "base/text.h"
#include "ops/privilege/capability.h"
#include "session/experiment/experiment.h"
#include "shell/acts/why/why.h"
#include "shell/shell.h"
#include "shell/tell/ended/last.h"
#include "shell/tell/report.h"
#include "trace/trace.h"
#include "words/language/command.h"

enum { SHORTEST = 2000 /* ms that each replay has at least */ };

struct search {
	const struct last_failure *last;
	struct replay replay;
	struct replayed all;     /* with all walls */
	struct lifts candidates; /* what its plans have something for */
	uint64_t held;           /* the capabilities that the shell has */
	struct failed_call call; /* that fails with all walls and not without the culprits; code 0: none is known */
	size_t replays;
	int64_t began, end;      /* ms */
	int each;                /* ms that one replay may take */
	struct grounds grounds;  /* control groups, where these lines limit by them */
	struct error groundless; /* why there are none then */
	bool stop;
	struct error *err;       /* of what stopped it */
};

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

static size_t count(const struct lifts *lifts)
{
	size_t ret = 0;

	for (size_t i = 0; i < LIFTS_MOST; i++)
		ret += lifts->on[i];
	return ret;
}

/* "A, B and C" */
static void add_names(const struct lifts *lifts, struct text *ret)
{
	size_t left = count(lifts);

	for (size_t i = 0; left && i < LIFTS_MOST; i++) {
		if (!lifts->on[i])
			continue;
		lift_name(i, ret);
		left--;
		text_add(ret, !left ? "" : left == 1 ? _(" and ") : ", ");
	}
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
	if (!search->all.built || !count(&lost))
		return fail_why(search->err, "the sandbox is another host: it has no devices and no other network");
	add_names(&lost, &rest);
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

/* ---- what is told ---- */

/* A capability that the shell itself has not got is no wall of the session's. */
static bool is_hosts(const struct search *search, size_t i)
{
	struct lift lift;

	return lift_nth(i, &lift) && lift.wall == WALL_CAPABILITIES && !(search->held & CAPABILITY(lift.part));
}

static void find_untried(const struct search *search, struct lifts *ret)
{
	for (size_t i = 0; i < LIFTS_MOST; i++)
		ret->on[i] = search->last->builds.on[i] && !search->candidates.on[i] && !is_hosts(search, i);
}

/* Whether all of them are limits: of control groups, or such as a process has itself. */
static bool are_limits(const struct lifts *lifts, bool of_groups)
{
	struct lift lift;
	bool ret = count(lifts) > 0;

	for (size_t i = 0; i < LIFTS_MOST; i++)
		ret = ret && (!lifts->on[i] || (lift_nth(i, &lift) && lift.wall == WALL_LIMITS && of_groups == (lift_controller(i) != NULL)));
	return ret;
}

/* ": control groups make them, and the sandbox has none" */
static void add_untried(const struct search *search, const struct lifts *untried, struct text *ret)
{
	add_names(untried, ret);
	if (are_limits(untried, true)) {
		text_add(ret, ": ");
		add_groundless(&search->groundless, ret);
	} else if (are_limits(untried, false)) {
		text_say(ret, ": a container of root's has no such limit, and in the sandbox the shell is root");
	}
}

static void tell(const struct shell *shell, const struct search *search, const struct lifts *culprits, struct text *ret)
{
	cleanup_text struct text names = { 0 }, fix = { 0 }, rest = { 0 }, line = { 0 }, call = { 0 };
	double seconds = (double)(clock_ms() - search->began) / 1000;
	struct lifts untried = { 0 };

	find_untried(search, &untried);
	add_names(culprits, &names);
	add_untried(search, &untried, &rest);
	text_sayf(&line, count(culprits) > 1 ? N_("fails because of %s together: %zu replays, %.1f s") :
		  N_("fails because of %s: %zu replays, %.1f s"), text_of(&names), search->replays, seconds);
	text_addf(ret, "   %s\n", text_of(&line));
	if (search->call.code)
		text_sayf(&call, N_("%s: %s with all walls, and not without these"), search->call.said, errno_name(search->call.code));
	report_advice(shell, _("call"), text_of(&call), ret);
	why_fixes(search->replay.story, &search->all, culprits, &fix);
	report_advice(shell, _("fix"), text_of(&fix), ret);
	report_advice(shell, _("not tried"), text_of(&rest), ret);
}

static json_t *names_of(const struct lifts *lifts)
{
	json_t *ret = json_array();

	for (size_t i = 0; i < LIFTS_MOST; i++) {
		cleanup_text struct text name = { 0 };
		if (!lifts->on[i])
			continue;
		lift_name(i, &name);
		json_array_append_new(ret, json_string(text_of(&name)));
	}
	return ret;
}

static void tell_json(const struct search *search, const struct lifts *culprits, struct text *ret)
{
	struct lifts untried = { 0 };

	find_untried(search, &untried);
	char name[40];
	json_t *object = json_pack("{so ss? ss? so so sI sf}", "culprits", names_of(culprits), "call",
				   search->call.code ? trace_name(search->call.number, name) : NULL, "errno",
				   search->call.code ? errno_name(search->call.code) : NULL, "tried", names_of(&search->candidates),
				   "not_tried", names_of(&untried), "replays", (json_int_t)search->replays, "seconds",
				   (double)(clock_ms() - search->began) / 1000);
	char *line = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(object);
	text_addf(ret, "%s\n", line);
	free(line);
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
		tell_json(search, &culprits, ret);
	else
		tell(shell, search, &culprits, ret);
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
