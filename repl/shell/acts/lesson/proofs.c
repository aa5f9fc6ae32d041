#include "shell/acts/lesson/proofs.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/message.h"
#include "base/text.h"
#include "base/show/fill.h"
#include "base/show/paint.h"
#include "lesson/file/lesson.h"
#include "shell/acts/lesson/proof.h"
#include "shell/acts/lesson/provers.h"
#include "shell/shell.h"
#include "shell/tell/report.h"

struct tally {
	size_t proven, failed, skipped, told;
};

/* What the checker tells of: those of its own user, then those of the ordinary user. */
struct proofs {
	struct shell *shell;
	size_t files;
	struct tally own, user;
	bool untried; /* it has been said that the user could not try one */
};

static const char *string(const json_t *proof, const char *key)
{
	const char *s = json_string_value(json_object_get(proof, key));

	return s ? s : "";
}

static size_t number(const json_t *proof, const char *key)
{
	return (size_t)json_integer_value(json_object_get(proof, key));
}

static void tell_advice(const struct shell *shell, const json_t *proof, struct text *ret)
{
	report_advice(shell, _("why"), string(proof, "why"), ret);
	report_advice(shell, _("fix"), string(proof, "fix"), ret);
}

static void tell_text(struct shell *shell, const json_t *proof, struct text *ret)
{
	bool color = shell->screen.color;

	if (!json_is_true(json_object_get(proof, "ok"))) {
		paint(ret, color, PAINT_ERROR, _("not proven"));
		text_addf(ret, "  %s\n", string(proof, "error"));
		tell_advice(shell, proof, ret);
	} else if (json_is_string(json_object_get(proof, "skipped"))) {
		paint(ret, color, PAINT_MISSING, _("skipped   "));
		text_sayf(ret, "  %s: needs %s\n", string(proof, "file"), string(proof, "skipped"));
		tell_advice(shell, proof, ret);
	} else {
		paint(ret, color, PAINT_OWN, _("proven    "));
		text_sayf(ret, "  %s  commands: %zu, checks: %zu, hints: %zu, attacks: %zu, %.2f s\n",
			  string(proof, "file"), number(proof, "commands"), number(proof, "checks"),
			  number(proof, "hints"), number(proof, "attacks"),
			  json_real_value(json_object_get(proof, "seconds")));
	}
	for (const char *s = string(proof, "steps_skipped"); *s; s += strcspn(s, "\n"), s += *s == '\n')
		text_sayf(ret, "  skipped: %.*s\n", (int)strcspn(s, "\n"), s);
	if (*string(proof, "left"))
		text_sayf(ret, "  left on the host: %s\n", string(proof, "left"));
}

/* It could not begin, or has ended without a word. */
static json_t *unproven(const struct proving_of *proving)
{
	const struct prover *prover = &proving->prover;
	struct error err = proving->error;
	int status = prover->status;

	if (!err.what[0])
		fail_id(&err, ERR_STOPPED, 0, "%s: the process that proves it ended with status %d", vis(prover->path),
			WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
	return json_pack("{s:s, s:b, s:n, s:s}", "file", vis(prover->path), "ok", 0, "skipped", "error", err.what);
}

static void count(struct tally *tally, const json_t *proof)
{
	bool ok = json_is_true(json_object_get(proof, "ok"));
	bool skipped = json_is_string(json_object_get(proof, "skipped"));

	tally->failed += !ok;
	tally->skipped += ok && skipped;
	tally->proven += ok && !skipped;
}

static void tell_tally(struct shell *shell, const struct tally *tally, bool as_user)
{
	cleanup_text struct text text = { 0 };

	text_sayf(&text, "%zu proven, %zu not, %zu skipped%s\n", tally->proven, tally->failed, tally->skipped,
		  geteuid() == 0 || as_user ? "" : _("; as root not tried"));
	if (geteuid() == 0 && !as_user)
		text_sayf(&text, "as an ordinary user, uid %d:\n", PROVER_NOBODY);
	if (!shell->json && tally->proven + tally->failed + tally->skipped)
		shell_write(shell, &text);
}

/* What one has said; as text, or in JSON as it is. */
static void tell(struct proofs *proofs, const struct proving_of *proving, struct tally *tally)
{
	struct shell *shell = proofs->shell;
	cleanup_text struct text text = { 0 };
	json_t *proof = json_loads(text_of(&proving->said), 0, NULL);

	if (!proof)
		proof = unproven(proving);
	if (!proof)
		out_of_memory();
	count(tally, proof);
	if (shell->json) {
		char *line = json_dumps(proof, JSON_COMPACT | JSON_ENSURE_ASCII);
		text_addf(&text, "%s\n", line ? line : "");
		free(line);
	} else
		tell_text(shell, proof, &text);
	shell_write(shell, &text);
	json_decref(proof);
}

static void tell_untried(struct proofs *proofs)
{
	cleanup_text struct text text = { 0 };

	if (!proofs->untried && !proofs->shell->json)
		text_say(&text, "not tried: this user cannot read the files, or the program\n");
	shell_write(proofs->shell, &text);
	proofs->untried = true;
}

static void over(void *context, const struct proving_of *proving)
{
	struct proofs *proofs = context;
	const struct prover *prover = &proving->prover;
	struct tally *tally = prover->as_user ? &proofs->user : &proofs->own;

	if (prover->as_user && WIFEXITED(prover->status) && WEXITSTATUS(prover->status) == PROVER_CANNOT)
		tell_untried(proofs);
	else
		tell(proofs, proving, tally);
	proofs->shell->failed = proofs->shell->failed || tally->failed;
	if (++tally->told == proofs->files)
		tell_tally(proofs->shell, tally, prover->as_user);
}

static bool stopped(void *context)
{
	struct proofs *proofs = context;

	return proofs->shell->stage.stopped(proofs->shell);
}

/* What stands beside lessons for those who read and write them, and does not begin as a lesson does. */
static bool is_about_lessons(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	struct error unused;

	if (strcmp(name, "README.md") != 0 && strcmp(name, "AUTHORING.md") != 0)
		return false;
	cleanup_lesson struct lesson *lesson = lesson_glance(path, &unused);
	return !lesson;
}

/* The files to be proven, on the heap; which are passed over is told. */
static char **choose_files(struct shell *shell, char *const *paths, size_t *count)
{
	cleanup_text struct text text = { 0 };
	size_t all = 0;

	while (paths[all])
		all++;
	char **ret = calloc(all + 1, sizeof(*ret));
	if (!ret)
		out_of_memory();
	for (size_t i = 0; i < all; i++)
		if (!is_about_lessons(paths[i]))
			ret[(*count)++] = paths[i];
		else
			text_sayf(&text, "passed over, without the front matter of a lesson: %s\n", vis(paths[i]));
	if (!shell->json)
		shell_write(shell, &text);
	return ret;
}

int check_lessons(struct shell *shell, char *const *paths)
{
	struct proofs proofs = { .shell = shell };
	bool as_user;

	shell_screen(shell);
	if (prover_is(&as_user)) {
		proof_make(shell, paths[0]);
		return shell->failed ? -1 : 0;
	}
	cleanup_free char **files = choose_files(shell, paths, &proofs.files);
	struct provers provers = {
		.count = proofs.files * (geteuid() == 0 ? 2 : 1), .json = shell->json,
		.context = &proofs, .stopped = stopped, .over = over,
	};
	provers.list = calloc(provers.count, sizeof(*provers.list));
	if (!provers.list)
		out_of_memory();
	for (size_t i = 0; i < provers.count; i++)
		provers.list[i].prover = (struct prover){ .path = files[i % proofs.files], .as_user = i >= proofs.files,
							  .pidfd = -1, .output = -1 };
	provers_run(&provers);
	free(provers.list);
	return shell->failed ? -1 : 0;
}
