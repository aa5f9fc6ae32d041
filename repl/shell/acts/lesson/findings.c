#include "shell/acts/lesson/findings.h"

#include "base/text.h"
#include "base/show/fill.h"
#include "base/show/paint.h"
#include "lesson/check/check.h"
#include "shell/shell.h"

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
				   finding_well(finding) ? (screen->utf8 ? "✓" : "+") :
						      (screen->utf8 ? "✗" : "x");
		size_t columns = text_columns(finding->test);
		text_add(ret, " ");
		paint(ret, screen->color, !finding->looked ? PAINT_DIM : finding_well(finding) ? PAINT_OWN :
			      PAINT_ERROR, mark);
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
