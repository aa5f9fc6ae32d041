/* What must hold of what a target reads. */
#pragma once

#include <stdbool.h>
#include <stdlib.h>

/* Abort where it does not: libFuzzer takes the input down. */
static inline void demand(bool holds)
{
	if (!holds)
		abort();
}
