#include "shell/shell.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/message/language.h"
#include "shell/terminal/signals.h"
#include "shell/terminal/kind.h"
#include "words/language/command.h"

static bool colors_wanted(const struct shell *shell)
{
	const char *no_color = getenv("NO_COLOR");

	if (shell->color != CHOICE_AUTO)
		return shell->color == CHOICE_ON;
	return shell->screen.terminal && !(no_color && *no_color) && !terminal_is_dumb();
}

void shell_screen(struct shell *shell)
{
	struct screen *screen = &shell->screen;
	struct winsize window;

	*screen = (struct screen){ .rows = 24, .columns = 80 };
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0) {
		screen->terminal = true;
		if (window.ws_row && window.ws_col) {
			screen->rows = window.ws_row;
			screen->columns = window.ws_col;
		}
	}
	screen->color = colors_wanted(shell);
	screen->utf8 = shell->marks == CHOICE_AUTO ? charset_is_utf8() :
						     shell->marks == CHOICE_ON;
}

static pid_t named(const struct context *context, const char *name)
{
	return session_named(context->names, name);
}

static const char *container(const struct context *context, size_t i, pid_t *pid)
{
	return session_container(context->names, i, pid);
}

static const char *sibling(const struct context *context, size_t i, pid_t *pid)
{
	const struct sibling *found = session_sibling_at(context->names, i);

	if (found)
		*pid = sibling_pid(found);
	return found ? found->name : NULL;
}

static int handed(const void *session, pid_t pid, const char *path, const char **inside)
{
	return session_handed(session, pid, path, inside);
}

static const struct plan *plan_of(const struct context *context, pid_t pid, size_t i)
{
	return session_plan(context->names, pid, i);
}

static int ask(const struct context *context, enum op_kind kind, struct op_outcome *ret, struct error *err)
{
	struct session *session = (struct session *)(uintptr_t)context->names;
	const struct op_stage stage = { .proc = -1 };
	const struct op op = op_new(kind);

	if (session->at->child)
		return session_tell(session, kind, ret, err);
	return op_run(&op, &stage, ret) < 0 ? fail(err, ret->code, "%s", op_info(kind)->name) : 0;
}

void shell_context(const struct shell *shell, struct context *ret)
{
	const struct session *session = &shell->session;
	const struct step *last = session->count ? session->steps[session->count - 1] : NULL;

	*ret = (struct context){
		.facts = &session->facts,
		.host = &session->host,
		.child = session->at->imagining ? &session->at->imagined : &session->at->now,
		.last = last && last->owner == session->at ? &last->difference : NULL,
		.pid = session->at->child ? session->at->now.pid : 0,
		.name = session_sibling_at(session, 1) ? session->at->name : NULL,
		.scratch = session->scratch,
		.serial = session->serial,
		.session = session->name,
		.claims = session->claims,
		.busybox = shell->busybox,
		.ask = ask,
		.named = named,
		.container = container,
		.sibling = sibling,
		.plan_of = plan_of,
		.names = session,
		.kept = { handed, session },
		.tries = shell->lift,
		.exe = shell->exe,
		.rows = shell->screen.rows,
		.columns = shell->screen.columns,
		.color = shell->screen.color,
		.utf8 = shell->screen.utf8,
		.full = shell->show == SHOW_FULL,
		.in_lesson = shell->in_lesson,
		.throwaway = shell->lift,
	};
}

void shell_unwritten(struct shell *shell, int fd)
{
	int code = errno;
	/* Who has read enough of a pipe knows that. */
	bool lost = fd == STDOUT_FILENO && code != EPIPE;

	if (lost && !shell->unwritten)
		dprintf(STDERR_FILENO, "stave: write to standard output: %s (%s)\n", errno_name(code),
			errno_text(code));
	shell->leaving = shell->failed = shell->unwritten = true;
	shell->lost = shell->lost || lost;
}

static void write_out(struct shell *shell, int fd, const struct text *text)
{
	if (text->len && !shell->muted && write_fd(fd, text->s, text->len) < 0)
		shell_unwritten(shell, fd);
}

void shell_write(struct shell *shell, const struct text *text)
{
	if (!shell->pending.len) {
		write_out(shell, STDOUT_FILENO, text);
		return;
	}
	text_addn(&shell->pending, text_of(text), text->len);
	write_out(shell, STDOUT_FILENO, &shell->pending);
	text_clear(&shell->pending);
}

void shell_complain(struct shell *shell, const struct text *text)
{
	write_out(shell, STDOUT_FILENO, &shell->pending);
	text_clear(&shell->pending);
	write_out(shell, STDERR_FILENO, text);
}

void shell_hear(struct shell *shell, unsigned noted)
{
	if (noted & NOTED_LEAVE)
		shell->ended_by = (noted & NOTED_HANGUP) ? SIGHUP : SIGTERM;
	else if ((noted & NOTED_INTERRUPT) && !shell->interactive)
		shell->ended_by = SIGINT;
	shell->interrupted = shell->interrupted || (noted & NOTED_INTERRUPT);
	shell->leaving = shell->leaving || shell->ended_by;
}
