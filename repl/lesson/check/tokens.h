/* The words of an expression, parentheses among them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;

/* One word; parentheses are words of their own. plain: no quotes, so it may be an operator. */
struct token {
	const char *s;
	int column;
	bool plain;
};

struct tokens {
	struct token *list;
	size_t count;
	int end; /* the column after the last */
};

/* Those of the length bytes at s, in arena; *ret is empty before. -1 with err and the column, counted
 * from s on. */
int tokens_split(const char *s, size_t length, struct arena *arena, struct tokens *ret, struct error *err);
