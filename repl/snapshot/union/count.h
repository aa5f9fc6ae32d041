/* How many layers a mounted union has. */
#pragma once

#include <stddef.h>

#include "snapshot/snapshot.h"

struct text;

/* How many read-only layers a union has, and whether it has a writable one; 0 and false for mounts of
 * other types, and for one whose options do not tell. */
size_t union_layers(const struct mount *mount, bool *writable);
