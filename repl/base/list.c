#include "base/list.h"

#include <stdlib.h>

#include "base/error.h"

void *list_grow(void *items, size_t *room, size_t size)
{
	enum { FIRST = 16 };
	size_t more = *room ? *room * 2 : FIRST;
	void *ret = reallocarray(items, more, size);

	if (!ret)
		out_of_memory();
	*room = more;
	return ret;
}
