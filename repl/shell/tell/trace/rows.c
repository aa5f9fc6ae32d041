#include "shell/tell/trace/trace.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "base/show/fill.h"
#include "base/show/paint.h"
#include "base/show/table.h"
#include "shell/shell.h"
#include "shell/tell/calls.h"

enum {
	INDENT = 5,
	COUNTED_MOST = 12
};

static void add_end(const struct shell *shell, const struct judged *judged, struct text *ret)
{
	const struct traced *call = judged->call;

	if (call->endless) {
		text_add(ret, " = ?");
		return;
	}
	if (!call->code) {
		text_addf(ret, " = %lld", (long long)call->value);
		return;
	}
	text_add(ret, " = ");
	paint(ret, shell->screen.color, PAINT_ERROR, errno_name(call->code));
}

static void add_row(const struct shell *shell, const struct judged *judged, pid_t first, struct text *ret)
{
	cleanup_text struct text line = { 0 };

	report_mark(shell, judged->call->code ? CALL_FAILED : CALL_DONE, ret);
	if (judged->call->pid != first)
		text_addf(&line, "[%d] ", judged->call->pid);
	text_add(&line, judged->said);
	add_end(shell, judged, &line);
	if (judged->times > 1)
		text_sayf(&line, ", %zu times", judged->times);
	fill(ret, text_of(&line), INDENT, shell->screen.columns);
	if (!judged->cause)
		return;
	text_clear(&line);
	text_addf(&line, "%s%s%s", judged->wall ? judged->wall : "", judged->wall ? ": " : "", judged->why);
	text_pad(ret, INDENT);
	fill(ret, text_of(&line), INDENT, shell->screen.columns);
}

struct counted {
	int number;
	uint64_t calls, failed;
};

static int compare(const void *a, const void *b)
{
	const struct counted *one = a, *other = b;

	if (one->calls != other->calls)
		return one->calls < other->calls ? 1 : -1;
	return one->number - other->number;
}

static size_t count_calls(const struct tracer *tracer, struct counted list[TRACE_NUMBERS])
{
	size_t ret = 0;

	for (int number = 0; number < TRACE_NUMBERS; number++) {
		list[ret].number = number;
		tracer_tally(tracer, number, &list[ret].calls, &list[ret].failed);
		ret += list[ret].calls > 0;
	}
	qsort(list, ret, sizeof(*list), compare);
	return ret;
}

static void add_table(const struct shell *shell, const struct tracer *tracer, struct text *ret)
{
	static const char *const head[] = { N_("CALL"), N_("CALLS"), N_("FAILED"), NULL };
	struct table table = { .columns = 3, .right = 1 << 1 | 1 << 2 };
	struct counted list[TRACE_NUMBERS], rest = { 0 };
	size_t count = count_calls(tracer, list);
	char name[40];

	if (!count)
		return;
	table_head(&table, head);
	for (size_t i = 0; i < count; i++) {
		if (i >= COUNTED_MOST && count > COUNTED_MOST + 1) {
			rest.calls += list[i].calls;
			rest.failed += list[i].failed;
			continue;
		}
		table_add(&table, "%s", trace_name(list[i].number, name));
		table_add(&table, "%llu", (unsigned long long)list[i].calls);
		table_add(&table, "%llu", (unsigned long long)list[i].failed);
	}
	if (rest.calls) {
		table_add(&table, _("%zu others"), count - COUNTED_MOST);
		table_add(&table, "%llu", (unsigned long long)rest.calls);
		table_add(&table, "%llu", (unsigned long long)rest.failed);
	}
	table_print(&table, shell->screen.color, 3, shell->screen.columns, ret);
}

static void add_notes(const struct shell *shell, const struct tracer *tracer, uint64_t left, struct text *ret)
{
	cleanup_text struct text line = { 0 };

	if (left)
		text_sayf(&line, "%llu more calls are not shown; stave --json shows them. ", (unsigned long long)left);
	if (tracer_dropped(tracer))
		text_sayf(&line, "%llu more were counted and not kept. ", (unsigned long long)tracer_dropped(tracer));
	if (tracer_foreign(tracer))
		text_sayf(&line, "%llu calls of a 32-bit program were not followed. ", (unsigned long long)tracer_foreign(tracer));
	if (!line.len)
		return;
	text_pad(ret, 3);
	fill(ret, text_of(&line), 3, shell->screen.columns);
}

void trace_tell(const struct shell *shell, const struct tracer *tracer, struct text *ret)
{
	cleanup_arena struct arena arena = { 0 };
	size_t count = tracer_count(tracer), shown = 0, i = 0;

	while (i < count && shown++ < TOLD_MOST) {
		struct judged judged = trace_judge(shell, tracer, &i, &arena);
		add_row(shell, &judged, tracer_call(tracer, 0)->pid, ret);
	}
	if (!count)
		text_say(ret, "   No call that was asked for was made.\n");
	add_notes(shell, tracer, count - i + tracer_unshown(tracer), ret);
	add_table(shell, tracer, ret);
}
