/* No status, cgroup, passwd or subuid text, however odd, is read out of bounds. The first byte
 * says which of them the rest is. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "snapshot/facts.h"
#include "base/process/subids.h"
#include "snapshot/reading.h"
#include "demand.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check_status(const char *text)
{
	struct reading reading = { 0 };

	reading_parse_status(text, &reading);
	demand(memchr(reading.comm, '\0', sizeof(reading.comm)) != NULL);
	demand(!strchr(reading.comm, '\n') || strstr(text, "\\n"));
	demand(reading.levels >= 0 && reading.levels <= NS_LEVELS);
	demand(!reading.levels == !reading.inside);
	reading_done(&reading);
}

static void check_cgroups(const char *text)
{
	struct reading reading = { 0 };

	reading_parse_cgroups(text, &reading);
	for (size_t i = 0; i < reading.cgroup_count; i++) {
		demand(strlen(reading.cgroups[i].path) + strlen(reading.cgroups[i].controllers) <
		       strlen(text));
		demand(!strchr(reading.cgroups[i].controllers, ':'));
	}
	reading_done(&reading);
}

static void check_range(const char *text)
{
	unsigned long first, count;
	char range[64];
	const char *passwd = strchr(text, 'p');

	subids_first(text, passwd ? passwd : "", 1000, range, sizeof(range));
	if (!range[0])
		return;
	demand(strlen(range) < sizeof(range));
	first = strtoul(range, NULL, 10);
	demand(strchr(range, ' ') != NULL && first <= UINT32_MAX);
	count = strtoul(strchr(range, ' '), NULL, 10);
	demand(count > 0 && count <= UINT32_MAX);
}

/* The place of a mount table and of a group in it: no file system is asked for paths like these
 * but by access(2). */
static void check_places(char *text)
{
	struct facts facts = { 0 };
	char *cgroup = strstr(text, "\n\n");

	if (cgroup)
		*cgroup = '\0';
	facts_cgroups_from(&facts, text, cgroup ? cgroup + 2 : "");
	for (enum controller i = 0; i < CONTROLLERS; i++) {
		const struct cgroup_place *place = &facts.cgroup[i];
		demand(!place->version || (place->own[0] == '/' && place->parent[0] == '/'));
		demand(!place->version || strncmp(place->parent, place->mount,
						  strlen(place->mount)) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	char *text = calloc(1, length + 1);

	demand(text != NULL);
	if (length > 1)
		memcpy(text, bytes + 1, length - 1);
	switch (length ? bytes[0] % 4 : 0) {
	case 0:
		check_status(text);
		break;
	case 1:
		check_cgroups(text);
		break;
	case 2:
		check_range(text);
		break;
	case 3:
		check_places(text);
		break;
	}
	free(text);
	return 0;
}
