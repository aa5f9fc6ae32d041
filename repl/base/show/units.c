#include "base/show/units.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

bool parse_size(const char *s, uint64_t *ret)
{
	static const char units[] = "KMGT";
	size_t length = strlen(s);
	const char *unit = length ? strchr(units, s[length - 1] & ~0x20) : NULL;
	unsigned shift = unit && *unit ? 10 * (unsigned)(unit - units + 1) : 0;
	char digits[32];
	uint64_t number;

	length -= shift != 0;
	if (length >= sizeof(digits))
		return false;
	memcpy(digits, s, length);
	digits[length] = '\0';
	if (!parse_number(digits, &number) || number >= UINT64_C(1) << (63 - shift))
		return false;
	*ret = number << shift;
	return true;
}

const char *bytes_text(uint64_t bytes, char *ret, size_t size)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double amount = (double)bytes;
	size_t unit = 0;

	if (bytes < 1024) {
		snprintf(ret, size, "%llu B", (unsigned long long)bytes);
		return ret;
	}
	for (amount /= 1024; amount >= 1024; amount /= 1024)
		unit++;
	snprintf(ret, size, "%.1f %s", amount, units[unit]);
	return ret;
}

const char *size_text(uint64_t bytes, char *ret, size_t size)
{
	bool giga = bytes % (1 << 30) == 0, mega = bytes % (1 << 20) == 0;

	if (!bytes || !mega)
		return bytes_text(bytes, ret, size);
	snprintf(ret, size, "%llu%c", (unsigned long long)(giga ? bytes >> 30 : bytes >> 20),
		 giga ? 'G' : 'M');
	return ret;
}
