#include "base/arena.h"

#include <stdarg.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum { FIRST_BLOCK = 256, BLOCK = 4096 };

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	unsigned others; /* arenas and blocks that lead to it, besides the first */
	alignas(max_align_t) char bytes[];
};

void *arena_new(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->blocks;

	size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (!block || block->size - block->used < size) {
		size_t next = !block ? FIRST_BLOCK : block->size < BLOCK / 2 ? block->size * 2 : BLOCK;
		size_t room = size > next ? size : next;
		block = calloc(1, sizeof(*block) + room);
		if (!block)
			out_of_memory();
		block->size = room;
		block->next = arena->blocks;
		arena->blocks = block;
	}
	void *found = block->bytes + block->used;
	block->used += size;
	return found;
}

char *arena_copyn(struct arena *arena, const char *s, size_t length)
{
	char *copy = arena_new(arena, length + 1);

	if (length)
		memcpy(copy, s, length); /* s may be NULL for nothing */
	return copy;
}

char *arena_copy(struct arena *arena, const char *s)
{
	return arena_copyn(arena, s, strlen(s));
}

char *arena_print(struct arena *arena, const char *format, ...)
{
	struct arena_block *block = arena->blocks;
	size_t room = block ? block->size - block->used : 0;
	va_list args;

	/* Into what is left of the block, which mostly has the room; what did not fit is written over. */
	va_start(args, format);
	int n = vsnprintf(block ? block->bytes + block->used : NULL, room, format, args);
	va_end(args);
	if (n < 0)
		out_of_memory();
	char *s = arena_new(arena, (size_t)n + 1);
	if ((size_t)n < room)
		return s;
	va_start(args, format);
	vsnprintf(s, (size_t)n + 1, format, args);
	va_end(args);
	return s;
}

void arena_share(const struct arena *arena, struct arena *ret)
{
	*ret = *arena;
	if (ret->blocks)
		ret->blocks->others++;
}

void arena_done(struct arena *arena)
{
	while (arena->blocks) {
		if (arena->blocks->others) {
			arena->blocks->others--;
			arena->blocks = NULL;
			return;
		}
		struct arena_block *next = arena->blocks->next;
		free(arena->blocks);
		arena->blocks = next;
	}
}
