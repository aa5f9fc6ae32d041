/* The table of stages. */
#include "ops/stages.h"

#include <string.h>

const struct stage_row stages[STAGES] = {
	[STAGE_LIMITS] = { "limits",
		"A limit comes first, so that the process is never without it: the kernel counts for "
		"the group what each process in it takes." },
	[STAGE_NAMESPACES] = { "namespaces",
		"A namespace gives a process its own instance of something that all processes "
		"otherwise share; all that follows is done inside and stays inside." },
	[STAGE_ROOT] = { "root",
		"A container brings its files along: read-only layers and a writable one above them, "
		"united in one folder." },
	[STAGE_FILLED] = { "filled",
		"Programs expect /proc, /dev and /sys, and each must show this container, not the "
		"host." },
	[STAGE_PIVOT] = { "pivot",
		"The new folder becomes / and the host's tree is unmounted: no name leads to it any "
		"more." },
	[STAGE_HIDDEN] = { "hidden",
		"Some files of /proc and /sys show or change the whole machine, whatever "
		"namespaces a process is in; they are covered or made read-only." },
	[STAGE_NAME] = { "name",
		"The host name is the first thing that a program asks for to learn where it runs." },
	[STAGE_NETWORK] = { "network",
		"A new network namespace has one interface, lo, and it is down until a process "
		"brings it up." },
	[STAGE_PRIVILEGE] = { "privilege",
		"Privileges that are no longer needed are dropped for good, and last: the steps "
		"above need them." },
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
