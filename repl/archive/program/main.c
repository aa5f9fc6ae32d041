/* stave-archive: reads and writes images for stave, which starts it. Archives come from strangers,
 * and this is where they are taken apart: never in the shell, and behind walls of its own. */
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "archive/digest.h"
#include "archive/limits.h"
#include "archive/report.h"
#include "archive/guard/confine.h"
#include "archive/guard/overseer.h"
#include "archive/image/commit.h"
#include "archive/image/export.h"
#include "archive/image/import.h"
#include "archive/layer/pack.h"
#include "base/error.h"
#include "base/list.h"
#include "base/text.h"
#include "base/message/begin.h"

enum { MANY = 1000, USERNS = STDERR_FILENO + 1, OUTPUT };

/* As given on the command line. */
struct request {
	const char *work, *target, *folder, *store, *ref, *platform, *name, *manifest, *config, *by, *comment;
	bool userns, userxattr;
	const char *list[MANY]; /* layers of a commit, or paths that are not to be packed */
	size_t list_count;
	const char *below[LIMIT_LAYERS]; /* the layers below a commit's, the lowest first */
	size_t below_count;
	const char *known[LIMIT_LAYERS]; /* layers that need not be unpacked, or how the folder to be packed looked */
	size_t known_count;
	uint64_t limit;
};

static void usage(FILE *to)
{
	fputs("usage: stave-archive import --target DIR --limit BYTES [--folder DIR] [--store LAYERS] [--ref NAME] [--platform P] [--name NAME]\n"
	      "       stave-archive export --target BLOBS --limit BYTES --manifest HEX --name NAME\n"
	      "       stave-archive pack --limit BYTES [--userns] [--userxattr] [--known HEX] [PATH...]\n"
	      "       stave-archive commit --target DIR --limit BYTES [--manifest HEX --config HEX --folder LAYERS\n"
	      "                            --base HEX...] [--known HEX...] [--by TEXT] [--comment TEXT] HEX...\n"
	      "       stave-archive confine --target DIR --limit BYTES\n"
	      "Reads and writes images for stave, which starts it. Standard input is the archive that is\n"
	      "read or written, or the folder that is packed (its user namespace is descriptor 3, the tar\n"
	      "goes to descriptor 4). It writes its report to standard output, as JSON, its sentences in the\n"
	      "language of --catalog FILE.\n", to);
}

static int read_options(int argc, char **argv, struct request *ret)
{
	const struct { const char *name; const char **to; } texts[] = {
		{ "target", &ret->target }, { "folder", &ret->folder }, { "store", &ret->store }, { "ref", &ret->ref }, { "platform", &ret->platform },
		{ "name", &ret->name }, { "manifest", &ret->manifest }, { "config", &ret->config },
		{ "by", &ret->by }, { "comment", &ret->comment },
	};
	enum { TEXTS = COUNT(texts), LIMIT = 'l', SPACE = 'u', BASE = 'b', KNOWN = 'k', USERXATTR = 'x', HELP = 'h', CATALOG = 'c' };
	struct option options[TEXTS + 8] = { 0 };
	struct error unused;
	int option, at;

	for (size_t i = 0; i < TEXTS; i++)
		options[i] = (struct option){ texts[i].name, required_argument, NULL, 1 };
	options[TEXTS] = (struct option){ "limit", required_argument, NULL, LIMIT };
	options[TEXTS + 1] = (struct option){ "userns", no_argument, NULL, SPACE };
	options[TEXTS + 2] = (struct option){ "base", required_argument, NULL, BASE };
	options[TEXTS + 3] = (struct option){ "userxattr", no_argument, NULL, USERXATTR };
	options[TEXTS + 4] = (struct option){ "help", no_argument, NULL, HELP };
	options[TEXTS + 5] = (struct option){ "catalog", required_argument, NULL, CATALOG };
	options[TEXTS + 6] = (struct option){ "known", required_argument, NULL, KNOWN };
	while ((option = getopt_long(argc, argv, "", options, &at)) >= 0) {
		if (option == 1)
			*texts[at].to = optarg;
		else if (option == SPACE)
			ret->userns = true;
		else if (option == USERXATTR)
			ret->userxattr = true;
		else if (option == BASE && ret->below_count < LIMIT_LAYERS && hex_valid(optarg))
			ret->below[ret->below_count++] = optarg;
		else if (option == KNOWN && ret->known_count < LIMIT_LAYERS && hex_valid(optarg))
			ret->known[ret->known_count++] = optarg;
		else if (option == CATALOG) /* without it the report is in English */
			messages_take(optarg, &unused);
		else if (option == HELP)
			usage(stdout), exit(0);
		else if (option != LIMIT || !parse_number(optarg, &ret->limit))
			return -1;
	}
	ret->work = argv[optind];
	for (int i = optind + 1; i < argc && ret->list_count < MANY; i++)
		ret->list[ret->list_count++] = argv[i];
	return ret->work && ret->limit && (ret->target || strcmp(ret->work, "pack") == 0) ? 0 : -1;
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

	/* Where it cannot be, somebody has to be told. */
	if (confine_process(WALLS_NOTHING, 0, &err) < 0) {
		report_error(&err);
		kill(pid, SIGKILL);
	}
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int oversee_reader(const struct request *request, const char *folder, const char *store, reader_work reader,
			 void *data)
{
	struct view view = { .target = request->target, .source = folder, .store = store };
	struct overseer overseer = { .limit = request->limit, .reader = reader, .data = data,
				     .below = request->below, .below_count = request->below_count,
				     .store = store != NULL, .known = request->store != NULL };
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

static int import(const struct request *request)
{
	struct import import = {
		.folder = request->folder != NULL, .ref = request->ref, .platform = request->platform,
		.name = request->name ? request->name : "", .limit = request->limit,
	};

	return oversee_reader(request, request->folder, request->store, import_reader, &import);
}

static int commit(const struct request *request)
{
	struct commit commit = {
		.manifest = request->manifest, .config = request->config,
		.known = request->known, .known_count = request->known_count,
		.layers = request->list, .layer_count = request->list_count,
		.created_by = request->by ? request->by : "",
		.comment = request->comment ? request->comment : "",
	};

	return oversee_reader(request, NULL, request->below_count ? request->folder : NULL, commit_reader, &commit);
}

/* A single process does the work, with these walls. */
static pid_t start_confined(enum walls walls, uint64_t limit, struct error *err)
{
	pid_t pid = fork();

	if (pid < 0)
		return fail(err, errno, "fork");
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (confine_process(walls, limit, err) < 0)
		_exit(fail_status(err));
	return 0;
}

static int export(const struct request *request)
{
	struct view view = { .target = request->target, .read_only = true };
	struct export export = { request->manifest, request->name };
	struct error err;
	bool privileged;

	if (confine(&view, &privileged, &err) < 0)
		return fail_status(&err);
	pid_t pid = start_confined(WALLS_NOTHING, request->limit, &err);
	if (pid)
		return pid < 0 ? fail_status(&err) : wait_for(pid);
	return export_image(&export, STDIN_FILENO);
}

static int pack(const struct request *request)
{
	struct pack pack = { request->list, request->list_count, request->userxattr,
			     request->known_count ? request->known[0] : NULL };
	struct error err;

	if (confine_to(STDIN_FILENO, request->userns ? USERNS : -1, &err) < 0)
		return fail_status(&err);
	/* Nothing that leads out may stay open. */
	close(STDIN_FILENO);
	close(USERNS);
	pid_t pid = start_confined(WALLS_READER, request->limit, &err);
	if (pid) {
		close(OUTPUT);
		return pid < 0 ? fail_status(&err) : wait_for(pid);
	}
	return pack_layer(&pack, OUTPUT);
}

/* Put up the walls, and read nothing: whether this place lets them stand. */
static int confine_only(const struct request *request)
{
	struct view view = { .target = request->target, .read_only = true };
	struct error err;
	bool privileged;

	if (confine(&view, &privileged, &err) < 0)
		return fail_status(&err);
	pid_t pid = start_confined(WALLS_OVERSEER, request->limit, &err);
	if (pid)
		return pid < 0 ? fail_status(&err) : wait_for(pid);
	pid = start_confined(WALLS_TREE, request->limit, &err);
	if (pid)
		return pid < 0 ? fail_status(&err) : wait_for(pid);
	report_result(json_object());
	return 0;
}

#ifdef SANITIZED
/* Where there is no /proc leaks cannot be looked for, which would be said on standard error. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}
#endif

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(const struct request *request);
	} works[] = {
		{ "import", import }, { "export", export }, { "pack", pack }, { "commit", commit },
		{ "confine", confine_only },
	};
	static struct request request;

	json_set_alloc_funcs(memory_of, free);
	/* libarchive keeps names byte for byte where the locale is UTF-8, as pax headers are. */
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		setlocale(LC_CTYPE, "en_US.UTF-8");
	if (read_options(argc, argv, &request) < 0) {
		usage(stderr);
		return 2;
	}
	leave_terminal();
	for (size_t i = 0; i < COUNT(works); i++)
		if (strcmp(works[i].name, request.work) == 0)
			return works[i].run(&request);
	usage(stderr);
	return 2;
}
