/* A folder of a target's own. */
#pragma once

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file/remove.h"
#include "demand.h"

static char folder[] = "/tmp/stave-fuzz.XXXXXX";

static inline void folder_leave(void)
{
	if (chdir("/") == 0)
		remove_tree(AT_FDCWD, folder);
}

/* Make it, and go there; at the end it goes. */
static inline void folder_enter(void)
{
	demand(mkdtemp(folder) && chdir(folder) == 0);
	atexit(folder_leave);
}
