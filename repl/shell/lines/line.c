#include "shell/lines/line.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <readline/readline.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "base/file/state.h"
#include "base/message/language.h"
#include "shell/shell.h"
#include "shell/acts/lesson/lessons.h"
#include "shell/lines/prompt.h"
#include "shell/lines/source.h"
#include "shell/lines/tab.h"
#include "shell/tell/jobs.h"
#include "shell/terminal/ahead.h"
#include "shell/terminal/history.h"
#include "shell/terminal/signals.h"
#include "words/language/words.h"

/* readline's callbacks have no argument of ours. */
static struct {
	char *line;   /* the one just finished */
	bool got;     /* a line or the end */
	bool more;    /* it is read to go on an unclosed one; dropped: Ctrl-C, which drops that, too */
	bool dropped;
} at;

static void on_line(char *line)
{
	at.line = line;
	at.got = true;
	rl_callback_handler_remove();
}

/* A user without our rights must not choose the files that readline and ncurses read:
 * an inputrc's mistakes are printed, whatever file it names (CVE-2022-0563 in chsh(1)). */
static void guard_files(void)
{
	static const char *const names[] = { "TERMINFO", "TERMINFO_DIRS", "TERMCAP", "TERMPATH" };

	if (!home_is_foreign() && !getenv("SUDO_UID"))
		return;
	setenv("INPUTRC", "/dev/null", 1);
	for (size_t i = 0; i < COUNT(names); i++)
		unsetenv(names[i]);
}

/* If a terminal has no size, like a serial line, readline trusts these variables and allocates a
 * line of that many cells. */
static void guard_size(void)
{
	enum { MOST = 5000 };
	static const char *const names[] = { "COLUMNS", "LINES" };
	uint64_t number;

	for (size_t i = 0; i < COUNT(names); i++) {
		const char *s = getenv(names[i]);
		if (s && (!parse_number(s, &number) || number == 0 || number > MOST))
			unsetenv(names[i]);
	}
}

/* The next key for readline: first those that were typed ahead. */
static int read_key(FILE *stream)
{
	return ahead_any() ? ahead_key() : rl_getc(stream);
}

/* Whether more keys arrive within readline's timeout, in microseconds, which can be read only by setting
 * it. This is how readline distinguishes a sequence from the key that begins it. */
static int is_typed(void)
{
	struct pollfd polled = { STDIN_FILENO, POLLIN, 0 };
	int time = rl_set_keyboard_input_timeout(0);

	rl_set_keyboard_input_timeout(time);
	return ahead_any() || poll(&polled, 1, time / 1000) > 0;
}

/* Returns whether the user has been here before. */
static bool set_up(const struct session *session)
{
	guard_files();
	guard_size();
	charset_begin();
	rl_readline_name = "stave";
	rl_catch_signals = 0;
	rl_catch_sigwinch = 0;
	rl_getc_function = read_key;
	rl_input_available_hook = is_typed;
	tab_begin(session);
	return history_open();
}

/* Ctrl-C: leave the line as it is on the screen, and begin a new one. */
static void drop_line(void)
{
	rl_free_line_state();
	rl_callback_sigcleanup();
	rl_replace_line("", 0);
	fputs("^C", rl_outstream);
	rl_crlf();
	at.dropped = at.more;
	at.got = at.got || at.dropped;
	if (at.dropped)
		return;
	rl_on_new_line();
	rl_redisplay();
}

static void hear_signals(struct shell *shell)
{
	unsigned noted = signals_take();

	if (noted & NOTED_WINDOW)
		rl_resize_terminal();
	shell_hear(shell, noted);
	if (shell->leaving)
		at.got = true;
	else if (noted & NOTED_INTERRUPT)
		drop_line();
}

enum { MOST_ENDS = 64 /* programs in the background whose end is noticed at the prompt; that of others at the next line */ };

static bool any_ended(const struct pollfd *polled, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (polled[i].revents)
			return true;
	return false;
}

/* Wait for one line. NULL at the end of input, when the shell is to leave, or at.dropped. */
static char *read_one(struct shell *shell, const char *prompt)
{
	struct pollfd polled[2 + MOST_ENDS] = { { STDIN_FILENO, POLLIN, 0 }, { signals_fd(), POLLIN, 0 } };

	at.line = NULL;
	at.got = at.dropped = false;
	rl_eof_found = 0; /* else, after an end in the middle of a line, an empty line follows each line */
	rl_callback_handler_install(prompt, on_line);
	while (!at.got) {
		nfds_t count = 2 + session_ends(&shell->session, polled + 2, MOST_ENDS);
		int ready = poll(polled, count, ahead_any() ? 0 : -1);
		/* What a container that has ended had is the others' at once: its name goes from their hosts(5). */
		if (ready > 0 && any_ended(polled + 2, count - 2))
			session_reap(&shell->session);
		if (ready < 0 && errno != EINTR)
			break;
		/* What is read after a Ctrl-C was typed after it. */
		if (polled[1].revents || signals_any())
			hear_signals(shell);
		if (!at.got && (polled[0].revents || ahead_any())) {
			history_load();
			rl_callback_read_char();
		}
	}
	rl_callback_handler_remove();
	return at.line;
}

/* Append to an unclosed line the lines that continue it. NULL if Ctrl-C dropped them all. */
static char *read_more(struct shell *shell, char *line)
{
	cleanup_text struct text all = { 0 };
	enum unclosed unclosed;

	text_add(&all, line);
	free(line);
	at.more = true;
	while ((unclosed = words_unclosed(text_of(&all), all.len)) != CLOSED) {
		cleanup_free char *next = read_one(shell, "> ");
		if (!next)
			break; /* at the end of input it is run, and says what it lacks */
		if (unclosed == OPEN_BACKSLASH)
			all.s[--all.len] = '\0';
		else
			text_add(&all, "\n");
		text_add(&all, next);
	}
	at.more = false;
	return at.dropped || shell->leaving ? NULL : steal_ptr(&all.s);
}

/* Wait for a whole line. NULL at the end of input, or when the shell is to leave. */
static char *read_line(struct shell *shell)
{
	cleanup_text struct text prompt = { 0 };
	struct error unseen;
	char *line;

	/* A quiet step leaves no reading, but the prompt shows one. Should it fail, the next command
	 * says why. */
	if (shell->session.at->child && shell->session.at->stale &&
	    session_see(&shell->session, &unseen) == 0)
		session_look(&shell->session, &unseen);
	if (lessons_question(shell))
		return read_one(shell, lessons_question(shell));
	prompt_add(shell, true, &prompt);
	do {
		line = read_one(shell, text_of(&prompt));
		if (line && words_unclosed(line, strlen(line)) != CLOSED)
			line = read_more(shell, line);
	} while (at.dropped && !shell->leaving);
	return line;
}

/* Report jobs that have ended above the prompt, once each. */
static void tell_jobs(struct shell *shell)
{
	struct session *session = &shell->session;
	cleanup_text struct text text = { 0 };

	session_reap(session);
	for (size_t i = 0; i < session->job_count; i++) {
		struct job *job = &session->jobs[i];
		if (!job->ended || job->told)
			continue;
		job->told = true;
		text_sayf(&text, "[%d] ended with status %d: %s\n", job->number, job->status,
			  vis(job->label ? job->label : ""));
	}
	text_add(&text, text_of(&session->news));
	text_clear(&session->news);
	shell_write(shell, &text);
}

static void greet(struct shell *shell, bool known)
{
	static const char first[] =
		N_("Stave: build a Linux container by hand, one kernel primitive at a time.\n"
		"A child process shares everything with this host. Each command builds a wall\n"
		"around it, and shows the system calls and what the kernel changed.\n"
		"  %-17s a wall    container  all walls    lesson  step by step\n"
		"undo takes a step back, help lists the words, Tab completes them, Ctrl-D leaves:\n"
		"the host is unchanged.\n");
	const char *begin = shell->session.facts.root ? "unshare uts" : "unshare user uts";
	cleanup_text struct text text = { 0 }, lesson = { 0 };

	if (shell->quiet || shell->json)
		return;
	if (known)
		lessons_begun(&lesson);
	if (lesson.len)
		text_sayf(&text, "Stave: lesson continues with %s; help lists the words.\n", lesson.s);
	else if (known)
		text_sayf(&text, "Stave: lesson, container, or %s to begin; help lists the words.\n", begin);
	else
		text_sayf(&text, first, begin);
	shell_write(shell, &text);
}

static void remember(struct shell *shell, const char *line)
{
	cleanup_text struct text text = { 0 };
	struct error err;

	if (history_add(line, &err) == 0)
		return;
	text_sayf(&text, "stave: %s: %s%s%s\n", err.what, errno_name(err.code), err.why[0] ? ": " : "", err.why);
	shell_complain(shell, &text);
}

/* Ctrl-D while stopped jobs would be lost. */
static bool stays(struct shell *shell)
{
	cleanup_text struct text text = { 0 };

	text_say(&text, "quit\n");
	shell->parting = jobs_tell_parting(shell, &text);
	if (shell->parting)
		shell_write(shell, &text);
	return shell->parting;
}

void line_loop(struct shell *shell)
{
	bool known = set_up(&shell->session);
	shell_screen(shell);
	greet(shell, known);
	while (!shell->leaving) {
		tell_jobs(shell);
		/* A Ctrl-C that stopped a program was meant for that. */
		signals_note(signals_take() & ~(unsigned)NOTED_INTERRUPT);
		shell_screen(shell);
		cleanup_free char *line = read_line(shell);
		if (!line && !shell->leaving && stays(shell))
			continue;
		if (!line) {
			shell->leaving = true;
			if (!shell->ended_by && write_fd(STDOUT_FILENO, "quit\n", 5) < 0)
				break; /* nobody is there any more */
			continue;
		}
		if (lessons_question(shell) && lessons_answer(shell, line))
			continue;
		if (!line[strspn(line, " \t")] && lessons_enter(shell))
			continue;
		remember(shell, line);
		/* What was pasted may be many lines. */
		bool parting = shell->parting;
		script_run_string(shell, NULL, line);
		shell->parting = shell->parting && !parting;
	}
	history_close();
	tab_end();
}
