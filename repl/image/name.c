#include "image/name.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "image/image.h"

enum { MOST = 200, MOST_OF_TAG = 128 };

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* A registry's host may have a port: its colon has a slash behind it. */
static const char *tag_of(const char *s)
{
	const char *colon = strrchr(s, ':');

	return colon && !strchr(colon, '/') ? colon + 1 : NULL;
}

static bool is_tag(const char *s)
{
	size_t length = strspn(s, LOWER UPPER DIGITS "_.-");

	return length && length <= MOST_OF_TAG && !s[length] && s[0] != '.' && s[0] != '-';
}

/* Parts of lower-case letters, digits and . _ - in between; a host's part may have a port. */
static bool is_repository(const char *s, size_t length)
{
	for (const char *part = s, *end = s + length;;) {
		const char *slash = memchr(part, '/', (size_t)(end - part));
		size_t part_length = (size_t)((slash ? slash : end) - part);
		size_t good = strspn(part, LOWER DIGITS "._-");
		if (slash && part == s && part[good] == ':')
			good += 1 + strspn(part + good + 1, DIGITS);
		if (!part_length || good < part_length || strchr("._-", part[0]))
			return false;
		if (!slash)
			return true;
		part = slash + 1;
	}
}

/* As the name of a file: each slash takes three bytes there, and a name 255 at most. */
static size_t length_of_file(const char *name)
{
	size_t ret = 0;

	for (const char *s = name; *s && ret <= MOST; s++)
		ret += *s == '/' ? 3 : 1;
	return ret;
}

const char *image_name(const char *s, struct arena *arena, struct error *err)
{
	const char *tag = tag_of(s);
	size_t length = tag ? (size_t)(tag - 1 - s) : strlen(s);

	if (is_repository(s, length) && (!tag || is_tag(tag))) {
		const char *full = tag ? arena_copy(arena, s) : arena_print(arena, "%s:latest", s);
		if (length_of_file(full) <= MOST)
			return full;
	}
	fail_id(err, ERR_NAME_INVALID, 0, "%s: not a valid name for an image", vis(s));
	fail_why(err, "a name is NAME[:TAG]: lower-case letters, digits, . _ - and slashes between "
		      "parts; the tag may have capitals; %d characters at most, a slash counts for three",
		 MOST);
	return NULL;
}

const char *image_file(const char *name, struct arena *arena)
{
	cleanup_text struct text text = { 0 };

	for (const char *s = name; *s; s++)
		if (*s == '/' || *s == '%')
			text_addf(&text, "%%%02X", *s);
		else
			text_addn(&text, s, 1);
	return arena_copy(arena, text_of(&text));
}
