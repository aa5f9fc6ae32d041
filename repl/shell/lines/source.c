#include "shell/lines/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "shell/given.h"
#include "shell/script.h"
#include "shell/shell.h"
#include "shell/lines/dispatch.h"
#include "shell/tell/report.h"
#include "shell/terminal/signals.h"
#include "words/language/words.h"

enum { DEPTH = 16 };

/* Print a script's comments and empty lines as they are. A command is shown when it runs. */
static void echo(struct shell *shell, const struct text *line)
{
	cleanup_text struct text told = { 0 };
	const char *s = text_of(line);

	s += strspn(s, " \t");
	if (*s && *s != '#')
		return;
	text_add_visible(&told, s, strlen(s));
	text_add(&told, "\n");
	shell_write(shell, &told);
}

/* Append the lines that continue the one in ret. Returns as script_line() does. */
static int join_lines(struct script *script, struct text *ret, struct error *err)
{
	cleanup_text struct text next = { 0 };
	enum unclosed unclosed;
	int got = 1;

	while (got > 0 && (unclosed = words_unclosed(text_of(ret), ret->len)) != CLOSED) {
		got = script_line(script, &next, err);
		if (got <= 0)
			break;
		if (unclosed == OPEN_BACKSLASH)
			ret->len--;
		else
			text_add(ret, "\n");
		text_addn(ret, text_of(&next), next.len);
		if (ret->len > LINE_BYTES)
			return script_long(err);
	}
	/* One that is open at the end says so when it is run. */
	return got < 0 ? -1 : 1;
}

int script_run(struct shell *shell, struct script *script)
{
	struct script *outer = shell->script;
	cleanup_text struct text line = { 0 };
	struct error err;
	int got, failed = 0;

	shell->script = script;
	while (!failed && !shell->leaving && (got = script_line(script, &line, &err)) != 0) {
		script->number = script->taken;
		if (got > 0)
			got = join_lines(script, &line, &err);
		if (got > 0 && shell->echo && script->name && !shell->json)
			echo(shell, &line);
		if (got < 0 && err.code == EINTR) {
			shell_hear(shell, signals_take());
			failed = shell->interrupted ? -1 : 0;
		} else if (got < 0) {
			failed = report_failure(shell, "", &err);
		} else {
			failed = shell_line(shell, text_of(&line), line.len);
		}
	}
	shell->script = outer;
	return failed;
}

/* A FIFO opens at once, before anybody writes to it: await_more() waits for that, and receives
 * signals. */
static int open_script(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd >= 0)
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	return fd;
}

int script_run_file(struct shell *shell, const char *path, struct error *err)
{
	bool standard = strcmp(path, "-") == 0;
	cleanup_fd int opened = standard ? -1 : open_script(path);
	cleanup_text struct text name = { 0 };
	struct stat st;
	unsigned depth = 0;

	if (!standard && opened < 0) {
		fail(err, errno, "open %s", vis(path));
		fail_fix(err, "scripts are files of the host: !ls -l shows those in this folder");
		return given_advise(path, false, err);
	}
	if (!standard && fstat(opened, &st) == 0 && S_ISDIR(st.st_mode)) {
		fail(err, EISDIR, "read %s", vis(path));
		return given_advise(path, false, err);
	}
	for (struct script *outer = shell->script; outer; outer = outer->outer)
		depth++;
	if (depth >= DEPTH) {
		fail_id(err, ERR_SCRIPT_DEPTH, 0, "source %s: scripts are nested %d deep", vis(path), DEPTH);
		return fail_why(err, "does it source itself?");
	}
	text_add_visible(&name, path, strlen(path));
	struct script script = {
		.name = standard ? "stdin" : text_of(&name),
		.fd = standard ? STDIN_FILENO : opened,
		.outer = shell->script,
	};
	int failed = script_run(shell, &script);
	text_done(&script.ahead);
	return failed ? 1 : 0;
}

int script_run_string(struct shell *shell, const char *name, const char *s)
{
	struct script script = { .name = name, .fd = -1, .outer = shell->script };

	text_add(&script.ahead, s);
	int failed = script_run(shell, &script);
	text_done(&script.ahead);
	return failed;
}
