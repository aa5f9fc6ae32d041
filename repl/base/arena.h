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

/* Let ret, which is overwritten, have what is in the arena as well: it is freed when neither has it. What is
 * added to one from then on is that one's alone. */
void arena_share(const struct arena *arena, struct arena *ret);

/* Free everything that no other arena shares; the arena is empty and ready again. */
void arena_done(struct arena *arena);
#define cleanup_arena __attribute__((cleanup(arena_done)))
