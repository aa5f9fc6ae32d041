/* Digests as text: "sha256:" and 64 hexadecimal digits, lower case. */
#pragma once

#include <stdbool.h>
#include <string.h>

#define DIGEST_PREFIX "sha256:"

/* Whether s is one. What is, is fit for a file name. */
static inline bool digest_valid(const char *s)
{
	enum { PREFIX = sizeof(DIGEST_PREFIX) - 1 };

	return s && strncmp(s, DIGEST_PREFIX, PREFIX) == 0 && strlen(s) == PREFIX + 64 &&
	       strspn(s + PREFIX, "0123456789abcdef") == 64;
}
