/* What a program leaves switched on in the terminal, learnt by reading along, so that exactly that
 * can be switched off when it has ended: switching off what is not on would move the cursor. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct text;

enum { MODES = 13 };

struct modes {
	bool other[MODES]; /* not as the terminal starts with */
	bool escaped;      /* any sequence has been seen */
	int state;         /* of the parser */
	unsigned number, numbers[8];
	size_t count;
};

/* Read along. */
void modes_read(struct modes *modes, const char *s, size_t length);

/* Append what switches on again what modes_reset() switches off. */
void modes_again(const struct modes *modes, struct text *ret);

/* Append what puts the terminal back: alternate screen, cursor, bracketed paste, mouse, colours. */
void modes_reset(const struct modes *modes, struct text *ret);
