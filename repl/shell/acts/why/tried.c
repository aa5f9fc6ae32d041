/* What why --try tells: the walls, the call, what to type, and what was not tried. */
#include "shell/acts/why/search.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/await.h"
#include "base/error.h"
#include "base/message.h"
#include "base/text.h"
#include "ops/privilege/capability.h"
#include "shell/shell.h"
#include "shell/tell/ended/last.h"
#include "shell/tell/report.h"
#include "shell/tell/trace/trace.h"
#include "trace/trace.h"

size_t lifts_count(const struct lifts *lifts)
{
	size_t ret = 0;

	for (size_t i = 0; i < LIFTS_MOST; i++)
		ret += lifts->on[i];
	return ret;
}

void lifts_names(const struct lifts *lifts, struct text *ret)
{
	size_t left = lifts_count(lifts);

	for (size_t i = 0; left && i < LIFTS_MOST; i++) {
		if (!lifts->on[i])
			continue;
		lift_name(i, ret);
		left--;
		text_add(ret, !left ? "" : left == 1 ? _(" and ") : ", ");
	}
}

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
	bool ret = lifts_count(lifts) > 0;

	for (size_t i = 0; i < LIFTS_MOST; i++)
		ret = ret && (!lifts->on[i] || (lift_nth(i, &lift) && lift.wall == WALL_LIMITS && of_groups == (lift_controller(i) != NULL)));
	return ret;
}

/* ": control groups make them, and the sandbox has none" */
static void add_untried(const struct search *search, const struct lifts *untried, struct text *ret)
{
	lifts_names(untried, ret);
	if (are_limits(untried, true)) {
		text_add(ret, ": ");
		add_groundless(&search->groundless, ret);
	} else if (are_limits(untried, false)) {
		text_say(ret, ": a container of root's has no such limit, and in the sandbox the shell is root");
	}
}

/* The wall stays, and shows what the program needs of the host. */
static void add_volume(const struct search *search, struct text *ret)
{
	cleanup_text struct text volume = { 0 };

	search_volume(search->lacks, &volume);
	text_sayf(ret, N_("container -v %s: with it, and all walls, it ends well in the sandbox"), text_of(&volume));
}

/* The cause of a want of room: its id, and why and what to type, appended. */
static const char *room_of_call(const struct shell *shell, const struct search *search, struct text *why, struct text *fix)
{
	const struct failed_call *call = &search->call;
	const struct failed_room room = { call->number, call->code, &call->strait, call->path[0] ? call->path : NULL, search->last->storage };

	return search->short_of ? trace_room(&shell->session, &room, shell->session.at->child && !search->last->aside, why, fix) : NULL;
}

static void tell_room(const struct shell *shell, const struct search *search, struct text *ret)
{
	cleanup_text struct text line = { 0 }, call = { 0 }, why = { 0 }, fix = { 0 };

	room_of_call(shell, search, &why, &fix);
	text_sayf(&line, N_("fails because a file system has no room, and not because of a wall: %zu replays, %.1f s"), search->replays,
		  (double)(clock_ms() - search->began) / 1000);
	text_addf(ret, "   %s\n", text_of(&line));
	text_addf(&call, "%s: %s", search->call.said, errno_name(search->call.code));
	report_advice(shell, _("call"), text_of(&call), ret);
	report_advice(shell, _("why"), text_of(&why), ret);
	report_advice(shell, _("fix"), text_of(&fix), ret);
}

void search_tell(const struct shell *shell, const struct search *search, const struct lifts *culprits, struct text *ret)
{
	cleanup_text struct text names = { 0 }, fix = { 0 }, rest = { 0 }, line = { 0 }, call = { 0 }, then = { 0 };
	double seconds = (double)(clock_ms() - search->began) / 1000;
	struct lifts untried = { 0 };

	if (search->short_of) {
		tell_room(shell, search, ret);
		return;
	}
	find_untried(search, &untried);
	lifts_names(culprits, &names);
	add_untried(search, &untried, &rest);
	text_sayf(&line, lifts_count(culprits) > 1 ? N_("fails because of %s together: %zu replays, %.1f s") :
		  N_("fails because of %s: %zu replays, %.1f s"), text_of(&names), search->replays, seconds);
	text_addf(ret, "   %s\n", text_of(&line));
	if (search->call.code)
		text_sayf(&call, N_("%s: %s with all walls, and not without these"), search->call.said, errno_name(search->call.code));
	report_advice(shell, _("call"), text_of(&call), ret);
	if (search->otherwise && search->behind.status)
		text_sayf(&then, N_("it ends with status %d all the same%s%s"), search->behind.status, search->behind.said[0] ? ": " : "",
			  search->behind.said);
	report_advice(shell, _("then"), text_of(&then), ret);
	if (search->lacks[0])
		add_volume(search, &fix);
	else
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

void search_json(const struct shell *shell, const struct search *search, const struct lifts *culprits, struct text *ret)
{
	cleanup_text struct text why = { 0 }, fix = { 0 };
	struct lifts untried = { 0 };

	find_untried(search, &untried);
	char name[40];
	json_t *then = search->otherwise && search->behind.status ? json_pack("{si ss}", "status", search->behind.status, "said", search->behind.said) : json_null();
	json_t *object = json_pack("{so ss? ss? ss? so so so ss? sI sf}", "culprits", names_of(culprits), "cause", room_of_call(shell, search, &why, &fix), "call",
				   search->call.code ? trace_name(search->call.number, name) : NULL, "errno",
				   search->call.code ? errno_name(search->call.code) : NULL, "tried", names_of(&search->candidates),
				   "not_tried", names_of(&untried), "then", then, "volume", search->lacks[0] ? search->lacks : NULL,
				   "replays", (json_int_t)search->replays, "seconds",
				   (double)(clock_ms() - search->began) / 1000);
	char *line = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(object);
	text_addf(ret, "%s\n", line);
	free(line);
}
