/* jobs: programs in the background. */
#include "words/language/command.h"

static const struct arg_spec args[] = {
	{ "N", WORD_NUMBER, .optional = true, .means = "show what job N has printed" },
	{ 0 }
};

const struct command command_jobs = {
	.name = "jobs", .kind = ACTS, .group = GROUP_RUNNING, .act = ACT_JOBS,
	.summary = "the programs that spawn has started",
	.explain =
		"Lists the background programs of the child with their numbers: the job's, for "
		"kill %N, and the process's as the host sees it. A program that has ended is listed "
		"with its status: as the program gave it, or 128 and the number of the signal that "
		"ended it.\n\n"
		"jobs N shows what job N has printed so far.",
	.example = "spawn echo hello\njobs\njobs 1",
	.args = args,
};
