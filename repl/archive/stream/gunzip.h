/* gzip, RFC 1952: one member or several, each held against the length and the CRC after it, which
 * libarchive passes over. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

struct gunzip;

/* To read fd, which stays the caller's, from its position on. */
struct gunzip *gunzip_new(int fd);
void gunzip_free(struct gunzip *gunzip);

/* The next plain bytes, which belong to gunzip: their number, 0 at the end, -1 when the file cannot be
 * read or is damaged: *why says so. */
ssize_t gunzip_read(struct gunzip *gunzip, const void **bytes, const char **why);

/* How many packed bytes have been read. */
uint64_t gunzip_packed(const struct gunzip *gunzip);
