/* The securebits of a process, by name: capabilities(7), "The securebits flags". */
#pragma once

#include "ops/op.h"

/* Their names as the kernel has them, "SECBIT_NOROOT", each followed by its lock; ended by { 0 }. */
extern const struct flag securebit_flags[];
