/* Digests as text: "sha256:" and 64 hexadecimal digits, lower case. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define DIGEST_PREFIX "sha256:"

enum { DIGEST_TEXT = sizeof(DIGEST_PREFIX) + 64 };

/* Whether s is one. What is, is fit for a file name. */
static inline bool digest_valid(const char *s)
{
	enum { PREFIX = sizeof(DIGEST_PREFIX) - 1 };

	return s && strncmp(s, DIGEST_PREFIX, PREFIX) == 0 && strlen(s) == PREFIX + 64 &&
	       strspn(s + PREFIX, "0123456789abcdef") == 64;
}

/* The digest of these bytes, FIPS 180-4. For manifests and configs, of a few KiB: layers are the archive reader's,
 * which has a library for it that would make the start of every shell slower. */
void digest_of(const void *bytes, size_t length, char ret[DIGEST_TEXT]);
