/* The options of other tools, as getopt_long(3) reads them; and how a line of them is answered. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/message.h"
#include "base/text.h"
#include "words/foreign/tools.h"
#include "words/language/command.h"

static const struct foreign_option *called(const struct foreign_option *options, const char *name,
					   size_t length)
{
	for (; options->letter || options->name; options++)
		if (options->name && strlen(options->name) == length &&
		    strncmp(options->name, name, length) == 0)
			return options;
	return NULL;
}

static const struct foreign_option *lettered(const struct foreign_option *options, char letter)
{
	for (; options->letter || options->name; options++)
		if (options->letter == letter)
			return options;
	return NULL;
}

static void give(struct foreign_words *ret, const struct foreign_option *option, const char *value)
{
	ret->given[ret->given_count].option = option;
	ret->given[ret->given_count++].value = value ? value : "";
}

/* --name, --name=value, --name value. */
static bool take_long(const struct foreign *foreign, size_t *at, const struct foreign_option *options,
		      struct foreign_words *ret)
{
	const char *s = foreign->words[*at].s + 2;
	size_t length = strcspn(s, "=");
	const struct foreign_option *option = called(options, s, length);
	const char *value = s[length] ? s + length + 1 : NULL;

	if (!option || (value && option->takes == TAKES_NOTHING))
		return false;
	if (!value && option->takes == TAKES_VALUE) {
		if (++*at >= foreign->count)
			return false;
		value = foreign->words[*at].s;
	}
	give(ret, option, value);
	return true;
}

/* -abc, -t value, -tvalue. */
static bool take_letters(const struct foreign *foreign, size_t *at, const struct foreign_option *options,
			 struct foreign_words *ret)
{
	for (const char *p = foreign->words[*at].s + 1; *p; p++) {
		const struct foreign_option *option = lettered(options, *p);
		if (!option)
			return false;
		if (option->takes != TAKES_VALUE) {
			give(ret, option, NULL);
			continue;
		}
		if (!p[1] && ++*at >= foreign->count)
			return false;
		give(ret, option, p[1] ? p + 1 : foreign->words[*at].s);
		break;
	}
	return true;
}

bool foreign_options(const struct foreign *foreign, size_t from, const struct foreign_option *options,
		     bool mixed, struct foreign_words *ret)
{
	size_t letters = 1;
	bool rest = false;

	for (size_t i = 0; i < foreign->count; i++)
		letters += strlen(foreign->words[i].s) + 1;
	*ret = (struct foreign_words){
		.given = arena_new(foreign->arena, letters * sizeof(*ret->given)),
		.rest = arena_new(foreign->arena, (foreign->count + 1) * sizeof(*ret->rest)),
	};
	for (size_t i = from; i < foreign->count; i++) {
		const char *s = foreign->words[i].s;
		if (rest || s[0] != '-' || !s[1]) {
			ret->rest[ret->count++] = s;
			rest = rest || !mixed;
		} else if (strcmp(s, "--") == 0) {
			rest = true;
		} else if (s[1] == '-' ? !take_long(foreign, &i, options, ret) :
					 !take_letters(foreign, &i, options, ret)) {
			return false;
		}
	}
	return true;
}

const char *foreign_given(const struct foreign_words *words, const char *name)
{
	const char *ret = NULL;

	for (size_t i = 0; i < words->given_count; i++) {
		const struct foreign_option *option = words->given[i].option;
		const char letter[] = { option->letter, '\0' };
		if (strcmp(option->name ? option->name : letter, name) == 0)
			ret = words->given[i].value;
	}
	return ret;
}

/* ---- answering ---- */

void foreign_add(const struct foreign *foreign, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	text_add(foreign->line, text);
}

void foreign_word(const struct foreign *foreign, const char *word)
{
	if (foreign->line->len)
		text_add(foreign->line, " ");
	text_add_sh(foreign->line, word);
}

void foreign_rest(const struct foreign *foreign, const struct foreign_words *words, size_t from)
{
	for (size_t i = from; i < words->count; i++)
		foreign_word(foreign, words->rest[i]);
}

static void refuse(const struct foreign *foreign)
{
	const char *name = foreign->words[0].s;

	if (command_called(name))
		fail_id(foreign->err, ERR_LINE_FOREIGN, 0, "%s: this line is written for another program", name);
	else
		fail_id(foreign->err, ERR_LINE_FOREIGN, 0, "%s: this line is another program's", vis(name));
	foreign->err->column = foreign->words[0].column;
}

enum foreign_kind foreign_answer(const struct foreign *foreign, const char *besides)
{
	refuse(foreign);
	fail_fix(foreign->err, "%s%s%s", text_of(foreign->line), besides ? _("; ") : "", besides ? _(besides) : "");
	return FOREIGN_ANSWERED;
}

enum foreign_kind foreign_say(const struct foreign *foreign, const char *format, ...)
{
	char text[sizeof(foreign->err->fix)];
	va_list args;

	va_start(args, format);
	message_print(text, sizeof(text), format, args);
	va_end(args);
	refuse(foreign);
	fail_fix(foreign->err, "%s", text);
	return FOREIGN_ANSWERED;
}
