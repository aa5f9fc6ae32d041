/* A program that ended where its container's line has mounted something read-only: which of its options did. */
#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/message.h"
#include "base/text.h"
#include "session/session.h"
#include "shell/tell/ended/ended.h"

/* The absolute path in the last line of printed, where that ends in the words for EROFS; NULL: there is none. */
static const char *path_printed(const char *printed, struct arena *arena)
{
	const char *words = errno_words(EROFS);
	size_t end = strlen(printed), from, length = strlen(words);

	while (end && strchr("\r\n", printed[end - 1]))
		end--;
	for (from = end; from && printed[from - 1] != '\n';)
		from--;
	const char *line = arena_copyn(arena, printed + from, end - from);
	if (end - from <= length || strcmp(line + (end - from) - length, words) != 0)
		return NULL;
	for (const char *s = line; (s = strchr(s, '/')); s++)
		if (s > line && strchr(" '\"\x98", s[-1]))
			return arena_copyn(arena, s, strcspn(s, ":'\"\xe2"));
	return NULL;
}

static bool is_read_only(const struct mount *mount)
{
	return strncmp(mount->options, "ro", 2) == 0 && (!mount->options[2] || mount->options[2] == ',');
}

/* The word of the line that says so: of -v the one with the mount's place in it. Quoted words are passed over. */
static const char *option_of(const char *line, const char *point, struct arena *arena)
{
	for (const char *s = line; *s; s += strspn(s, " ")) {
		size_t length = strcspn(s, " ");
		const char *word = arena_copyn(arena, s, length);
		const char *at = strcmp(point, "/") == 0 ? NULL : strstr(word, point);
		s += length;
		if (strcmp(word, "--") == 0)
			return NULL;
		if (strcmp(point, "/") == 0 && strcmp(word, "--read-only") == 0)
			return word;
		if (at && at > word && at[-1] == ':' && strcmp(at + strlen(point), ":ro") == 0)
			return arena_print(arena, "-v %s", word);
	}
	return NULL;
}

bool ended_read_only(const struct step *step, const char *printed, struct text *why, struct text *fix)
{
	cleanup_arena struct arena arena = { 0 };
	const char *path = printed && step->plan.child != PLAN_CURRENT ? path_printed(printed, &arena) : NULL;
	const struct mount *mount = path && step->after->mounts ? mounts_find(step->after->mounts, path) : NULL;
	const char *option = mount && is_read_only(mount) ? option_of(step->line, mount->point, &arena) : NULL;

	if (!option)
		return false;
	text_sayf(why, "%s lies on %s, which %s in the line itself mounts read-only", vis(path), vis(mount->point), vis(option));
	if (strcmp(mount->point, "/") == 0)
		text_sayf(fix, "the same line without %s; -v NAME:DIR gives it one folder to write to", vis(option));
	else
		text_sayf(fix, "the same line with %s", vis(arena_copyn(&arena, option, strlen(option) - strlen(":ro"))));
	return true;
}
