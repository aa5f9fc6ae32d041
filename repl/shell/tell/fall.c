#include "shell/tell/fall.h"

#include <jansson.h>
#include <string.h>

#include "base/error.h"
#include "base/message.h"
#include "base/text.h"
#include "session/session.h"

void report_lost(const struct text *lost, struct text *ret)
{
	if (!lost->len)
		return;
	text_say(ret, "what could not be restored:\n");
	for (const char *s = lost->s; *s;) {
		size_t length = strcspn(s, "\n");
		text_add(ret, "  ");
		text_addn(ret, s, length);
		text_add(ret, "\n");
		s += length + (s[length] == '\n');
	}
}

/* Step i of those that fell, as it is typed. */
static void add_line(const struct session *session, size_t i, struct text *ret)
{
	cleanup_text struct text line = { 0 };

	step_line(session, session->steps[session->count + i], &line);
	text_add_visible(ret, text_of(&line), line.len);
}

static void report_steps(const struct session *session, struct text *ret)
{
	const struct fall *fall = &session->fall;

	if (!fall->number)
		text_addf(ret, message_of(fall->count, "%zu step fell with the child; redo performs it again:\n",
					  "%zu steps fell with the child; redo performs them again:\n"), fall->count);
	else
		text_addf(ret, message_of(fall->count,
				"%zu step stands no longer, for step %d cannot be repeated; redo tries again:\n",
				"%zu steps stand no longer, for step %d cannot be repeated; redo tries again:\n"),
			  fall->count, fall->number);
	for (size_t i = 0; i < fall->count; i++) {
		text_addf(ret, "%6d  ", session->steps[session->count + i]->number);
		add_line(session, i, ret);
		text_add(ret, "\n");
	}
	if (fall->number && fall->error.code)
		text_sayf(ret, "  step %d: %s: %s\n", fall->number, fall->error.what, errno_name(fall->error.code));
	else if (fall->number)
		text_sayf(ret, "  step %d: %s\n", fall->number, fall->error.what);
}

void report_fall(const struct session *session, struct text *ret)
{
	report_lost(&session->fall.lost, ret);
	if (session->fall.count)
		report_steps(session, ret);
}

static json_t *steps_json(const struct session *session)
{
	json_t *ret = json_array();

	for (size_t i = 0; i < session->fall.count; i++) {
		const struct step *step = session->steps[session->count + i];
		cleanup_text struct text line = { 0 };
		text_add_visible(&line, step->line, strlen(step->line));
		json_array_append_new(ret, json_pack("{si ss ss}", "step", step->number, "line",
						     text_of(&line), "child", step->owner->name));
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

void fall_json(const struct session *session, json_t *object)
{
	const struct fall *fall = &session->fall;

	if (!fall->count && !fall->lost.len)
		return;
	json_object_set_new(object, "fallen",
		json_pack("{so si ss so}", "steps", steps_json(session), "because", fall->number,
			  "id", fall->error.id, "lost", lines_json(&fall->lost)));
}
