#include "archive/digest.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

void digest_init(struct digest *digest)
{
	sha256_init(&digest->sha256);
}

void digest_add(struct digest *digest, const void *bytes, size_t length)
{
	sha256_update(&digest->sha256, length, bytes);
}

void digest_hex(struct digest *digest, char ret[HEX])
{
	uint8_t bytes[SHA256_DIGEST_SIZE];

	sha256_digest(&digest->sha256, sizeof(bytes), bytes);
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(ret + 2 * i, 3, "%02x", bytes[i]);
}

bool hex_valid(const char *s)
{
	return strspn(s, "0123456789abcdef") == HEX - 1 && s[HEX - 1] == '\0';
}

const char *digest_of(const char *s)
{
	if (!s || strncmp(s, SHA256, strlen(SHA256)) != 0 || !hex_valid(s + strlen(SHA256)))
		return NULL;
	return s + strlen(SHA256);
}
