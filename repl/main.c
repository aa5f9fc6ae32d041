/* Stave: a shell in which a container is built by hand. This file reads the options and wires
 * the rooms together. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "base/trace.h"
#include "base/message/begin.h"
#include "base/process/title.h"
#include "base/show/fill.h"
#include "session/host/janitor.h"
#include "shell/shell.h"
#include "shell/acts/lesson/lessons.h"
#include "shell/acts/lesson/proofs.h"
#include "shell/lines/line.h"
#include "shell/lines/open.h"
#include "shell/lines/source.h"
#include "shell/tell/describe.h"
#include "shell/tell/report.h"
#include "shell/terminal/history.h"

enum { EXIT_FAILED = 1, EXIT_USAGE = 2 };

static const struct program_option table[] = {
	{ 'c', "command", "CMDS", N_("run commands; several -c are run in their order") },
	{ 'k', "keep-going", NULL, "continue after a failing command" },
	{ 'q', "quiet", NULL, "print no step reports, only what commands print" },
	{ 'n', "dry-run", NULL, "show plans, perform nothing" },
	{ 'y', "yes", NULL, "take back a failing line, undo and reset without asking, even if jobs or "
			    "files in memory are lost" },
	{ 0, "json", NULL, "one JSON object for each command on standard output, nothing else" },
	{ 0, "check-lessons", NULL, "prove that what lessons teach is true and that they leave the "
				    "host unchanged" },
	{ 0, "doctor", NULL, "try whether this machine and user can build containers; --json" },
	{ 0, "transcript", "FILE", "record what is typed and its results: .json, or Markdown" },
	{ 0, "describe", NULL, "all words, options, primitives and errors as JSON" },
	{ 'h', "help", NULL, "this text; the command help explains the commands" },
	{ 'V', "version", NULL, N_("the version") },
	{ 0 }
};

enum { NAMES = 22, WIDTH = 80 };

static void add_usage(struct text *ret)
{
	text_say(ret, "usage: stave [OPTIONS] [FILE | -c 'CMD; CMD']\n"
		      "       stave [--json] --check-lessons FILE...\n"
		      "Build a Linux container by hand, one kernel primitive at a time.\n"
		      "Without FILE and -c: a prompt on a terminal, a script from standard input otherwise.\n\n");
	for (const struct program_option *option = table; option->name; option++) {
		cleanup_text struct text names = { 0 };
		text_addf(&names, option->letter ? "  -%c, --%s%s%s" : "%.0d      --%s%s%s", option->letter,
			  option->name, option->value ? " " : "", option->value ? option->value : "");
		text_add(ret, text_of(&names));
		text_pad(ret, names.len < NAMES - 1 ? NAMES - names.len : 2);
		fill(ret, _(option->means), NAMES, WIDTH);
	}
	text_say(ret, "\nExit status: 0; 1 a command failed; 2 usage; 125 Stave itself failed; the program's own when\n"
		      "the last command runs one (126 not executable, 127 not found, 128+N killed by signal N).\n");
}

struct options {
	const char *commands, *file, *transcript;
	struct text joined; /* the commands of several -c, a line each */
	bool prove, doctor;
	char **lessons; /* to be proven, ended by NULL */
};

/* Say s and leave: help on standard output, mistakes on standard error. */
static _Noreturn void leave_with(int status, const char *s)
{
	int fd = status ? STDERR_FILENO : STDOUT_FILENO;

	if (write_fd(fd, s, strlen(s)) == 0)
		_exit(status);
	if (errno != EPIPE)
		dprintf(STDERR_FILENO, "stave: write to standard output: %s\n", errno_text(errno));
	_exit(EXIT_FAILED);
}

static _Noreturn void describe_all(void)
{
	cleanup_text struct text text = { 0 };

	describe(table, &text);
	leave_with(0, text_of(&text));
}

static _Noreturn void help(void)
{
	cleanup_text struct text text = { 0 };

	add_usage(&text);
	leave_with(0, text_of(&text));
}

/* What getopt_long(3) wants of the table. */
static void fill_longs(struct option *ret)
{
	for (size_t i = 0; table[i].name; i++)
		ret[i] = (struct option){ table[i].name, table[i].value ? required_argument : no_argument,
					  NULL, table[i].letter };
}

/* An option that has no letter. */
static void take_long(const char *name, struct shell *shell, struct options *ret)
{
	if (strcmp(name, "json") == 0) {
		messages_end();
		shell->json = true;
	} else if (strcmp(name, "transcript") == 0)
		ret->transcript = optarg;
	else if (strcmp(name, "check-lessons") == 0)
		ret->prove = true;
	else if (strcmp(name, "doctor") == 0)
		ret->doctor = true;
	else if (strcmp(name, "describe") == 0)
		describe_all();
}

static void add_commands(struct options *ret, const char *more)
{
	struct text joined = { 0 };

	if (ret->commands)
		text_addf(&joined, "%s\n%s", ret->commands, more);
	ret->commands = ret->commands ? text_of(&joined) : more;
	text_done(&ret->joined);
	ret->joined = joined;
}

static void read_options(int argc, char **argv, struct shell *shell, struct options *ret)
{
	struct option longs[COUNT(table)] = { 0 };
	int option, at = 0;

	fill_longs(longs);
	while ((option = getopt_long(argc, argv, "+c:kqnyhV", longs, &at)) != -1) {
		switch (option) {
		case 'c':
			add_commands(ret, optarg);
			break;
		case 'k':
			shell->keep_going = true;
			break;
		case 'q':
			shell->quiet = true;
			break;
		case 'n':
			shell->dry_run = true;
			break;
		case 'y':
			shell->yes = true;
			break;
		case 0:
			take_long(table[at].name, shell, ret);
			break;
		case 'h':
			help();
		case 'V':
			leave_with(0, "stave " STAVE_VERSION "\n");
		default:
			leave_with(EXIT_USAGE, _("stave --help lists the options\n"));
		}
	}
	if (ret->doctor) {
		if (argv[optind] || ret->commands)
			leave_with(EXIT_USAGE, _("stave: --doctor takes no FILE and no -c: stave --help\n"));
		ret->commands = shell->json ? "doctor --json" : "doctor";
		shell->json = false; /* the object alone, not that of a line around it */
	}
	ret->file = argv[optind];
	ret->lessons = argv + optind;
	if (ret->prove) {
		if (!ret->file || ret->commands)
			leave_with(EXIT_USAGE, _("stave: --check-lessons takes files and no -c: stave --help\n"));
		return;
	}
	if (ret->file && (argv[optind + 1] || ret->commands))
		leave_with(EXIT_USAGE, _("stave: one FILE, or -c, not both: stave --help\n"));
}

/* A descriptor below 3 that is closed would be taken by the next open(2), and printed to. */
static int open_standard(void)
{
	struct pollfd standard[] = { { .fd = STDIN_FILENO }, { .fd = STDOUT_FILENO },
				     { .fd = STDERR_FILENO } };

	if (poll(standard, 3, 0) < 0)
		return -1;
	for (size_t i = 0; i < 3; i++) {
		if (!(standard[i].revents & POLLNVAL))
			continue;
		int fd = open("/dev/null", O_RDWR);
		if (fd != standard[i].fd)
			return -1;
	}
	return 0;
}

static void run(struct shell *shell, const struct options *options)
{
	struct error err;

	if (options->prove) {
		check_lessons(shell, options->lessons);
	} else if (options->commands) {
		script_run_string(shell, NULL, options->commands);
	} else if (shell->interactive) {
		line_loop(shell);
	} else if (script_run_file(shell, options->file ? options->file : "-", &err) < 0) {
		report_failure(shell, "", &err);
	}
}

int main(int argc, char **argv)
{
	static struct shell shell;
	static struct options options;
	struct error err;

	json_set_alloc_funcs(memory_of, free);
	title_open(argc, argv);
	janitor_begin(argc, argv);
	if (getauxval(AT_SECURE))
		leave_with(STATUS_STAVE,
			   _("stave: refuses to run setuid, setgid or with file capabilities: it runs "
			   "any command with all the rights it has\n"));
	if (open_standard() < 0) {
		dprintf(STDERR_FILENO, "stave: poll or open of standard input, output and error: %s\n",
			errno_text(errno));
		return STATUS_STAVE;
	}
	if (trace_begin(getenv("STAVE_TRACE")) < 0) {
		dprintf(STDERR_FILENO, "stave: STAVE_TRACE takes %s, separated by commas\n", trace_names());
		return EXIT_USAGE;
	}
	if (messages_speak(NULL, &err) < 0)
		dprintf(STDERR_FILENO, "stave: %s%s%s\n", err.what, err.code ? ": " : "",
			err.code ? errno_name(err.code) : "");
	read_options(argc, argv, &shell, &options);
	shell.exe = argv[0];
	shell.next = true;
	shell.interactive = !options.commands && !options.file && isatty(STDIN_FILENO) &&
			    isatty(STDOUT_FILENO);
	if (shell_open(&shell, &err) < 0) {
		report_failure(&shell, "", &err);
		return STATUS_STAVE;
	}
	shell.session.program = "/proc/self/exe";
	if (options.transcript && lessons_log(&shell, options.transcript, &err) < 0) {
		report_failure(&shell, "", &err);
		shell_close(&shell);
		return STATUS_STAVE;
	}
	run(&shell, &options);
	return shell_close(&shell);
}
