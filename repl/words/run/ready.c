/* What some commands need before they can build or look, and others should not have to pay for. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "image/busybox.h"
#include "base/text.h"
#include "image/store.h"
#include "snapshot/facts.h"
#include "words/language/command.h"

int command_ready(const struct command *command, const struct words *words, bool make,
		  struct facts *facts, char **busybox, struct error *err)
{
	unsigned needs = command->needs ? command->needs(words) : 0;
	char path[PATH_MAX];

	if (needs & (NEEDS_CGROUPS | NEEDS_CONTROLLERS))
		facts_cgroups(facts);
	else if (needs & NEEDS_LIMITS)
		facts_limits(facts);
	facts->cgroups_asked = facts->cgroups_asked || (needs & NEEDS_CGROUPS);
	if (needs & NEEDS_WALLS)
		facts_walls(facts);
	if ((needs & NEEDS_VOLUMES) && make && store_volumes(path, sizeof(path), err) < 0)
		return -1;
	if (!(needs & NEEDS_BUSYBOX) || *busybox)
		return 0;
	if (image_busybox(make, path, sizeof(path), err) < 0)
		return -1;
	*busybox = text_copy(path);
	return 0;
}
