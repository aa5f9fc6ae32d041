/* jobs: programs in the background. */
#include "commands/command.h"

const struct command command_jobs = {
	.name = "jobs", .kind = ACTS, .group = GROUP_RUNNING, .act = ACT_JOBS,
	.summary = "the programs that spawn has started",
	.explain =
		"Lists the background programs of the child with their numbers: the job's, for "
		"kill %N, and the process's as the host sees it. A program that has ended is listed "
		"with its status: as the program gave it, or 128 and the number of the signal that "
		"ended it.",
	.example = "spawn sleep 100\njobs\nkill %1",
};
