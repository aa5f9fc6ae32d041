#include "archive/image/reference.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "archive/digest.h"
#include "base/list.h"

enum { LONGEST = 512, LEAST = 6 };

/* Without what docker adds, and with the tag that it takes. */
static void shorten(const char *name, char ret[LONGEST])
{
	static const char *const before[] = { "index.docker.io/", "docker.io/", "library/" };

	for (size_t i = 0; i < COUNT(before); i++)
		if (strncmp(name, before[i], strlen(before[i])) == 0)
			name += strlen(before[i]);
	const char *slash = strrchr(name, '/');
	bool tagged = strchr(slash ? slash : name, ':') != NULL;
	snprintf(ret, LONGEST, "%s%s", name, tagged ? "" : ":latest");
}

bool reference_same(const char *a, const char *b)
{
	char short_a[LONGEST], short_b[LONGEST];

	shorten(a, short_a);
	shorten(b, short_b);
	return strcmp(short_a, short_b) == 0;
}

static const char *digits(const char *s)
{
	return strncmp(s, SHA256, strlen(SHA256)) == 0 ? s + strlen(SHA256) : s;
}

bool reference_digest(const char *ref, const char *digest)
{
	size_t length = strlen(digits(ref));

	return length >= LEAST && strspn(digits(ref), "0123456789abcdef") == length &&
	       strncmp(digits(ref), digits(digest), length) == 0;
}
