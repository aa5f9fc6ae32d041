#include "shell/tell/ended/last.h"
#include "shell/lines/open.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "image/store.h"
#include "shell/shell.h"
#include "shell/acts/lesson/lessons.h"
#include "shell/attend/view.h"
#include "shell/lines/stage.h"
#include "shell/terminal/signals.h"

/* Print the session's lines, each with the program's name in front. */
static void tell(struct shell *shell, const struct text *told)
{
	cleanup_text struct text text = { 0 };

	for (const char *s = text_of(told); *s;) {
		size_t length = strcspn(s, "\n");
		text_say(&text, "stave: ");
		text_addn(&text, s, length);
		text_add(&text, "\n");
		s += length + (s[length] == '\n');
	}
	shell_complain(shell, &text);
}

int shell_open(struct shell *shell, struct error *err)
{
	cleanup_text struct text told = { 0 };

	session_init(&shell->session, isatty(STDIN_FILENO) ? STDIN_FILENO : -1);
	if (signals_open(shell->interactive, err) < 0)
		return -1;
	int ret = session_open(&shell->session, &told, err);
	/* What a killed shell was making in the store is taken back by the next, as what it had elsewhere is. */
	store_clear();
	shell->session.consent = view_consents;
	shell->session.consents = shell;
	stage_make(shell, &shell->stage);
	tell(shell, &told);
	return ret;
}

int shell_close(struct shell *shell)
{
	cleanup_text struct text told = { 0 };

	lessons_close(shell);
	session_close(&shell->session, &told);
	tell(shell, &told);
	text_done(&shell->walls_told);
	last_done(shell);
	text_done(&shell->pending);
	text_done(&shell->said);
	text_done(&shell->printed);
	free(shell->busybox);
	if (shell->ended_by)
		return 128 + shell->ended_by;
	if (shell->interactive)
		return 0;
	if (shell->lost)
		return STATUS_STAVE;
	return shell->status == 0 && shell->failed ? 1 : shell->status;
}
