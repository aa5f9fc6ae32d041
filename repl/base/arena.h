/* Memory that is freed all at once: a plan, a reading, a packet owns one arena. */
#pragma once

#include <stddef.h>

struct arena_block;

/* Zero-initialised is empty and ready. */
struct arena {
	struct arena_block *blocks;
};

/* Zeroed memory that lives as long as the arena; never NULL. */
void *arena_new(struct arena *arena, size_t size);
char *arena_copy(struct arena *arena, const char *s);
char *arena_copyn(struct arena *arena, const char *s, size_t length);
char *arena_print(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Free everything; the arena is empty and ready again. */
void arena_done(struct arena *arena);
#define cleanup_arena __attribute__((cleanup(arena_done)))
