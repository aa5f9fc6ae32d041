/* An op as one line of text, for a journal: its kind, then each field that is set, by its name in the row:
 * "addr address=10.0.0.1/24 name=eth0". Blanks and odd bytes of a value are \xNN. */
#pragma once

#include <stdbool.h>

struct arena;
struct op;
struct text;

/* Append the op. false where it has a field that no text can bear: a descriptor, bytes, a list. */
bool op_write(const struct op *op, struct text *text);

/* Read what op_write() wrote; strings are the arena's. false where the line is none of its. */
bool op_read(const char *line, struct arena *arena, struct op *ret);
