#include "shell/tell/ended/fallen.h"

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
	text_add_prose(ret, text_of(&line), line.len);
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
