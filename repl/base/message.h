/* Messages in the user's language, as gettext(3) has them: English is the key, and what has no translation
 * stays English. base/message/ reads the catalogs. What is for programs is never translated: ids,
 * commands, options, names of errnos and calls, --json. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

/* A message, or a format, in the user's language: what is returned lives as long as the program. */
#define _(english) message(english)
const char *message(const char *english) __attribute__((format_arg(1)));

/* The form that goes with count, as ngettext(3); translations have one form, or English's two. */
const char *message_of(size_t count, const char *one, const char *many)
	__attribute__((format_arg(2), format_arg(3)));

/* vsnprintf(3) of a format in the user's language; what does not fit is cut off between two characters. */
void message_print(char *to, size_t size, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

/* Marks a message where it stands in a table; it is translated where it is shown. */
#define N_(english) english

/* A catalog: message and translations, found by hashing. count is below room, a power of two. */
struct translation {
	const char *english;
	const char *forms[2]; /* the second is NULL where the first goes with every number */
};

struct messages {
	struct translation *slots;
	size_t count, room;
};

/* Where the translation of english is, or would go: its slot's english is NULL then. */
struct translation *messages_slot(const struct messages *messages, const char *english);

/* Take messages, which must live as long as the program, from now on; NULL is English. */
void messages_use(const struct messages *messages);

/* What is taken now; NULL where that is English. */
const struct messages *messages_used(void);
