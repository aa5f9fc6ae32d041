#include "words/language/names.h"

#include <string.h>

enum name_fault name_judge(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	static const char *const reserved[] = { "new", "rm", "host", ROUTER, NULL };

	for (size_t i = 0; reserved[i]; i++)
		if (strcmp(reserved[i], name) == 0)
			return NAME_RESERVED;
	if (!name[0])
		return NAME_EMPTY;
	return strchr("-.", name[0]) || name[strspn(name, letters)] || strlen(name) > NAME_LONGEST ||
	       !name[strspn(name, "0123456789")] ? NAME_WRONG : NAME_FITS;
}

bool name_fits_child(const char *name)
{
	return strcmp(name, ROUTER) == 0 || name_judge(name) == NAME_FITS;
}
