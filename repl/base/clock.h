/* Time that only goes forward. */
#pragma once

#include <stdint.h>

/* How many nanoseconds there are in what is longer. */
enum { MILLISECOND = 1000000, SECOND = 1000000000 };

/* Nanoseconds of CLOCK_MONOTONIC: clock_gettime(2). */
uint64_t clock_now(void);
