/* The list of steps: going on, and writing it down. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "base/file/writer.h"
#include "child/child.h"
#include "ops/undo/undo.h"
#include "session/inside.h"
#include "session/session.h"

/* Add a step, which discards what redo could have brought back. */
static void join(struct session *session, struct step *step)
{
	step_fold(step);
	for (size_t i = session->count; i < session->total; i++)
		step_free(session->steps[i]);
	if (session->total > session->count) {
		session->forgone = session->total - session->count;
		session->forgone_for = (int)session->count + 1;
	}
	LIST_FIT(session->steps, session->count + 1);
	session->steps[session->count++] = step;
	session->total = session->count;
	session->next_number = step->number + 1;
}

void session_put_aside(struct session *session, struct undone *ret)
{
	for (; session->total > session->count; session->total--) {
		LIST_FIT(ret->steps, ret->count + 1);
		ret->steps[ret->count++] = session->steps[session->total - 1];
	}
}

void session_settle_aside(struct session *session, struct undone *undone, bool back)
{
	for (size_t i = session->count; back && undone->count && i < session->total; i++)
		step_free(session->steps[i]);
	if (back && undone->count)
		session->total = session->count;
	if (!back && undone->count) {
		session->forgone = undone->count;
		session->forgone_for = (int)session->count;
	}
	/* The last was put aside first. */
	while (undone->count) {
		struct step *step = undone->steps[--undone->count];
		LIST_FIT(session->steps, session->total + 1);
		if (back)
			session->steps[session->total++] = step;
		else
			step_free(step);
	}
	free(undone->steps);
	*undone = (struct undone){ 0 };
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
		if (step_code(step, i) == 0)
			return true;
	return step->unanswered;
}

/* Take back what a failed line did to the current child, call by call or by building it again. False if
 * that would lose something (*losses) and may not; if forced, it may. */
static bool take_back_failed(struct session *session, struct step *step, bool forced,
			     struct text *losses)
{
	struct text *lost = &session->fall.lost;
	struct error ignored; /* session->fall has it */

	/* A child that was made, and could not be looked at then: it goes with all that was made for it. */
	if (step->plan.child != PLAN_CURRENT && step->undo_count && session->at->child &&
	    step->pid == session->at->child->pid) {
		session_end_child(session);
		step_take_back(session, step, lost);
		story_replay(session, session->count, lost, &ignored);
		return true;
	}
	if (step->plan.child != PLAN_CURRENT || !session->at->child)
		return true;
	if (!did_something(step) && !session->at->child->gone && !step->undo_count)
		return true;
	session->at->stale = STALE_BY_ANYTHING;
	if (step_can_go_back(session, step) && step_go_back(session, step, true, lost, &ignored) == 0)
		return true;
	siblings_mark(session, session->at);
	siblings_depend(session, session->count);
	siblings_losses(session, SIZE_MAX, losses);
	if (!forced && losses->len && session->consent &&
	    !session->consent(session->consents, losses->s, LOSS_BY_FAILURE))
		return false;
	text_add(lost, text_of(losses));
	/* Where the child has mounted something, its folder is another to who looks from inside. */
	session_end_child(session);
	step_take_back(session, step, lost);
	story_replay(session, session->count, lost, &ignored);
	return true;
}

/* A failed line whose calls stay becomes a step of the calls that it made. */
static void keep_incomplete(struct session *session, struct step *step, const char *losses)
{
	struct text note = { 0 };
	struct error ignored;
	size_t made = 0;

	while (made < step->done && (step_code(step, made) == 0 || made + 1 < step->done))
		made++;
	step->plan.count = step->done = made;
	step->plan.program = PROGRAM_NONE;
	step->incomplete = true;
	text_sayf(&note, "taking this back needs a fresh child, and loses:\n%s", losses);
	note.s[--note.len] = '\0';
	free(step->note);
	step->note = note.s;
	if (session_read(session, &ignored) == 0) {
		reading_drop(&step->after);
		step->after = sibling_kept(session->at);
		difference_find(step->before, step->after, &step->difference);
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

static int perform_new(struct session *session, struct step *step, const struct view *view,
		       struct error *err)
{
	static const struct view none;

	if (perform(session, step, view ? view : &none) < 0) {
		cleanup_text struct text losses = { 0 };
		if (take_back_failed(session, step, false, &losses))
			session->loose = step;
		else
			keep_incomplete(session, step, text_of(&losses));
		*err = *step_error(step);
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

int session_perform(struct session *session, const char *line, struct plan *plan,
		    const struct view *view, struct step **ret, struct error *err)
{
	struct sibling *at = session->at;
	struct step *step = step_new(session, line, plan);

	session_reap(session); /* what a container that has ended had is another's to take or to miss */
	step_free(session->loose);
	session->loose = NULL;
	session->serial++;
	*ret = step;
	session_turn(session, step->owner);
	int failed = perform_new(session, step, view, err);
	siblings_stale(session);
	if (failed < 0 || step->plan.child != PLAN_SWITCH)
		session_turn(session, at);
	session_stay(session);
	return failed;
}

int session_ask(struct session *session, struct plan *plan, const struct view *view, int *status,
		struct text *output, struct error *err)
{
	struct step *step = step_new(session, "", plan);
	int ret = perform(session, step, view);

	if (ret < 0) {
		cleanup_text struct text losses = { 0 };
		take_back_failed(session, step, true, &losses);
		*err = *step_error(step);
	}
	*status = step->status;
	text_add(output, step->output ? step->output : "");
	step_free(step);
	return ret;
}

int session_tell(struct session *session, enum op_kind kind, struct op_outcome *ret, struct error *err)
{
	const struct planned one = { .op = op_new(kind) };

	if (child_do(session->at->child, &one, 1, ret, err) < 0)
		return -1;
	return ret->code ? fail(err, ret->code, "%s", op_info(kind)->name) : 0;
}

int story_repeat(struct session *session, struct step *step, struct text *lost)
{
	session_turn(session, step->owner);
	if (step->by_program) {
		text_sayf(lost, "step %d, %s: what a program did is not repeated\n", step->number,
			  vis_line(step->line));
		return 0;
	}
	step->done = 0;
	step->unanswered = false;
	if (step_refer_again(session, step, step_error(step)) < 0)
		return -1;
	int ret = perform(session, step, NULL);
	if (ret == 0)
		step_fold(step);
	siblings_stale(session);
	return ret;
}

void story_mend(struct session *session, struct step *step)
{
	cleanup_text struct text losses = { 0 };

	/* The steps before it stand again then. */
	session_turn(session, step->owner);
	take_back_failed(session, step, true, &losses);
}

/* A child that exists when the first count steps stand. */
static const struct sibling *any_of(const struct session *session, size_t count)
{
	const struct sibling *sibling = &session->first;

	while (sibling->next && !sibling_is_there(session, sibling, count))
		sibling = sibling->next;
	return sibling;
}

void session_script(const struct session *session, const struct step *but, struct text *script)
{
	const struct sibling *at = &session->first;

	for (size_t i = 0; i < session->count; i++) {
		const struct step *step = session->steps[i];
		if (step == but)
			continue;
		if (step->plan.child == PLAN_END && step->owner == at) {
			at = any_of(session, i + 1);
			text_addf(script, "child %s\n", at->name);
		}
		text_add(script, step->incomplete ? "# incomplete, a call failed: " : "");
		step_line(session, step, script);
		text_add(script, "\n");
	}
	if (session->at != at)
		text_addf(script, "child %s\n", session->at->name);
}

int session_save(const struct session *session, const char *path, struct error *err)
{
	cleanup_text struct text script = { 0 };

	text_add(&script, "# A session of Stave. Play it with: stave FILE, or source FILE.\n");
	session_script(session, NULL, &script);
	if (write_whole(AT_FDCWD, path, 0666, text_of(&script), script.len, err) < 0)
		return fail_wrap(err, "save");
	return 0;
}
