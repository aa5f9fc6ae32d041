#include "lesson/file/course.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "base/path.h"
#include "base/text.h"
#include "base/file/beside.h"
#include "base/message/language.h"

enum { LESSONS_MOST = 200 };

const char *course_language(void)
{
	struct languages wanted;

	languages_wanted(&wanted);
	for (size_t i = 0; i < wanted.count; i++) {
		const char *name = wanted.names[i];
		if (strncmp(name, "zh", 2) == 0 || strncmp(name, "en", 2) == 0)
			return name[0] == 'z' ? "zh" : "en";
	}
	return "en";
}

/* The folder that has en/ and zh/: false where there is none. */
static bool find_folder(char *ret, size_t size)
{
	const char *given = getenv("STAVE_LESSONS");

	if (!given || !*given)
		return beside("lessons", ret, size);
	snprintf(ret, size, "%s", given);
	return is_folder(ret);
}

/* NN-name.md. */
static int is_lesson_file(const struct dirent *entry)
{
	const char *s = entry->d_name;
	size_t length = strlen(s);

	return length > 6 && s[0] >= '0' && s[0] <= '9' && s[1] >= '0' && s[1] <= '9' &&
	       s[2] == '-' && strcmp(s + length - 3, ".md") == 0;
}

/* All lessons of a folder into list, which has room for LESSONS_MOST. */
static size_t read_folder(const char *folder, struct lesson **list, struct text *broken)
{
	struct dirent **entries;
	int found = scandir(folder, &entries, is_lesson_file, alphasort);
	size_t count = 0;

	for (int i = 0; i < found; i++) {
		char path[PATH_MAX + 300];
		struct error err;
		snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		free(entries[i]);
		if (count == LESSONS_MOST)
			continue;
		list[count] = lesson_glance(path, &err);
		if (list[count])
			count++;
		else if (broken)
			text_addf(broken, "%s\n", err.what);
	}
	if (found >= 0)
		free(entries);
	return count;
}

int course_open(const char *language, struct course *ret, struct error *err)
{
	char folder[4000];

	if (!find_folder(folder, sizeof(folder))) {
		fail_id(err, ERR_LESSON_ABSENT, ENOENT, "the lessons: %s", vis(folder));
		return fail_fix(err, "make install puts them there; STAVE_LESSONS names another folder");
	}
	snprintf(ret->folder, sizeof(ret->folder), "%s/%s", folder, language);
	snprintf(ret->language, sizeof(ret->language), "%s", language);
	if (!is_folder(ret->folder))
		return fail_id(err, ERR_LESSON_ABSENT, ENOENT, "the lessons: %s", vis(ret->folder));
	ret->list = arena_new(&ret->arena, LESSONS_MOST * sizeof(*ret->list));
	ret->count = read_folder(ret->folder, ret->list, ret->broken);
	return 0;
}

void course_done(struct course *course)
{
	for (size_t i = 0; i < course->count; i++)
		lesson_free(course->list[i]);
	arena_done(&course->arena);
	course->count = 0;
}

bool course_is_number(const char *word, uint64_t *number)
{
	return parse_number(word[0] == '0' && word[1] ? word + 1 : word, number);
}

const struct lesson *course_find(const struct course *course, const char *name, struct error *err)
{
	const struct lesson *found = NULL, *near = NULL;
	size_t matches = 0, least = 3;
	uint64_t number;

	bool numbered = course_is_number(name, &number);
	for (size_t i = 0; i < course->count; i++) {
		const struct lesson *lesson = course->list[i];
		if (strcmp(lesson->name, name) == 0 || (numbered && (uint64_t)lesson->number == number))
			return lesson;
		if (strncmp(lesson->name, name, strlen(name)) == 0) {
			found = lesson;
			matches++;
		}
		size_t far = text_distance(lesson->name, name, 2);
		if (far < least) {
			least = far;
			near = lesson;
		}
	}
	if (matches == 1)
		return found;
	fail_id(err, ERR_LESSON_ABSENT, 0, matches ? "lesson: several lessons begin like this: %s" : "lesson: there is no lesson %s",
	     vis(name));
	if (near)
		fail_fix(err, "did you mean %s?", near->name);
	else
		fail_fix(err, "lessons lists them; a file needs a slash: lesson ./mine.md");
	return NULL;
}

/* ---- after ---- */

static const struct lesson *called(struct lesson *const *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i]->name, name) == 0)
			return list[i];
	return NULL;
}

/* Follow "after" from a lesson; path is the way so far. Returns whether it comes to start. */
static bool leads_to(struct lesson *const *list, size_t count, const struct lesson *lesson,
		     const char *start, bool *seen, struct text *way)
{
	for (size_t i = 0; i < lesson->after_count; i++) {
		const struct lesson *before = called(list, count, lesson->after[i]);
		size_t length = way->len;
		text_sayf(way, ", after %s", lesson->after[i]);
		if (strcmp(lesson->after[i], start) == 0)
			return true;
		for (size_t n = 0; before && n < count; n++)
			if (list[n] == before && !seen[n]) {
				seen[n] = true;
				if (leads_to(list, count, before, start, seen, way))
					return true;
			}
		if (way->s) {
			way->len = length;
			way->s[length] = '\0';
		}
	}
	return false;
}

static int check_after(const struct lesson *lesson, struct lesson *const *list, size_t count,
		       struct error *err)
{
	cleanup_text struct text way = { 0 };
	bool seen[LESSONS_MOST] = { false };

	for (size_t i = 0; i < lesson->after_count; i++)
		if (!called(list, count, lesson->after[i])) {
			lesson_fail(lesson, lesson->after_line, 8, err,
				    "after: there is no lesson %s in its folder", lesson->after[i]);
			return fail_fix(err, "only lessons of one folder can follow one another; its text may "
					"name others");
		}
	if (!leads_to(list, count, lesson, lesson->name, seen, &way))
		return 0;
	return lesson_fail(lesson, lesson->after_line, 8, err, "after: it goes round in a circle: %s%s",
			   lesson->name, text_of(&way));
}

int course_check(const struct lesson *lesson, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	struct lesson *list[LESSONS_MOST];

	if (!lesson->after_count)
		return 0;
	size_t count = read_folder(path_parent(&arena, lesson->path), list, NULL);
	int ret = check_after(lesson, list, count, err);
	for (size_t i = 0; i < count; i++)
		lesson_free(list[i]);
	return ret;
}

bool course_owns(const char *path)
{
	char folder[4096], real[PATH_MAX], file[PATH_MAX];

	return find_folder(folder, sizeof(folder)) && realpath(folder, real) && realpath(path, file) &&
	       path_inside(real, file) != NULL;
}
