#include "shell/acts/why/counting.h"

#include "base/text.h"
#include "shell/shell.h"

void counting_begin(struct counting *counting, struct shell *shell, const char *by, bool json)
{
	counting->by = by;
	if (shell->interactive && !json)
		live_begin(&counting->live, shell);
}

void counting_draw(struct counting *counting, size_t n)
{
	cleanup_text struct text line = { 0 };

	if (!counting->live.on)
		return;
	text_sayf(&line, "%s: replay %zu\n", counting->by, n);
	live_draw(&counting->live, &line);
}

void counting_end(struct counting *counting)
{
	const struct text nothing = { 0 };

	if (counting->live.on && counting->live.lines)
		live_draw(&counting->live, &nothing);
	live_end(&counting->live);
}
