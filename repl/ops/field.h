/* How one field of an op is said; op_say() and its like, of whole ops, are in op.h. */
#pragma once

#include <sys/types.h>

#include "ops/op.h"

/* Append a field as it stands in a call. pid: as for op_say(). */
void say_field(const struct op *op, const struct field *field, pid_t pid, struct text *text);
