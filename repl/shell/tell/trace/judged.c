#include "shell/tell/trace/trace.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>

#include "advice/calls/refused.h"
#include "base/arena.h"
#include "base/list.h"
#include "base/text.h"
#include "ops/privilege/filters.h"
#include "shell/shell.h"
#include "shell/tell/ended/ended.h"

/* The policy of the filter that answers with this errno, by the child's steps; NULL where none does. */
static const char *filter_refuses(const struct session *session, const struct traced *call)
{
	struct filters filters = { 0 };
	const struct plan *plan;
	size_t by = 0;

	for (size_t i = 0; (plan = session_plan(session, session->at->now.pid, i)); i++)
		filters_take(plan, plan->count, &filters);
	uint32_t answer = filters_answer(&filters, call->number, call->args, &by);
	if ((answer & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO ||
	    (int)(answer & SECCOMP_RET_DATA) != call->code)
		return NULL;
	return filters.list[by].policy ? filters.list[by].policy : "";
}

static bool is_same(const struct tracer *tracer, const struct traced *a, const struct traced *b)
{
	const char *one = tracer_text(tracer, a->said), *other = tracer_text(tracer, b->said);

	return a->pid == b->pid && a->number == b->number && a->code == b->code && a->code && one && other &&
	       strcmp(one, other) == 0;
}

struct judged trace_judge(const struct shell *shell, const struct tracer *tracer, size_t *i, struct arena *arena)
{
	const struct traced *call = tracer_call(tracer, *i);
	struct judged ret = { .call = call, .said = tracer_text(tracer, call->said), .path = tracer_text(tracer, call->path) };
	cleanup_text struct text why = { 0 }, fix = { 0 };
	char name[40];

	if (!ret.said)
		ret.said = arena_print(arena, "%s(...)", trace_name(call->number, name));
	for (ret.times = 0; *i < tracer_count(tracer) && (ret.times == 0 || is_same(tracer, call, tracer_call(tracer, *i)));
	     (*i)++)
		ret.times++;
	if (!call->code)
		return ret;
	const struct fork_limit *forks = &shell->scene->forks;
	bool refuses = forks->refused && forks->refused != NO_LIMIT;
	const struct refused refused = {
		.number = call->number, .code = call->code, .args = call->args, .path = ret.path, .written = tracer_text(tracer, call->written), .caps = call->caps,
		.others = { tracer_text(tracer, call->others[0]), tracer_text(tracer, call->others[1]), tracer_text(tracer, call->others[2]) },
		.here = standpoint_same(&call->from, &shell->scene->from),
		.known_ids = call->known_ids, .uid = call->uid, .gid = call->gid,
		.strait = &call->strait,
		.storage = storage_of(&shell->session, shell->session.at->now.pid),
		.filter = filter_refuses(&shell->session, call),
		.landlock = landlock_refuses(&shell->session, call, ret.path, arena),
		.group = refuses ? forks->folder : NULL,
		.group_most = refuses ? forks->most : 0,
		.group_refused = refuses ? forks->refused : 0,
		.child = &shell->session.at->now, .host = &shell->session.host, .facts = &shell->session.facts,
	};
	struct verdict verdict = { .why = &why, .fix = &fix };
	if (advise_refused(&refused, &verdict)) {
		ret.wall = verdict.wall;
		ret.cause = verdict.cause;
		ret.why = arena_copy(arena, text_of(&why));
		ret.fix = arena_copy(arena, text_of(&fix));
	}
	return ret;
}

const char *trace_room(const struct session *session, const struct failed_room *call, bool child, struct text *why, struct text *fix)
{
	static const enum cause_id causes[] = { CAUSE_FILE_FULL, CAUSE_FILE_NO_INODES, CAUSE_FILE_QUOTA };
	const uint64_t args[6] = { 0 };
	struct reading elsewhere = { .pid = session->host.pid };
	const struct refused refused = {
		.number = call->number, .code = call->code, .args = args, .path = call->path, .strait = call->strait, .storage = call->storage,
		.child = child ? &session->at->now : &elsewhere, .host = child ? &session->host : &elsewhere, .facts = &session->facts,
	};
	struct verdict verdict = { .why = why, .fix = fix };

	if ((call->code != ENOSPC && call->code != EDQUOT) || !advise_refused(&refused, &verdict))
		return NULL;
	for (size_t i = 0; i < COUNT(causes); i++)
		if (strcmp(verdict.cause, cause_row(causes[i])->id) == 0)
			return verdict.cause;
	return NULL;
}

/* What is the same wherever the program's root is. */
static bool is_kernels(const char *path)
{
	return path && (text_begins(path, "/proc/") || text_begins(path, "/sys/") || text_begins(path, "/dev/"));
}

const char *trace_explain(const struct session *session, const struct traced *call, const char *path, struct text *ret)
{
	cleanup_text struct text fix = { 0 };
	const struct refused refused = { .number = call->number, .code = call->code, .args = call->args, .caps = call->caps,
					 .path = is_kernels(path) ? path : NULL, .child = &session->host, .host = &session->host, .facts = &session->facts };
	struct verdict verdict = { .why = ret, .fix = &fix };

	return advise_refused(&refused, &verdict) ? verdict.cause : NULL;
}
