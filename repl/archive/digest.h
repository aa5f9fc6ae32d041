/* SHA-256, by nettle, which uses the processor's own instructions for it. */
#pragma once

#include <nettle/sha2.h>
#include <stdbool.h>
#include <stddef.h>

enum { HEX = SHA256_DIGEST_SIZE * 2 + 1 };
#define SHA256 "sha256:"

struct digest {
	struct sha256_ctx sha256;
};

void digest_init(struct digest *digest);
void digest_add(struct digest *digest, const void *bytes, size_t length);

/* The digest of what was added, as 64 hexadecimal digits, and the beginning of a new one. */
void digest_hex(struct digest *digest, char ret[HEX]);

/* "sha256:" and 64 digits: the digits, NULL for all else. s may be NULL. */
const char *digest_of(const char *s);
bool hex_valid(const char *s);
