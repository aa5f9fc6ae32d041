/* Why the kernel refused a system call of a program: the wall that said no. */
#pragma once

#include "advice/calls/verdict.h"

/* Ask one question after another until one answers. false where none does: then nothing is appended. */
bool advise_refused(const struct refused *refused, struct verdict *ret);
