/* The table of stages. */
#include "ops/stages.h"

#include <string.h>

const struct stage_row stages[STAGES] = {
	[STAGE_LIMITS] = { "limits",
		"A limit comes first, so that the process is never without it: the kernel counts for "
		"the group what each process in it takes." },
	[STAGE_NAMESPACES] = { "namespaces",
		"A namespace gives a process its own copy of what the kernel else has once; all that "
		"follows is done in there and stays in there." },
	[STAGE_ROOT] = { "root",
		"A container brings its files along: read-only layers and a writable one above them, "
		"united to one folder." },
	[STAGE_FILLED] = { "filled",
		"Programs expect /proc, /dev and /sys, and each must show this container, not the "
		"host." },
	[STAGE_PIVOT] = { "pivot",
		"The new folder becomes / and the host's tree is unmounted: no name leads to it any "
		"more." },
	[STAGE_HIDDEN] = { "hidden",
		"Some files of /proc and /sys speak of the whole machine or change it, whoever is in "
		"which namespace; they are covered or made read-only." },
	[STAGE_NAME] = { "name",
		"The host name is the first thing by which a program tells where it is." },
	[STAGE_NETWORK] = { "network",
		"A new network namespace has one interface, lo, and it is down until somebody sets it "
		"up." },
	[STAGE_PRIVILEGE] = { "privilege",
		"What is not needed any more is given up for good, and last: without it nothing of "
		"the above could be made." },
	[STAGE_PROGRAM] = { "program",
		"Only now does the process become the program: it begins behind all the walls." },
};

enum stage_id stage_find(const char *name)
{
	for (enum stage_id stage = STAGE_LIMITS; stage < STAGES; stage++)
		if (strcmp(stages[stage].name, name) == 0)
			return stage;
	return STAGE_NONE;
}
