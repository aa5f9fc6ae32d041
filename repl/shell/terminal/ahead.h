/* What was typed ahead: keys that were read on somebody's behalf who did not take them. They come
 * before all that is still in the terminal. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct text;

/* Keep keys, behind those that are kept. What no line can have, NUL, is dropped. */
void ahead_add(const char *keys, size_t length);

bool ahead_any(void);

/* The next of them, or -1. */
int ahead_key(void);

/* Hand all of them over, appended to ret. */
void ahead_give(struct text *ret);
