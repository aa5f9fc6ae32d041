/* What the tables say about a name, for explain. */
#pragma once

#include <stdbool.h>

struct context;
struct text;

/* Tell each row that is called name: an errno, an error's id, a primitive, a type of namespace, a
 * capability, a fact. false where there is none. */
bool rows_add(const struct context *context, const char *name, struct text *ret);

/* The same for a file of /proc alone. */
bool rows_add_file(const struct context *context, const char *name, struct text *ret);

/* A line of the child's mountinfo as it is now, its fields with their names. */
void rows_add_mountinfo(const struct context *context, struct text *ret);
