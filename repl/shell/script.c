#include "shell/script.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "shell/terminal/signals.h"
#include "words/language/words.h"

enum { CHUNK = 16 * 1024 };

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

/* Nothing of a binary is run: what has a NUL byte in it is looked at no further. */
static int fail_binary(struct script *script, const char *nul, struct error *err)
{
	const char *s = script->ahead.s + script->at;

	for (script->taken++; (s = memchr(s, '\n', (size_t)(nul - s))) != NULL; s++)
		script->taken++;
	script->at = script->ahead.len;
	script->ended = true;
	fail_id(err, ERR_SCRIPT_KIND, 0, "NUL byte");
	return fail_why(err, "a script is lines of text");
}

/* Read more behind what is there. Returns 0, -1 with err. */
static int read_more(struct script *script, struct error *err)
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
		return fail(err, errno, "read %s", vis(script->name));
	ssize_t n = read(script->fd, text_room(&script->ahead, CHUNK), CHUNK);
	if (n < 0 && errno == EINTR)
		return 0;
	script->ended = n <= 0;
	if (n < 0)
		return fail(err, errno, "read %s", vis(script->name));
	text_grew(&script->ahead, (size_t)n);
	const char *nul = memchr(script->ahead.s + script->ahead.len - n, '\0', (size_t)n);
	return nul ? fail_binary(script, nul, err) : 0;
}

static int take_line(struct script *script, size_t length, struct text *ret)
{
	const char *s = script->ahead.s + script->at;

	size_t mark = script->taken == 0 ? text_mark(s, length) : 0;

	script->at += length;
	script->at += script->at < script->ahead.len;
	script->taken++;
	s += mark;
	length -= mark;
	if (length && s[length - 1] == '\r')
		length--;
	text_clear(ret);
	text_addn(ret, s, length);
	return 1;
}

int script_long(struct error *err)
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
			return too_long || ret->len > LINE_BYTES ? script_long(err) : 1;
		}
		if (script->ended)
			return too_long ? script_long(err) : 0;
		if (length > LINE_BYTES) {
			/* Keep nothing of it: there may be no end to it. */
			script->at += length;
			too_long = true;
		}
		if (read_more(script, err) < 0)
			return -1;
	}
}
