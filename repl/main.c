/* Stave: a shell in which a container is built by hand. This file reads the options and wires
 * the rooms together. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/title.h"
#include "session/host/janitor.h"
#include "shell/line.h"
#include "shell/script.h"
#include "shell/shell.h"
#include "shell/stage.h"
#include "shell/acts/lesson/lessons.h"
#include "shell/terminal/history.h"

enum { EXIT_FAILED = 1, EXIT_USAGE = 2 };

static const char usage[] =
	"usage: stave [OPTIONS] [FILE | -c 'CMD; CMD']\n"
	"       stave [--json] --check-lessons FILE...\n"
	"Build a Linux container by hand, one kernel primitive at a time.\n"
	"Without FILE and -c: a prompt on a terminal, a script from standard input otherwise.\n"
	"\n"
	"  -c, --command CMDS  run commands\n"
	"  -k, --keep-going    continue after a failing command\n"
	"  -q, --quiet         print no step reports, only what commands print\n"
	"  -n, --dry-run       show plans, perform nothing\n"
	"  -y, --yes           take back a failing line, undo and reset unasked, also where that\n"
	"                      loses jobs or files in memory\n"
	"      --json          one JSON object for each command on standard output, nothing else\n"
	"      --check-lessons  prove lessons: what they teach is true, and the host stays as it is\n"
	"      --transcript FILE  record what is typed and its results: .json, or Markdown\n"
	"  -h, --help          this text; the command help explains the commands\n"
	"  -V, --version       the version\n"
	"\n"
	"Exit status: 0; 1 a command failed; 2 usage; the program's own when the last command runs\n"
	"one (125 stave failed, 126 not executable, 127 not found, 128+N killed by signal N).\n";

struct options {
	const char *commands, *file, *transcript;
	bool prove;
	char **lessons; /* to be proven, ended by NULL */
};

/* Say s and leave: help on standard output, mistakes on standard error. */
static _Noreturn void leave_with(int status, const char *s)
{
	int fd = status ? STDERR_FILENO : STDOUT_FILENO;

	if (write_fd(fd, s, strlen(s)) == 0)
		_exit(status);
	if (errno != EPIPE)
		dprintf(STDERR_FILENO, "stave: write to standard output: %s\n", strerror(errno));
	_exit(EXIT_FAILED);
}

static void read_options(int argc, char **argv, struct shell *shell, struct options *ret)
{
	static const struct option longs[] = {
		{ "command", required_argument, NULL, 'c' }, { "keep-going", no_argument, NULL, 'k' },
		{ "quiet", no_argument, NULL, 'q' },	     { "dry-run", no_argument, NULL, 'n' },
		{ "yes", no_argument, NULL, 'y' },
		{ "json", no_argument, NULL, 'j' },	     { "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },	     { "check-lessons", no_argument, NULL, 'l' },
		{ "transcript", required_argument, NULL, 't' },
		{ 0 }
	};
	int option;

	while ((option = getopt_long(argc, argv, "+c:kqnyhV", longs, NULL)) != -1) {
		switch (option) {
		case 'c':
			ret->commands = optarg;
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
		case 'j':
			shell->json = true;
			break;
		case 't':
			ret->transcript = optarg;
			break;
		case 'l':
			ret->prove = true;
			break;
		case 'h':
			leave_with(0, usage);
		case 'V':
			leave_with(0, "stave " STAVE_VERSION "\n");
		default:
			leave_with(EXIT_USAGE, "stave --help lists the options\n");
		}
	}
	ret->file = argv[optind];
	ret->lessons = argv + optind;
	if (ret->prove) {
		if (!ret->file || ret->commands)
			leave_with(EXIT_USAGE, "stave: --check-lessons takes files and no -c: stave --help\n");
		return;
	}
	if (ret->file && (argv[optind + 1] || ret->commands))
		leave_with(EXIT_USAGE, "stave: one FILE, or -c, not both: stave --help\n");
}

/* A descriptor below 3 that is closed would be taken by the next open(2), and printed to. */
static int open_standard(void)
{
	struct pollfd standard[] = { { .fd = STDIN_FILENO }, { .fd = STDOUT_FILENO },
				     { .fd = STDERR_FILENO } };

	if (poll(standard, 3, 0) < 0)
		return -1;
	for (size_t i = 0; i < 3; i++)
		if ((standard[i].revents & POLLNVAL) && open("/dev/null", O_RDWR) != standard[i].fd)
			return -1;
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
		shell_fail(shell, "", &err);
	}
}

int main(int argc, char **argv)
{
	static struct shell shell;
	struct options options = { 0 };
	struct error err;

	title_open(argc, argv);
	janitor_begin(argc, argv);
	if (getauxval(AT_SECURE))
		leave_with(EXIT_FAILED,
			   "stave: refuses to run setuid, setgid or with file capabilities: it runs "
			   "any command with all the rights it has\n");
	if (open_standard() < 0) {
		dprintf(STDERR_FILENO, "stave: poll or open of standard input, output and error: %s\n",
			strerror(errno));
		return EXIT_FAILED;
	}
	read_options(argc, argv, &shell, &options);
	shell.exe = argv[0];
	shell.next = true;
	shell.interactive = !options.commands && !options.file && isatty(STDIN_FILENO) &&
			    isatty(STDOUT_FILENO);
	if (shell_open(&shell, &err) < 0) {
		shell_fail(&shell, "", &err);
		return EXIT_FAILED;
	}
	shell.session.program = "/proc/self/exe";
	if (options.transcript && lessons_log(&shell, options.transcript, &err) < 0) {
		shell_fail(&shell, "", &err);
		return shell_close(&shell);
	}
	run(&shell, &options);
	return shell_close(&shell);
}
