/* Who may map which ids: the texts of subuid(5), subgid(5) and passwd(5), as newuidmap(1) reads
 * them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The first range that subuid(5) text ranges gives to uid, by name or by number: "100000 65536",
 * "" for none. passwd is a passwd(5) text, where the name is looked up. */
void subids_first(const char *ranges, const char *passwd, uid_t uid, char *ret, size_t size);

/* Whether one of the ranges of uid has all of count ids from first on. */
bool subids_have(const char *ranges, const char *passwd, uid_t uid, unsigned long first,
		 unsigned long count);

/* Whether a line of passwd is of uid. */
bool subids_named(const char *passwd, uid_t uid);
