/* Arrays: how many members one has, and room in one that grows. */
#pragma once

#include <stddef.h>

/* How many members an array has; of a pointer the compiler warns. */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Make room for one more member after the count of those in an array on the heap, NULL at first; it may
 * move. count and room are size_t. */
#define LIST_ROOM(items, count, room) \
	((items) = (count) < (room) ? (items) : list_grow((items), &(room), sizeof(*(items))))

/* Let an array on the heap, NULL at first, have count members, for one that hardly ever grows; it may
 * move. */
#define LIST_FIT(items, count) ((items) = list_fit((items), (count), sizeof(*(items))))

/* What LIST_FIT() calls. Without memory the program ends. */
void *list_fit(void *items, size_t count, size_t size);

/* What LIST_ROOM() calls: twice the room, or the first. Without memory the program ends. */
void *list_grow(void *items, size_t *room, size_t size);
