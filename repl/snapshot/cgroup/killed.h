/* What the OOM killer has ended in a control group: memory.events and memory.max of version 2,
 * memory.oom_control and memory.limit_in_bytes of version 1. cgroups(7). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "snapshot/cgroup/groups.h"

struct oom {
	char folder[GROUP_PATH];
	uint64_t kills;
	uint64_t most; /* bytes; NO_LIMIT: the group itself has no bound, one above it or the machine has */
	int version;
};

/* false where no group with a memory controller lies in the folder, or it cannot be read. */
bool oom_read(const char *folder, struct oom *ret);
