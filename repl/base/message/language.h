/* Which languages the user wants: the one place that says, for messages and for lessons. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { LANGUAGES_MOST = 8 };

/* Names as "zh_CN" or "zh", the most wanted first. */
struct languages {
	char names[LANGUAGES_MOST][16];
	size_t count;
};

/* As gettext's manual has it: the locale is the first of LC_ALL, LC_MESSAGES and LANG that is set;
 * where it is neither C nor POSIX, LANGUAGE takes precedence, a list separated by colons. The locale
 * need not be installed, and C.UTF-8 lets LANGUAGE count. None where the environment names a character
 * set that is not UTF-8, in which all texts are. */
void languages_wanted(struct languages *ret);

/* Whether the environment names UTF-8 as the character set, by LC_ALL, LC_CTYPE or LANG. The locale may not
 * be installed. */
bool charset_is_utf8(void);

/* Let setlocale(3) count characters as the environment says. Where it names UTF-8 by a locale that is not
 * installed, one that is stands in for it: else each byte would be a character. */
void charset_begin(void);
