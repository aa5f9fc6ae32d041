/* advice: what a failed op means here: the one cause, and what to type.
 * May include: advice/seen ops doctor snapshot walls base.
 * Never: changes anything, knows a session, a step or a word.
 * Begin at: advice.c, the list of what is looked at. Add a cause: its row in base/causes/causes.h, its premise
 * in premise.c, and one function in the file of its subject. */
#pragma once

#include "advice/seen/failure.h"

struct error;

/* Fill err: the call, the errno, the one cause that the state of the system shows where it can be
 * found by looking, else what the table says, and what to type. */
void advise(const struct failure *at, struct error *err);
