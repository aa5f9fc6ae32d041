#include "archive/stream/headers.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/message.h"
#include "base/list.h"

enum { BLOCK = 512, TYPE = 156, SIZE = 124, SIZE_LENGTH = 12 };

/* The size field: octal, or base 256 where its first bit is set, as GNU tar has it. */
static uint64_t size_of(const unsigned char *head)
{
	const unsigned char *s = head + SIZE;
	bool binary = *s & 0x80;
	uint64_t ret = 0;

	for (int i = binary ? 1 : 0; i < SIZE_LENGTH; i++) {
		if (!binary && (s[i] < '0' || s[i] > '7')) {
			if (s[i] == ' ' && !ret)
				continue;
			break;
		}
		ret = binary ? ret << 8 | s[i] : ret << 3 | (s[i] - '0');
	}
	return ret;
}

static bool is_name(const char *key, size_t length)
{
	static const char *const names[] = { "path", "linkpath", "uname", "gname" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (strlen(names[i]) == length && memcmp(names[i], key, length) == 0)
			return true;
	return false;
}

/* "LENGTH KEY=VALUE\n", LENGTH counting all of it. What is wrong with it; NULL for nothing. */
static const char *check_record(const char *record, size_t length, size_t digits)
{
	const char *key = record + digits + 1, *end = record + length - 1;
	const char *equals = memchr(key, '=', (size_t)(end - key));

	if (*end != '\n')
		return N_("a record does not end where it says");
	if (!equals || equals == key)
		return N_("a record has no key");
	if (memchr(key, '\0', (size_t)(equals - key)))
		return N_("a key has a NUL byte in it");
	if (is_name(key, (size_t)(equals - key)) && memchr(equals, '\0', (size_t)(end - equals)))
		return N_("a name has a NUL byte in it");
	return NULL;
}

/* "-1.5" is a second and a half before 1970: the fraction counts from there as well. libarchive takes
 * it for half a second. */
static void take_time(const char *s, size_t length, struct headers *ret)
{
	char value[40], *end;
	long nanoseconds = 0, unit = 100000000;

	snprintf(value, sizeof(value), "%.*s", (int)(length < sizeof(value) ? length : 0), s);
	ret->before = value[0] == '-' && strchr(value, '.');
	long long seconds = strtoll(value, &end, 10);
	if (!ret->before || *end != '.')
		return;
	for (end++; *end >= '0' && *end <= '9'; end++, unit /= 10)
		nanoseconds += (*end - '0') * unit;
	ret->mtime = (struct timespec){ seconds, 0 };
	if (nanoseconds)
		ret->mtime = (struct timespec){ seconds - 1, 1000000000 - nanoseconds };
}

static const char *check_records(const char *at, size_t left, struct headers *ret)
{
	static const char mtime[] = "mtime=";

	while (left) {
		size_t digits = 0, length = 0;
		for (; digits < left && digits < 10 && at[digits] >= '0' && at[digits] <= '9'; digits++)
			length = length * 10 + (size_t)(at[digits] - '0');
		if (!digits || digits == left || at[digits] != ' ')
			return N_("a record says no length");
		if (length < digits + sizeof(" k=\n") - 1 || length > left)
			return N_("a record has another length than it says");
		const char *wrong = check_record(at, length, digits);
		if (wrong)
			return wrong;
		const char *key = at + digits + 1;
		if (length - digits > sizeof(mtime) && strncmp(key, mtime, strlen(mtime)) == 0)
			take_time(key + strlen(mtime), length - digits - 2 - strlen(mtime), ret);
		at += length;
		left -= length;
	}
	return NULL;
}

int headers_check(const void *bytes, size_t size, struct headers *ret, struct error *err)
{
	const unsigned char *head = bytes;

	*ret = (struct headers){ 0 };
	/* x, X and g: pax; L and K: a long name and link of GNU's. */
	while (size > BLOCK && head[TYPE] && strchr("xXgLK", head[TYPE])) {
		uint64_t body = size_of(head);
		if (body > size - BLOCK)
			return 0; /* libarchive has found it so too, or takes it otherwise */
		const char *wrong = strchr("xXg", head[TYPE]) ?
					    check_records((const char *)head + BLOCK, body, ret) : NULL;
		if (wrong) {
			fail_id(err, ERR_ARCHIVE_INVALID, 0, "its extended header is damaged");
			return fail_why(err, "%s", _(wrong));
		}
		size_t skip = BLOCK + (body + BLOCK - 1) / BLOCK * BLOCK;
		if (skip > size)
			return 0;
		head += skip;
		size -= skip;
	}
	return 0;
}
