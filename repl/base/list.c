#include "base/list.h"

#include <stdlib.h>

#include "base/error.h"

void *list_fit(void *items, size_t count, size_t size)
{
	void *ret = reallocarray(items, count, size);

	if (!ret)
		out_of_memory();
	return ret;
}

void *list_grow(void *items, size_t *room, size_t size)
{
	enum { FIRST = 16 };
	size_t more = *room ? *room * 2 : FIRST;

	items = list_fit(items, more, size);
	*room = more;
	return items;
}
