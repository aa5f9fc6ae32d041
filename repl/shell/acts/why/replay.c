/* One replay: the lines of the story compiled and performed again by a shell of its own, in a sandbox. */
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/causes/causes.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/text.h"
#include "ops/plan.h"
#include "ops/privilege/filters.h"
#include "session/experiment/experiment.h"
#include "session/session.h"
#include "shell/acts/why/why.h"
#include "shell/lines/source.h"
#include "shell/script.h"
#include "shell/shell.h"
#include "shell/tell/trace/trace.h"
#include "shell/terminal/signals.h"
#include "trace/trace.h"
#include "words/plans/privilege/seccomp.h"

/* What the shell inside knows. */
struct inside {
	const struct replay *replay;
	struct replayed *ret;
	struct shell *shell;
	bool last; /* the story has been performed */
	struct filters filters; /* that the lines have loaded so far, of whichever child */
};

/* Docker's filter depends on the capabilities that are kept. */
static void fit_filter(struct plan *plan)
{
	const struct op *kept = NULL;

	for (size_t i = 0; i < plan->count; i++)
		if (plan->ops[i].op.kind == OP_capset)
			kept = &plan->ops[i].op;
	for (size_t i = 0; kept && i < plan->count; i++) {
		struct op *op = &plan->ops[i].op;
		size_t count;
		if (op->kind != OP_seccomp || !is_dockers(op->seccomp.policy))
			continue;
		const struct sock_filter *program = compile_docker(kept->capset.permitted, &plan->arena, &count);
		op->seccomp.filter = (struct op_bytes){ program, count * sizeof(*program) };
	}
}

/* Have the program of the plan followed, where it is waited for. */
static void follow(struct plan *plan)
{
	bool waited = plan->program == PROGRAM_WAIT || plan->program == PROGRAM_INPUT;
	struct trace_wish *wish = arena_new(&plan->arena, sizeof(*wish));

	struct op *op = plan->count ? &plan->ops[plan->count - 1].op : NULL;

	if (!waited || plan->traced || plan->follows || !op || (op->kind != OP_spawn && op->kind != OP_exec))
		return;
	/* What the child becomes cannot be held until it is followed; what it starts can. */
	op->kind = OP_spawn;
	*wish = (struct trace_wish){ .failed = true };
	plan->traced = wish;
}

static void lift(void *context, struct plan *plan)
{
	struct inside *inside = context;
	const struct script *script = inside->shell->script;
	struct lifts builds = { 0 };

	lift_plan(&inside->replay->lifts, plan, &builds);
	fit_filter(plan);
	filters_take(plan, plan->count, &inside->filters);
	if (inside->last && inside->replay->traces)
		follow(plan);
	for (size_t i = 0; i < LIFTS_MOST; i++) {
		if (!builds.on[i] || inside->ret->builds.on[i])
			continue;
		inside->ret->builds.on[i] = true;
		inside->ret->line[i] = inside->last || !script ? 0 : (unsigned short)script->number;
	}
}

static void take_call(struct replayed *ret, const struct failed_call *one)
{
	size_t at = 0;

	while (at < ret->call_count && (ret->calls[at].number != one->number || ret->calls[at].code != one->code ||
					strcmp(ret->calls[at].said, one->said) != 0))
		at++;
	/* It goes to the end; where there is no room, the first goes. */
	if (at == ret->call_count && at == FAILED_CALLS)
		at = 0;
	if (at < ret->call_count)
		memmove(&ret->calls[at], &ret->calls[at + 1], (--ret->call_count - at) * sizeof(*one));
	ret->calls[ret->call_count++] = *one;
}

static void traced(void *context, const struct tracer *tracer)
{
	struct inside *inside = context;

	for (size_t i = 0; inside->last && i < tracer_count(tracer); i++) {
		const struct traced *call = tracer_call(tracer, i);
		const char *said = tracer_text(tracer, call->said);
		cleanup_text struct text why = { 0 };
		struct failed_call one = { .number = call->number, .code = call->code, .strait = call->strait };
		const char *path = tracer_text(tracer, call->path);
		if (call->code <= 0)
			continue;
		size_t by = 0;
		uint32_t answer = filters_answer(&inside->filters, call->number, call->args, &by);
		if ((answer & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO && (int)(answer & SECCOMP_RET_DATA) == call->code)
			visible(one.filter, sizeof(one.filter), inside->filters.list[by].policy ? inside->filters.list[by].policy : "?");
		visible(one.said, sizeof(one.said), said ? said : trace_name(call->number, (char[40]){ "" }));
		if (path && strlen(path) < sizeof(one.path))
			strcpy(one.path, path);
		const char *cause = trace_explain(&inside->shell->session, call, path, &why);
		one.cause = cause ? cause_called(cause) : -1;
		snprintf(one.why, sizeof(one.why), "%s", text_of(&why));
		take_call(inside->ret, &one);
	}
}

/* What has been written to standard error so far goes. */
static void forget_said(void)
{
	if (ftruncate(STDERR_FILENO, 0) == 0)
		lseek(STDERR_FILENO, 0, SEEK_SET);
}

static void take_said(char *ret, size_t size)
{
	char said[512];
	ssize_t n = pread(STDERR_FILENO, said, sizeof(said) - 1, 0);

	said[n > 0 ? n : 0] = '\0';
	said[strcspn(said, "\n")] = '\0';
	visible(ret, size, said);
}

/* With a runtime folder of its own: what lies in the shell's it would take for that of one which was killed. */
static int open_session(struct session *session, struct error *err)
{
	cleanup_text struct text told = { 0 };
	const char *was = getenv("XDG_RUNTIME_DIR");
	cleanup_free char *kept = was ? text_copy(was) : NULL;

	setenv("XDG_RUNTIME_DIR", "/.stave", 1);
	int ret = session_open(session, &told, err);
	if (kept)
		setenv("XDG_RUNTIME_DIR", kept, 1);
	else
		unsetenv("XDG_RUNTIME_DIR");
	return ret;
}

static void run(void *context, void *result)
{
	static struct shell shell;
	struct inside inside = { .replay = context, .ret = result, .shell = &shell };
	struct replayed *ret = result;
	struct error err = { 0 };

	shell = (struct shell){ .exe = inside.replay->exe, .quiet = true, .yes = true, .lift = lift, .traced = traced, .lifts = &inside };
	session_init(&shell.session, -1);
	if (signals_open(false, &err) < 0 || open_session(&shell.session, &err) < 0) {
		snprintf(ret->trouble, sizeof(ret->trouble), "%.*s", (int)sizeof(ret->trouble) - 1, err.what);
		return;
	}
	forget_said();
	shell.failure = &err;
	if (script_run_string(&shell, NULL, inside.replay->story) < 0 || shell.failed) {
		take_said(ret->trouble, sizeof(ret->trouble));
		return;
	}
	forget_said();
	inside.last = ret->stood = true;
	shell.status = shell.ended = 0;
	if (inside.replay->before_last)
		inside.replay->before_last();
	script_run_string(&shell, NULL, inside.replay->line);
	ret->built = !shell.failed;
	ret->status = shell.ended;
	take_said(ret->said, COUNT(ret->said));
	/* What the program printed before is not why. */
	cleanup_text struct text trouble = { 0 };
	text_addf(&trouble, err.code ? "%s: %s (%s)" : "%s", err.what, errno_name(err.code), errno_words(err.code));
	if (!ret->built)
		visible(ret->trouble, sizeof(ret->trouble), text_of(&trouble));
}

int replay(const struct replay *replay, int64_t deadline, struct replayed *ret, struct error *err)
{
	cleanup_text struct text lines = { 0 };

	text_addf(&lines, "%s\n%s", replay->story, replay->line);
	const struct experiment experiment = { run, (void *)(uintptr_t)replay, sizeof(*ret), replay->grounds, text_of(&lines) };

	return experiment_try(&experiment, deadline, ret, err);
}
