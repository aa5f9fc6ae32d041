#include "shell/acts/lesson/proof.h"

#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "lesson/file/course.h"
#include "lesson/file/languages.h"
#include "lesson/play/prove.h"
#include "lesson/play/stage.h"
#include "shell/acts/lesson/prover.h"
#include "shell/given.h"
#include "shell/shell.h"

/* What is compared with the English lesson letter by letter is not attacked a second time. */
static enum attacks attacks_of(const struct lesson *lesson)
{
	bool as_user;

	prover_is(&as_user);
	return as_user || lesson_is_translation(lesson) ? ATTACK_WRITTEN : ATTACK_ALL;
}

/* file, ok, skipped (a reason, or null), error, why and fix of either, what is left on the host, seconds, and counts. */
static void tell(struct shell *shell, const char *path, const struct proof *proof,
		 const struct error *lacks, const struct error *err, double seconds)
{
	cleanup_text struct text text = { 0 };
	const struct error *told = err ? err : lacks;
	json_t *object = json_pack("{s:s, s:i, s:b, s:s?, s:s?, s:s?, s:s?, s:i, s:i, s:i, s:i, s:s, s:s, s:f}",
				   "file", vis(path), "uid", (int)geteuid(), "ok", err == NULL,
				   "skipped", lacks && !err ? lacks->what : NULL,
				   "error", err ? err->what : NULL, "why", told ? told->why : NULL,
				   "fix", told ? told->fix : NULL, "commands", (int)proof->commands,
				   "checks", (int)proof->checks, "attacks", (int)proof->attacks,
				   "hints", (int)proof->hints, "steps_skipped", text_of(proof->skipped), "left", text_of(proof->left),
				   "seconds", seconds);
	char *line = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);

	if (!line)
		out_of_memory();
	text_addf(&text, "%s\n", line);
	shell_write(shell, &text);
	json_decref(object);
	free(line);
}

void proof_make(struct shell *shell, const char *path)
{
	cleanup_text struct text skipped = { 0 }, left = { 0 };
	struct proof proof = { .skipped = &skipped, .left = &left };
	struct error err, lacks = { 0 };
	uint64_t begun = clock_now();
	cleanup_lesson struct lesson *lesson = lesson_read(path, &err);
	bool lacking = false;
	int failed = lesson ? 0 : given_advise(path, false, &err);

	atexit(prover_leave); /* should who has begun this process be gone, nobody else removes it */
	if (!failed && session_see(&shell->session, &err) < 0)
		failed = -1;
	if (!failed)
		lacking = lesson_lacks(lesson, NULL, &shell->session.facts, &lacks);
	if (!failed && !lacking)
		failed = prove(&shell->stage, lesson, attacks_of(lesson), getppid(), &proof, &err);
	if (!failed)
		failed = course_check(lesson, &err);
	if (!failed)
		failed = lesson_like_english(lesson, &err);
	shell->failed = shell->failed || failed;
	tell(shell, path, &proof, lacking ? &lacks : NULL, failed ? &err : NULL,
	     (double)(clock_now() - begun) / (double)SECOND);
}
