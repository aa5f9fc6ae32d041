/* check: a question to the kernel about the child, answered true or false. */
#include <string.h>

#include "base/text.h"
#include "lesson/check/check.h"
#include "lesson/play/stage.h"
#include "shell/shell.h"
#include "shell/acts/lesson/findings.h"
#include "shell/acts/lesson/lessons.h"
#include "words/language/command.h"

/* The first that does not hold and makes it false, as the cause. */
static int fail_false(const struct verdict *verdict, const char *expression, struct error *err)
{
	fail_id(err, ERR_CHECK_FALSE, 0, "check: does not hold: %s", vis(expression));
	for (size_t i = 0; i < verdict->count; i++)
		if (verdict->list[i].looked && !finding_well(&verdict->list[i]))
			return fail_why(err, "%s: %s", verdict->list[i].test, verdict->list[i].saw);
	return -1;
}

/* Judge the expression that was typed. */
static int judge(struct shell *shell, const struct words *words, struct result *result)
{
	cleanup_arena struct arena arena = { 0 };
	cleanup_verdict struct verdict verdict = { 0 };

	int column = words->args[0].column;
	const char *expression = result->line + (column - result->column);
	const struct check *check = check_parse(expression, strlen(expression), column, &arena,
						&result->error);
	if (!check)
		return -1;
	struct witness witness = { .session = &shell->session, .run = shell->stage.ask, .context = shell };
	check_judge(check, &witness, &verdict);
	if (!shell->quiet || shell->json)
		findings_tell(shell, &verdict, false, &result->output);
	return verdict.holds ? 0 : fail_false(&verdict, expression, &result->error);
}

static int act(struct shell *shell, const struct words *words, struct result *result)
{
	return words->count ? judge(shell, words, result) : lessons_act(shell, words, result, lessons_check);
}

static const struct arg_spec args[] = {
	{ "EXPR", WORD_CHECK, .optional = true, .many = true,
	  .means = "what should hold; in a lesson, by default what the task asks for" },
	{ 0 }
};

const struct command command_check = {
	.name = "check", .kind = ACTS, .group = GROUP_LESSONS, .act = act, .args = args,
	.summary = "check whether something holds for the child",
	.explain =
		"Looks at what the kernel says about the child, not at what was typed, and reports "
		"what it saw. Status 0 when it holds, 1 when not. Predicates are joined by and, or, "
		"not and parentheses; words with blanks are quoted.\n\n"
		"  ns TYPE own|host            whose namespace it is\n"
		"  ns TYPE owned by own user   its root has rights over it\n"
		"  ns TYPE shared with WHOM    the same namespace as WHOM's\n"
		"  mount PATH present|absent   whether something is mounted there;\n"
		"                              alone: one thing, and nothing below it\n"
		"  mount PATH type FSTYPE      and of which type\n"
		"  mount PATH from SRC         it shows SRC; from host: what the host has there;\n"
		"                              from host PATH: what it has at that PATH\n"
		"  mount PATH shows PATH       which folder of its file system\n"
		"  mount PATH unites PATH...   its read-only layers, from the top\n"
		"  mount PATH of image NAME    all of the image's layers, and no others but a\n"
		"                              container's own\n"
		"  mount PATH ro|rw            its rights\n"
		"  mount PATH option OPTION    its own or its file system's\n"
		"  mount PATH propagation P    private, shared, slave or unbindable\n"
		"  no mount from host          none shows a file system that the host has\n"
		"  proc PATH own               a proc of its own pid namespace\n"
		"  file PATH present|absent    also: folder, regular, executable, link, device,\n"
		"                              pipe, socket, whiteout\n"
		"  file PATH contains TEXT     in its first mebibyte; is TEXT: that alone\n"
		"  file PATH owner UID:GID     as the child sees them\n"
		"  file PATH same as PATH      one inode\n"
		"  dir PATH holds exactly NAME...  these names and no others; dir PATH empty\n"
		"  pid inside N                its number in its own pid namespace\n"
		"  uid|gid inside|outside N    its user and group ids\n"
		"  hostname NAME               in its UTS namespace\n"
		"  root own|host               whether its / is the host's\n"
		"  root pivoted|chrooted       the root of a mount namespace, or below one\n"
		"  cwd inside|outside          whether its working directory lies below its root\n"
		"  clock boottime|monotonic N  so many seconds ahead of the host's\n"
		"  cgroup C own|host           whose group it is in for controller C\n"
		"  cgroup cpu SHARE            20%, 1.5cpus, max\n"
		"  cgroup memory SIZE          64M, max\n"
		"  cgroup pids N               20, max\n"
		"  cap NAME present|absent     also: effective, ambient, bounded\n"
		"  caps only NAME...           the sets have these and no others; also docker, all,\n"
		"                              none, and -NAME; caps bounding only: of one set\n"
		"  nonewprivs                  it is set\n"
		"  seccomp filter|off          whether a filter is in force; docker: as docker's\n"
		"  call NAME denied|allowed    by its filters, whatever the arguments; as docker:\n"
		"                              those that docker's filter denies or allows\n"
		"  net lo up|down              the loopback interface\n"
		"  net forward on|off          whether it forwards packets\n"
		"  run CMD prints TEXT         that alone; says TEXT: among other things\n"
		"  run CMD succeeds|fails      how it ends, within 10 seconds\n"
		"  job NAME running|absent     a job or a container\n"
		"  image NAME present|absent   in the store; layers N: how many it has\n"
		"  image NAME shares N layers with NAME   of the same digests\n"
		"  in WHOM PREDICATE           the same for another process\n"
		"  host unchanged              its mounts, namespaces and name; in a lesson also\n"
		"                              files, control groups and interfaces\n\n"
		"WHOM is a job, a container or a process number; CMD is one quoted word. "
		"lessons/AUTHORING.md says when each holds.",
	.example = "unshare user uts\nhostname box\ncheck ns uts own and hostname box and host unchanged",
};
