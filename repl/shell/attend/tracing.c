#include "shell/attend/tracing.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
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

/* Look at the group that bounds the program's forks; with false, at what it has refused since. Where no fork would be shown, nobody
 * asks. */
static void look_at_group(struct shell *shell, const struct step *step, struct groups *groups, bool before, struct fork_limit *ret)
{
	struct group_usage usage;

	if (before) {
		*ret = (struct fork_limit){ .refused = NO_LIMIT };
		if (!trace_forks(step->plan.traced))
			return;
		facts_cgroups(&shell->session.facts);
		if (groups_find(&shell->session.facts, step->pid, groups) < 0)
			return;
	} else if (ret->refused == NO_LIMIT) {
		return;
	}
	groups_read(groups, &usage);
	ret->refused = before ? usage.refused : grown(ret->refused, usage.refused);
	ret->most = groups->pids.most;
	snprintf(ret->folder, sizeof(ret->folder), "%s", groups->pids.folder);
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

	if (executes || code == EAGAIN || (!trace_is_usual(code) && code != EEXIST && code != ENOTDIR))
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

int tracing_start(struct watching *watching, const struct step *step, const struct op *op, pid_t *pid, struct error *err)
{
	watching->tracer = tracer_start(step->plan.traced, op, pid, err);
	return watching->tracer ? 0 : -1;
}

static struct tracer *take_hold(struct watching *watching, const struct plan *plan, const struct program *program, struct error *err)
{
	const struct learning *learns = plan->learns;

	if (watching->tracer)
		return steal_ptr(&watching->tracer);
	struct tracer *tracer = learns && learns->listens && !learns->unheard ?
				tracer_listen(plan->traced, program->pid, program->gate, err) :
				tracer_new(plan->traced, program->pid, err);
	/* Where ptrace(2) is forbidden. */
	if (!tracer && learns && !learns->listens && !learns->unheard && err->code == EPERM)
		tracer = tracer_listen(plan->traced, program->pid, program->gate, err);
	return tracer;
}

int tracing_attend(struct watching *watching, const struct step *step, struct program *program, struct text *output,
		   struct error *err)
{
	const struct learning *learns = step->plan.learns;
	struct shell *shell = watching->shell;
	struct result *result = watching->result;
	struct tracer *tracer = take_hold(watching, &step->plan, program, err);
	struct groups groups = { 0 };
	struct scene scene = { 0 };
	int ret;

	if (!tracer) {
		/* It still waits behind the gate. */
		program_signal(program, SIGKILL);
		return -1;
	}
	look_at_group(shell, step, &groups, true, &scene.forks);
	/* A listener sees no stops, and leaves them to be seen. */
	program->halts = tracer_listens(tracer) ? NULL : tracer_halts(tracer);
	shutdown(program->gate, SHUT_WR);
	ret = relay_attend(shell, program, step->plan.program, !step->plan.untyped, output, err);
	program->halts = NULL;
	if (ret == 0)
		ret = tracer_wait(tracer, err);
	if (ret == 0)
		note_refused(shell, tracer, result);
	look_at_group(shell, step, &groups, false, &scene.forks);
	scene.from = standpoint_of(shell->session.at->now.pid);
	shell->scene = &scene;
	if (ret == 0)
		note_known(shell, tracer, step->line ? step->line : "", result);
	if (ret == 0 && learns)
		ret = learned_tell(shell, learns, tracer, result, err);
	else if (ret == 0 && shell->json)
		result->trace = trace_json(shell, tracer);
	else if (ret == 0)
		trace_tell(shell, tracer, &result->output);
	if (ret == 0 && program->halted)
		tell_halted(shell, result);
	shell->scene = NULL;
	tracer_free(tracer);
	return ret;
}
