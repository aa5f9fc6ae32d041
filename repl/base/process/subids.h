/* Who may map which ids: the texts of subuid(5), subgid(5) and passwd(5), as newuidmap(1) reads
 * them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { SUBIDS_MOST = 1 << 24 /* bytes that such a file may have */ };

/* The first range that subuid(5) text ranges gives to uid, by name or by number: "100000 65536",
 * "" for none. passwd is a passwd(5) text, where the name is looked up. */
void subids_first(const char *ranges, const char *passwd, uid_t uid, char *ret, size_t size);

/* Whether one of the ranges of uid has all of count ids from first on. */
bool subids_have(const char *ranges, const char *passwd, uid_t uid, unsigned long first,
		 unsigned long count);

/* Whether the first field of a line, length bytes at owner, is uid, called name: by name or by number. */
bool subids_owns(const char *owner, size_t length, const char *name, uid_t uid);

/* The name of uid in a passwd(5) text, "" when it has none. */
void subids_name(const char *passwd, uid_t uid, char *ret, size_t size);

/* Whether a line of passwd is of uid. */
bool subids_named(const char *passwd, uid_t uid);
