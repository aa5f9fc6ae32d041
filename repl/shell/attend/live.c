#include "shell/attend/live.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "shell/shell.h"
#include "shell/terminal/ahead.h"
#include "shell/terminal/kind.h"

void live_begin(struct live *live, struct shell *shell)
{
	struct termios silent;

	*live = (struct live){ .shell = shell };
	live->on = shell->screen.terminal && !shell->json && !terminal_is_dumb();
	if (!live->on || !isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &live->before) < 0)
		return;
	silent = live->before;
	silent.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	silent.c_cc[VMIN] = 1;
	silent.c_cc[VTIME] = 0;
	/* Stopped in between, it would leave these modes to others. */
	silent.c_cc[VSUSP] = _POSIX_VDISABLE;
	live->keys = tcsetattr(STDIN_FILENO, TCSADRAIN, &silent) == 0;
}

void live_draw(struct live *live, const struct text *text)
{
	cleanup_text struct text out = { 0 };
	size_t most = live->shell->screen.rows > 2 ? live->shell->screen.rows - 1 : 1;

	if (live->lines)
		text_addf(&out, "\033[%zuA", live->lines);
	live->lines = 0;
	for (const char *s = text_of(text); *s && live->lines < most; live->lines++) {
		size_t length = strcspn(s, "\n");
		text_addn(&out, s, length);
		text_add(&out, "\033[K\n");
		s += length + (s[length] == '\n');
	}
	text_add(&out, "\033[J");
	shell_write(live->shell, &out);
}

void live_resized(struct live *live)
{
	struct text clear = { 0 };

	shell_screen(live->shell);
	if (live->on) {
		/* Where the lines are now depends on how the terminal has wrapped them. */
		text_add(&clear, "\033[H\033[2J");
		shell_write(live->shell, &clear);
		live->lines = 0;
	}
	text_done(&clear);
}

bool live_left(struct live *live)
{
	enum { TOGETHER = 50 /* ms between keys that come from a paste */ };
	struct pollfd more = { STDIN_FILENO, POLLIN, 0 };
	bool first = !ahead_any();
	char keys[256];
	ssize_t n = read(STDIN_FILENO, keys, sizeof(keys));

	if (n <= 0) {
		live->keys = false; /* its end: nothing more to wait for, but modes to put back */
		return false;
	}
	/* A q that begins a line of its own, such as quit, is not a key. */
	if (first && n == 1 && (keys[0] | ' ') == 'q' && poll(&more, 1, TOGETHER) == 0)
		return true;
	ahead_add(keys, (size_t)n);
	return false;
}

void live_end(struct live *live)
{
	if (live->on && isatty(STDIN_FILENO) && live->before.c_cflag)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &live->before);
	live->keys = false;
}
