/* Bytes, as people write them and as they are printed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A number of bytes as parse_number() takes it, which K, M, G or T may follow, in either case, as in
 * "64M": powers of 1024.
 * False, ret untouched, for anything else and for 8 exbibytes and more. */
bool parse_size(const char *s, uint64_t *ret);

/* "64.0 MiB", "512 B". size is that of ret; returns ret. */
const char *bytes_text(uint64_t bytes, char *ret, size_t size);

/* "512M", "2G" as parse_size() takes it, where that is all of it; else as bytes_text(). */
const char *size_text(uint64_t bytes, char *ret, size_t size);
