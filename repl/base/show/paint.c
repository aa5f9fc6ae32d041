#include "base/show/paint.h"

#include "base/text.h"

static const char *const codes[] = {
	[PAINT_BOLD] = "\033[1m", [PAINT_DIM] = "\033[2m",   [PAINT_GOOD] = "\033[32m",
	[PAINT_BAD] = "\033[31m", [PAINT_WARN] = "\033[33m", [PAINT_NAME] = "\033[36m",
};

void paint(struct text *text, bool on, enum paint paint, const char *s)
{
	if (on)
		text_add(text, codes[paint]);
	text_add(text, s);
	if (on)
		text_add(text, "\033[0m");
}
