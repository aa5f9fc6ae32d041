#include "base/process/subids.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Not by getpwuid(3): that loads libraries, which a static program cannot. */
void subids_name(const char *passwd, uid_t uid, char *ret, size_t size)
{
	ret[0] = '\0';
	while (*passwd) {
		size_t length = strcspn(passwd, "\n"), name = strcspn(passwd, ":\n");
		unsigned long found;
		if (name > 0 && name < length && name < size) {
			const char *rest = passwd + name + 1;
			rest += strcspn(rest, ":\n");
			if (sscanf(rest, ":%lu:", &found) == 1 && found == uid) {
				memcpy(ret, passwd, name);
				ret[name] = '\0';
				return;
			}
		}
		passwd += length + (passwd[length] == '\n');
	}
}

bool subids_owns(const char *owner, size_t length, const char *name, uid_t uid)
{
	char number[24];

	snprintf(number, sizeof(number), "%u", uid);
	return (length > 0 && length == strlen(name) && memcmp(owner, name, length) == 0) ||
	       (length == strlen(number) && memcmp(owner, number, length) == 0);
}

/* The next range of uid, called name, from *ranges on, which moves behind it. */
static bool next_range(const char **ranges, const char *name, uid_t uid, unsigned long *first,
		       unsigned long *count)
{
	char numbers[64];

	while (**ranges) {
		const char *line = *ranges;
		size_t length = strcspn(line, "\n"), owner = strcspn(line, ":\n");
		bool mine = subids_owns(line, owner, name, uid);
		*ranges += length + (line[length] == '\n');
		/* A blank of scanf(3)'s may be a newline: the line alone. */
		snprintf(numbers, sizeof(numbers), "%.*s", (int)(length - owner), line + owner);
		if (mine && sscanf(numbers, ":%lu:%lu", first, count) == 2 && *count > 0 &&
		    *first <= UINT32_MAX && *count <= UINT32_MAX)
			return true;
	}
	return false;
}

void subids_first(const char *ranges, const char *passwd, uid_t uid, char *ret, size_t size)
{
	unsigned long first, count;
	char name[256];

	subids_name(passwd, uid, name, sizeof(name));
	ret[0] = '\0';
	if (next_range(&ranges, name, uid, &first, &count))
		snprintf(ret, size, "%lu %lu", first, count);
}

bool subids_have(const char *ranges, const char *passwd, uid_t uid, unsigned long first,
		 unsigned long count)
{
	unsigned long from, length;
	char name[256];

	subids_name(passwd, uid, name, sizeof(name));
	while (next_range(&ranges, name, uid, &from, &length))
		if (first >= from && count <= length && first - from <= length - count)
			return true;
	return false;
}

bool subids_named(const char *passwd, uid_t uid)
{
	char name[256];

	subids_name(passwd, uid, name, sizeof(name));
	return name[0] != '\0';
}
