#include "lesson/play/named.h"

#include <string.h>

#include "base/text.h"
#include "lesson/file/lesson.h"

/* What ends a path in a line: blanks and what the languages of both shells put beside one. */
static const char ends[] = " \t\n'\"`\\;,:|&<>()=$*?[]{}#";

static bool is_known(const struct text *paths, const char *path, size_t length)
{
	for (const char *s = text_of(paths); *s; s += strcspn(s, "\n") + 1)
		if (strcspn(s, "\n") == length && strncmp(s, path, length) == 0)
			return true;
	return false;
}

static void add_from(const char *s, struct text *ret)
{
	for (const char *before = ends; *s; before = s++) {
		size_t length = *s == '/' && strchr(ends, *before) ? strcspn(s, ends) : 0;
		if (length < 2)
			continue;
		while (s[length - 1] == '/')
			length--;
		if (length > 1 && !is_known(ret, s, length)) {
			text_addn(ret, s, length);
			text_add(ret, "\n");
		}
		s += length - 1;
	}
}

static void add_lines(const struct lesson_lines *lines, struct text *ret)
{
	for (size_t i = 0; i < lines->count; i++)
		if (!lines->list[i].comment)
			add_from(lines->list[i].s, ret);
}

void named_paths(const struct lesson *lesson, struct text *ret)
{
	for (size_t i = 0; i < lesson->count; i++) {
		const struct lesson_step *step = &lesson->steps[i];
		add_lines(&step->setup, ret);
		add_lines(&step->lines, ret);
		for (size_t n = 0; n < step->check_count; n++)
			add_from(step->checks[n].text, ret);
		for (size_t n = 0; n < step->hint_count; n++)
			add_lines(&step->hints[n].wrong, ret);
		for (size_t n = 0; n < step->cheat_count; n++)
			add_lines(&step->cheats[n], ret);
		for (size_t n = 0; n < step->also_count; n++)
			add_lines(&step->also[n], ret);
	}
}
