/* Addresses of networks as ip(8) writes them: 10.0.0.1/24, fd00::1/64. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* bytes: 4 of AF_INET, 16 of AF_INET6, in network order; prefix: how many bits are the network's. */
struct address {
	int family;
	unsigned char bytes[16];
	size_t size;
	unsigned prefix;
};

/* Parse ADDRESS or ADDRESS/LEN; without a length it is the address alone (32 or 128). false where it
 * is neither. A name, a zone (%eth0) and a short form (10.1) are not addresses. */
bool address_parse(const char *s, struct address *ret);

/* Whether no bit after the prefix is set: it is a network's, not a host's within it. */
bool address_is_network(const struct address *address);

/* Clear the bits after the prefix: the network that it lies in. */
void address_clear_host(struct address *address);

/* Whether two networks have an address in common. */
bool address_overlaps(const struct address *one, const struct address *other);

/* Whether both are the same host's. */
bool address_equal(const struct address *a, const struct address *b);

/* Whether it stands for no address: 0.0.0.0 or ::. */
bool address_is_none(const struct address *address);

/* Write it as ip(8) does, ADDRESS/LEN, without /LEN where it is the address alone; NUL-terminated. */
enum { ADDRESS_TEXT = 52 };
const char *address_print(const struct address *address, char text[ADDRESS_TEXT]);
