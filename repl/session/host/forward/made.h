/* The ops that start a process of the session's: OP_forward and OP_outlet. */
#pragma once

#include "session/host/forward/forward.h"

struct op;
struct op_outcome;
struct ties;

/* What an OP_forward asks for; false where its addresses are none. */
bool forward_of_op(const struct op *op, struct forward *ret);

/* Perform one of the two, whose descriptors are open: ties get the process. 0, or -1 with err and the outcome's code. */
int forward_make(const struct op *op, struct ties *ties, struct op_outcome *outcome, struct error *err);
