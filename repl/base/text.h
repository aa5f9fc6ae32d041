/* Growing text, and the one place where foreign bytes are made fit to print. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Text that grows. s is NULL while empty and NUL-terminated afterwards; the struct owns it. */
struct text {
	char *s;
	size_t len;
	size_t cap;
};

void text_done(struct text *text);
#define cleanup_text __attribute__((cleanup(text_done)))

/* The text as a string, never NULL. */
static inline const char *text_of(const struct text *text)
{
	return text->s ? text->s : "";
}

/* A copy of s, or of its first length bytes, the caller's to free(3). Never NULL: without memory the program
 * ends, out_of_memory(). */
char *text_copy(const char *s);
char *text_copyn(const char *s, size_t length);

void text_clear(struct text *text);
void text_add(struct text *text, const char *s);
void text_addn(struct text *text, const char *s, size_t length);
void text_addf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same in the user's language: a sentence, and a format (base/message.h). */
void text_say(struct text *text, const char *words);
void text_sayf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "; " in the user's language, which stands between two parts of a sentence; "" where a text has none yet. */
const char *text_joint(const struct text *text);
void text_pad(struct text *text, size_t spaces);

/* Room for at least length more bytes after the text, and the word that length of them have been filled
 * in. */
char *text_room(struct text *text, size_t length);
void text_grew(struct text *text, size_t length);

/* Append foreign text so that it cannot move a terminal's cursor or lie about its order:
 * control characters, DEL, C1, bidirectional controls (U+202A..E, U+2066..9, U+200E/F,
 * U+061C), line and paragraph separators and bytes that are not UTF-8 become \xNN, newline
 * and tab \n and \t, a backslash \\. Text that holds none of these is unchanged. */
void text_add_visible(struct text *text, const char *s, size_t length);

/* The same for running text, in which nobody has to tell a backslash from what was made visible:
 * it stays one. */
void text_add_prose(struct text *text, const char *s, size_t length);

/* How many bytes of a byte order mark s begins with: 3, or 0 for none. An editor may put one before a text
 * file; it is no part of the text. */
size_t text_mark(const char *s, size_t length);

/* The length of the UTF-8 character at s (length is not 0), its code point in *ret; 0 when it is
 * none. Overlong forms, surrogates and numbers above 0x10ffff are none (RFC 3629). */
size_t text_character(const char *s, size_t length, uint32_t *ret);

/* Whether a code point is printed as it is by text_add_visible(). */
bool text_printable(uint32_t c);

/* How many columns of a terminal a code point takes: 2 for the wide ones of East Asia, else 1. */
size_t character_columns(uint32_t c);

/* As text_add_visible(), into a caller's array, cut with "..." where it does not fit; returns to. */
const char *visible(char *to, size_t size, const char *s);

/* As visible(), into one of eight static buffers that take turns: for the arguments of a
 * single fail() or text_addf(). */
const char *vis(const char *s);

/* The same for a line that was typed, in which a backslash is one. */
const char *vis_line(const char *s);

/* Append s as a C string literal with its quotes, and as one word of a POSIX shell. NULL is
 * said as NULL in C. Both come out printable. */
void text_add_c(struct text *text, const char *s);
void text_add_sh(struct text *text, const char *s);

/* How many columns of a terminal s takes (UTF-8; wide characters count two; escape sequences
 * for colour count none). */
size_t text_columns(const char *s);

/* Decimal, octal (0NNN), hexadecimal (0xNN): a whole number and nothing else. */
bool parse_number(const char *s, uint64_t *ret);

bool text_begins(const char *s, const char *with);

/* How unlike two words are: insertions, deletions, changes and swaps of neighbours it takes to
 * make one the other, at most limit + 1. For "did you mean". */
size_t text_distance(const char *a, const char *b, size_t limit);
