#include "lesson/play/stage.h"

#include <stdint.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "base/process/load.h"
#include "image/store.h"
#include "lesson/check/host.h"
#include "lesson/file/lesson.h"
#include "session/session.h"
#include "words/language/words.h"

int stage_clear(const struct stage *stage, const struct lesson *lesson, struct error *err)
{
	cleanup_text struct text lost = { 0 };
	struct session *session = stage->session;
	bool (*consent)(void *context, const char *losses, enum loss loss) = session->consent;
	bool own = lesson && lesson->own_store;

	/* Before anything ends, so that a no leaves all as it is. */
	if (!stage->made_again && session_forgo_files(session, err) < 0)
		return -1;
	session->consent = NULL;
	session_end_jobs(session, &lost);
	int ret = session_reset(session, NULL, &lost, err);
	session->consent = consent;
	if (!own)
		store_return();
	return ret == 0 && own ? store_lend(err) : ret;
}

/* Whether a command makes or removes an image or a volume, which no reset takes back. */
static bool changes_store(const struct command *command, const struct words *words)
{
	struct word unused;

	return words_reach(command, words, &unused) == REACH_STORE &&
	       !(command->only_looks && command->only_looks(words));
}

/* Whether a command can have changed the state: a word that only looks is not played again, nor is a load,
 * which takes its time and leaves nothing. */
static bool changes_state(const struct word *list, size_t count)
{
	cleanup_arena struct arena arena = { 0 };
	struct error unused;
	struct words words;

	/* "@NAME WORD...": a line for one of several children. */
	if (list[0].s[0] == '@' && count > 1)
		return changes_state(list + 1, count - 1);
	const struct command *command = command_find(&list[0], &unused);
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
	return command->moves_story || changes_store(command, &words);
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

/* Whether a line is a reset and no more, and whether it makes what outlives one: a container, an image. */
static bool resets(const char *line, bool *outlives)
{
	cleanup_arena struct arena arena = { 0 };
	struct statement *list;
	struct error unused;
	struct words words;
	size_t count;

	if (words_split(line, strlen(line), &arena, &list, &count, &unused) < 0 || count != 1)
		return false;
	const struct command *command = command_find(&list[0].words[0], &unused);
	if (!command || command_accept(command, list[0].words, list[0].count, &arena, &words, &unused) < 0)
		return false;
	*outlives = *outlives || strcmp(command->name, "container") == 0 || changes_store(command, &words);
	return strcmp(command->name, "reset") == 0;
}

/* Look at lines in their order: where the last reset is, behind which nothing of what was before it
 * matters, unless something was made that outlives it. */
static void find_reset(const struct lesson_lines *lines, size_t count, size_t step, bool *outlives,
		       size_t *from)
{
	for (size_t i = 0; i < count && i < lines->count; i++)
		if (!lines->list[i].comment && resets(lines->list[i].s, outlives) && !*outlives)
			*from = step;
}

/* The first step that has to be played to come to a place in a lesson. */
static size_t first_needed(const struct lesson *lesson, size_t step, size_t lines)
{
	bool outlives = false;
	size_t ret = 0;

	for (size_t i = 0; i <= step && i < lesson->count; i++) {
		find_reset(&lesson->steps[i].setup, SIZE_MAX, i, &outlives, &ret);
		find_reset(&lesson->steps[i].lines, i < step ? SIZE_MAX : lines, i, &outlives, &ret);
	}
	return ret;
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

	if (stage_clear(stage, lesson, err) < 0)
		return -1;
	for (size_t i = first_needed(lesson, step, lines); i < step; i++) {
		const struct lesson_step *before = &lesson->steps[i];
		if (lesson_lacks(lesson, before, &stage->session->facts, &unused))
			continue;
		if (replay(stage, lesson, &before->setup, before->setup.count, &count, err) < 0 ||
		    replay(stage, lesson, &before->lines, before->lines.count, &count, err) < 0)
			return -1;
	}
	if (step < lesson->count &&
	    (replay(stage, lesson, &lesson->steps[step].setup, lesson->steps[step].setup.count, &count,
		    err) < 0 ||
	     replay(stage, lesson, &lesson->steps[step].lines, lines, &count, err) < 0))
		return -1;
	if (played)
		*played = count;
	return 0;
}

int stage_line(const struct stage *stage, const struct lesson *lesson,
	       const struct lesson_line *line, bool shown, struct error *err)
{
	enum { SLOW = 10 }; /* seconds, on an idle machine, after which a program of which nothing is shown is ended */
	struct error cause = { 0 };
	int status = 0;
	uint64_t begun = clock_now(), most = load_patience(SLOW);
	int failed = stage->run(stage->context, line->typed, shown ? line->shows : NULL, &status, &cause);
	bool well = failed == 0 && status == 0;
	bool slow = !shown && (clock_now() - begun) / SECOND >= most;

	if (well != line->fails && !slow)
		return 0;
	if (slow)
		return lesson_fail(lesson, line->line, line->column, err,
				   "%s: takes longer than the %d seconds that it may take on an idle machine", vis(line->s), SLOW);
	if (well)
		return lesson_fail(lesson, line->line, line->column, err,
				   "%s: works, but is marked with \"# fails\"", vis(line->s));
	if (failed == 0)
		lesson_fail(lesson, line->line, line->column, err,
			    "%s: ended with status %d, and is not marked with \"# fails\"",
			    vis(line->s), status);
	else
		lesson_fail(lesson, line->line, line->column, err,
			    "%s: fails, and is not marked with \"# fails\": %s%s%s", vis(line->s), cause.what, cause.code ? ": " : "",
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
		.session = stage->session, .host = host, .lazy = lazy, .fenced = true,
		.run = stage->ask, .context = stage->context,
	};
}

static void judge_all(const struct lesson_check *checks, size_t count, const struct witness *witness,
		      struct verdict *ret)
{
	bool all = true;

	for (size_t i = 0; i < count && (all || !witness->lazy); i++) {
		check_judge(checks[i].check, witness, ret);
		all = all && ret->holds;
	}
	ret->holds = all;
}

void stage_judge(const struct stage *stage, const struct lesson_step *step,
		 const struct host_state *host, bool lazy, struct verdict *ret)
{
	struct witness witness = witness_of(stage, host, lazy);

	judge_all(step->checks, step->check_count, &witness, ret);
}

bool stage_reaches(const struct stage *stage, const struct lesson_step *step, const struct host_state *host)
{
	cleanup_verdict struct verdict verdict = { 0 };
	struct witness witness = witness_of(stage, host, true);

	witness.doubted = true;
	judge_all(step->checks, step->check_count, &witness, &verdict);
	return verdict.holds;
}

bool stage_holds(const struct stage *stage, const struct lesson_step *step,
		  const struct host_state *host, struct verdict *ret)
{
	struct witness witness = witness_of(stage, host, true);

	judge_all(step->states, step->state_count, &witness, ret);
	return ret->holds;
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

int stage_host(const struct stage *stage, const char *named, struct host_state *ret, struct error *err)
{
	return host_take(stage->session, named, ret, err);
}
