#include "shell/script.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "shell/shell.h"
#include "shell/terminal/signals.h"
#include "words/language/words.h"

enum { CHUNK = 16 * 1024, DEPTH = 16 };

/* Wait for more to read. A signal that was noted is an end to waiting: -1 with errno EINTR. */
static int await_more(const struct script *script)
{
	struct pollfd wait_for[] = { { script->fd, POLLIN, 0 }, { signals_fd(), POLLIN, 0 } };

	while (poll(wait_for, 2, -1) < 0)
		if (errno != EINTR)
			return 0;
	if (!wait_for[1].revents)
		return 0;
	errno = EINTR;
	return -1;
}

/* Read more behind what is there. Returns 0, or -1 with errno set. */
static int read_more(struct script *script)
{
	if (script->fd < 0) {
		script->ended = true;
		return 0;
	}
	if (script->at) {
		script->ahead.len -= script->at;
		memmove(script->ahead.s, script->ahead.s + script->at, script->ahead.len + 1);
		script->at = 0;
	}
	if (await_more(script) < 0)
		return -1;
	ssize_t n = read(script->fd, text_room(&script->ahead, CHUNK), CHUNK);
	if (n < 0)
		return errno == EINTR ? 0 : -1;
	text_grew(&script->ahead, (size_t)n);
	script->ended = n == 0;
	return 0;
}

static int take_line(struct script *script, size_t length, struct text *ret)
{
	const char *s = script->ahead.s + script->at;

	size_t mark = script->number == 0 ? text_mark(s, length) : 0;

	script->at += length;
	script->at += script->at < script->ahead.len;
	script->number++;
	s += mark;
	length -= mark;
	if (length && s[length - 1] == '\r')
		length--;
	text_clear(ret);
	text_addn(ret, s, length);
	return 1;
}

static int fail_long(struct error *err)
{
	return fail_id(err, ERR_LINE_LONG, 0, "line longer than 64 KiB");
}

int script_line(struct script *script, struct text *ret, struct error *err)
{
	bool too_long = false;

	for (;;) {
		size_t left = script->ahead.len - script->at;
		const char *s = left ? script->ahead.s + script->at : "";
		const char *end = left ? memchr(s, '\n', left) : NULL;
		size_t length = end ? (size_t)(end - s) : left;
		if (end || (script->ended && left)) {
			take_line(script, length, ret);
			return too_long || ret->len > LINE_BYTES ? fail_long(err) : 1;
		}
		if (script->ended)
			return too_long ? fail_long(err) : 0;
		if (length > LINE_BYTES) {
			/* Keep nothing of it: there may be no end to it. */
			script->at += length;
			too_long = true;
		}
		if (read_more(script) < 0) {
			script->ended = errno != EINTR;
			return fail(err, errno, "read %s", vis(script->name));
		}
	}
}

/* What a script says to its reader, as it is. What is to be run is shown when it is. */
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

int script_run(struct shell *shell, struct script *script)
{
	struct script *outer = shell->script;
	cleanup_text struct text line = { 0 };
	struct error err;
	int got, failed = 0;

	shell->script = script;
	while (!failed && !shell->leaving && (got = script_line(script, &line, &err)) != 0) {
		if (got > 0 && shell->echo && script->name && !shell->json)
			echo(shell, &line);
		if (got < 0 && err.code == EINTR) {
			shell_hear(shell, signals_take());
			failed = shell->interrupted ? -1 : 0;
		} else if (got < 0) {
			failed = shell_fail(shell, "", &err);
		} else {
			failed = shell_line(shell, text_of(&line), line.len);
		}
	}
	shell->script = outer;
	return failed;
}

/* A FIFO opens at once, before anybody writes to it: waiting for that is await_more()'s part, which
 * hears signals. */
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
		return fail_fix(err, "scripts are files of the host: !ls -l shows those in this folder");
	}
	if (!standard && fstat(opened, &st) == 0 && S_ISDIR(st.st_mode)) {
		fail(err, EISDIR, "read %s", vis(path));
		return fail_fix(err, "name a file in it: !ls -l %s", vis(path));
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
