#include "shell/acts/lesson/proofs.h"

#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/message.h"
#include "base/text.h"
#include "base/show/fill.h"
#include "base/show/paint.h"
#include "lesson/file/course.h"
#include "lesson/file/languages.h"
#include "lesson/play/prove.h"
#include "lesson/play/stage.h"
#include "shell/acts/lesson/as_user.h"
#include "shell/shell.h"
#include "shell/tell/report.h"

struct tally {
	size_t proven, failed, skipped;
};

/* One file's line as JSON: file, ok, skipped (a reason, or null), error, seconds, and counts. */
static void tell_json(struct shell *shell, const char *path, const struct proof *proof,
		      const struct error *lacks, const struct error *err, double seconds)
{
	cleanup_text struct text text = { 0 };
	json_t *object = json_pack("{s:s, s:i, s:b, s:s?, s:s?, s:s?, s:i, s:i, s:i, s:i, s:s, s:f}",
				   "file", vis(path), "uid", (int)geteuid(), "ok", err == NULL,
				   "skipped", lacks ? lacks->what : NULL,
				   "error", err ? err->what : NULL, "why", err ? err->why : NULL,
				   "commands", (int)proof->commands, "checks", (int)proof->checks,
				   "attacks", (int)proof->attacks,
				   "hints", (int)proof->hints, "steps_skipped",
				   text_of(proof->skipped), "seconds", seconds);
	char *line = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);

	if (!line)
		out_of_memory();
	text_addf(&text, "%s\n", line);
	shell_write(shell, &text);
	json_decref(object);
	free(line);
}

static void tell_text(struct shell *shell, const char *path, const struct proof *proof,
		      const struct error *lacks, const struct error *err, double seconds)
{
	cleanup_text struct text text = { 0 };
	bool color = shell->screen.color;

	if (err) {
		paint(&text, color, PAINT_ERROR, _("not proven"));
		text_addf(&text, "  %s\n", err->what);
		report_advice(shell, _("why"), err->why, &text);
		report_advice(shell, _("fix"), err->fix, &text);
	} else if (lacks) {
		paint(&text, color, PAINT_MISSING, _("skipped   "));
		text_sayf(&text, "  %s: needs %s\n", vis(path), lacks->what);
		report_advice(shell, _("why"), lacks->why, &text);
		report_advice(shell, _("fix"), lacks->fix, &text);
	} else {
		paint(&text, color, PAINT_OWN, _("proven    "));
		text_sayf(&text, "  %s  commands: %zu, checks: %zu, hints: %zu, attacks: %zu, %.2f s\n", vis(path),
			  proof->commands, proof->checks, proof->hints, proof->attacks, seconds);
	}
	for (const char *s = text_of(proof->skipped); *s; s += strcspn(s, "\n"), s += *s == '\n')
		text_sayf(&text, "  skipped: %.*s\n", (int)strcspn(s, "\n"), s);
	shell_write(shell, &text);
}

/* What is compared with the English lesson letter by letter is not attacked a second time. */
static enum attacks attacks_of(const struct lesson *lesson)
{
	return as_user_started() || lesson_is_translation(lesson) ? ATTACK_WRITTEN : ATTACK_ALL;
}

static void check_one(struct shell *shell, const struct stage *stage, const char *path,
		      struct tally *tally)
{
	cleanup_text struct text skipped = { 0 };
	struct proof proof = { .skipped = &skipped };
	struct error err, lacks = { 0 };
	uint64_t begun = clock_now();
	cleanup_lesson struct lesson *lesson = lesson_read(path, &err);
	bool lacking = false;
	int failed = lesson ? 0 : -1;

	if (!failed && session_see(&shell->session, &err) < 0)
		failed = -1;
	if (!failed)
		lacking = lesson_lacks(lesson, NULL, &shell->session.facts, &lacks);
	if (!failed && !lacking)
		failed = prove(stage, lesson, attacks_of(lesson), &proof, &err);
	if (!failed)
		failed = course_check(lesson, &err);
	if (!failed)
		failed = lesson_like_english(lesson, &err);
	tally->failed += failed != 0;
	tally->skipped += !failed && lacking;
	tally->proven += !failed && !lacking;
	shell->failed = shell->failed || failed;
	(shell->json ? tell_json : tell_text)(shell, path, &proof, lacking ? &lacks : NULL,
					      failed ? &err : NULL, (double)(clock_now() - begun) / (double)SECOND);
}

int check_lessons(struct shell *shell, char *const *paths)
{
	char *const *first = paths;
	struct tally tally = { 0 };
	cleanup_text struct text text = { 0 };

	shell_screen(shell);
	for (; *paths && !shell->leaving; paths++)
		check_one(shell, &shell->stage, *paths, &tally);
	text_sayf(&text, "%zu proven, %zu not, %zu skipped%s\n", tally.proven, tally.failed, tally.skipped,
		  geteuid() == 0 || as_user_started() ? "" : _("; as root not tried"));
	if (!shell->json)
		shell_write(shell, &text);
	if (geteuid() == 0 && !shell->leaving && as_user_prove(shell, first) < 0) {
		shell->failed = true;
		return -1;
	}
	return tally.failed ? -1 : 0;
}
