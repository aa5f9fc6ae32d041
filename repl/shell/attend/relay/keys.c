/* What is typed for a program that is attended to. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/message.h"
#include "base/text.h"
#include "session/session.h"
#include "shell/script.h"
#include "shell/shell.h"
#include "shell/attend/relay/relaying.h"
#include "shell/attend/relay/suspend.h"
#include "shell/attend/relay/unread.h"
#include "shell/terminal/ahead.h"

/* The end of what is typed: Ctrl-D as the pseudo-terminal is set up by default, or the end of the
 * pipe. */
void keys_end(struct relay *relay)
{
	relay->keys = false;
	if (relay->program->pty >= 0) {
		text_add(&relay->typed, "\004");
		relay->ends++;
	}
}

/* Stop it, and what it has printed until then is shown. Two that must not be stopped are left alone: one that
 * nobody could bring back, and one that does not stop. */
void relay_stop(struct relay *relay)
{
	static const char never[] = N_("\nstave: a program of a script or a lesson, or one that is traced, cannot be stopped: Ctrl-C ends it\n");
	static const char not_yet[] = N_("\nstave: the program has not stopped, as one that is frozen or waits for a disk\n");
	bool stopped = relay->stoppable && suspend_program(relay->program);

	if (stopped)
		relay->program->stopped = true;
	else if (relay->stoppable)
		relay_signal(relay, SIGCONT);
	const char *says = relay->stoppable ? _(not_yet) : _(never);
	if (!stopped && write_fd(STDERR_FILENO, says, strlen(says)) < 0)
		relay->leave = true;
}

/* length keys are new. Those behind the one that stops the program were typed for the prompt. */
static void take_typed(struct relay *relay, size_t length)
{
	const char *keys = text_of(&relay->typed) + relay->typed.len;
	size_t at = relay->raw ? suspend_key(relay->program, keys, length) : length;

	if (at == length) {
		text_grew(&relay->typed, length);
		return;
	}
	cleanup_text struct text behind = { 0 };
	text_addn(&behind, keys + at + 1, length - at - 1);
	text_grew(&relay->typed, at);
	relay_pass_on(relay, STDOUT_FILENO, "^Z", 2);
	relay_stop(relay);
	ahead_add(text_of(&behind), behind.len);
}

void keys_take(struct relay *relay)
{
	ssize_t n = read(STDIN_FILENO, text_room(&relay->typed, CHUNK), CHUNK);

	if (n > 0)
		take_typed(relay, (size_t)n);
	else if (n == 0 || (errno != EINTR && errno != EAGAIN))
		keys_end(relay);
}

void keys_give(struct relay *relay)
{
	struct program *program = relay->program;
	int *to = program->pty >= 0 ? &program->pty : &program->in;
	ssize_t n = *to < 0 ? 0 : write(*to, relay->typed.s, relay->typed.len);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		relay->keys = false;
		text_clear(&relay->typed);
		if (program->in >= 0)
			close(steal_fd(&program->in));
		return;
	}
	relay->typed.len -= (size_t)n;
	memmove(relay->typed.s, relay->typed.s + n, relay->typed.len + 1);
}

/* What a script has behind the line being run; the ends of it that keys_end() typed are none of it. */
static void give_script(struct script *script, const struct text *left)
{
	for (size_t i = 0; i < left->len; i++)
		if (left->s[i] && left->s[i] != '\004')
			text_addn(&script->ahead, &left->s[i], 1);
}

/* What was typed after the program's last line was not meant for it: it goes to the prompt, or back to
 * the script. */
void keys_give_back(struct relay *relay)
{
	struct script *script = relay->shell->script;
	cleanup_text struct text left = { 0 };

	if (relay->peer >= 0)
		unread_take(relay->peer, &left);
	text_addn(&left, text_of(&relay->typed), relay->typed.len);
	text_clear(&relay->typed);
	if (script && script->fd == STDIN_FILENO)
		give_script(script, &left);
	else if (relay->shell->interactive)
		ahead_add(text_of(&left), left.len);
	if (relay->peer >= 0)
		close(steal_fd(&relay->peer));
}

/* What a script has read ahead of itself comes before the rest of standard input. */
void keys_take_ahead(struct relay *relay)
{
	struct script *script = relay->shell->script;

	if (relay->keys && relay->shell->interactive)
		ahead_give(&relay->typed);
	if (!relay->keys || !script || script->fd != STDIN_FILENO)
		return;
	text_addn(&relay->typed, text_of(&script->ahead) + script->at,
		  script->ahead.len - script->at);
	script->at = script->ahead.len;
	if (script->ended)
		keys_end(relay);
}
