#include "lesson/play/prove.h"

#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/message.h"
#include "base/text.h"
#include "lesson/check/host.h"
#include "lesson/file/lesson.h"
#include "lesson/play/bystanders.h"
#include "lesson/play/named.h"
#include "lesson/play/proving.h"
#include "lesson/play/stage.h"
#include "session/session.h"

int prove_left_alone(struct proving *p, const char *line, int number, int column)
{
	cleanup_text struct text ended = { 0 };

	if (!bystanders_ended(p->bystanders, p->stage->session, line, &ended))
		return 0;
	lesson_fail(p->lesson, number, column, p->err, "%s: ends processes of yours", vis(line));
	fail_why(p->err, "these ended while it ran: %s", text_of(&ended));
	return fail_fix(p->err, "give the child a pid namespace of its own, from which no signal leads out");
}

int prove_lines(struct proving *p, const struct lesson_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		if (lines->list[i].comment)
			continue;
		if (p->stage->stopped(p->stage->context))
			return fail_id(p->err, ERR_STOPPED, 0, "stopped");
		bystanders_look(p->bystanders);
		if (stage_line(p->stage, p->lesson, &lines->list[i], false, p->err) < 0 ||
		    prove_left_alone(p, lines->list[i].s, lines->list[i].line, lines->list[i].column) < 0)
			return -1;
		p->proof->commands++;
	}
	return 0;
}

/* Where the step's checks stand. */
static int fail_step(struct proving *p, const struct lesson_step *step, const char *what)
{
	return lesson_fail(p->lesson, step->checks[0].line, step->checks[0].column, p->err, "%s: %s",
			   step->id, _(what));
}

/* The first of the findings that does not hold, as the reason. */
static int because(struct proving *p, const struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->count; i++)
		if (verdict->list[i].looked && !finding_well(&verdict->list[i]))
			return fail_why(p->err, "%s: %s", verdict->list[i].test,
					verdict->list[i].saw);
	return -1;
}

/* The checks fail before what is to reach them. */
static int fail_before(struct proving *p, const struct lesson_step *step)
{
	if (step->check_count && stage_reaches(p->stage, step, p->host))
		return fail_step(p, step, N_("the check holds before anything was done for it"));
	return 0;
}

static int hold_after(struct proving *p, const struct lesson_step *step)
{
	cleanup_verdict struct verdict verdict = { 0 };

	stage_judge(p->stage, step, p->host, false, &verdict);
	p->proof->checks += step->check_count;
	if (verdict.holds)
		return 0;
	fail_step(p, step, step->kind == STEP_TASK ? N_("the solution does not reach the check") :
						     N_("the check does not hold after the demo"));
	return because(p, &verdict);
}

/* What is not as it shall be is looked at again: a second at the most. */
enum { LOOKS = 20 };

static void wait_to_look(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
}

/* The hint whose state holds. A program that the wrong block has sent a signal to ends when it is next scheduled,
 * which may be after the line has ended, kill(2): its end is waited for. */
static int hint_that_comes(struct proving *p, const struct lesson_step *step)
{
	int ret = stage_hint(p->stage, step, p->host);

	for (int tries = 0; ret < 0 && tries < LOOKS; tries++) {
		wait_to_look();
		ret = stage_hint(p->stage, step, p->host);
	}
	return ret;
}

/* The wrong way leads into the state of its hint, and not to the goal. */
static int prove_hint(struct proving *p, size_t number, size_t i)
{
	const struct lesson_step *step = &p->lesson->steps[number];
	const struct lesson_hint *hint = &step->hints[i];
	int line = hint->text.line - 1;

	if (prove_lines(p, &hint->wrong) < 0)
		return -1;
	if (stage_reaches(p->stage, step, p->host))
		return lesson_fail(p->lesson, line, 1, p->err,
				   "%s: the wrong block of this hint passes the check", step->id);
	int fired = hint_that_comes(p, step);
	if (fired < 0) {
		lesson_fail(p->lesson, line, 1, p->err,
			    "%s: its wrong block does not lead to the state of this hint", step->id);
		return fail_why(p->err, "this does not hold then: %s", vis(hint->state_text));
	}
	if (fired != (int)i) {
		lesson_fail(p->lesson, line, 1, p->err,
			    "%s: the hint of line %d comes before this one in its own state",
			    step->id, step->hints[fired].text.line - 1);
		return fail_why(p->err, "that one's state holds as well: %s",
				vis(step->hints[fired].state_text));
	}
	p->proof->hints++;
	return stage_restore(p->stage, p->lesson, number, 0, NULL, p->err);
}

/* What a step says that it begins with. */
static int hold_before(struct proving *p, const struct lesson_step *step)
{
	cleanup_verdict struct verdict verdict = { 0 };

	if (stage_holds(p->stage, step, p->host, &verdict))
		return 0;
	lesson_fail(p->lesson, step->states[0].line, step->states[0].column, p->err,
		    "%s: the state in which it begins does not hold", step->id);
	return because(p, &verdict);
}

static int prove_step(struct proving *p, size_t number)
{
	const struct lesson_step *step = &p->lesson->steps[number];

	if (prove_lines(p, &step->setup) < 0 || hold_before(p, step) < 0)
		return -1;
	if (fail_before(p, step) < 0)
		return -1;
	for (size_t i = 0; i < step->hint_count; i++)
		if (step->hints[i].state && prove_hint(p, number, i) < 0)
			return -1;
	if (step->kind == STEP_TASK && attack(p, number) < 0)
		return -1;
	if (prove_lines(p, &step->lines) < 0)
		return -1;
	return step->check_count ? hold_after(p, step) : 0;
}

static int prove_steps(struct proving *p)
{
	struct facts *facts = &p->stage->session->facts;

	for (size_t i = 0; i < p->lesson->count; i++) {
		const struct lesson_step *step = &p->lesson->steps[i];
		struct error lacks;
		if (lesson_lacks(p->lesson, step, facts, &lacks))
			text_sayf(p->proof->skipped, "%s:%d: step %s needs %s: %s\n",
				  vis(p->lesson->path), step->line, step->id, lacks.what, lacks.why);
		else if (prove_step(p, i) < 0)
			return -1;
	}
	return 0;
}

/* How the host differs from what it was before the lesson. A lesson that is proven beside this one may have a
 * folder in "/" for a moment, which is none of this one's: what differs is waited for. -1 with err. */
static int look_at_host(const struct proving *p, struct text *differences, struct error *err)
{
	struct host_state now;
	size_t count;
	int tries = 0;

	do {
		if (tries)
			wait_to_look();
		if (stage_host(p->stage, p->host->named, &now, err) < 0)
			return -1;
		text_clear(differences);
		count = host_differs(p->host, &now, differences);
		host_done(&now);
	} while (count && tries++ < LOOKS);
	return (int)count;
}

/* Compare the host with what it was before the lesson. Where that has failed already, what differs is told beside
 * it: a task that is reached on the host's files is refused, and has left them. */
static int compare_host(const struct proving *p, bool failed)
{
	cleanup_text struct text differences = { 0 };
	struct error unused;
	int count = look_at_host(p, &differences, failed ? &unused : p->err);

	if (count <= 0)
		return count;
	if (failed) {
		text_addn(p->proof->left, text_of(&differences), strcspn(text_of(&differences), "\n"));
		if (count > 1)
			text_sayf(p->proof->left, ", and %zu more", (size_t)count - 1);
		return -1;
	}
	lesson_fail(p->lesson, 1, 1, p->err, "the host differs from before the lesson");
	return fail_why(p->err, "%.*s", (int)strcspn(text_of(&differences), "\n"), text_of(&differences));
}

int prove(const struct stage *stage, const struct lesson *lesson, enum attacks attacks, pid_t family,
	  struct proof *ret, struct error *err)
{
	cleanup_text struct text named = { 0 };
	struct host_state before;
	struct error unused;

	named_paths(lesson, &named);
	if (stage_clear(stage, lesson, err) < 0 || stage_host(stage, text_of(&named), &before, err) < 0) {
		stage_clear(stage, NULL, &unused);
		return -1;
	}
	struct bystanders bystanders;
	bystanders_take(family, &bystanders);
	struct proving p = { stage, lesson, &before, &bystanders, attacks == ATTACK_WRITTEN, ret, err };
	int failed = prove_steps(&p);
	bystanders_done(&bystanders);
	if (stage_clear(stage, NULL, failed ? &unused : err) < 0 || compare_host(&p, failed) < 0)
		failed = -1;
	host_done(&before);
	return failed ? -1 : 0;
}
