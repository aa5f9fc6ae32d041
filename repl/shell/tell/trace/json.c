#include "shell/tell/trace/trace.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

/* Foreign bytes: what is not UTF-8 is made visible. */
static json_t *string(const char *s)
{
	return s ? json_string(vis(s)) : json_null();
}

static json_t *call_json(const struct judged *judged)
{
	const struct traced *call = judged->call;
	char name[40];

	return json_pack("{si ss so so si so so so so si}", "pid", (int)call->pid, "name", trace_name(call->number, name),
			 "call", string(judged->said), "errno", call->code ? json_string(errno_name(call->code)) : json_null(),
			 "code", call->code, "value", call->endless ? json_null() : json_integer(call->value), "wall", string(judged->wall), "cause",
			 string(judged->cause), "why",
			 string(judged->why), "times", (int)judged->times);
}

static json_t *counts_json(const struct tracer *tracer)
{
	json_t *ret = json_object();
	uint64_t calls, failed;
	char name[40];

	for (int number = 0; number < TRACE_NUMBERS; number++) {
		tracer_tally(tracer, number, &calls, &failed);
		if (calls)
			json_object_set_new(ret, trace_name(number, name),
					    json_pack("{sI sI}", "calls", (json_int_t)calls, "failed", (json_int_t)failed));
	}
	return ret;
}

json_t *trace_json(const struct shell *shell, const struct tracer *tracer)
{
	cleanup_arena struct arena arena = { 0 };
	json_t *calls = json_array();

	for (size_t i = 0; i < tracer_count(tracer);) {
		struct judged judged = trace_judge(shell, tracer, &i, &arena);
		json_array_append_new(calls, call_json(&judged));
	}
	return json_pack("{so so sI sI sb}", "calls", calls, "counts", counts_json(tracer), "dropped",
			 (json_int_t)tracer_dropped(tracer), "foreign", (json_int_t)tracer_foreign(tracer), "filtered",
			 tracer_filtered(tracer));
}
