#include "words/look/describe.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"

const char *describe_size(uint64_t bytes, char *to, size_t size)
{
	static const char units[] = "BKMGTP";
	size_t unit = 0;

	while (bytes >= 1024 * 10 && unit + 1 < sizeof(units) - 1) {
		bytes /= 1024;
		unit++;
	}
	if (unit == 0)
		snprintf(to, size, "%llu bytes", (unsigned long long)bytes);
	else
		snprintf(to, size, "%llu%c", (unsigned long long)bytes, units[unit]);
	return to;
}

size_t union_layers(const struct mount *mount, bool *writable)
{
	cleanup_arena struct arena arena = { 0 };
	bool overlay = strcmp(mount->type, "overlay") == 0;
	const char *lower = overlay ? mount_option(mount, "lowerdir", &arena) : NULL;
	size_t layers = lower ? 1 : 0;

	for (const char *p = lower; p && *p; p++)
		layers += *p == ':' && (p == lower || p[-1] != '\\');
	*writable = overlay && mount_option(mount, "upperdir", &arena);
	return layers;
}
