#include "lesson/play/stage.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "lesson/check/host.h"
#include "lesson/file/lesson.h"
#include "session/session.h"
#include "words/language/words.h"

int stage_clear(const struct stage *stage, struct error *err)
{
	cleanup_text struct text lost = { 0 };

	session_end_jobs(stage->session, &lost);
	return session_reset(stage->session, NULL, &lost, err);
}

/* Whether a command can have changed the state: a word that only looks is not played again, nor is a load,
 * which takes its time and leaves nothing. */
static bool changes_state(const struct word *list, size_t count)
{
	cleanup_arena struct arena arena = { 0 };
	struct error unused;
	const struct command *command = command_find(&list[0], &unused);
	struct words words;

	if (!command || command_accept(command, list, count, &arena, &words, &unused) < 0)
		return false;
	switch (command->kind) {
	case BUILDS:
		return strcmp(command->name, "burn") != 0 &&
		       !(command->only_looks && command->only_looks(&words));
	case LOOKS:
		return false;
	case ACTS:
		break;
	}
	return command->moves_story;
}

static bool line_changes_state(const char *line)
{
	cleanup_arena struct arena arena = { 0 };
	struct statement *list;
	struct error unused;
	size_t count;

	if (words_split(line, strlen(line), &arena, &list, &count, &unused) < 0)
		return false;
	for (size_t i = 0; i < count; i++)
		if (changes_state(list[i].words, list[i].count))
			return true;
	return false;
}

static int replay(const struct stage *stage, const struct lesson *lesson,
		  const struct lesson_lines *lines, size_t count, size_t *played,
		  struct error *err)
{
	for (size_t i = 0; i < count && i < lines->count; i++) {
		const struct lesson_line *line = &lines->list[i];
		if (line->comment || !line_changes_state(line->s))
			continue;
		if (stage->stopped(stage->context))
			return fail_id(err, ERR_STOPPED, 0, "stopped");
		if (stage_line(stage, lesson, line, false, err) < 0)
			return -1;
		(*played)++;
	}
	return 0;
}

int stage_restore(const struct stage *stage, const struct lesson *lesson, size_t step,
		  size_t lines, size_t *played, struct error *err)
{
	size_t count = 0;
	struct error unused;

	if (stage_clear(stage, err) < 0)
		return -1;
	for (size_t i = 0; i < step; i++) {
		const struct lesson_step *before = &lesson->steps[i];
		if (lesson_lacks(lesson, before, &stage->session->facts, &unused))
			continue;
		if (replay(stage, lesson, &before->lines, before->lines.count, &count, err) < 0)
			return -1;
	}
	if (step < lesson->count &&
	    replay(stage, lesson, &lesson->steps[step].lines, lines, &count, err) < 0)
		return -1;
	if (played)
		*played = count;
	return 0;
}

int stage_line(const struct stage *stage, const struct lesson *lesson,
	       const struct lesson_line *line, bool shown, struct error *err)
{
	struct error cause = { 0 };
	int status = 0;
	int failed = stage->run(stage->context, line->s, shown, &status, &cause);
	bool well = failed == 0 && status == 0;

	if (well != line->fails)
		return 0;
	if (well)
		return lesson_fail(lesson, line->line, line->column, err,
				   "%s: works, but is marked with \"# fails\"", vis(line->s));
	if (failed == 0)
		lesson_fail(lesson, line->line, line->column, err, "%s: ended with status %d",
			    vis(line->s), status);
	else
		lesson_fail(lesson, line->line, line->column, err, "%s: %s%s%s", vis(line->s),
			    cause.what, cause.code ? ": " : "",
			    cause.code ? errno_name(cause.code) : "");
	if (cause.why[0])
		fail_why(err, "%s", cause.why);
	if (cause.fix[0])
		fail_fix(err, "%s", cause.fix);
	return -1;
}

static struct witness witness_of(const struct stage *stage, const struct host_state *host, bool lazy)
{
	return (struct witness){
		.session = stage->session, .host = host, .lazy = lazy, .fenced = stage->fenced,
		.run = stage->ask, .context = stage->context,
	};
}

void stage_judge(const struct stage *stage, const struct lesson_step *step,
		 const struct host_state *host, bool lazy, struct verdict *ret)
{
	struct witness witness = witness_of(stage, host, lazy);
	bool all = true;

	for (size_t i = 0; i < step->check_count && (all || !lazy); i++) {
		check_judge(step->checks[i].check, &witness, ret);
		all = all && ret->holds;
	}
	ret->holds = all;
}

int stage_hint(const struct stage *stage, const struct lesson_step *step,
	       const struct host_state *host)
{
	struct witness witness = witness_of(stage, host, true);

	for (size_t i = 0; i < step->hint_count; i++) {
		cleanup_verdict struct verdict verdict = { 0 };
		if (!step->hints[i].state)
			continue;
		check_judge(step->hints[i].state, &witness, &verdict);
		if (verdict.holds)
			return (int)i;
	}
	return -1;
}

int stage_host(const struct stage *stage, struct host_state *ret, struct error *err)
{
	return host_take(&stage->session->facts, ret, err);
}
