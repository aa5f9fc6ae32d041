#include "shell/acts/story/story.h"

#include <string.h>

#include "base/message.h"
#include "base/text.h"
#include "shell/shell.h"
#include "shell/tell/changes.h"
#include "shell/tell/report.h"
#include "shell/tell/ended/fallen.h"
#include "words/language/command.h"
#include "words/language/words.h"

void story_tell(struct shell *shell, const struct text *lost, struct text *ret)
{
	const struct session *session = &shell->session;

	report_lost(lost, ret);
	text_addf(ret, message_of(session->count, "%zu step stands, %zu can be redone\n",
				  "%zu steps stand, %zu can be redone\n"),
		  session->count, session->total - session->count);
	if (session->at->child)
		report_changes(shell, &session->at->now, &session->at->now, NULL, false, ret);
}

int story_failed(struct shell *shell, const struct text *lost, struct text *ret)
{
	if (lost->len)
		story_tell(shell, lost, ret);
	return -1;
}

void story_name_steps(const struct session *session, const char *word, size_t from, size_t to,
		       struct text *ret)
{
	for (size_t i = from; i < to; i++) {
		text_addf(ret, "%s: ", word);
		cleanup_text struct text line = { 0 };
		step_line(session, session->steps[i], &line);
		text_add_prose(ret, text_of(&line), line.len);
		text_add(ret, "\n");
	}
}

const struct arg_spec story_args[] = {
	{ "N", WORD_NUMBER, .optional = true, .means = "how many steps; 1 when it is missing" },
	{ 0 }
};

int story_go(struct shell *shell, const struct words *words, struct result *result,
	     int (*go)(struct session *session, size_t n, struct text *lost, struct error *err), const char *word)
{
	struct session *session = &shell->session;
	size_t before = session->count;
	const struct sibling *at = session->at;
	cleanup_text struct text lost = { 0 };

	int failed = go(session, words_number(words, 0, 1), &lost, &result->error);
	/* Those that a failing replay made fall are named apart. */
	size_t now = session->count + session->fall.count;
	story_name_steps(session, word, now < before ? now : before, now < before ? before : now, &result->output);
	if (failed < 0)
		return story_failed(shell, &lost, &result->output);
	if (session->at != at)
		text_sayf(&result->output, "Lines are for the child %s from now on.\n", session->at->name);
	story_tell(shell, &lost, &result->output);
	return 0;
}
