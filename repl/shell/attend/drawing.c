#include "base/show/units.h"
#include "shell/attend/drawing.h"

#include "base/clock.h"
#include "base/text.h"
#include "shell/shell.h"
#include "shell/terminal/signals.h"

static void draw(void *data, const struct image_progress *progress)
{
	enum { EVERY = 100 * MILLISECOND };
	struct drawing *drawing = data;
	cleanup_text struct text line = { 0 };
	uint64_t now = clock_now();
	char bytes[32], total[32];

	if (!drawing->live.on || now < drawing->drawn + EVERY)
		return;
	drawing->drawn = now;
	bytes_text(progress->bytes, bytes, sizeof(bytes));
	bytes_text(progress->total, total, sizeof(total));
	text_addf(&line, "%s", vis(progress->what));
	if (progress->of)
		text_sayf(&line, " layer %u of %u", progress->layer, progress->of);
	text_addf(&line, "   %s", bytes);
	if (progress->total)
		text_sayf(&line, " of %s", total);
	text_add(&line, "\n");
	live_draw(&drawing->live, &line);
}

static bool stop(void *data)
{
	struct drawing *drawing = data;
	unsigned noted = signals_any() ? signals_take() : 0;

	if (noted & NOTED_WINDOW)
		live_resized(&drawing->live);
	drawing->stopped = drawing->stopped || (noted & (NOTED_INTERRUPT | NOTED_LEAVE));
	shell_hear(drawing->shell, noted);
	return drawing->stopped;
}

void drawing_begin(struct drawing *drawing, struct shell *shell, struct image_watch *watch)
{
	*drawing = (struct drawing){ .shell = shell };
	live_begin(&drawing->live, shell);
	*watch = (struct image_watch){ drawing, draw, signals_fd(), stop };
}

void drawing_end(struct drawing *drawing)
{
	struct text nothing = { 0 };

	if (drawing->live.on && drawing->live.lines)
		live_draw(&drawing->live, &nothing);
	live_end(&drawing->live);
}
