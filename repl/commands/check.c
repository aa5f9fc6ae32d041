/* check: a question to the kernel about the child, answered true or false. */
#include "commands/command.h"

static const struct arg_spec args[] = {
	{ "EXPR", WORD_CHECK, .optional = true, .many = true,
	  .means = "what should hold; in a lesson the task's own when it is missing" },
	{ 0 }
};

const struct command command_check = {
	.name = "check", .kind = ACTS, .group = GROUP_LESSONS, .act = ACT_CHECK, .args = args,
	.summary = "ask whether something holds of the child",
	.explain =
		"Looks at what the kernel says of the child, not at what was typed, and answers with "
		"what it saw. Status 0 when it holds, 1 when not. Predicates are joined by and, or, not "
		"and parentheses; words with blanks are quoted.\n\n"
		"  ns TYPE own | host | shared with WHOM\n"
		"  mount PATH present | absent | type T | from SRC | from host | ro | rw\n"
		"  mount PATH propagation private | shared | slave | unbindable\n"
		"  file PATH present | absent | folder | whiteout\n"
		"  file PATH contains TEXT | same as PATH\n"
		"  pid inside N            hostname NAME          root own | host\n"
		"  uid inside | outside N  gid inside | outside N\n"
		"  cgroup C own | host     cgroup cpu SHARE       cgroup memory SIZE\n"
		"  cgroup pids N           nonewprivs             seccomp filter | off\n"
		"  cap NAME present | absent | effective | ambient | bounded\n"
		"  net lo up | down        job NAME running | absent\n"
		"  run CMD prints TEXT | says TEXT | succeeds | fails\n"
		"  in WHOM PREDICATE       host unchanged\n\n"
		"WHOM is a job, a container or a process number; CMD is one quoted word. "
		"lessons/AUTHORING.md tells when each holds.",
	.example = "unshare user uts\nhostname box\ncheck ns uts own and hostname box and host unchanged",
};
