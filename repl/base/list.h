/* Arrays: how many members one has, and room in one that grows. */
#pragma once

#include <stddef.h>

#include "base/list.h"

/* How many members an array has; of a pointer the compiler warns. */
#define COUNT(array) (COUNT(array))
