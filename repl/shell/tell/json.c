#include "ops/same.h"
#include "shell/tell/json.h"
#include "snapshot/cgroup/killed.h"

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "base/text.h"
#include "base/causes/causes.h"
#include "base/process/signal.h"
#include "ops/privilege/capability.h"
#include "shell/shell.h"
#include "walls/walls.h"

/* Foreign text need not be UTF-8, which JSON must be; then it is written as it is shown on a screen. */
static json_t *string_of(const char *s, size_t length)
{
	json_t *ret = json_stringn(s, length);
	cleanup_text struct text seen = { 0 };

	if (ret)
		return ret;
	text_add_visible(&seen, s, length);
	return json_string(text_of(&seen));
}

static json_t *string(const char *s)
{
	return string_of(s, strlen(s));
}

static json_t *op_json(const struct planned *planned, const struct op_outcome *outcome, int pid)
{
	const struct op *op = &planned->op;
	cleanup_text struct text call = { 0 }, does = { 0 };
	json_t *ret = json_object();

	op_say(op, pid, &call);
	op_does(op, &does);
	json_object_set_new(ret, "op", json_string(op_info(op->kind)->name));
	json_object_set_new(ret, "stage", planned->stage ? json_string(stages[planned->stage].name) :
							   json_null());
	bool in_child = op_info(op->kind)->side == IN_CHILD && !(planned->flags & PLAN_ON_HOST);
	json_object_set_new(ret, "side", json_string(in_child ?
							     "child" : "host"));
	json_object_set_new(ret, "call", string(text_of(&call)));
	json_object_set_new(ret, "does", string(text_of(&does)));
	json_object_set_new(ret, "ok", outcome ? json_boolean(outcome->code == 0) : json_null());
	json_object_set_new(ret, "errno", outcome && outcome->code ?
						  json_string(errno_name(outcome->code)) :
						  json_null());
	if (outcome && outcome->detail[0])
		json_object_set_new(ret, "detail", string(outcome->detail));
	return ret;
}

static json_t *ops_json(const struct result *result)
{
	const struct step *step = result->step;
	const struct plan *plan = step ? &step->plan : &result->plan;
	json_t *ret = json_array();
	struct op_outcome room;

	for (size_t i = 0; i < plan->count; i++)
		json_array_append_new(ret, op_json(&plan->ops[i], step ? step_outcome(step, i, &room) : NULL,
						   step ? step->pid : 0));
	return ret;
}

/* null where one of the two could not be read. */
static json_t *ns_json(const struct shell *shell, const struct reading *before, const struct reading *now,
		       const struct difference *difference)
{
	const struct reading *host = &shell->session.host;
	json_t *ret = json_object();

	for (enum ns_link link = 0; link < NS_LINKS; link++) {
		json_t *one = json_object();
		json_object_set_new(one, "id", json_integer((json_int_t)now->ns[link].id));
		json_object_set_new(one, "own", !now->ns[link].id || !host->ns[link].id ?
				    json_null() : json_boolean(ns_own(now, host, link)));
		json_object_set_new(one, "joined", now->ns[link].joined_unseen ? json_null() :
				    json_boolean(now->ns[link].joined));
		bool known = !before || (ns_known(before, link) && ns_known(now, link));
		json_object_set_new(one, "changed", difference && !known ? json_null() :
				    json_boolean(difference && difference->ns[link]));
		json_object_set_new(ret, ns_types[link].name, one);
	}
	return ret;
}

/* {"pid": true}: whether each wall stands, null where that could not be looked at or /proc does not
 * show it. */
static json_t *walls_json(const struct reading *now, const struct session *session)
{
	const struct sides sides = { .child = now, .host = &session->host };
	json_t *ret = json_object();

	for (enum wall_id wall = 0; wall < WALLS; wall++) {
		enum standing standing = session->seen ? wall_standing(wall, &sides) : NOT_SEEN;
		json_object_set_new(ret, walls[wall].name, standing == NOT_SEEN ? json_null() :
							   json_boolean(standing >= JOINED));
	}
	return ret;
}

/* A changed line counts as the old one removed and the new one added. null where one of the tables could not
 * be read. */
static json_t *mountinfo_json(const struct reading *before, const struct reading *now,
			      const struct difference *difference)
{
	bool known = !difference || !before || (before->mounts && now->mounts);
	json_t *ret = json_object(), *added = known ? json_array() : json_null(),
	       *removed = known ? json_array() : json_null(), *hidden = known ? json_array() : json_null();

	for (size_t i = 0; difference && i < difference->mount_count; i++) {
		const struct mount_change *change = &difference->mounts[i];
		if (change->change == CHANGE_HIDDEN)
			json_array_append_new(hidden, string(change->before->line));
		else if (change->before)
			json_array_append_new(removed, string(change->before->line));
		if (change->after)
			json_array_append_new(added, string(change->after->line));
	}
	json_object_set_new(ret, "total",
			    now->mounts ? json_integer((json_int_t)now->mounts->count) : json_null());
	json_object_set_new(ret, "added", added);
	json_object_set_new(ret, "removed", removed);
	json_object_set_new(ret, "hidden", hidden);
	return ret;
}

static const struct set_name {
	const char *name;
	size_t offset;
} set_names[] = {
	{ "inheritable", offsetof(struct reading, cap_inheritable) },
	{ "permitted", offsetof(struct reading, cap_permitted) },
	{ "effective", offsetof(struct reading, cap_effective) },
	{ "bounding", offsetof(struct reading, cap_bounding) },
	{ "ambient", offsetof(struct reading, cap_ambient) },
};
enum { SETS = COUNT(set_names) };

static uint64_t set_of(const struct reading *reading, size_t i)
{
	return *(const uint64_t *)((const char *)reading + set_names[i].offset);
}

/* The sets as /proc/PID/status has them. */
static json_t *status_json(const struct reading *reading)
{
	json_t *ret = json_object();

	for (size_t i = 0; i < SETS; i++) {
		char bits[20];
		snprintf(bits, sizeof(bits), "%016llx", (unsigned long long)set_of(reading, i));
		json_object_set_new(ret, set_names[i].name, json_string(bits));
	}
	json_object_set_new(ret, "no_new_privs", json_boolean(reading->no_new_privs));
	json_object_set_new(ret, "seccomp", json_integer(reading->seccomp));
	return ret;
}

/* {"effective": ["net_raw"]}: for each set that has them, the capabilities of one reading that
 * another lacks. */
static json_t *more_json(const struct reading *has, const struct reading *lacks)
{
	json_t *ret = json_object();

	for (size_t i = 0; i < SETS; i++) {
		uint64_t more = set_of(has, i) & ~set_of(lacks, i);
		json_t *names = json_array();
		for (const struct flag *flag = capability_flags; flag->name; flag++) {
			cleanup_text struct text name = { 0 };
			if (!(more & flag->value))
				continue;
			capability_list(flag->value, "", "", &name);
			json_array_append_new(names, json_string(text_of(&name)));
		}
		if (more)
			json_object_set(ret, set_names[i].name, names);
		json_decref(names);
	}
	return ret;
}

static json_t *privileges_json(const struct reading *before, const struct reading *now,
			       const struct difference *difference)
{
	bool changed = difference && (difference->caps || difference->no_new_privs ||
				      difference->seccomp);
	json_t *ret = status_json(now);

	json_object_set_new(ret, "changed", json_boolean(changed));
	json_object_set_new(ret, "before", changed ? status_json(before) : json_null());
	json_object_set_new(ret, "lost", changed ? more_json(before, now) : json_object());
	json_object_set_new(ret, "gained", changed ? more_json(now, before) : json_object());
	return ret;
}

static json_t *error_json(const struct result *result)
{
	const struct error *error = &result->error;

	if (!result->failed)
		return json_null();
	json_t *ret = json_object();
	json_object_set_new(ret, "id", string(error->id));
	json_object_set_new(ret, "what", string(error->what));
	json_object_set_new(ret, "errno", error->code ? json_string(errno_name(error->code)) :
							json_null());
	json_object_set_new(ret, "cause", string(error_cause(error)));
	json_object_set_new(ret, "why", string(error->why));
	json_object_set_new(ret, "fix", string(error->fix));
	json_object_set_new(ret, "column", json_integer(error->column));
	return ret;
}

static json_t *output_json(const struct result *result)
{
	if (result->step && result->step->output)
		return string(result->step->output);
	return string_of(text_of(&result->output), result->output.len);
}

/* The commands that do the same, null where no line was planned. */
static json_t *same_json(const struct plan *plan)
{
	cleanup_text struct text script = { 0 }, differs = { 0 };

	if (!plan->count)
		return json_null();
	plan_script(plan, &script);
	plan_differs(plan, &differs);
	json_t *ret = json_object();
	json_object_set_new(ret, "man", string(plan_man(plan)));
	json_object_set_new(ret, "command", script.len ? string(script.s) : json_null());
	json_object_set_new(ret, "without", differs.len ? string(differs.s) : json_null());
	return ret;
}

static json_t *like_json(const struct rebuilt *like)
{
	json_t *lost = json_array();

	for (size_t i = 0; i < like->lost_count; i++)
		json_array_append_new(lost, json_pack("{ss so}", "wall", like->lost[i].wall, "why", string(like->lost[i].why)));
	return json_pack("{si so so so}", "pid", (int)like->pid, "comm", string(like->comm), "line", string(like->line),
			 "not_rebuilt", lost);
}

static json_t *steps_json(const struct session *session)
{
	json_t *ret = json_array();

	for (size_t i = 0; i < session->fall.count; i++) {
		const struct step *step = session->steps[session->count + i];
		json_array_append_new(ret, json_pack("{si so ss}", "step", step->number, "line",
						     string(step->line), "child", step->owner->name));
	}
	return ret;
}

static json_t *lines_json(const struct text *lost)
{
	json_t *ret = json_array();

	for (const char *s = text_of(lost); *s;) {
		size_t length = strcspn(s, "\n");
		json_array_append_new(ret, json_stringn(s, length));
		s += length + (s[length] == '\n');
	}
	return ret;
}

static void fall_json(const struct session *session, json_t *object)
{
	const struct fall *fall = &session->fall;

	if (!fall->count && !fall->lost.len)
		return;
	json_object_set_new(object, "fallen",
		json_pack("{so si ss so}", "steps", steps_json(session), "because", fall->number,
			  "id", fall->error.id, "lost", lines_json(&fall->lost)));
}

static json_t *result_object(const struct shell *shell, const struct result *result)
{
	const struct step *step = result->step;
	/* A container that has ended is told as it stood when its program began. */
	bool stood = step && (step->ok || step->incomplete) && step->after->pid;
	const struct reading *now = stood ? step->after : &shell->session.at->now;
	const struct reading *before = step ? step->before : NULL;
	/* What a failing line did was taken back: nothing differs, unless it is left incomplete. */
	const struct difference *difference = step && (step->ok || step->incomplete) ?
					      &step->difference : NULL;
	json_t *ret = json_object();

	const struct session *session = &shell->session;
	bool joined = step && session->count && session->steps[session->count - 1] == step;
	json_object_set_new(ret, "step", json_integer(joined ? step->number : 0));
	json_object_set_new(ret, "line", string(result->line));
	json_object_set_new(ret, "child", string(step ? step->owner->name : session->at->name));
	json_object_set_new(ret, "ok", json_boolean(!result->failed));
	json_object_set_new(ret, "pid", json_integer(stood || shell->session.at->child ? now->pid : 0));
	json_object_set_new(ret, "ops", ops_json(result));
	json_object_set_new(ret, "ns", ns_json(shell, before, now, difference));
	json_object_set_new(ret, "walls", walls_json(now, session));
	json_object_set_new(ret, "mountinfo", mountinfo_json(before, now, difference));
	json_object_set_new(ret, "privileges", privileges_json(before, now, difference));
	json_object_set_new(ret, "error", error_json(result));
	json_object_set_new(ret, "output", output_json(result));
	json_object_set_new(ret, "same_as", same_json(step ? &step->plan : &result->plan));
	const struct rebuilt *like = step ? step->plan.like : result->plan.like;
	if (like)
		json_object_set_new(ret, "like", like_json(like));
	if (result->trace)
		json_object_set_new(ret, "trace", json_incref(result->trace));
	if (step && step->ok && step->plan.program == PROGRAM_BACKGROUND)
		json_object_set_new(ret, "job", json_integer(session->jobs[session->job_count - 1].number));
	if (step && step->incomplete)
		json_object_set_new(ret, "incomplete", json_true());
	fall_json(session, ret);
	if (step && step->note)
		json_object_set_new(ret, "note", string(step->note));
	if (step && step->oom)
		json_object_set_new(ret, "oom", json_pack("{s:s, s:I, s:o}", "group", step->oom->folder, "kills",
				    (json_int_t)step->oom->kills, "bound", step->oom->most == NO_LIMIT ? json_null() :
				    json_integer((json_int_t)step->oom->most)));
	if (result->is_full)
		json_object_set_new(ret, "storage", json_pack("{s:I, s:I, s:I}", "size", (json_int_t)result->full.size, "left",
				    (json_int_t)result->full.left, "inodes_left", (json_int_t)result->full.inodes));
	if (step && step->killed)
		json_object_set_new(ret, "killed_by", string(killed_by_name(step->killed)));
	if (step && signal_name(step->signal))
		json_object_set_new(ret, "signal", json_sprintf("SIG%s", signal_name(step->signal)));
	json_object_set_new(ret, "status", step && step->status >= 0 ?
						   json_integer(step->status) : json_null());
	return ret;
}

void result_json(struct shell *shell, const struct result *result, struct text *ret)
{
	struct error unseen; /* then the ids are 0 */

	session_see(&shell->session, &unseen);
	json_t *object = result_object(shell, result);
	char *line = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);

	json_decref(object);
	if (!line)
		out_of_memory();
	text_add(ret, line);
	text_add(ret, "\n");
	free(line);
}
