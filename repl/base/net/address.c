#include "base/net/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/text.h"

bool address_parse(const char *s, struct address *ret)
{
	struct address address = { 0 };
	char host[INET6_ADDRSTRLEN];
	const char *slash = strchrnul(s, '/');
	size_t length = (size_t)(slash - s);
	uint64_t prefix;

	if (length == 0 || length >= sizeof(host))
		return false;
	memcpy(host, s, length);
	host[length] = '\0';
	address.family = strchr(host, ':') ? AF_INET6 : AF_INET;
	address.size = address.family == AF_INET6 ? 16 : 4;
	if (inet_pton(address.family, host, address.bytes) != 1)
		return false;
	prefix = address.size * 8;
	if (*slash && (slash[1] < '0' || slash[1] > '9' || strlen(slash + 1) > 3 ||
		       (slash[1] == '0' && slash[2]) || !parse_number(slash + 1, &prefix) ||
		       prefix > address.size * 8))
		return false;
	address.prefix = (unsigned)prefix;
	*ret = address;
	return true;
}

bool address_is_network(const struct address *address)
{
	for (unsigned bit = address->prefix; bit < address->size * 8; bit++)
		if (address->bytes[bit / 8] & (0x80 >> bit % 8))
			return false;
	return true;
}

void address_clear_host(struct address *address)
{
	for (unsigned bit = address->prefix; bit < address->size * 8; bit++)
		address->bytes[bit / 8] &= (unsigned char)~(0x80 >> bit % 8);
}

bool address_overlaps(const struct address *one, const struct address *other)
{
	struct address wide = one->prefix < other->prefix ? *one : *other;
	struct address narrow = one->prefix < other->prefix ? *other : *one;

	narrow.prefix = wide.prefix;
	address_clear_host(&wide);
	address_clear_host(&narrow);
	return wide.family == narrow.family && memcmp(wide.bytes, narrow.bytes, wide.size) == 0;
}

bool address_equal(const struct address *a, const struct address *b)
{
	return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

bool address_is_none(const struct address *address)
{
	static const unsigned char none[sizeof(address->bytes)];

	return memcmp(address->bytes, none, address->size) == 0;
}

const char *address_print(const struct address *address, char text[ADDRESS_TEXT])
{
	size_t length;

	if (!inet_ntop(address->family, address->bytes, text, INET6_ADDRSTRLEN))
		snprintf(text, ADDRESS_TEXT, "?");
	length = strlen(text);
	if (address->prefix < address->size * 8)
		snprintf(text + length, ADDRESS_TEXT - length, "/%u", address->prefix);
	return text;
}
