/* The list of steps: going on, back, and forth. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "child/child.h"
#include "ops/undo/undo.h"
#include "session/inside.h"
#include "session/session.h"

/* A step that joins ends what redo could have brought back. */
static void join(struct session *session, struct step *step)
{
	for (size_t i = session->count; i < session->total; i++)
		step_free(session->steps[i]);
	if (session->total > session->count) {
		session->forgone = session->total - session->count;
		session->forgone_for = step->number;
	}
	LIST_FIT(session->steps, session->count + 1);
	session->steps[session->count++] = step;
	session->total = session->count;
	session->next_number = step->number + 1;
}

static bool is_empty(const struct difference *difference)
{
	for (int link = 0; link < NS_LINKS; link++)
		if (difference->ns[link])
			return false;
	return !difference->mount_count && !difference->root && !difference->hostname &&
	       !difference->cgroup && !difference->uid_map && !difference->gid_map;
}

static bool did_something(const struct step *step)
{
	for (size_t i = 0; i < step->done; i++)
		if (step->outcomes[i].code == 0)
			return true;
	return step->unanswered;
}

static int replay(struct session *session, size_t count, struct text *lost, struct error *err);

/* What a failing line had done to the session's child is taken back, there or by building it again.
 * False where that would lose something (*losses) and may not; forced: it may. */
static bool take_back_failed(struct session *session, struct step *step, bool forced,
			     struct text *losses)
{
	cleanup_text struct text lost = { 0 };
	struct error ignored;

	if (step->plan.child != PLAN_CURRENT || !session->at->child)
		return true;
	if (!did_something(step) && !session->at->child->gone && !step->undo_count)
		return true;
	if (step_can_go_back(session, step) && step_go_back(session, step, &lost, &ignored) == 0)
		return true;
	session_losses(session, losses);
	if (!forced && losses->len && session->consent &&
	    !session->consent(session->consents, losses->s, LOSS_BY_FAILURE))
		return false;
	text_add(&lost, text_of(losses));
	/* Where the child has mounted something, its folder is another to who looks from inside. */
	session_end_child(session);
	step_take_back(session, step, &lost);
	if (replay(session, session->count, &lost, &ignored) < 0)
		text_addf(&lost, "%s\n", ignored.what);
	if (lost.len && !step->error.fix[0])
		fail_fix(&step->error, "not restored: %s", text_of(&lost));
	return true;
}

/* A line that failed and whose calls stay is a step as long as it came. */
static void keep_incomplete(struct session *session, struct step *step, const char *losses)
{
	struct text note = { 0 };
	struct error ignored;
	size_t made = 0;

	while (made < step->done && (step->outcomes[made].code == 0 || made + 1 < step->done))
		made++;
	step->plan.count = step->done = made;
	step->plan.program = PROGRAM_NONE;
	step->incomplete = true;
	text_sayf(&note, "taking this back needs a fresh child, and loses:\n%s", losses);
	note.s[--note.len] = '\0';
	free(step->note);
	step->note = note.s;
	if (session_read(session, &ignored) == 0) {
		reading_copy(&session->at->now, &step->after);
		difference_find(&step->before, &step->after, &step->difference);
	}
	join(session, step);
}

static int perform(struct session *session, struct step *step, const struct view *view)
{
	session->performing = step;
	int ret = step_perform(session, step, view);
	session->performing = NULL;
	return ret;
}

int session_perform(struct session *session, const char *line, struct plan *plan,
		    const struct view *view, struct step **ret, struct error *err)
{
	static const struct view none;
	struct step *step = step_new(session, line, plan);

	step_free(session->loose);
	session->loose = NULL;
	session->serial++;
	*ret = step;
	if (perform(session, step, view ? view : &none) < 0) {
		cleanup_text struct text losses = { 0 };
		if (take_back_failed(session, step, false, &losses))
			session->loose = step;
		else
			keep_incomplete(session, step, text_of(&losses));
		*err = step->error;
		return -1;
	}
	bool program = step->plan.child == PLAN_CURRENT && step->plan.program != PROGRAM_NONE &&
		       !step->plan.changes;
	step->by_program = program && !session->quiet && !is_empty(&step->difference);
	if ((step->plan.changes && step->plan.child != PLAN_ASIDE) || step->by_program) {
		if (step->plan.program == PROGRAM_BACKGROUND)
			step->by_program = true;
		join(session, step);
	} else {
		session->loose = step;
	}
	return 0;
}

int session_ask(struct session *session, struct plan *plan, const struct view *view, int *status,
		struct text *output, struct error *err)
{
	struct step *step = step_new(session, "", plan);
	int ret = perform(session, step, view);

	if (ret < 0) {
		cleanup_text struct text losses = { 0 };
		take_back_failed(session, step, true, &losses);
		*err = step->error;
	}
	*status = step->status;
	text_add(output, step->output ? step->output : "");
	step_free(step);
	return ret;
}

/* The step the child of steps [0, count) was started by: a container takes the place of all
 * before it. */
static size_t base_of(const struct session *session, size_t count)
{
	for (size_t i = count; i-- > 0;)
		if (session->steps[i]->plan.child == PLAN_FRESH)
			return i;
	return 0;
}

static int repeat(struct session *session, struct step *step, struct text *lost)
{
	if (step->by_program) {
		text_sayf(lost, "step %d, %s: what a program did is not repeated\n", step->number,
			  vis(step->line));
		return 0;
	}
	return perform(session, step, NULL);
}

/* End the child, take back the host side of steps [0, session->count), start a fresh child and
 * perform steps [0, count) again; session->count says how far it came. */
static int replay(struct session *session, size_t count, struct text *lost, struct error *err)
{
	size_t from = base_of(session, count);

	session_end_child(session);
	for (size_t i = session->count; i-- > 0;)
		step_take_back(session, session->steps[i], lost);
	session->count = count;
	for (size_t i = from; i < count; i++) {
		struct step *step = session->steps[i];
		session->count = i;
		if (repeat(session, step, lost) < 0) {
			/* The steps before it stand again then. */
			cleanup_text struct text losses = { 0 };
			take_back_failed(session, step, true, &losses);
			*err = step->error;
			return fail_wrap(err, "step %d, %s, cannot be repeated", step->number,
					 vis(step->line));
		}
	}
	session->count = count;
	return 0;
}

/* What was read when the steps before this one stood, which are all that stand now. A container
 * differs from the host it was started on, but takes the place of a child that may not. */
static const struct reading *stood_before(const struct session *session, const struct step *step)
{
	if (step->plan.child == PLAN_CURRENT)
		return &step->before;
	return session->count ? &session->steps[session->count - 1]->after : &session->host;
}

/* The lines of before that are not in now. */
static void add_missing(const struct text *before, const struct text *now, struct text *ret)
{
	for (const char *s = text_of(before); *s;) {
		size_t length = strcspn(s, "\n") + 1;
		cleanup_free char *line = strndup(s, length);
		if (!line)
			out_of_memory();
		if (!strstr(text_of(now), line))
			text_add(ret, line);
		s += length;
	}
}

enum went { WENT_BACK, WENT_NOWHERE, WENT_ASTRAY };

/* Take steps back call by call, the newest first: not where one has calls that nothing undoes. Astray:
 * the child is not what it should be then, and has to be built again. */
static enum went go_back(struct session *session, size_t count, struct text *lost)
{
	cleanup_text struct text before = { 0 }, now = { 0 };
	struct error ignored;

	for (size_t i = count; i < session->count; i++)
		if (!step_can_go_back(session, session->steps[i]))
			return WENT_NOWHERE;
	session_losses(session, &before);
	for (; session->count > count; session->count--)
		if (step_go_back(session, session->steps[session->count - 1], lost, &ignored) < 0) {
			text_add(lost, text_of(&before));
			return WENT_ASTRAY;
		}
	if (before.len)
		session_losses(session, &now);
	add_missing(&before, &now, lost);
	return WENT_BACK;
}

/* Whether a fresh child may take the place of this one on somebody's word, who is told about the steps
 * first, which may be NULL. What goes with the child is appended to lost. */
static bool may_replay(struct session *session, enum loss loss, const char *steps, struct text *lost)
{
	cleanup_text struct text losses = { 0 }, all = { 0 };

	session_losses(session, &losses);
	text_add(&all, steps ? steps : "");
	text_add(&all, text_of(&losses));
	if (all.len && session->consent && !session->consent(session->consents, all.s, loss))
		return false;
	text_add(lost, text_of(&losses));
	return true;
}

/* There are not so many steps to take back or to redo. */
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

int session_undo(struct session *session, size_t n, struct text *lost, struct error *err)
{
	if (n == 0 || n > session->count)
		return fail_steps("undo", n, session->count, err);
	size_t count = session->count - n;
	enum went went = go_back(session, count, lost);
	if (went == WENT_NOWHERE && !may_replay(session, LOSS_BY_UNDO, NULL, lost))
		return fail_id(err, ERR_REFUSED, 0, "nothing was done");
	session->forgone = 0;
	if (went == WENT_BACK)
		return 0;
	if (replay(session, count, lost, err) < 0)
		return -1;
	if (session->at->child && session_read(session, err) < 0)
		return -1;
	/* The proof that nothing is left of the step. */
	const struct reading *stood = stood_before(session, session->steps[count]);
	if (!session->quiet && stood->pid)
		reading_differs(stood, &session->at->now, &session->host, lost);
	return 0;
}

int session_redo(struct session *session, size_t n, struct text *lost, struct error *err)
{
	if (n == 0 || n > session->total - session->count)
		return fail_redo(session, n, err);
	for (; n > 0; n--) {
		struct step *step = session->steps[session->count];
		if (repeat(session, step, lost) < 0) {
			/* The steps before it stand again then. */
			cleanup_text struct text losses = { 0 };
			take_back_failed(session, step, true, &losses);
			text_add(lost, text_of(&losses));
			*err = step->error;
			return fail_wrap(err, "step %d, %s", step->number, vis(step->line));
		}
		session->count++;
	}
	return 0;
}

int session_reset(struct session *session, const char *steps, struct text *lost, struct error *err)
{
	if (!may_replay(session, LOSS_BY_RESET, steps, lost))
		return fail_id(err, ERR_REFUSED, 0, "nothing was done");
	int ret = replay(session, 0, lost, err);

	for (size_t i = 0; i < session->total; i++)
		step_free(session->steps[i]);
	session->total = 0;
	session->forgone = 0;
	session->next_number = 1;
	return ret;
}
