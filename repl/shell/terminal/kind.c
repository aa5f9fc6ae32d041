#include "shell/terminal/kind.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"

bool terminal_is_dumb(void)
{
	static const char *const dumb[] = { "", "dumb", "unknown", "emacs" };
	const char *term = getenv("TERM");

	for (size_t i = 0; term && i < COUNT(dumb); i++)
		if (strcmp(term, dumb[i]) == 0)
			return true;
	return !term;
}
