#include "shell/lines/stage.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "lesson/play/stage.h"
#include "shell/build.h"
#include "shell/script.h"
#include "shell/shell.h"
#include "shell/attend/view.h"
#include "shell/lines/dispatch.h"
#include "shell/lines/prompt.h"
#include "shell/terminal/signals.h"
#include "words/language/words.h"

/* What is saved while the shell does something on its own. */
struct aside {
	bool json, muted, quiet, keep_going, failed, interactive;
	int status;
	struct error *failure;
};

static struct aside put_aside(struct shell *shell)
{
	return (struct aside){ shell->json, shell->muted, shell->quiet, shell->keep_going,
			       shell->failed, shell->interactive, shell->status, shell->failure };
}

static void take_up(struct shell *shell, const struct aside *aside)
{
	shell->json = aside->json;
	shell->muted = aside->muted;
	shell->quiet = aside->quiet;
	shell->keep_going = aside->keep_going;
	shell->failed = aside->failed;
	shell->interactive = aside->interactive;
	shell->status = aside->status;
	shell->failure = aside->failure;
}

/* Show nothing: the report becomes JSON, which captures output, and is then dropped. */
static void go_unseen(struct shell *shell)
{
	shell->json = shell->muted = true;
	shell->quiet = shell->keep_going = false;
}

/* Show the line, unless a script does: only a quiet one does not. */
static void show_typed(struct shell *shell, const char *line)
{
	cleanup_text struct text text = { 0 };
	bool by_script = shell->script && shell->script->name && (!shell->quiet || shell->echo);

	if (shell->json || by_script)
		return;
	shell_screen(shell);
	prompt_add(shell, false, &text);
	text_add_prose(&text, line, strlen(line));
	text_add(&text, "\n");
	shell_write(shell, &text);
}

static int run(void *context, const char *line, const char *shows, int *status, struct error *err)
{
	struct shell *shell = context;
	struct aside aside = put_aside(shell);

	*err = (struct error){ 0 };
	if (shows)
		show_typed(shell, line);
	else
		go_unseen(shell);
	shell->keep_going = false;
	shell->failure = err;
	shell->in_lesson = true;
	shell->shows = shows;
	int failed = shell_line(shell, line, strlen(line));
	shell->in_lesson = false;
	shell->shows = NULL;
	/* 1 stands for a failed command as well: then err reports it. */
	*status = shell->status;
	take_up(shell, &aside);
	return failed || err->what[0] ? -1 : 0;
}

/* "run CMD" or "exec WHOM CMD" as a plan. */
static int plan_program_of(struct shell *shell, const char *whom, const char *command,
			   struct arena *arena, struct plan *plan, struct error *err)
{
	cleanup_text struct text line = { 0 };
	struct statement *list;
	struct words words;
	size_t count;

	text_add(&line, whom ? "exec " : "run ");
	if (whom) {
		text_add_sh(&line, whom);
		text_add(&line, " ");
	}
	text_add(&line, command);
	if (words_split(text_of(&line), line.len, arena, &list, &count, err) < 0)
		return -1;
	if (count != 1)
		return fail_id(err, ERR_LINE_SYNTAX, 0, "%s is not one command", vis(command));
	const struct command *found = command_find(&list[0].words[0], err);
	if (!found || command_accept(found, list[0].words, list[0].count, arena, &words, err) < 0)
		return -1;
	return plan_build(shell, found, &words, plan, err);
}

static int ask(void *context, const char *whom, const char *command, int *status,
	       struct text *output, struct error *err)
{
	struct shell *shell = context;
	struct aside aside = put_aside(shell);
	cleanup_arena struct arena arena = { 0 };
	struct result result = { .line = "" };
	struct watching watching = watch(shell, &result);
	struct view view;
	struct plan plan;
	int ret = -1;

	go_unseen(shell);
	view_make(&watching, false, &view);
	shell->session.quiet = false;
	if (plan_program_of(shell, whom, command, &arena, &plan, err) == 0)
		ret = session_ask(&shell->session, &plan, &view, status, output, err);
	take_up(shell, &aside);
	return ret;
}

static void say(void *context, const struct text *text)
{
	struct shell *shell = context;

	if (shell->json)
		text_addn(&shell->said, text_of(text), text->len);
	else
		shell_write(shell, text);
}

static bool stopped(void *context)
{
	struct shell *shell = context;

	if (signals_any())
		shell_hear(shell, signals_take());
	return shell->interrupted || shell->leaving;
}

void stage_make(struct shell *shell, struct stage *ret)
{
	*ret = (struct stage){
		.context = shell, .session = &shell->session,
		.run = run, .ask = ask, .say = say, .stopped = stopped,
	};
}
