#include "shell/attend/relay/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/await.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "base/process/load.h"
#include "session/session.h"
#include "shell/script.h"
#include "shell/shell.h"
#include "shell/attend/relay/relaying.h"
#include "shell/attend/relay/unread.h"
#include "shell/terminal/ahead.h"
#include "shell/terminal/signals.h"

enum {
	CAPTURE = 1024 * 1024,
	GRACE = 100,    /* ms without output after the end: somebody else holds the other end */
	AGAIN = 200,    /* ms without output until Ctrl-D is typed again, ENDS times at most */
	ENDS = 50,
	UNSEEN = 10000, /* ms that a program may take of which nothing is shown */
	PATIENCE = 1000, /* ms after Ctrl-C until it is said that the program goes on */
	NEWS = 50       /* ms between two looks into a job's ring */
};

/* The descriptors that are polled, by number. */
enum { P_SIGNALS, P_END, P_KEYS, P_PTY, P_OUT, P_ERR, P_IN, POLLED };

void relay_signal(struct relay *relay, int signal)
{
	struct error unused;

	if (program_signal(relay->program, signal) < 0)
		session_kill(&relay->shell->session, relay->program->pid, signal, &unused);
}

/* Where nobody takes the output any more, the program ends as by SIGPIPE: it may never write again,
 * or be the init of a pid namespace, which that signal does not reach. */
void relay_pass_on(struct relay *relay, int to, const char *s, size_t length)
{
	if (relay->capture) {
		size_t room = CAPTURE - relay->capture->len;
		text_addn(relay->capture, s, length < room ? length : room);
	} else if (write_fd(to, s, length) < 0) {
		shell_unwritten(relay->shell, to);
		relay->leave = true;
		relay_signal(relay, SIGKILL);
	}
}

static void copy_window(const struct relay *relay)
{
	struct winsize window;

	if (relay->program->pty >= 0 && (ioctl(STDIN_FILENO, TIOCGWINSZ, &window) == 0 ||
					 ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0))
		ioctl(relay->program->pty, TIOCSWINSZ, &window);
}

static void hear_signals(struct relay *relay)
{
	unsigned noted = signals_take();

	if (noted & NOTED_WINDOW)
		copy_window(relay);
	if (noted & NOTED_STOP)
		relay_stop(relay);
	if (noted & NOTED_INTERRUPT) {
		/* The terminal has shown ^C. */
		if (relay->shell->interactive)
			relay_pass_on(relay, STDOUT_FILENO, "\n", 1);
		relay->program->killed = relay->interrupts ? KILLED_BY_KEY : relay->program->killed;
		relay_signal(relay, relay->interrupts++ ? SIGKILL : SIGINT);
		relay->interrupted = clock_ms();
	}
	shell_hear(relay->shell, noted);
	if (noted & NOTED_LEAVE) {
		relay->leave = true;
		relay_signal(relay, SIGKILL);
	}
}

/* The first process of a pid namespace receives no signal that it has no handler for. */
static void warn_of_deafness(struct relay *relay)
{
	const char *words = _("stave: the program continues after SIGINT; Ctrl-C again kills it\n");

	relay->warned = true;
	if (write_fd(STDERR_FILENO, words, strlen(words)) < 0)
		relay->leave = true;
}

static void watch(struct relay *relay, struct pollfd *polled)
{
	const struct program *program = relay->program;
	int in = program->pty >= 0 ? program->pty : program->in;
	bool give = relay->typed.len > 0;

	polled[P_SIGNALS] = (struct pollfd){ signals_fd(), POLLIN, 0 };
	polled[P_END] = (struct pollfd){ relay->ended ? -1 : program->pidfd, POLLIN, 0 };
	polled[P_KEYS] = (struct pollfd){ relay->keys && !give && !relay->ended ? STDIN_FILENO : -1,
					  POLLIN, 0 };
	polled[P_PTY] = (struct pollfd){ relay->job ? -1 : program->pty, POLLIN, 0 };
	polled[P_OUT] = (struct pollfd){ relay->rests ? -1 : program->out, POLLIN, 0 };
	polled[P_ERR] = (struct pollfd){ program->err, POLLIN, 0 };
	polled[P_IN] = (struct pollfd){ give && !relay->ended ? in : -1, POLLOUT, 0 };
}

static void serve(struct relay *relay, const struct pollfd *polled)
{
	struct program *program = relay->program;

	if (polled[P_SIGNALS].revents)
		hear_signals(relay);
	if (polled[P_END].revents)
		relay->ended = true;
	if (polled[P_PTY].revents & ~POLLOUT)
		output_take(relay, &program->pty, STDOUT_FILENO);
	if (polled[P_OUT].revents)
		output_take_out(relay, polled[P_ERR].revents);
	if (polled[P_ERR].revents)
		output_take(relay, &program->err, STDERR_FILENO);
	if (polled[P_KEYS].revents)
		keys_take(relay);
	if (polled[P_IN].revents)
		keys_give(relay);
	if (!relay->keys && !relay->typed.len && program->in >= 0)
		close(steal_fd(&program->in));
	/* Behind all that has just been read for it. */
	if (polled[P_END].revents)
		keys_give_back(relay);
}

/* How long to wait, in ms. A program that turned the terminal to raw mode after Ctrl-D was typed
 * has not read it as one: it is typed again. */
static int patience(const struct relay *relay)
{
	if (relay->ended)
		return GRACE;
	if (relay->job)
		return NEWS;
	if (relay->interrupts == 1 && !relay->warned)
		return PATIENCE;
	return relay->ends > 0 && relay->ends < ENDS && relay->program->pty >= 0 ? AGAIN : -1;
}

/* Wait no longer than the deadline allows; once it is over the program ends. */
static int until_deadline(struct relay *relay, int wait)
{
	int64_t left = relay->deadline - (int64_t)(clock_now() / MILLISECOND);

	if (!relay->deadline)
		return wait;
	if (left <= 0) {
		relay->deadline = 0;
		relay_signal(relay, SIGKILL);
		return wait;
	}
	return wait < 0 || wait > left ? (int)left : wait;
}

static void take_news(struct relay *relay)
{
	cleanup_text struct text news = { 0 };

	job_news(&relay->shell->session, relay->job, &news);
	if (!news.len)
		return;
	modes_read(&relay->modes, text_of(&news), news.len);
	relay_pass_on(relay, STDOUT_FILENO, text_of(&news), news.len);
}

/* Nothing has come for as long as patience() says. */
static void idle(struct relay *relay)
{
	bool deaf = relay->interrupts == 1 && !relay->warned;

	if (deaf && clock_ms() >= relay->interrupted + PATIENCE)
		warn_of_deafness(relay);
	else if (!deaf && !relay->job)
		keys_end(relay);
}

static int relay_loop(struct relay *relay, struct error *err)
{
	const struct program *program = relay->program;
	struct pollfd polled[POLLED];

	while (!relay->leave && !program->stopped) {
		bool open = relay->job || program->pty >= 0 || program->out >= 0 || program->err >= 0;
		if (!open && (relay->ended || program->pidfd < 0))
			break;
		watch(relay, polled);
		int most = patience(relay);
		int n = poll(polled, POLLED, until_deadline(relay, rest_wait(relay, still_wait(relay, most))));
		if (n < 0 && errno != EINTR)
			return fail(err, errno, "poll");
		/* What it has written before comes before what it says of an error. */
		if (rest_end(relay) && (n == 0 || polled[P_ERR].revents))
			continue;
		if (relay->job)
			take_news(relay);
		if (n == 0 && relay->ended)
			break;
		if (n == 0 && most >= 0)
			idle(relay);
		if (n > 0)
			serve(relay, polled);
		still_look(relay);
	}
	if (program->stopped && relay->job)
		take_news(relay);
	else if (program->stopped)
		output_take_rest(relay);
	return 0;
}

static void begin_raw(struct relay *relay)
{
	struct termios raw;

	if (tcgetattr(STDIN_FILENO, &relay->before) < 0)
		return;
	raw = relay->before;
	cfmakeraw(&raw);
	relay->raw = tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
}

/* The screen as it was: what the program has turned on, and not off again. */
static void reset_modes(struct relay *relay)
{
	cleanup_text struct text reset = { 0 }, again = { 0 };

	if (relay->program->stopped) {
		modes_again(&relay->modes, &again);
		relay->program->screen = steal_ptr(&again.s);
	}
	modes_reset(&relay->modes, &reset);
	if (reset.len)
		relay_pass_on(relay, STDOUT_FILENO, text_of(&reset), reset.len);
}

static void end_raw(struct relay *relay)
{
	reset_modes(relay);
	if (relay->raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &relay->before);
	/* A size that changed meanwhile is the prompt's concern too. */
	signals_note(NOTED_WINDOW);
}

static void make_nonblocking(int fd)
{
	if (fd >= 0)
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* Pass on until it has ended or been stopped; the terminal is raw meanwhile where how asks for that. */
static int attend(struct relay *relay, enum plan_program how, bool silent, struct error *err)
{
	bool terminal = how == PROGRAM_TERMINAL && !relay->shell->json;

	make_nonblocking(relay->program->pty);
	make_nonblocking(relay->program->in);
	keys_take_ahead(relay);
	if (silent && how != PROGRAM_WAIT)
		keys_end(relay);
	if (terminal) {
		copy_window(relay);
		begin_raw(relay);
	}
	int ret = relay_loop(relay, err);
	if (terminal)
		end_raw(relay);
	else
		reset_modes(relay);
	/* The terminal has shown ^Z; and what the program has not been given is the prompt's. */
	if (relay->program->stopped) {
		if (!relay->program->halted)
			relay_pass_on(relay, STDOUT_FILENO, "\n", 1);
		ahead_add(text_of(&relay->typed), relay->typed.len);
	}
	text_done(&relay->typed);
	if (relay->peer >= 0)
		close(relay->peer);
	return ret;
}

static bool is_stoppable(const struct shell *shell)
{
	return shell->interactive && !shell->json && !shell->muted && !shell->in_lesson &&
	       !(shell->script && shell->script->name);
}

int relay_attend(struct shell *shell, struct program *program, enum plan_program how, bool input,
		 struct text *output, struct error *err)
{
	bool silent = shell->muted || !(input || isatty(STDIN_FILENO)); /* nobody types */
	struct relay relay = {
		.shell = shell,
		.program = program,
		.stoppable = is_stoppable(shell) && how != PROGRAM_PROBE && !program->traced,
		.keeps = how != PROGRAM_PROBE && !program->traced && !shell->muted,
		.peer = unread_open(program),
		.capture = shell->json || how == PROGRAM_PROBE ? output : NULL,
		.keys = !silent && (how == PROGRAM_INPUT || how == PROGRAM_TERMINAL),
		.deadline = shell->muted ? (int64_t)(clock_now() / MILLISECOND) + (int64_t)load_patience(UNSEEN) : 0,
	};

	return attend(&relay, how, silent, err);
}

/* Once it has drawn, a program draws again for a window's new size alone: signal(7), SIGWINCH. */
static void go_on(struct relay *relay)
{
	const struct program *program = relay->program;

	if (program->screen)
		relay_pass_on(relay, STDOUT_FILENO, program->screen, strlen(program->screen));
	relay_signal(relay, SIGCONT);
	if (program->pty >= 0)
		relay_signal(relay, SIGWINCH);
}

int relay_follow(struct shell *shell, struct job *job, bool *stopped, struct text *output, struct error *err)
{
	struct program *program = &job->program;
	bool typed = program->pty >= 0 || program->in >= 0;
	struct relay relay = {
		.shell = shell,
		.program = program,
		.job = job,
		.stoppable = is_stoppable(shell),
		.keeps = true,
		.capture = shell->json ? output : NULL,
		.peer = unread_open(program),
		.keys = typed && isatty(STDIN_FILENO) && !shell->muted,
	};

	go_on(&relay);
	free(steal_ptr(&program->screen));
	int ret = attend(&relay, program->pty >= 0 ? PROGRAM_TERMINAL : PROGRAM_WAIT, false, err);
	*stopped = program->stopped;
	program->stopped = program->halted = false;
	return ret;
}
