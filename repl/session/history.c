/* Back and forth in the story: undo, redo, reset. Marked children end, and their standing steps are
 * performed again in order; the other children are not touched. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/message.h"
#include "base/text.h"
#include "child/child.h"
#include "session/inside.h"
#include "session/session.h"

/* ---- again ---- */

static bool needs(const struct step *step, const struct sibling *whom)
{
	for (size_t i = 0; i < step->reference_count; i++)
		if (step->references[i].whom == whom)
			return true;
	return false;
}

/* The step that started the child of steps [0, count): a container replaces all steps before it,
 * unless another child needs them. */
static size_t base_of(const struct session *session, size_t count, const struct sibling *sibling)
{
	size_t base = count;

	while (base > 0) {
		const struct step *step = session->steps[--base];
		if (step->owner == sibling &&
		    (step->plan.child == PLAN_FRESH || step->plan.child == PLAN_NEW))
			break;
	}
	for (size_t i = 0; i < base; i++)
		if (session->steps[i]->owner->anew && session->steps[i]->owner != sibling &&
		    needs(session->steps[i], sibling))
			return 0;
	return base;
}

/* Move the steps of [0, count) that are marked as lost behind the others, before those that were
 * undone. The line has made them fall. */
static void put_behind(struct session *session, size_t count)
{
	struct step **lost = calloc(count + 1, sizeof(*lost));
	size_t stand = 0, behind = 0;

	if (!lost)
		out_of_memory();
	for (size_t i = 0; i < count; i++) {
		if (session->steps[i]->lost)
			lost[behind++] = session->steps[i];
		else
			session->steps[stand++] = session->steps[i];
	}
	session->count = stand;
	session->fall.count += behind;
	for (size_t i = 0; i < behind; i++) {
		session->steps[stand + i] = lost[i];
		lost[i]->lost = false;
	}
	free(lost);
}

static void end_marked(struct session *session)
{
	for (struct sibling *sibling = &session->first; sibling; sibling = sibling->next) {
		if (!sibling->anew)
			continue;
		session_turn(session, sibling);
		session_end_child(session);
	}
}

void session_forget_fall(struct session *session)
{
	text_done(&session->fall.lost);
	session->fall = (struct fall){ 0 };
}

void story_lose(struct session *session)
{
	cleanup_text struct text told = { 0 };
	struct sibling *at = session->at;

	siblings_mark(session, at);
	siblings_depend(session, 0);
	for (struct sibling *sibling = &session->first; sibling; sibling = sibling->next)
		sibling->anew = sibling->anew && sibling_is_there(session, sibling, session->count);
	end_marked(session);
	for (size_t i = session->count; i-- > 0;) {
		struct step *step = session->steps[i];
		/* A bare one is still called so, and begins again with a fresh process; the router does not. */
		step->lost = step->owner->anew && (step->plan.child != PLAN_NEW || step->plan.ops[0].op.clone.flags);
		if (step->lost)
			step_take_back(session, step, &told);
	}
	put_behind(session, session->count);
	session_turn(session, at);
}

/* Step i, which should stand, cannot be repeated: neither can the steps after it. */
static int fail_repeat(struct session *session, size_t i, size_t count, struct error *err)
{
	struct step *step = session->steps[i];
	struct fall *fall = &session->fall;

	if (!fall->count) {
		fall->number = step->number;
		fall->error = *step_error(step);
	}
	for (size_t n = i; n < count; n++)
		session->steps[n]->lost = session->steps[n]->owner->anew;
	put_behind(session, count);
	story_mend(session, step);
	*err = *step_error(step);
	return fail_wrap(err, "step %d, %s, cannot be repeated", step->number, vis_line(step->line));
}

static int repeat_all(struct session *session, size_t count, struct text *lost, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		struct step *step = session->steps[i];
		if (step->owner->anew && i >= base_of(session, count, step->owner) &&
		    story_repeat(session, step, lost) < 0)
			return fail_repeat(session, i, count, err);
	}
	return 0;
}

int story_replay(struct session *session, size_t count, struct text *lost, struct error *err)
{
	struct sibling *at = session->at;
	bool nested = session->replaying;

	siblings_depend(session, count);
	end_marked(session);
	for (size_t i = session->count; i-- > 0;)
		if (session->steps[i]->owner->anew)
			step_take_back(session, session->steps[i], lost);
	session->count = count;
	session->replaying = true;
	int ret = repeat_all(session, count, lost, err);
	session->replaying = nested;
	session_turn(session, at);
	return ret;
}

/* ---- back and forth ---- */

/* What was read when just the steps before this one stood, as now. A container was started from
 * the host's state, but replaced a child whose state may differ. */
static const struct reading *stood_before(const struct session *session, const struct step *step)
{
	if (step->plan.child == PLAN_CURRENT || step->plan.child == PLAN_END)
		return step->before;
	for (size_t i = session->count; i-- > 0;)
		if (session->steps[i]->owner == step->owner)
			return session->steps[i]->after;
	return &session->host;
}

/* Append the lines of before that are not in now. */
static void add_missing(const struct text *before, const struct text *now, struct text *ret)
{
	for (const char *s = text_of(before); *s;) {
		size_t length = strcspn(s, "\n") + 1;
		cleanup_free char *line = text_copyn(s, length);
		if (!strstr(text_of(now), line))
			text_add(ret, line);
		s += length;
	}
}

enum went { WENT_BACK, WENT_NOWHERE, WENT_ASTRAY, WENT_REFUSED };

/* Mark the children whose steps from count on are taken back, and no others. */
static void mark_owners(struct session *session, size_t count)
{
	siblings_mark(session, NULL);
	for (size_t i = count; i < session->count; i++)
		session->steps[i]->owner->anew = true;
}

/* Take steps back call by call, the newest first, unless a step has a call that nothing undoes.
 * Astray: the child is in the wrong state and has to be built again. */
static enum went go_back(struct session *session, size_t count, struct text *lost)
{
	cleanup_text struct text before = { 0 }, now = { 0 }, cut = { 0 };
	struct error ignored;

	session_reap(session);
	for (size_t i = count; i < session->count; i++) {
		session_turn(session, session->steps[i]->owner);
		if (!step_can_go_back(session, session->steps[i]))
			return WENT_NOWHERE;
		step_losses(session, session->steps[i], &cut);
	}
	if (cut.len && session->consent && !session->consent(session->consents, cut.s, LOSS_BY_CUT))
		return WENT_REFUSED;
	mark_owners(session, count);
	siblings_losses(session, count, &before);
	siblings_stale(session);
	session->at->stale = STALE_BY_ANYTHING; /* a program may have been at work */
	for (; session->count > count; session->count--) {
		struct step *step = session->steps[session->count - 1];
		session_turn(session, step->owner);
		int failed = step_go_back(session, step, session->count == count + 1, lost, &ignored);
		siblings_stale(session);
		if (failed < 0) {
			text_add(lost, text_of(&before));
			return WENT_ASTRAY;
		}
	}
	if (before.len)
		siblings_losses(session, count, &now);
	add_missing(&before, &now, lost);
	return WENT_BACK;
}

/* Ask whether fresh children may replace those that have to be built again. The question names steps
 * (may be NULL) and what will be lost, which is appended to lost. */
static bool may_replay(struct session *session, enum loss loss, const char *steps, struct text *lost)
{
	cleanup_text struct text losses = { 0 }, all = { 0 };

	siblings_losses(session, SIZE_MAX, &losses);
	text_add(&all, steps ? steps : "");
	text_add(&all, text_of(&losses));
	if (all.len && session->consent && !session->consent(session->consents, all.s, loss))
		return false;
	text_add(lost, text_of(&losses));
	return true;
}

/* Fewer steps than that can be taken back or redone. */
static int fail_steps(const char *word, size_t n, size_t can, struct error *err)
{
	if (n == 0)
		return fail_id(err, ERR_STORY_END, 0, "%s: the number of steps must be at least 1", word);
	if (can == 0)
		return fail_id(err, ERR_STORY_END, 0, "%s: there are no such steps", word);
	fail_id(err, ERR_STORY_END, 0, message_of(can, "%s: there is only %zu step to %s",
		"%s: there are only %zu steps to %s"), word, can, word);
	return fail_fix(err, "%s %zu", word, can);
}

/* Why there is nothing left to redo. */
static int fail_redo(const struct session *session, size_t n, struct error *err)
{
	size_t can = session->total - session->count;

	fail_steps("redo", n, can, err);
	if (n == 0 || can)
		return -1;
	if (session->forgone)
		return fail_why(err, message_of(session->forgone,
				"step %d was made after an undo, and replaced the %zu step that was undone",
				"step %d was made after an undo, and replaced the %zu steps that were undone"),
				session->forgone_for, session->forgone);
	if (!session->total)
		return fail_why(err, "there are no steps%s", session->serial ? _(" (reset forgets all)") : "");
	return fail_why(err, "all steps stand: nothing is undone");
}

/* Prove that nothing is left of the first of the steps that were taken back. */
static int prove(struct session *session, const struct step *step, struct text *lost, struct error *err)
{
	const struct reading *stood = stood_before(session, step);

	session_turn(session, step->owner);
	if (session->at->child && session_read(session, err) < 0)
		return -1;
	if (!session->quiet && stood->pid && sibling_is_there(session, session->at, session->count))
		reading_differs(stood, &session->at->now, &session->host, lost);
	return 0;
}

static int undo(struct session *session, size_t count, struct text *lost, struct error *err)
{
	enum went went = go_back(session, count, lost);

	mark_owners(session, count);
	siblings_depend(session, count);
	if (went == WENT_REFUSED || (went == WENT_NOWHERE && !may_replay(session, LOSS_BY_UNDO, NULL, lost)))
		return fail_id(err, ERR_REFUSED, 0, "nothing was done");
	session->forgone = 0;
	if (went == WENT_BACK)
		return 0;
	if (story_replay(session, count, lost, err) < 0)
		return -1;
	return prove(session, session->steps[count], lost, err);
}

int session_undo(struct session *session, size_t n, struct text *lost, struct error *err)
{
	struct sibling *at = session->at;

	if (n == 0 || n > session->count)
		return fail_steps("undo", n, session->count, err);
	int ret = undo(session, session->count - n, lost, err);
	session_turn(session, at);
	session_stay(session);
	return ret;
}

static int redo(struct session *session, struct text *lost, struct error *err)
{
	struct step *step = session->steps[session->count];

	if (story_repeat(session, step, lost) < 0) {
		story_mend(session, step);
		*err = *step_error(step);
		return fail_wrap(err, "step %d, %s", step->number, vis_line(step->line));
	}
	session->count++;
	return 0;
}

int session_redo(struct session *session, size_t n, struct text *lost, struct error *err)
{
	struct sibling *at = session->at;
	int ret = 0;

	if (n == 0 || n > session->total - session->count)
		return fail_redo(session, n, err);
	while (n-- > 0 && ret == 0)
		ret = redo(session, lost, err);
	session_turn(session, at);
	session_stay(session);
	return ret;
}

int session_reset(struct session *session, const char *steps, struct text *lost, struct error *err)
{
	for (struct sibling *sibling = &session->first; sibling; sibling = sibling->next)
		sibling->anew = true;
	if (!may_replay(session, LOSS_BY_RESET, steps, lost))
		return fail_id(err, ERR_REFUSED, 0, "nothing was done");
	int ret = story_replay(session, 0, lost, err);

	for (size_t i = 0; i < session->total; i++)
		step_free(session->steps[i]);
	session->total = 0;
	session->forgone = 0;
	session->next_number = 1;
	session_turn(session, &session->first);
	return ret;
}
