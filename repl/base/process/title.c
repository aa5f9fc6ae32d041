#include "base/process/title.h"

#include <string.h>
#include <sys/prctl.h>

/* One process has one command line. */
static char *start;
static size_t room;

void title_open(int argc, char **argv)
{
	if (argc < 1)
		return;
	start = argv[0];
	/* The arguments lie one behind the other, each with its NUL. proc_pid_cmdline(5) */
	for (int i = 0; i < argc && argv[i] == start + room; i++)
		room += strlen(argv[i]) + 1;
}

void title_set(const char *name)
{
	prctl(PR_SET_NAME, name);
	if (room == 0)
		return;
	memset(start, 0, room);
	size_t length = strlen(name);
	memcpy(start, name, length < room ? length : room - 1);
}
