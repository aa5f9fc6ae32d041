/* why --kernel: the program runs once more in the sandbox, with all walls, and the kernel tells what it refused. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/await.h"
#include "base/error.h"
#include "base/message.h"
#include "base/text.h"
#include "ops/privilege/capability.h"
#include "session/experiment/experiment.h"
#include "session/testimony/testimony.h"
#include "shell/acts/why/counting.h"
#include "shell/acts/why/killed.h"
#include "shell/acts/why/search.h"
#include "shell/acts/why/why.h"
#include "shell/shell.h"
#include "shell/tell/ended/last.h"
#include "shell/tell/report.h"
#include "trace/trace.h"
#include "words/language/command.h"

/* What one replay gave. */
struct heard {
	struct replayed replayed;
	struct testified testified;
	struct error groundless; /* why there are no control groups, where the lines limit by them */
	struct refusals refusals;
	struct failed_call filtered; /* where no capability was refused: the last call that a filter did; code 0: none */
};

/* As setpriv(1) and the word caps have it; its number where this program knows no name. */
static void add_capability(int cap, struct text *ret)
{
	size_t before = ret->len;

	if (cap >= 0 && cap < 64)
		capability_list(CAPABILITY(cap), "", ",", ret);
	if (ret->len == before)
		text_addf(ret, "%d", cap);
}

static void add_row(const struct refusal *one, struct text *ret)
{
	cleanup_text struct text name = { 0 };

	add_capability(one->cap, &name);
	switch (one->over) {
	case OVER_INITIAL:
		text_sayf(ret, N_("%s: %s over the initial user namespace"), one->program, text_of(&name));
		break;
	case OVER_HOSTS:
		text_sayf(ret, N_("%s: %s over the host's user namespace"), one->program, text_of(&name));
		break;
	case OVER_OWN:
		text_sayf(ret, N_("%s: %s over the child's own user namespace"), one->program, text_of(&name));
		break;
	}
	if (one->function[0])
		text_sayf(ret, N_(", asked by %s()"), one->function);
	if (one->call[0])
		text_sayf(ret, N_(" in %s(2)"), one->call);
	if (one->count > 1)
		text_addf(ret, " \xc3\x97%zu", one->count);
}

/* The switch of a wall, or of this part of it; LIFTS_MOST where there is none. */
static size_t switch_of(enum wall_id wall, unsigned part)
{
	struct lift lift;

	for (size_t i = 0; lift_nth(i, &lift); i++)
		if (lift.wall == wall && lift.part == part)
			return i;
	return LIFTS_MOST;
}

/* A capability over another namespace than the child's own cannot be given to it. */
static void add_fix(const struct shell *shell, const struct refusal *last, const struct replayed *replayed, struct text *ret)
{
	size_t user = switch_of(WALL_USER, 0), capability = switch_of(WALL_CAPABILITIES, (unsigned)last->cap);
	bool own = user < LIFTS_MOST && shell->last->builds.on[user];
	struct lifts culprits = { 0 };

	if (own && last->over == OVER_INITIAL)
		text_say(ret, "no program in a user namespace of its own is given this: do it outside of the child");
	else if (own && last->over == OVER_HOSTS)
		text_say(ret, "what it asks about is the host's: give the child one of its own, made after its user namespace");
	else if (capability < LIFTS_MOST && replayed->builds.on[capability]) {
		culprits.on[capability] = true;
		why_fixes(text_of(&shell->last->story), replayed, &culprits, ret);
	}
}

static void tell(const struct shell *shell, const struct heard *heard, struct text *ret)
{
	const struct refusals *refusals = &heard->refusals;
	const struct refusal *last = refusals->count ? &refusals->list[refusals->count - 1] : NULL;
	cleanup_text struct text fix = { 0 }, note = { 0 }, none = { 0 }, killed = { 0 };
	int signal = killed_signal(shell->last->status);

	for (size_t i = 0; i < refusals->count; i++) {
		cleanup_text struct text row = { 0 };
		add_row(&refusals->list[i], &row);
		report_advice(shell, &refusals->list[i] == last ? _("last") : _("refused"), text_of(&row), ret);
	}
	if (last)
		add_fix(shell, last, &heard->replayed, &fix);
	else if (heard->filtered.code)
		text_sayf(&none, N_("%s: %s, by the filter (%s), whose instructions were run on it: no capability was asked for"),
			  heard->filtered.said, errno_name(heard->filtered.code), heard->filtered.filter);
	else if (!refusals->killed_count && !signal)
		text_say(&none, lifts_count(&heard->replayed.builds) ? N_("no capability; whether another wall forbids it, why --try finds out") :
			 N_("no capability, and these lines have built no wall that could forbid it"));
	report_advice(shell, _("refused"), text_of(&none), ret);
	if (refusals->killed_count || signal)
		add_killed(refusals, signal, &killed);
	report_advice(shell, _("killed"), text_of(&killed), ret);
	report_advice(shell, _("fix"), text_of(&fix), ret);
	if (heard->replayed.status != shell->last->status)
		text_sayf(&note, N_("in the sandbox it ended with status %d, not with %d"), heard->replayed.status, shell->last->status);
	else if (heard->testified.cut)
		text_say(&note, "more was recorded than there was room for; some of it is missing");
	report_advice(shell, _("note"), text_of(&note), ret);
}

static json_t *object_of(const struct refusal *one)
{
	static const char *const over[] = { [OVER_INITIAL] = "initial", [OVER_HOSTS] = "host", [OVER_OWN] = "own" };
	cleanup_text struct text name = { 0 };

	add_capability(one->cap, &name);
	return json_pack("{ss ss ss ss ss sI}", "program", one->program, "capability", text_of(&name), "over",
			 over[one->over], "function", one->function, "call", one->call, "count", (json_int_t)one->count);
}

static void tell_json(const struct heard *heard, bool recurs, struct text *ret)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < heard->refusals.count; i++)
		json_array_append_new(rows, object_of(&heard->refusals.list[i]));
	const struct failed_call *filtered = &heard->filtered;
	char name[40];
	json_t *by = !filtered->code ? json_null() :
		     json_pack("{ss ss ss}", "call", trace_name(filtered->number, name), "errno", errno_name(filtered->code), "filter",
			       filtered->filter);
	json_t *object = json_pack("{so so so si sb sb}", "refused", rows, "killed", killed_json(&heard->refusals), "filtered", by, "status", heard->replayed.status, "recurs", recurs, "cut",
				   heard->testified.cut);
	char *line = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(object);
	text_addf(ret, "%s\n", line);
	free(line);
}

/* Run it while the kernel is listened to. */
static int listen_to(struct shell *shell, const struct replay *what, int64_t time, struct heard *ret, struct error *err)
{
	struct testimony testimony;
	int64_t deadline = clock_ms() + time;

	if (testimony_begin(&shell->session, false, killed_signal(shell->last->status), &testimony, err) < 0)
		return -1;
	int done = replay(what, deadline, &ret->replayed, err);
	if (done == 0)
		done = testimony_read(&testimony, &ret->testified, err);
	testimony_end(&shell->session, &testimony);
	return done;
}

/* A filter answers before the kernel asks for a capability: the program runs once more, followed, to see which call. */
static void find_filtered(const struct replay *what, int64_t time, struct heard *heard)
{
	struct replayed *followed = calloc(1, sizeof(*followed));
	struct replay again = *what;
	struct error ignored = { 0 };

	if (!followed)
		out_of_memory();
	again.traces = true;
	again.before_last = NULL;
	if (replay(&again, clock_ms() + time, followed, &ignored) == 0)
		for (size_t i = 0; i < followed->call_count; i++)
			if (followed->calls[i].filter[0])
				heard->filtered = followed->calls[i];
	free(followed);
}

static int fail_unbuilt(const struct heard *heard, struct error *err)
{
	cleanup_text struct text why = { 0 };

	fail_id(err, ERR_TRY_RECURS, 0, "cannot tell: the lines cannot be repeated in the sandbox: %s", heard->replayed.trouble);
	if (!heard->groundless.id[0])
		return -1;
	add_groundless(&heard->groundless, &why);
	return fail_why(err, "%s", text_of(&why));
}

static int answer(struct shell *shell, const struct words *words, const struct replay *what, int64_t time, struct heard *heard,
		  struct result *result)
{
	if (!heard->replayed.built)
		return fail_unbuilt(heard, &result->error);
	refusals_parse(&heard->testified, &heard->refusals);
	if (!heard->refusals.marked)
		return fail_id(&result->error, ERR_KERNEL_CUT, 0, "why --kernel: the kernel's buffer was full before the program began");
	if (!heard->refusals.count)
		find_filtered(what, time, heard);
	if (words_flag(words, "--json"))
		tell_json(heard, heard->replayed.status == shell->last->status, &result->output);
	else
		tell(shell, heard, &result->output);
	return 0;
}

int why_kernel(struct shell *shell, const struct words *words, struct result *result)
{
	const struct last_failure *last = shell->last;
	struct heard heard = { 0 };
	int64_t time = 0;

	if (why_prepare(shell, words, "--kernel", &time, &result->error) < 0)
		return -1;
	struct grounds grounds;
	why_grounds(shell, &last->builds, &grounds, &heard.groundless);
	const struct replay what = { .exe = shell->exe, .story = text_of(&last->story), .line = last->again,
				     .before_last = testimony_mark, .grounds = &grounds };
	struct counting counting = { 0 };
	counting_begin(&counting, shell, "why --kernel", words_flag(words, "--json"));
	counting_draw(&counting, 1);
	int ret = listen_to(shell, &what, time, &heard, &result->error);
	if (ret == 0)
		ret = answer(shell, words, &what, time, &heard, result);
	counting_end(&counting);
	grounds_remove(&shell->session, &grounds);
	refusals_done(&heard.refusals);
	testified_done(&heard.testified);
	return ret;
}
