#include "snapshot/union/count.h"

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
	/* Those that were added one by one, since Linux 6.8. */
	for (size_t nth = 0; overlay && mount_option_nth(mount, "lowerdir+", nth, &arena); nth++)
		layers++;
	*writable = overlay && mount_option(mount, "upperdir", &arena);
	return layers;
}
