/* The list of steps: going on, back, and forth. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"
#include "child/child.h"
#include "ops/undo.h"
#include "session/inside.h"

struct step *step_new(struct session *session, const char *line, struct plan *plan)
{
	struct step *step = calloc(1, sizeof(*step));

	if (!step)
		out_of_memory();
	step->number = session->next_number;
	step->line = strdup(line);
	step->plan = *plan;
	*plan = (struct plan){ 0 };
	step->outcomes = calloc(step->plan.count + 1, sizeof(*step->outcomes));
	step->status = -1;
	if (!step->line || !step->outcomes)
		out_of_memory();
	return step;
}

struct step *step_split(struct step *step)
{
	struct step *remains;

	if (!step->undo_count)
		return NULL;
	remains = calloc(1, sizeof(*remains));
	if (!remains)
		out_of_memory();
	remains->number = step->number;
	remains->undos = steal_ptr(&step->undos);
	remains->records = steal_ptr(&step->records);
	remains->undo_count = step->undo_count;
	step->undo_count = 0;
	return remains;
}

void step_free(struct step *step)
{
	if (!step)
		return;
	for (size_t i = 0; i < step->undo_count; i++)
		undo_done(&step->undos[i]);
	free(step->undos);
	free(step->records);
	free(step->line);
	free(step->outcomes);
	free(step->output);
	free(step->note);
	reading_done(&step->before);
	reading_done(&step->after);
	difference_done(&step->difference);
	plan_done(&step->plan);
	free(step);
}

/* A step that joins ends what redo could have brought back. */
static void join(struct session *session, struct step *step)
{
	for (size_t i = session->count; i < session->total; i++)
		step_free(session->steps[i]);
	session->steps = reallocarray(session->steps, session->count + 1, sizeof(*session->steps));
	if (!session->steps)
		out_of_memory();
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

static void tell_jobs(struct session *session, struct text *lost)
{
	for (size_t i = 0; i < session->job_count; i++)
		if (!session->jobs[i].ended && session->jobs[i].program.child == session->child)
			text_addf(lost, "job %d (%s) ended with the child\n",
				  session->jobs[i].number, vis(session->jobs[i].label));
}

/* What a failing line had done to the session's child is taken back by building it anew. */
static void take_back_failed(struct session *session, struct step *step)
{
	cleanup_text struct text lost = { 0 };
	struct error ignored;
	bool did = step->done > 0 && step->outcomes[0].code == 0;

	if (step->plan.child != PLAN_CURRENT || !session->child)
		return;
	if (!did && !session->child->gone && !step->undo_count)
		return;
	/* Where the child has mounted something, its folder is another to who looks from inside. */
	tell_jobs(session, &lost);
	session_end_child(session);
	step_take_back(session, step, &lost);
	if (session_replay(session, session->count, &lost, &ignored) < 0)
		text_addf(&lost, "%s\n", ignored.what);
	if (lost.len && !step->error.fix[0])
		fail_fix(&step->error, "not restored: %s", text_of(&lost));
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
		take_back_failed(session, step);
		session->loose = step;
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
		take_back_failed(session, step);
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
		text_addf(lost, "step %d, %s: what a program did is not repeated\n", step->number,
			  vis(step->line));
		return 0;
	}
	return perform(session, step, NULL);
}

int session_replay(struct session *session, size_t count, struct text *lost, struct error *err)
{
	size_t from = base_of(session, count);

	tell_jobs(session, lost);
	session_end_child(session);
	for (size_t i = session->count; i-- > 0;)
		step_take_back(session, session->steps[i], lost);
	session->count = count;
	for (size_t i = from; i < count; i++) {
		struct step *step = session->steps[i];
		session->count = i;
		if (repeat(session, step, lost) < 0) {
			/* The steps before it stand again then. */
			take_back_failed(session, step);
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

int session_undo(struct session *session, size_t n, struct text *lost, struct error *err)
{
	if (n == 0 || n > session->count) {
		if (session->count == 0)
			return fail(err, 0, "undo: there is no step to take back");
		return fail(err, 0, "undo: there are only %zu steps to take back", session->count);
	}
	size_t count = session->count - n;
	if (session_replay(session, count, lost, err) < 0)
		return -1;
	if (session->child && session_read(session, err) < 0)
		return -1;
	/* The proof that nothing is left of the step. */
	const struct reading *stood = stood_before(session, session->steps[count]);
	if (!session->quiet && stood->pid)
		reading_differs(stood, &session->now, &session->host, lost);
	return 0;
}

int session_redo(struct session *session, size_t n, struct text *lost, struct error *err)
{
	if (n == 0 || n > session->total - session->count) {
		if (session->total == session->count)
			return fail(err, 0, "redo: there is no undone step");
		return fail(err, 0, "redo: there are only %zu undone steps",
			    session->total - session->count);
	}
	for (; n > 0; n--) {
		struct step *step = session->steps[session->count];
		if (repeat(session, step, lost) < 0) {
			/* The steps before it stand again then. */
			take_back_failed(session, step);
			*err = step->error;
			step_take_back(session, step, lost);
			struct error ignored;
			session_replay(session, session->count, lost, &ignored);
			return fail_wrap(err, "step %d, %s", step->number, vis(step->line));
		}
		session->count++;
	}
	return 0;
}

int session_reset(struct session *session, struct text *lost, struct error *err)
{
	int ret = session_replay(session, 0, lost, err);

	for (size_t i = 0; i < session->total; i++)
		step_free(session->steps[i]);
	session->total = 0;
	session->next_number = 1;
	return ret;
}
