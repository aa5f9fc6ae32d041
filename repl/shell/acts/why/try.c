/* why --try: which walls a program fails by, found by lifting them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/await.h"
#include "base/causes/causes.h"
#include "base/error.h"
#include "base/message.h"
#include "base/text.h"
#include "session/experiment/experiment.h"
#include "shell/acts/why/search.h"
#include "shell/shell.h"
#include "shell/tell/ended/last.h"
#include "trace/trace.h"
#include "words/language/command.h"

enum { SHORTEST = 2000 /* ms that each replay has at least */ };

/* ---- one replay ---- */

int search_perform(struct search *search, const struct lifts *lifts, struct replayed *ret)
{
	int64_t now = clock_ms(), deadline = now + search->each;
	struct error err = { 0 };

	if (now >= search->end) {
		search->stop = true;
		fail_id(search->err, ERR_TRY_TIME, 0, "why --try: the time was over after %zu replays", search->replays);
		return fail_fix(search->err, "why --try --seconds N gives it more");
	}
	search->replay.lifts = *lifts;
	counting_draw(&search->counting, ++search->replays);
	memset(ret, 0, sizeof(*ret));
	if (replay(&search->replay, deadline < search->end ? deadline : search->end, ret, &err) == 0)
		return ret->built;
	if (err.code == ETIMEDOUT)
		return 0;
	if (strcmp(err.id, "try.ended") == 0) {
		snprintf(ret->trouble, sizeof(ret->trouble), "%.*s", (int)sizeof(ret->trouble) - 1, err.what);
		return 0;
	}
	search->stop = true;
	*search->err = err;
	return -1;
}

/* It ends in another way than with all walls. */
static bool differs(const struct search *search, const struct replayed *end)
{
	return end->status != search->all.status || strcmp(end->said, search->all.said) != 0;
}

bool search_vanished(const struct search *search, const struct replayed *end)
{
	return search->otherwise ? differs(search, end) : end->status == 0;
}

static bool holds(void *context, const bool *chosen)
{
	struct search *search = context;
	struct lifts lifts;
	struct replayed ret;

	memcpy(lifts.on, chosen, sizeof(lifts.on));
	return search_perform(search, &lifts, &ret) > 0 && search_vanished(search, &ret);
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
	/* An overlay's top has the owner of its upper layer, who cannot be root here. */
	const char *tops = search->held ? "" : _("; for an ordinary user the folder at the top of each overlay, such as /etc, is the user's own there");
	if (!search->all.built || !lifts_count(&lost))
		return fail_why(search->err, "the sandbox is another host: it has no devices and no other network%s", tops);
	lifts_names(&lost, &rest);
	fail_why(search->err, "it lacks %s; %s%s", text_of(&rest), text_of(&without), tops);
	return fail_fix(search->err, "the same line with --without limits tries it without them");
}

/* It had half of the time, for the others have to follow. took: ms. */
static int fail_slow(struct search *search, int took)
{
	fail_id(search->err, ERR_TRY_RECURS, 0, "cannot tell: with all walls it did not end in time in the sandbox");
	fail_why(search->err, "it was stopped after %.1f s, half of what --seconds allows, and a search takes ten such runs and more", took / 1000.0);
	return fail_fix(search->err, "why --try --seconds N gives it more");
}

/* With all walls it has to end as it did. */
static int check_recurs(struct search *search)
{
	const struct lifts none = { 0 };
	int64_t began = clock_ms();
	int performed = search_perform(search, &none, &search->all);

	if (performed < 0)
		return -1;
	int took = (int)(clock_ms() - began);
	search->each = 10 * took > SHORTEST ? 10 * took : SHORTEST;
	if (performed && search->all.status == search->last->status)
		return check_call(search);
	if (!performed && !search->all.trouble[0])
		return fail_slow(search, took);
	if (!performed)
		fail_id(search->err, ERR_TRY_RECURS, 0, search->all.stood ? N_("cannot tell: the line cannot be carried out in the sandbox: %s") :
			N_("cannot tell: the lines before it cannot be repeated in the sandbox: %s"), search->all.trouble);
	else
		fail_id(search->err, ERR_TRY_RECURS, 0, "cannot tell: with all walls it ends with status %d in the sandbox, not %d", search->all.status, search->last->status);
	return fail_unlike(search);
}

/* Lift those of a tier and the ones before it, then of the next: what is behind the later ones the program may need. 1: it
 * ended well without ret; 0: it never did, and *last is how it ended with none; -1: the search is over. */
static int lift_tiers(struct search *search, struct lifts *ret, struct replayed *last)
{
	for (int tier = 0; tier < TIERS && !search->stop; tier++) {
		struct lifts lifts = { 0 };
		bool more = false;
		for (size_t i = 0; i < LIFTS_MOST; i++) {
			lifts.on[i] = search->candidates.on[i] && (int)lift_tier(i) <= tier;
			more = more || (lifts.on[i] && (int)lift_tier(i) == tier);
		}
		if (!more)
			continue;
		int performed = search_perform(search, &lifts, last);
		if (performed > 0 && last->status == 0) {
			*ret = lifts;
			return 1;
		}
		/* With more lifted it may fail by what is not there then: a mount, a program. */
		if (performed > 0 && tier == TIER_PRIVILEGE)
			search->behind = *last;
		if (performed > 0 && !search->bare.built) {
			search->bare = *last;
			search->lifted = lifts;
		}
	}
	return search->stop ? -1 : 0;
}

/* Where it never ends well: whether this failure vanishes and another comes, as that of a ping which may be sent, into a
 * sandbox without a network. An end that is another one each time says nothing. */
static bool fails_otherwise(struct search *search, struct lifts *ret)
{
	const struct lifts none = { 0 };
	struct replayed again;

	if (!search->behind.built || !differs(search, &search->behind) || search_perform(search, &none, &again) <= 0 ||
	    differs(search, &again))
		return false;
	*ret = search->lifted;
	return search->otherwise = true;
}

/* TCGETS and its like of what is no terminal, and the terminal of a session that has none: tty_ioctl(4), tty(4). */
static bool asks_terminal(const struct failed_call *call)
{
	return call->code == ENOTTY || (call->code == ENXIO && strstr(call->said, "\"/dev/tty\""));
}

static bool asks_network(const struct failed_call *call)
{
	return call->code == ENETUNREACH || call->code == EHOSTUNREACH || call->code == ENETDOWN;
}

/* A program fails by neither: close(2) of what is not open changes nothing, and by prctl(PR_CAPBSET_READ) it is found out how
 * many capabilities there are. */
static bool is_idle(const struct failed_call *call)
{
	return (call->number == SYS_close && call->code == EBADF) || (call->number == SYS_prctl && call->code == EINVAL);
}

/* The last call that fails as end did, or the one that was short of room, followed; false where the program ends otherwise because it is. asks: what it asks for
 * where that is a terminal. */
static bool find_staying(struct search *search, const struct replayed *end, struct failed_call *ret, bool *terminal)
{
	struct replayed *run = calloc(1, sizeof(*run));

	if (!run)
		out_of_memory();
	search->replay.traces = true;
	bool same = search_perform(search, &search->lifted, run) > 0 && run->status == end->status;
	search->replay.traces = false;
	ret->code = 0;
	for (size_t i = 0; same && i < run->call_count && !search_short(ret); i++)
		if (!is_idle(&run->calls[i]) && (!trace_is_usual(run->calls[i].code) || (run->calls[i].why[0] && !asks_terminal(&run->calls[i]))))
			*ret = run->calls[i];
	*terminal = same && !ret->code && run->call_count && asks_terminal(&run->calls[run->call_count - 1]);
	free(run);
	return ret->code;
}

/* Its last call says what the sandbox lacks. */
static int fail_lacking(struct search *search, const struct failed_call *call, bool terminal)
{
	if (terminal) {
		fail_id(search->err, ERR_TRY_TERMINAL, 0, "cannot tell: the program asks for a terminal, and the sandbox has none");
		fail_why(search->err, "it ends with status %d there, and its last call that fails asks for a terminal", search->bare.status);
		return fail_fix(search->err, search->last->terminal ? "trace --failed CMD, in a child, tells which calls fail" :
				"run -t CMD, or container -t, gives it one");
	}
	fail_id(search->err, ERR_TRY_OUTSIDE, 0, "cannot tell: the program asks for a network, and the sandbox's leads nowhere");
	fail_why(search->err, "it ends with status %d there; with no wall left %s still fails with %s", search->bare.status, call->said, errno_name(call->code));
	return fail_fix(search->err, "trace --failed CMD, in a child, tells which calls fail");
}

/* What is said where nothing is left to be lifted. last: how it ended with all lifted. 0: it was short of room. */
static int fail_stays(struct search *search, const struct replayed *last)
{
	const struct lifts none = { 0 };
	bool any = lifts_count(&search->candidates) > 0, terminal = false;
	cleanup_text struct text why = { 0 };
	struct failed_call call = { 0 };

	if (!any) {
		search->bare = search->all;
		search->lifted = none;
	}
	const struct replayed end = search->bare.built ? search->bare : *last;
	fail_id(search->err, ERR_TRY_STAYS, 0, any ? N_("cannot tell: without any wall it does not end well in the sandbox either") :
		N_("cannot tell: these lines have built no wall that could be left out"));
	if (!end.built && end.trouble[0])
		return fail_why(search->err, "%s", end.trouble);
	if (!end.built) {
		fail_why(search->err, "it had not ended after %.1f s there", search->each / 1000.0);
		return fail_fix(search->err, "why alone tells what ended it with all walls");
	}
	const struct error told = *search->err;
	bool found = find_staying(search, &end, &call, &terminal);
	*search->err = told;
	if (found && search_short(&call)) {
		search->call = call;
		search->short_of = true;
		return 0;
	}
	if (terminal || (found && asks_network(&call)))
		return fail_lacking(search, &call, terminal);
	text_sayf(&why, N_("it ends with status %d there%s%s"), end.status, end.said[0] ? ": " : "", end.said);
	if (found)
		text_sayf(&why, N_("; with no wall left %s still fails with %s"), call.said, errno_name(call.code));
	if (found && call.why[0])
		text_addf(&why, ": %s", call.why);
	fail_why(search->err, "%s", text_of(&why));
	if (found && call.cause >= 0)
		fail_cause(search->err, (enum cause_id)call.cause);
	if (found && call.code == EROFS && search->last->optioned) {
		fail_why(search->err, "%s", search->last->why.s);
		return fail_fix(search->err, "%s", search->last->fix.s);
	}
	if (found && call.code == EPERM && search->held)
		return fail_fix(search->err, "why --kernel tells which capability the kernel refuses, and over which user namespace");
	return fail_fix(search->err, "trace --failed CMD, in a child, tells which calls fail");
}

static int check_vanishes(struct search *search, struct lifts *ret)
{
	struct replayed last = { 0 };
	int vanishes = lift_tiers(search, ret, &last);

	if (vanishes > 0 || (vanishes == 0 && fails_otherwise(search, ret)))
		return 0;
	return search->stop ? -1 : fail_stays(search, &last);
}

/* A program that fails at times alone proves nothing: it has to fail with all walls once more, and with each culprit put
 * back, and to do without them all. Where the time is over the search has to be enough. */
static int check_steady(struct search *search, const struct lifts *culprits)
{
	struct lifts lifts = { 0 };
	struct replayed run;
	int steady = search_perform(search, &lifts, &run);

	if (steady > 0)
		steady = run.status == search->all.status && holds(search, culprits->on);
	for (size_t i = 0; steady > 0 && lifts_count(culprits) > 1 && i < LIFTS_MOST; i++) {
		lifts = *culprits;
		lifts.on[i] = false;
		steady = !culprits->on[i] || !holds(search, lifts.on);
	}
	if (search->stop && strcmp(search->err->id, "try.time") == 0) {
		search->stop = false;
		*search->err = (struct error){ 0 };
		return 0;
	}
	if (search->stop)
		return -1;
	if (steady > 0)
		return 0;
	fail_id(search->err, ERR_TRY_RECURS, 0, "cannot tell: the program does not end in the same way each time");
	fail_why(search->err, "after %zu replays it ended otherwise than before with the same walls: it may depend on time, chance or another process",
		 search->replays);
	return fail_fix(search->err, "make it end in the same way each time: run it several times, and trace --failed CMD");
}

/* ---- the word ---- */

/* The fewest walls without which it ends well, and the call; or a call that was short of room. */
static int find(struct search *search, struct lifts *culprits)
{
	if (check_recurs(search) < 0)
		return -1;
	search->candidates = search->all.builds;
	if (check_vanishes(search, culprits) < 0)
		return -1;
	if (search->short_of)
		return 0;
	if (!minimize(LIFTS_MOST, holds, search, &search->stop, culprits->on) || check_steady(search, culprits) < 0)
		return -1;
	search_call(search, culprits);
	/* Another end alone does not prove that this failure is gone. */
	if (!search->otherwise || search->call.code)
		return 0;
	search->bare = search->behind;
	search->lifted = *culprits;
	return fail_stays(search, &search->behind);
}

static int try_all(const struct shell *shell, struct search *search, bool json, struct text *ret)
{
	struct lifts culprits = { 0 };

	if (find(search, &culprits) < 0)
		return -1;
	/* What the walls gave it is too small, not in the way. */
	if (search->short_of)
		culprits = (struct lifts){ 0 };
	if (json)
		search_json(shell, search, &culprits, ret);
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
	search.held = shell->session.facts.caps;
	search.end = search.began + time;
	search.each = (int)(time / 2);
	search.replay = (struct replay){ .exe = shell->exe, .story = text_of(&search.last->story), .line = search.last->again,
					 .grounds = &search.grounds };
	why_grounds(shell, &search.last->builds, &search.grounds, &search.groundless);
	bool json = words_flag(words, "--json");
	counting_begin(&search.counting, shell, "why --try", json);
	int ret = try_all(shell, &search, json, &result->output);
	counting_end(&search.counting);
	grounds_remove(&shell->session, &search.grounds);
	return ret;
}
