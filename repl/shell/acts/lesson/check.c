/* check: telling what came of an expression. */
#include <string.h>

#include "base/fill.h"
#include "base/paint.h"
#include "base/text.h"
#include "lesson/play/stage.h"
#include "shell/shell.h"
#include "shell/stage.h"
#include "shell/acts/lesson/findings.h"
#include "words/language/command.h"

enum { ASIDE = 32 };

void findings_tell(const struct shell *shell, const struct verdict *verdict, struct text *ret)
{
	const struct screen *screen = &shell->screen;
	size_t widest = 0;

	for (size_t i = 0; i < verdict->count; i++) {
		size_t columns = text_columns(verdict->list[i].test);
		widest = columns > widest && columns <= ASIDE ? columns : widest;
	}
	for (size_t i = 0; i < verdict->count; i++) {
		const struct finding *finding = &verdict->list[i];
		const char *mark = !finding->looked ? (screen->utf8 ? "·" : "-") :
				   finding->holds   ? (screen->utf8 ? "✓" : "+") :
						      (screen->utf8 ? "✗" : "x");
		size_t columns = text_columns(finding->test);
		text_add(ret, " ");
		paint(ret, screen->color, !finding->looked ? PAINT_DIM : finding->holds ? PAINT_GOOD :
			      PAINT_BAD, mark);
		text_addf(ret, " %s", finding->test);
		if (columns > widest) {
			text_add(ret, "\n");
			text_pad(ret, 5);
			fill(ret, finding->saw, 5, screen->columns);
		} else {
			text_pad(ret, widest - columns + 2);
			fill(ret, finding->saw, widest + 5, screen->columns);
		}
	}
}

/* The first that does not hold and makes it false, as the cause. */
static int fail_false(const struct verdict *verdict, const char *expression, struct error *err)
{
	fail(err, 0, "check: does not hold: %s", vis(expression));
	for (size_t i = 0; i < verdict->count; i++)
		if (verdict->list[i].looked && !verdict->list[i].holds)
			return fail_why(err, "%s: %s", verdict->list[i].test, verdict->list[i].saw);
	return fail_why(err, "everything that is asked for under not holds");
}

int check_act(struct shell *shell, const struct words *words, struct result *result)
{
	cleanup_arena struct arena arena = { 0 };
	cleanup_verdict struct verdict verdict = { 0 };
	struct stage stage;

	int column = words->args[0].column;
	const char *expression = result->line + (column - result->column);
	const struct check *check = check_parse(expression, strlen(expression), column, &arena,
						&result->error);
	if (!check)
		return -1;
	stage_make(shell, &stage);
	struct witness witness = { .session = &shell->session, .run = stage.ask, .context = shell };
	check_judge(check, &witness, &verdict);
	if (!shell->quiet || shell->json)
		findings_tell(shell, &verdict, &result->output);
	return verdict.holds ? 0 : fail_false(&verdict, expression, &result->error);
}
