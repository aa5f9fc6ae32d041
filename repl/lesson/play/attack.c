/* Trying to reach a task by what is not its way: what its author has written as a cheat, each state
 * before it that undo leads to, its solution with a line left out or with its words in another
 * order, and what hides a thing instead of doing it. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "lesson/file/lesson.h"
#include "lesson/play/bystanders.h"
#include "lesson/play/prove.h"
#include "lesson/play/proving.h"
#include "lesson/play/stage.h"
#include "session/session.h"
#include "words/language/words.h"

enum { UNDONE_MOST = 40, PATHS_MOST = 6 };

/* One task under attack. */
struct attack {
	struct proving *p;
	size_t number;
	const struct lesson_step *step;
};

/* Back to where the task begins. */
static int restore(const struct attack *at)
{
	return stage_restore(at->p->stage, at->p->lesson, at->number, 0, NULL, at->p->err);
}

static bool reaches(const struct attack *at)
{
	at->p->proof->attacks++;
	return stage_reaches(at->p->stage, at->step, at->p->host);
}

static int fail_reached(const struct attack *at, const char *way)
{
	const struct lesson_check *first = &at->step->checks[0];

	lesson_fail(at->p->lesson, first->line, first->column, at->p->err,
		    "%s: the check accepts what is not the task: %s", at->step->id, way);
	return fail_fix(at->p->err, "check exactly what the task asks for, as the kernel reports it; "
			"if this is another right way, write it into an also block");
}

/* The task is not reached; -1 with err, which names the way, where it is. */
static int must_fail(const struct attack *at, const char *way)
{
	return reaches(at) ? fail_reached(at, way) : 0;
}

/* What has reached the task is the very state to which the solution leads, by another way. */
static int must_equal(const struct attack *at, const char *way)
{
	struct session *session = at->p->stage->session;
	cleanup_text struct text differences = { 0 };
	struct reading reached;

	reading_copy(&session->at->now, &reached);
	int ret = restore(at) < 0 || prove_lines(at->p, &at->step->lines) < 0 ? -1 : 0;
	if (ret == 0 && (session_look(session, at->p->err) < 0 ||
			 reading_differs(&session->at->now, &reached, &session->host, &differences)))
		ret = fail_reached(at, way);
	reading_done(&reached);
	return ret;
}

static int must_fail_or_equal(const struct attack *at, const char *way)
{
	return reaches(at) ? must_equal(at, way) : 0;
}

/* Run a line that may fail. true: something may have changed. -1 with err when it is to stop. */
static int run_any(const struct attack *at, const char *line)
{
	const struct stage *stage = at->p->stage;
	struct error unused = { 0 };
	int status = 0;

	if (stage->stopped(stage->context))
		return fail_id(at->p->err, ERR_STOPPED, 0, "stopped");
	bystanders_look(at->p->bystanders);
	int failed = stage->run(stage->context, line, NULL, &status, &unused);
	return prove_left_alone(at->p, line, at->step->line, 1) < 0 ? -1 : failed == 0;
}

/* ---- what the author wrote ---- */

static int try_cheat(const struct attack *at, const struct lesson_lines *cheat)
{
	cleanup_text struct text way = { 0 };

	for (size_t i = 0; i < cheat->count; i++) {
		if (cheat->list[i].comment)
			continue;
		if (run_any(at, cheat->list[i].s) < 0)
			return -1;
		text_addf(&way, "%s%s", way.len ? "; " : "", vis(cheat->list[i].s));
	}
	return must_fail(at, text_of(&way)) < 0 ? -1 : restore(at);
}

static int try_also(const struct attack *at, const struct lesson_lines *also)
{
	cleanup_verdict struct verdict verdict = { 0 };

	if (prove_lines(at->p, also) < 0)
		return -1;
	at->p->proof->attacks++;
	stage_judge(at->p->stage, at->step, at->p->host, true, &verdict);
	if (verdict.holds)
		return restore(at);
	lesson_fail(at->p->lesson, also->list[0].line, also->list[0].column, at->p->err,
		    "%s: this way is right, but the check rejects it", at->step->id);
	for (size_t i = 0; i < verdict.count; i++)
		if (verdict.list[i].looked && !finding_well(&verdict.list[i]))
			return fail_why(at->p->err, "%s: %s", verdict.list[i].test, verdict.list[i].saw);
	return -1;
}

static int try_written(const struct attack *at)
{
	for (size_t i = 0; i < at->step->cheat_count; i++)
		if (try_cheat(at, &at->step->cheats[i]) < 0)
			return -1;
	for (size_t i = 0; i < at->step->also_count; i++)
		if (try_also(at, &at->step->also[i]) < 0)
			return -1;
	return 0;
}

/* ---- undo ---- */

static int try_undo(const struct attack *at)
{
	struct session *session = at->p->stage->session;
	size_t undone = 0;

	if (!session->count)
		return 0;
	while (session->count && undone < UNDONE_MOST) {
		cleanup_text struct text lost = { 0 };
		struct error unused = { 0 };
		char way[32];
		if (session_undo(session, 1, &lost, &unused) < 0)
			break;
		snprintf(way, sizeof(way), "undo %zu", ++undone);
		if (!reaches(at))
			continue;
		return must_equal(at, way) < 0 ? -1 : restore(at);
	}
	return restore(at);
}

/* ---- the solution, changed ---- */

static bool has_hosts_root(const struct attack *at, const char *whom, struct arena *arena)
{
	const struct witness witness = { .session = at->p->stage->session };
	cleanup_verdict struct verdict verdict = { 0 };
	cleanup_text struct text question = { 0 };
	struct error unused;

	if (whom) {
		text_add(&question, "in ");
		text_add_sh(&question, whom);
		text_add(&question, " ");
	}
	text_add(&question, "root host");
	const struct check *check = check_parse(text_of(&question), question.len, 1, arena, &unused);
	if (check)
		check_judge(check, &witness, &verdict);
	return verdict.holds;
}

/* Whether a statement runs a program, and in which child or container: NULL, the one that lines are for. */
static bool runs_program(const struct statement *statement, const char **whom)
{
	const struct word *words = statement->words;
	bool addressed = words[0].s[0] == '@' && statement->count > 1;
	struct error unused;
	const struct command *command = command_find(&words[addressed], &unused);
	bool enters = command && strcmp(command->name, "exec") == 0 && statement->count > 1U + addressed;

	*whom = enters ? words[1 + addressed].s : addressed ? words[0].s + 1 : NULL;
	return enters || (command && command->stage == STAGE_PROGRAM);
}

/* Whether a line runs a program whose paths would be the host's: the line that makes another root of them, or
 * mounts what they lead to, may be the very one that is left out. */
static bool may_harm(const struct attack *at, const char *line)
{
	cleanup_arena struct arena arena = { 0 };
	struct statement *list;
	struct error unused;
	const char *whom;
	size_t count;

	if (words_split(line, strlen(line), &arena, &list, &count, &unused) < 0)
		return false;
	for (size_t i = 0; i < count; i++)
		if (runs_program(&list[i], &whom) && has_hosts_root(at, whom, &arena))
			return true;
	return false;
}

/* Run the solution, line number left in another form (NULL: left out). */
static int run_solution(const struct attack *at, size_t number, const char *instead)
{
	const struct lesson_lines *lines = &at->step->lines;

	for (size_t i = 0; i < lines->count; i++) {
		const char *line = i == number ? instead : lines->list[i].s;
		if (!lines->list[i].comment && line && !may_harm(at, line) && run_any(at, line) < 0)
			return -1;
	}
	return 0;
}

static size_t commands_of(const struct lesson_lines *lines)
{
	size_t count = 0;

	for (size_t i = 0; i < lines->count; i++)
		count += !lines->list[i].comment;
	return count;
}

static int try_without(const struct attack *at, size_t number)
{
	cleanup_text struct text way = { 0 };

	if (run_solution(at, number, NULL) < 0)
		return -1;
	text_sayf(&way, "the solution without line %d, %s", at->step->lines.list[number].line,
		  vis(at->step->lines.list[number].s));
	return must_fail_or_equal(at, text_of(&way)) < 0 ? -1 : restore(at);
}

/* The line with words i and i + 1 exchanged. */
static void exchanged(const struct statement *line, size_t i, struct text *ret)
{
	for (size_t n = 0; n < line->count; n++) {
		size_t from = n == i ? i + 1 : n == i + 1 ? i : n;
		text_add(ret, n ? " " : "");
		text_add_sh(ret, line->words[from].s);
	}
}

/* Whether the order of its paths says what is done: not of a program's own. */
static bool is_ordered(const struct statement *line)
{
	struct error unused;
	const struct command *command = command_find(&line->words[0], &unused);

	return command && command->kind == BUILDS && command->args && command->args->kind == WORD_PATH;
}

static int try_exchanged(const struct attack *at, size_t number)
{
	cleanup_arena struct arena arena = { 0 };
	const char *s = at->step->lines.list[number].s;
	struct statement *list;
	struct error unused;
	size_t count;

	if (words_split(s, strlen(s), &arena, &list, &count, &unused) < 0 || count != 1 ||
	    !is_ordered(&list[0]))
		return 0;
	for (size_t i = 1; i + 1 < list[0].count; i++) {
		cleanup_text struct text line = { 0 };
		if (list[0].words[i].s[0] != '/' || list[0].words[i + 1].s[0] != '/')
			continue;
		exchanged(&list[0], i, &line);
		if (run_solution(at, number, text_of(&line)) < 0 ||
		    must_fail_or_equal(at, text_of(&line)) < 0 || restore(at) < 0)
			return -1;
	}
	return 0;
}

static int try_changed(const struct attack *at)
{
	const struct lesson_lines *lines = &at->step->lines;
	bool several = commands_of(lines) > 1;

	for (size_t i = 0; i < lines->count; i++)
		if (!lines->list[i].comment &&
		    ((several && try_without(at, i) < 0) || try_exchanged(at, i) < 0))
			return -1;
	return 0;
}

/* ---- what hides ---- */

struct paths {
	const char *list[PATHS_MOST];
	size_t count;
};

/* The absolute paths among the words of a line. */
static void add_paths(const char *s, struct arena *arena, struct paths *ret)
{
	struct statement *list;
	struct error unused;
	size_t count;

	if (words_split(s, strlen(s), arena, &list, &count, &unused) < 0 || !count)
		return;
	for (size_t i = 0; i < list[0].count; i++) {
		const struct word *word = &list[0].words[i];
		bool known = word->quoted || word->s[0] != '/' || !word->s[1] || strchr(word->s, ')');
		for (size_t n = 0; n < ret->count && !known; n++)
			known = strcmp(ret->list[n], word->s) == 0;
		if (!known && ret->count < PATHS_MOST)
			ret->list[ret->count++] = word->s;
	}
}

static bool is_solution(const struct attack *at, const char *line)
{
	for (size_t i = 0; i < at->step->lines.count; i++)
		if (strcmp(at->step->lines.list[i].s, line) == 0)
			return true;
	for (size_t i = 0; i < at->step->also_count; i++)
		for (size_t n = 0; n < at->step->also[i].count; n++)
			if (strcmp(at->step->also[i].list[n].s, line) == 0)
				return true;
	return false;
}

/* A line that fails has changed nothing. */
static int try_line(const struct attack *at, const char *line)
{
	if (is_solution(at, line))
		return 0;
	int ran = run_any(at, line);
	if (ran <= 0)
		return ran;
	return must_fail_or_equal(at, line) < 0 ? -1 : restore(at);
}

static int try_hiding(const struct attack *at)
{
	static const char *const forms[] = {
		"chroot %s", "pivot %s", "pivot %s --keep-old", "mount tmpfs %s", "bindmount / %s",
	};
	cleanup_arena struct arena arena = { 0 };
	struct paths paths = { 0 };

	for (size_t i = 0; i < at->step->check_count; i++)
		add_paths(at->step->checks[i].text, &arena, &paths);
	for (size_t i = 0; i < at->step->lines.count; i++)
		add_paths(at->step->lines.list[i].s, &arena, &paths);
	for (size_t i = 0; i < paths.count; i++)
		for (size_t n = 0; n < COUNT(forms); n++) {
			const char *slash = strchr(forms[n], '%');
			const char *line = arena_print(&arena, "%.*s%s%s", (int)(slash - forms[n]),
						       forms[n], paths.list[i], slash + 2);
			if (try_line(at, line) < 0)
				return -1;
		}
	return 0;
}

int attack(struct proving *p, size_t number)
{
	const struct attack at = { p, number, &p->lesson->steps[number] };

	if (try_written(&at) < 0)
		return -1;
	if (p->written_only)
		return 0;
	return try_undo(&at) < 0 || try_changed(&at) < 0 || try_hiding(&at) < 0 ? -1 : 0;
}
