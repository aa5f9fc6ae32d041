#include "base/message/language.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/list.h"

/* The first of three variables that is set and not empty; NULL where none is. */
static const char *first_set(const char *category)
{
	const char *names[] = { "LC_ALL", category, "LANG" };

	for (size_t i = 0; i < COUNT(names); i++) {
		const char *value = getenv(names[i]);
		if (value && *value)
			return value;
	}
	return NULL;
}

/* What is usual first: it is found without the tables of a locale. */
static bool names_utf8(const char *locale)
{
	return strstr(locale, "UTF-8") || strstr(locale, "utf8") || strcasestr(locale, "utf-8") || strcasestr(locale, "utf8");
}

bool charset_is_utf8(void)
{
	const char *locale = first_set("LC_CTYPE");

	return locale && names_utf8(locale);
}

void charset_begin(void)
{
	static const char *const others[] = { "C.UTF-8", "en_US.UTF-8", "C.utf8" };

	if (setlocale(LC_CTYPE, "") && names_utf8(nl_langinfo(CODESET)))
		return;
	for (size_t i = 0; charset_is_utf8() && i < COUNT(others); i++)
		if (setlocale(LC_CTYPE, others[i]))
			return;
}

/* A name without its character set and modifier: ll_CC.charset@modifier. What could lead out of a
 * folder is not a name. */
static void add(struct languages *ret, const char *name, size_t length)
{
	size_t bare = strcspn(name, ".@:");

	length = bare < length ? bare : length;
	if (length < 2 || length >= sizeof(ret->names[0]) || memchr(name, '/', length) ||
	    ret->count == LANGUAGES_MOST)
		return;
	snprintf(ret->names[ret->count++], sizeof(ret->names[0]), "%.*s", (int)length, name);
}

void languages_wanted(struct languages *ret)
{
	const char *locale = first_set("LC_MESSAGES"), *charset = first_set("LC_CTYPE");
	const char *list = getenv("LANGUAGE");

	*ret = (struct languages){ 0 };
	if (!locale || strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0 ||
	    (charset && strchr(charset, '.') && !names_utf8(charset)))
		return;
	while (list && *list) {
		size_t length = strcspn(list, ":");
		add(ret, list, length);
		list += length + (list[length] == ':');
	}
	if (strncmp(locale, "C.", 2) != 0)
		add(ret, locale, strlen(locale));
}
