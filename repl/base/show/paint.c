#include "base/show/paint.h"

#include "base/text.h"

static const char *const codes[] = {
	[PAINT_BOLD] = "\033[1m", [PAINT_NAME] = "\033[1m", [PAINT_DIM] = "\033[2m",
	[PAINT_ADDED] = "\033[32m", [PAINT_REMOVED] = "\033[35m", [PAINT_CHANGED] = "\033[1m",
	[PAINT_OWN] = "\033[36m", [PAINT_MISSING] = "\033[33m", [PAINT_ERROR] = "\033[31m",
};

void paint(struct text *text, bool on, enum paint paint, const char *s)
{
	if (on)
		text_add(text, codes[paint]);
	text_add(text, s);
	if (on)
		text_add(text, "\033[0m");
}
