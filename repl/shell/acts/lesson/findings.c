#include "shell/acts/lesson/findings.h"

#include "base/text.h"
#include "base/show/fill.h"
#include "base/show/paint.h"
#include "lesson/check/check.h"
#include "shell/shell.h"

enum { ASIDE = 32 };

static void tell_mark(const struct shell *shell, const struct finding *finding, struct text *ret)
{
	bool utf8 = shell->screen.utf8, well = finding_well(finding);
	const char *mark = !finding->looked ? (utf8 ? "·" : "-") : well ? (utf8 ? "✓" : "+") : (utf8 ? "✗" : "x");

	text_add(ret, " ");
	paint(ret, shell->screen.color, !finding->looked ? PAINT_DIM : well ? PAINT_OWN : PAINT_ERROR, mark);
}

void findings_tell(const struct shell *shell, const struct verdict *verdict, bool withheld, struct text *ret)
{
	const struct screen *screen = &shell->screen;
	size_t widest = 0;

	for (size_t i = 0; i < verdict->count; i++) {
		size_t columns = text_columns(verdict->list[i].test);
		widest = columns > widest && columns <= ASIDE ? columns : widest;
	}
	for (size_t i = 0; i < verdict->count; i++) {
		const struct finding *finding = &verdict->list[i];
		size_t columns = text_columns(finding->test);
		tell_mark(shell, finding, ret);
		if (withheld && !(finding->looked && finding_well(finding))) {
			text_addf(ret, " %zu\n", i + 1);
			continue;
		}
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
