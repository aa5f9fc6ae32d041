#include "words/topics/concepts.h"

#include <string.h>

#include "base/list.h"

const struct concept *concept_nth(size_t i)
{
	static const struct concept *const tables[] = { concepts_isolation, concepts_files, concepts_power };

	for (size_t table = 0; table < COUNT(tables); table++)
		for (const struct concept *concept = tables[table]; concept->name; concept++)
			if (i-- == 0)
				return concept;
	return NULL;
}

static int is_called(const struct concept *concept, const char *name)
{
	if (strcmp(concept->name, name) == 0)
		return 1;
	for (const char *const *also = concept->also; also && *also; also++)
		if (strcmp(*also, name) == 0)
			return 1;
	return 0;
}

const struct concept *concept_find(const char *name)
{
	const struct concept *concept;

	for (size_t i = 0; (concept = concept_nth(i)); i++)
		if (is_called(concept, name))
			return concept;
	return NULL;
}
