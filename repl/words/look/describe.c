#include "words/look/describe.h"

#include <string.h>

#include "base/arena.h"

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
