/* Making, splitting and freeing steps. story.c decides what happens to them. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "session/inside.h"
#include "session/network/network.h"
#include "session/session.h"

struct step *step_new(struct session *session, const char *line, struct plan *plan)
{
	struct step *step = calloc(1, sizeof(*step));

	if (!step)
		out_of_memory();
	step->number = session->next_number;
	step->owner = plan->sibling ? sibling_called(session, plan->sibling) : session->at;
	step->line = text_copy(line);
	step->plan = *plan;
	*plan = (struct plan){ 0 };
	step->outcomes = calloc(step->plan.count + 1, sizeof(*step->outcomes));
	step->status = -1;
	if (!step->outcomes)
		out_of_memory();
	return step;
}

struct step *step_split(struct step *step)
{
	struct step *remains;

	if (!step->undo_count && !step->ties.forwarder_count && !step->ties.port_count && !step->ties.named)
		return NULL;
	remains = calloc(1, sizeof(*remains));
	if (!remains)
		out_of_memory();
	remains->number = step->number;
	remains->undos = steal_ptr(&step->undos);
	remains->records = steal_ptr(&step->records);
	remains->undo_count = step->undo_count;
	step->undo_count = 0;
	remains->ties = step->ties;
	step->ties = (struct ties){ 0 };
	return remains;
}

static void cut(struct step *step, pid_t pid, const char *bridge)
{
	if (step && ties_lead_to(&step->ties, pid, bridge))
		ties_cut(&step->ties);
}

void session_cut(struct session *session, pid_t pid, const char *bridge)
{
	for (size_t i = 0; i < session->count; i++)
		cut(session->steps[i], pid, bridge);
	for (size_t i = 0; i < session->job_count; i++)
		cut(session->jobs[i].remains, pid, bridge);
}

static void cut_unplugged(struct step *step)
{
	if (step && ties_lost_port(&step->ties))
		ties_cut(&step->ties);
}

void session_cut_unplugged(struct session *session)
{
	for (size_t i = 0; i < session->count; i++)
		cut_unplugged(session->steps[i]);
	for (size_t i = 0; i < session->job_count; i++)
		cut_unplugged(session->jobs[i].remains);
}

void step_free(struct step *step)
{
	if (!step)
		return;
	for (size_t i = 0; i < step->undo_count; i++)
		undo_done(&step->undos[i]);
	ties_cut(&step->ties);
	free(step->undos);
	free(step->records);
	free(step->references);
	free(step->line);
	free(step->outcomes);
	free(step->oom);
	free(step->output);
	free(step->note);
	free(step->network);
	network_drop(step->was);
	reading_done(&step->before);
	reading_done(&step->after);
	difference_done(&step->difference);
	plan_done(&step->plan);
	free(step);
}
