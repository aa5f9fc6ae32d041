/* What status and walls say in the same words. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "snapshot/snapshot.h"

struct text;

/* A number of bytes: "512M". Returns to. */
const char *describe_size(uint64_t bytes, char *to, size_t size);

/* How many read-only layers a union has, and whether it has a writable one; 0 and false for mounts of
 * other types, and for one whose options do not tell. */
size_t union_layers(const struct mount *mount, bool *writable);
