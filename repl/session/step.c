/* Making, splitting and freeing steps. story.c decides what happens to them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/causes/causes.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/text.h"
#include "session/inside.h"
#include "session/host/forward/made.h"
#include "session/network/network.h"
#include "session/session.h"
#include "snapshot/eyes/magic.h"

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
	/* As many steps are kept as are typed. */
	if (step->plan.count)
		LIST_FIT(step->plan.ops, step->plan.room = step->plan.count);
	step->status = -1;
	step->before = step->after = &reading_none;
	return step;
}

/* An outcome without its descriptors, which are closed by then, and with as much room as its detail takes. */
struct kept_outcome {
	int64_t value, before;
	int code;
	pid_t pid;
	const char *detail; /* behind the step's last one */
};

void step_unfold(struct step *step)
{
	free(steal_ptr(&step->kept));
	free(step->outcomes);
	step->outcomes = calloc(step->plan.count ? step->plan.count : 1, sizeof(*step->outcomes));
	if (!step->outcomes)
		out_of_memory();
}

void step_fold(struct step *step)
{
	size_t size = step->done * sizeof(*step->kept);

	if (!step->outcomes)
		return;
	for (size_t i = 0; i < step->done; i++)
		size += strlen(step->outcomes[i].detail) + 1;
	step->kept = malloc(size ? size : 1);
	if (!step->kept)
		out_of_memory();
	char *end = (char *)&step->kept[step->done];
	for (size_t i = 0; i < step->done; i++) {
		const struct op_outcome *from = &step->outcomes[i];
		step->kept[i] = (struct kept_outcome){ from->value, from->before, from->code, from->pid, end };
		end = stpcpy(end, from->detail) + 1;
	}
	free(steal_ptr(&step->outcomes));
}

const struct op_outcome *step_outcome(const struct step *step, size_t i, struct op_outcome *room)
{
	if (i >= step->done)
		return NULL;
	if (step->outcomes)
		return &step->outcomes[i];
	const struct kept_outcome *kept = &step->kept[i];
	*room = (struct op_outcome){ .code = kept->code, .value = kept->value, .before = kept->before,
				     .fds = { -1, -1, -1 }, .pid = kept->pid };
	strcpy(room->detail, kept->detail);
	return room;
}

const char *step_detail(const struct step *step, size_t i)
{
	if (i >= step->done)
		return "";
	return step->outcomes ? step->outcomes[i].detail : step->kept[i].detail;
}

bool step_opposite(const struct step *step, size_t i, struct op *ret)
{
	struct op_outcome room;

	return op_opposite(&step->plan.ops[i].op, step_outcome(step, i, &room), ret);
}

int step_code(const struct step *step, size_t i)
{
	if (i >= step->done)
		return -1;
	return step->outcomes ? step->outcomes[i].code : step->kept[i].code;
}

struct error *step_error(struct step *step)
{
	if (!step->error)
		step->error = calloc(1, sizeof(*step->error));
	if (!step->error)
		out_of_memory();
	return step->error;
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
	remains->before = remains->after = &reading_none;
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

static void renumber(struct step *step, pid_t from, pid_t to)
{
	if (step->pid == from)
		step->pid = to;
	for (size_t i = 0; step->kept && i < step->done; i++)
		if (step->kept[i].pid == from)
			step->kept[i].pid = to;
	ties_renumber(&step->ties, from, to);
}

void session_renumber(struct session *session, pid_t from, pid_t to)
{
	for (size_t i = 0; i < session->count; i++)
		renumber(session->steps[i], from, to);
	for (size_t i = 0; i < session->job_count; i++)
		if (session->jobs[i].remains)
			ties_renumber(&session->jobs[i].remains->ties, from, to);
}

void session_cut_loose(struct session *session)
{
	if (session->loose_ports.port_count)
		ties_cut(&session->loose_ports);
}

static void reap_ties(struct session *session, struct step *step, struct ports_seen *seen)
{
	if (!step)
		return;
	ties_reap(&step->ties, &session->news);
	if (ties_lost_port(&step->ties, seen))
		ties_cut(&step->ties);
}

void session_reap_ties(struct session *session)
{
	struct ports_seen seen = { 0 };

	if (!ties_are_held())
		return;
	for (size_t i = 0; i < session->count; i++)
		reap_ties(session, session->steps[i], &seen);
	for (size_t i = 0; i < session->job_count; i++)
		reap_ties(session, session->jobs[i].remains, &seen);
	text_done(&seen.list);
}

void session_say_publisher(const struct session *session, struct step *step, const struct op *op)
{
	struct error *err = step_error(step);
	struct forward forward;

	if (op->kind != OP_forward || err->code != EADDRINUSE || !forward_of_op(op, &forward))
		return;
	for (size_t i = 0; i < session->job_count; i++) {
		const struct job *job = &session->jobs[i];
		if (!job->remains || !ties_have(&job->remains->ties, &forward))
			continue;
		fail_why(err, "job %d of this session, the container %s, has published it", job->number, vis_line(job->label));
		fail_fix(err, "choose another port of the host, or end that container: jobs lists it");
	}
	for (size_t i = 0; i < session->count; i++) {
		const struct step *other = session->steps[i];
		if (!ties_have(&other->ties, &forward))
			continue;
		fail_why(err, "the child %s, a container, has published it in step %d", other->owner->name, other->number);
		fail_fix(err, "choose another port of the host");
	}
}

void step_add_undo(struct step *step, struct undo undo, int record)
{
	LIST_FIT(step->undos, step->undo_count + 1);
	LIST_FIT(step->records, step->undo_count + 1);
	step->undos[step->undo_count] = undo;
	step->records[step->undo_count++] = record;
}

void step_add_note(struct step *step, const char *line)
{
	struct text note = { 0 };

	if (step->note && strstr(step->note, line))
		return;
	text_addf(&note, "%s%s%s", step->note ? step->note : "", step->note ? "\n" : "", line);
	free(step->note);
	step->note = note.s;
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
	free(step->kept);
	free(step->oom);
	free(step->output);
	free(step->note);
	free(step->network);
	network_drop(step->was);
	free(step->error);
	reading_drop(&step->before);
	reading_drop(&step->after);
	difference_done(&step->difference);
	plan_done(&step->plan);
	free(step);
}

void step_tell_kept(struct step *step, const char *path, int code)
{
	cleanup_text struct text line = { 0 };

	text_sayf(&line, "undo will not take back %s: stat: %s", vis(path), errno_name(code));
	step_add_note(step, text_of(&line));
}

int step_cannot_tell(struct step *step, pid_t pid, const char *path, int code)
{
	struct error *err = step_error(step);

	if (code == EACCES || code == EPERM) {
		step_tell_kept(step, path, code);
		return 0;
	}
	fail_stat(err, code, path);
	if (code == ELOOP)
		magic_tell(NULL, pid, path, err);
	return -1;
}
