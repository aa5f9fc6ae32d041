#include "snapshot/cgroup/killed.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "snapshot/cgroup/counters.h"

/* Version 1 says a number that no machine has for none. */
#define UNBOUND (UINT64_C(1) << 62)

static uint64_t bound_of(const char *folder, int version)
{
	cleanup_arena struct arena arena = { 0 };
	cleanup_text struct text content = { 0 };
	const char *file = version == 1 ? "memory.limit_in_bytes" : "memory.max";
	uint64_t most;

	if (read_file(AT_FDCWD, path_join(&arena, folder, file), 64, &content) < 0)
		return NO_LIMIT;
	const char *number = arena_copyn(&arena, text_of(&content), strcspn(text_of(&content), "\n"));
	return parse_number(number, &most) && most < UNBOUND ? most : NO_LIMIT;
}

bool oom_read(const char *folder, struct oom *ret)
{
	for (int version = 2; version > 0; version--) {
		uint64_t kills = 0;
		if (!counter_read(&counters[COUNTER_MEMORY_KILLED], version, folder, &kills))
			continue;
		*ret = (struct oom){ .kills = kills, .most = bound_of(folder, version), .version = version };
		snprintf(ret->folder, sizeof(ret->folder), "%s", folder);
		return true;
	}
	return false;
}
