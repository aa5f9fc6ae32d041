/* What a program whose calls were counted has taught: its profile, or what a filter would have refused. */
#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "base/show/fill.h"
#include "base/show/table.h"
#include "image/profile.h"
#include "ops/plan.h"
#include "ops/privilege/calls.h"
#include "shell/shell.h"
#include "shell/tell/trace/trace.h"

enum { INDENT = 3 };

static const char *name_of(uint32_t architecture, int number, char *ret)
{
	if (!call_name_on(architecture, number, ret)[0])
		snprintf(ret, 40, "call %d", number);
	return ret;
}

static void add_line(const struct shell *shell, const char *s, struct text *ret)
{
	text_pad(ret, INDENT);
	fill(ret, s, INDENT, shell->screen.columns);
}

/* How the calls were seen, where that was not by a listener; and what was not. */
static void add_notes(const struct shell *shell, const struct learning *learns, const struct tracer *tracer, struct text *ret)
{
	cleanup_text struct text line = { 0 };

	if (tracer_listens(tracer))
		text_say(&line, "The kernel asked about each call: a call may have failed with EINTR because a signal came first.");
	else if (learns->listens && learns->unheard)
		text_sayf(&line, "The program was followed by ptrace(2), for %s.", _(learns->unheard));
	else if (learns->listens)
		text_sayf(&line, "The program was followed by ptrace(2), for seccomp(2) with a listener says %s.",
			  errno_name(tracer_unheard(tracer)));
	if (tracer_dropped(tracer))
		text_sayf(&line, "%s%llu calls have numbers that no call has here, and were not kept.", line.len ? " " : "",
			  (unsigned long long)tracer_dropped(tracer));
	if (line.len)
		add_line(shell, text_of(&line), ret);
}

static const char *way(const struct tracer *tracer)
{
	return tracer_listens(tracer) ? "listener" : "ptrace";
}

/* ---- a profile ---- */

static void take(const struct tracer *tracer, struct profile *ret)
{
	uint32_t architecture;

	for (size_t i = 0; (architecture = tracer_architecture(tracer, i)); i++) {
		struct profile_calls *to = profile_calls(ret, architecture);
		for (int number = 0; to && number < TRACE_NUMBERS; number++)
			to->made[number] = tracer_made(tracer, i, number);
	}
}

static json_t *profile_told(const struct tracer *tracer, const struct profile *seen, const struct profile *now, size_t added)
{
	json_t *all = json_object();
	char name[40];

	for (size_t i = 0; i < PROFILE_ARCHITECTURES && seen->of[i].architecture; i++) {
		json_t *calls = json_object();
		for (int number = 0; number < PROFILE_NUMBERS; number++)
			if (seen->of[i].made[number])
				json_object_set_new(calls, name_of(seen->of[i].architecture, number, name),
						    json_integer((json_int_t)tracer_made(tracer, i, number)));
		const char *architecture = architecture_name(seen->of[i].architecture);
		json_object_set_new(all, architecture ? architecture : "unknown", calls);
	}
	return json_pack("{ss sI sI sI so ss}", "profile", now->name, "calls", (json_int_t)profile_count(now), "runs",
			 (json_int_t)now->runs, "added", (json_int_t)added, "seen", all, "by", way(tracer));
}

static int tell_profile(const struct shell *shell, const struct learning *learns, const struct tracer *tracer,
			struct result *result, struct error *err)
{
	struct profile seen = { 0 }, now;
	cleanup_text struct text line = { 0 };
	size_t added;

	take(tracer, &seen);
	if (profile_grow(learns->profile, learns->fresh, &seen, &now, &added, err) < 0)
		return -1;
	if (shell->json) {
		result->trace = profile_told(tracer, &seen, &now, added);
		return 0;
	}
	text_sayf(&line, message_of(now.runs, "The profile %s has %zu calls, %zu of them new, after %llu run. seccomp %s loads it; "
				    "container --security-opt seccomp=%s runs a container behind it.",
				    "The profile %s has %zu calls, %zu of them new, after %llu runs. seccomp %s loads it; "
				    "container --security-opt seccomp=%s runs a container behind it."),
		  now.name, profile_count(&now), added, (unsigned long long)now.runs, now.name, now.name);
	add_line(shell, text_of(&line), &result->output);
	add_notes(shell, learns, tracer, &result->output);
	return 0;
}

/* ---- an audit ---- */

struct refusal {
	uint32_t architecture, answer;
	int number;
	uint64_t times;
};

static int compare(const void *a, const void *b)
{
	const struct refusal *one = a, *other = b;

	if (one->times != other->times)
		return one->times < other->times ? 1 : -1;
	return one->number - other->number;
}

/* On the heap, most frequent first. */
static struct refusal *refusals(const struct tracer *tracer, size_t *count)
{
	struct refusal *ret = NULL;
	uint32_t architecture;
	size_t room = 0;

	*count = 0;
	for (size_t i = 0; (architecture = tracer_architecture(tracer, i)); i++)
		for (int number = 0; number < TRACE_NUMBERS; number++) {
			struct refusal one = { .architecture = architecture, .number = number };
			one.times = tracer_refused(tracer, i, number, &one.answer);
			if (!one.times)
				continue;
			LIST_ROOM(ret, *count, room);
			ret[(*count)++] = one;
		}
	if (*count)
		qsort(ret, *count, sizeof(*ret), compare);
	return ret;
}

/* The errno, NULL where the process would end. */
static const char *errno_of(uint32_t answer)
{
	return (answer & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO ? errno_name((int)(answer & SECCOMP_RET_DATA)) : NULL;
}

static json_t *audit_told(const struct learning *learns, const struct tracer *tracer, const struct refusal *list, size_t count)
{
	json_t *refused = json_array();
	char name[40];

	for (size_t i = 0; i < count; i++) {
		const char *code = errno_of(list[i].answer), *architecture = architecture_name(list[i].architecture);
		json_array_append_new(refused, json_pack("{ss ss? sI so}", "call", name_of(list[i].architecture, list[i].number, name),
							 "architecture", architecture, "times", (json_int_t)list[i].times,
							 "errno", code ? json_string(code) : json_null()));
	}
	return json_pack("{ss so ss sb}", "policy", learns->policy, "refused", refused, "by", way(tracer), "sys_admin", learns->admin);
}

static void tell_admin(const struct shell *shell, const struct learning *learns, struct text *ret)
{
	cleanup_text struct text line = { 0 };

	if (!learns->admin)
		return;
	text_say(&line, "The child has sys_admin, so mount and similar calls pass: docker's containers do not have it. "
		       "Type caps docker first to ask about one of them.");
	add_line(shell, text_of(&line), ret);
}

static void tell_refusals(const struct shell *shell, const struct learning *learns, const struct refusal *list, size_t count,
			  struct text *ret)
{
	static const char *const head[] = { N_("CALL"), N_("TIMES"), N_("WOULD GET"), NULL };
	struct table table = { .columns = 3, .right = 1 << 1 };
	cleanup_text struct text line = { 0 };
	char name[40];

	if (!count) {
		text_sayf(&line, "Under %s no call of the program would be refused.", learns->policy);
		add_line(shell, text_of(&line), ret);
		tell_admin(shell, learns, ret);
		return;
	}
	text_sayf(&line, "Nothing was refused. Under %s these calls would be:", learns->policy);
	add_line(shell, text_of(&line), ret);
	table_head(&table, head);
	for (size_t i = 0; i < count; i++) {
		const char *code = errno_of(list[i].answer);
		table_add(&table, "%s", name_of(list[i].architecture, list[i].number, name));
		table_add(&table, "%llu", (unsigned long long)list[i].times);
		table_add(&table, "%s", code ? code : _("the end of the process"));
	}
	table_print(&table, shell->screen.color, INDENT, shell->screen.columns, ret);
	tell_admin(shell, learns, ret);
}

int learned_tell(const struct shell *shell, const struct learning *learns, const struct tracer *tracer,
		 struct result *result, struct error *err)
{
	size_t count;

	/* What kept it from beginning is told by who waits for it. */
	if (!tracer_began(tracer))
		return 0;
	if (learns->profile)
		return tell_profile(shell, learns, tracer, result, err);
	struct refusal *list = refusals(tracer, &count);
	if (shell->json) {
		result->trace = audit_told(learns, tracer, list, count);
	} else {
		tell_refusals(shell, learns, list, count, &result->output);
		add_notes(shell, learns, tracer, &result->output);
	}
	free(list);
	return 0;
}
