/* What the ops share that the shell performs in the child's network namespace: base/net/inside.h. */
#pragma once

#include "base/net/inside.h"

struct op_stage;
struct text;

/* The network namespace of the child. 0, or -1 with errno: ESRCH where there is no child. */
int within_open(const struct op_stage *stage, struct inside *ret);

/* Have call(arg, out, &status) run there by a helper, and append what it writes to said, which may be NULL: inside_call().
 * 0, or -1 with errno. */
int within_call(const struct op_stage *stage, int (*call)(void *arg, int out, int *status), void *arg, struct text *said);
