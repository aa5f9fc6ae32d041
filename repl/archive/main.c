/* stave-archive: reads and writes images for stave, which starts it. Archives come from strangers,
 * and this is where they are taken apart: never in the shell, and behind walls of its own. */
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "archive/confine.h"
#include "archive/import.h"
#include "archive/overseer.h"
#include "archive/report.h"
#include "base/error.h"
#include "base/text.h"

/* As given on the command line. */
struct request {
	const char *work, *target, *folder, *ref, *name;
	uint64_t limit;
};

static void usage(FILE *to)
{
	fputs("usage: stave-archive import --target DIR [--folder DIR] [--ref NAME] [--name NAME] --limit BYTES\n"
	      "stave starts this program to read an image from standard input, or from a folder, into\n"
	      "DIR. What it has to say it writes to standard output, as JSON.\n", to);
}

static int read_options(int argc, char **argv, struct request *ret)
{
	static const struct option options[] = {
		{ "target", required_argument, NULL, 't' }, { "folder", required_argument, NULL, 'f' },
		{ "ref", required_argument, NULL, 'r' }, { "name", required_argument, NULL, 'n' },
		{ "limit", required_argument, NULL, 'l' }, { "help", no_argument, NULL, 'h' }, { 0 }
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0)
		switch (option) {
		case 't':
			ret->target = optarg;
			break;
		case 'f':
			ret->folder = optarg;
			break;
		case 'r':
			ret->ref = optarg;
			break;
		case 'n':
			ret->name = optarg;
			break;
		case 'l':
			if (!parse_number(optarg, &ret->limit))
				return -1;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			return -1;
		}
	ret->work = argv[optind];
	return argc == optind + 1 && ret->target && ret->limit ? 0 : -1;
}

/* Neither the shell's terminal nor its life after it: what holds none can be sent no keys of, and
 * what it left behind would be seen by nobody. */
static void leave_terminal(void)
{
	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static int fail_status(struct error *err)
{
	report_error(err);
	return 1;
}

/* The first process of the pid namespace oversees; this one only waits for it. */
static int wait_for(pid_t pid)
{
	struct error err;
	int status;

	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	if (confine_process(WALLS_NOTHING, 0, &err) < 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int import(const struct request *request)
{
	struct import import = {
		.folder = request->folder != NULL, .ref = request->ref,
		.name = request->name ? request->name : "", .limit = request->limit,
	};
	struct view view = { .target = request->target, .source = request->folder };
	struct overseer overseer = { .limit = request->limit, .clerk = import_clerk,
				     .data = &import };
	struct error err;

	if (confine(&view, &overseer.privileged, &err) < 0)
		return fail_status(&err);
	pid_t pid = fork();
	if (pid < 0)
		return fail(&err, errno, "fork"), fail_status(&err);
	if (pid > 0)
		return wait_for(pid);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return oversee(&overseer);
}

int main(int argc, char **argv)
{
	static const struct { const char *name; int (*run)(const struct request *request); } works[] = {
		{ "import", import },
	};
	struct request request = { 0 };

	/* libarchive keeps names byte for byte where the locale is UTF-8, as pax headers are. */
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		setlocale(LC_CTYPE, "en_US.UTF-8");
	if (read_options(argc, argv, &request) < 0) {
		usage(stderr);
		return 2;
	}
	leave_terminal();
	for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++)
		if (strcmp(works[i].name, request.work) == 0)
			return works[i].run(&request);
	usage(stderr);
	return 2;
}
