/* Finding what a name names, in all tables at once. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct context;
struct error;
struct text;
struct words;

/* One thing that has a name. */
struct topic {
	const char *kind; /* "word", "concept", "errno", ... */
	const char *name;
	const char *means; /* in a line */
};

/* Give each topic to take, in the order of the tables, until it returns false. */
void topics_walk(bool (*take)(void *data, const struct topic *topic), void *data);

/* Tell all that argument 0 names: a word and a concept by their pages, else each row of a table that is
 * called so. -1 with err: nothing is. */
int topic_tell(const struct context *context, const struct words *words, struct text *ret,
	       struct error *err);

/* All whose name or meaning has s in it, upper case or lower, a row each. Returns how many. */
size_t topics_search(const struct context *context, const char *s, struct text *ret);
