#include "shell/attend/tracing.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/error.h"
#include "base/list.h"
#include "base/path.h"
#include "base/text.h"
#include "session/session.h"
#include "shell/shell.h"
#include "shell/attend/stepping.h"
#include "shell/attend/relay/relay.h"
#include "shell/tell/trace/trace.h"
#include "snapshot/facts.h"
#include "trace/trace.h"

/* It cannot become a job as others do: the tracer's end is its own. */
static void tell_halted(const struct shell *shell, struct result *result)
{
	if (shell->json)
		json_object_set_new(result->trace, "halted", json_true());
	else
		text_say(&result->output, "   A stop signal (SIGSTOP, SIGTSTP) held the program. fg cannot continue a traced\n"
					  "   program: it was ended. run makes a job of one.\n");
}

/* A program that is traced. */
struct tracing {
	struct tracer *tracer;
	struct groups groups; /* what bounds its forks */
	struct scene scene;
};

/* How many forks its group has refused so far. NO_LIMIT where no fork would be shown: then nobody asks. */
static void look_before(struct shell *shell, const struct step *step, struct tracing *tracing)
{
	struct group_usage usage;

	tracing->scene.forks.refused = NO_LIMIT;
	if (!trace_forks(step->plan.traced))
		return;
	facts_cgroups(&shell->session.facts);
	if (groups_find(&shell->session.facts, step->pid, &tracing->groups) < 0)
		return;
	groups_read(&tracing->groups, &usage);
	tracing->scene.forks.refused = usage.refused;
}

/* And since; and where the child stands. */
static void look_after(const struct shell *shell, struct tracing *tracing)
{
	struct fork_limit *forks = &tracing->scene.forks;
	struct group_usage usage;

	tracing->scene.from = standpoint_of(shell->session.at->now.pid);
	if (forks->refused == NO_LIMIT)
		return;
	groups_read(&tracing->groups, &usage);
	forks->refused = grown(forks->refused, usage.refused);
	forks->most = tracing->groups.pids.most;
	snprintf(forks->folder, sizeof(forks->folder), "%s", tracing->groups.pids.folder);
}

enum { LOOKED_AT = 256 };

/* How likely a call is the one by which the program failed. What a C library looks for in vain at all times is not; what programs
 * expect to fail may be, more so where the program's own line names it, or a file is there that the kernel does not execute. */
enum likely { UNLIKELY, PERHAPS, NAMED, UNEXPECTED };

static enum likely how_likely(const struct judged *judged, const char *line)
{
	static const char *const sought[] = { "/usr/share/locale", "/usr/lib/locale", "/etc/ld.so.", "/lib", "/usr/lib" };
	int code = judged->call->code;
	bool executes = text_begins(judged->cause, "exec.") && strcmp(judged->cause, "exec.missing") != 0;
	bool mounts = text_begins(judged->cause, "fuse.");

	if (executes || mounts || code == EAGAIN || (!trace_is_usual(code) && code != EEXIST && code != ENOTDIR))
		return UNEXPECTED;
	if (judged->path && path_name(judged->path)[0] && strstr(line, path_name(judged->path)))
		return NAMED;
	for (size_t i = 0; judged->path && i < COUNT(sought); i++)
		if (text_begins(judged->path, sought[i]))
			return UNLIKELY;
	return PERHAPS;
}

static void note_one(const struct judged *judged, struct result *result)
{
	cleanup_text struct text why = { 0 };

	text_addf(&why, "%s: %s; %s", vis(judged->said), errno_name(judged->call->code), judged->why);
	snprintf(result->refused_why, sizeof(result->refused_why), "%s", text_of(&why));
	snprintf(result->refused_fix, sizeof(result->refused_fix), "%s", judged->fix);
}

/* For why: the last call of which is known why it failed, of those that are likeliest. */
static void note_known(struct shell *shell, const struct tracer *tracer, const char *line, struct result *result)
{
	size_t count = tracer_count(tracer), looked = 0;
	enum likely best = UNLIKELY;

	for (size_t i = count; i-- > 0 && looked < LOOKED_AT && best < UNEXPECTED;) {
		cleanup_arena struct arena arena = { 0 };
		size_t next = i;
		if (tracer_call(tracer, i)->code <= 0)
			continue;
		looked++;
		struct judged judged = trace_judge(shell, tracer, &next, &arena);
		enum likely likely = judged.cause ? how_likely(&judged, line) : UNLIKELY;
		if (likely <= best)
			continue;
		best = likely;
		note_one(&judged, result);
	}
	result->refused_sure = best == UNEXPECTED;
}

/* For why --try. */
static void note_refused(struct shell *shell, const struct tracer *tracer, struct result *result)
{
	for (size_t i = 0; i < tracer_count(tracer); i++) {
		const struct traced *call = tracer_call(tracer, i);
		if (call->code <= 0 || trace_is_usual(call->code))
			continue;
		result->refused = call->number;
		result->refused_code = call->code;
	}
	if (shell->traced)
		shell->traced(shell->lifts, tracer);
}

/* What is wanted of it, as it will be told. */
static struct trace_wish wish_of(const struct shell *shell, const struct plan *plan)
{
	struct trace_wish ret = *plan->traced;

	ret.shown = shell->json ? 0 : TOLD_MOST;
	return ret;
}

/* Before it begins. */
static struct tracing *tracing_new(struct shell *shell, const struct step *step)
{
	struct tracing *ret = calloc(1, sizeof(*ret));

	if (!ret)
		out_of_memory();
	look_before(shell, step, ret);
	return ret;
}

static void tracing_free(struct tracing *tracing)
{
	tracer_free(tracing->tracer);
	free(tracing);
}

int tracing_start(struct watching *watching, const struct step *step, const struct op *op, const struct program *program, pid_t *pid,
		  struct error *err)
{
	const struct trace_wish wish = wish_of(watching->shell, &step->plan);
	struct tracing *tracing = tracing_new(watching->shell, step);

	tracing->tracer = tracer_start(&wish, op, program->gate, pid, err);
	if (tracing->tracer)
		watching->tracing = tracing;
	else
		tracing_free(tracing);
	return watching->tracing ? 0 : -1;
}

/* The same of one that waits behind its gate. */
static struct tracing *take_hold(struct shell *shell, const struct step *step, struct program *program, struct error *err)
{
	const struct trace_wish wish = wish_of(shell, &step->plan);
	const struct learning *learns = step->plan.learns;
	struct tracing *ret = tracing_new(shell, step);

	ret->tracer = learns && learns->listens && !learns->unheard ?
		      tracer_listen(&wish, program->pid, program->gate, err) : tracer_new(&wish, program->pid, err);
	/* Where ptrace(2) is forbidden. */
	if (!ret->tracer && learns && !learns->listens && !learns->unheard && err->code == EPERM)
		ret->tracer = tracer_listen(&wish, program->pid, program->gate, err);
	if (ret->tracer) {
		shutdown(program->gate, SHUT_WR);
		return ret;
	}
	program_signal(program, SIGKILL);
	tracing_free(ret);
	return NULL;
}

static int tell(struct watching *watching, const struct step *step, const struct tracing *tracing, struct error *err)
{
	struct shell *shell = watching->shell;
	struct result *result = watching->result;
	int ret = 0;

	shell->scene = &tracing->scene;
	note_known(shell, tracing->tracer, step->line ? step->line : "", result);
	if (step->plan.learns)
		ret = learned_tell(shell, step->plan.learns, tracing->tracer, result, err);
	else if (shell->json)
		result->trace = trace_json(shell, tracing->tracer);
	else
		trace_tell(shell, tracing->tracer, &result->output);
	shell->scene = NULL;
	return ret;
}

int tracing_attend(struct watching *watching, const struct step *step, struct program *program, struct text *output,
		   struct error *err)
{
	struct shell *shell = watching->shell;
	struct tracing *tracing = watching->tracing ? steal_ptr(&watching->tracing) : take_hold(shell, step, program, err);

	if (!tracing)
		return -1;
	/* A listener sees no stops, and leaves them to be seen. */
	program->halts = tracer_listens(tracing->tracer) ? NULL : tracer_halts(tracing->tracer);
	program->tracer = tracer_pid(tracing->tracer);
	int ret = relay_attend(shell, program, step->plan.program, !step->plan.untyped, output, err);
	program->halts = NULL;
	program->tracer = 0;
	if (ret == 0)
		ret = tracer_wait(tracing->tracer, err);
	if (ret == 0) {
		note_refused(shell, tracing->tracer, watching->result);
		look_after(shell, tracing);
		ret = tell(watching, step, tracing, err);
	}
	if (ret == 0 && program->halted)
		tell_halted(shell, watching->result);
	tracing_free(tracing);
	return ret;
}
