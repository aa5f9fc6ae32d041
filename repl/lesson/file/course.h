/* The course: the lessons of a folder, and which comes after which. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lesson/file/lesson.h"

/* The lessons of one language, in the order of their numbers. A file that cannot be read has NULL
 * in its place, and stands in broken. */
struct course {
	struct arena arena;
	char folder[4096];    /* ".../lessons/en" */
	char language[4];
	struct lesson **list; /* front matter alone */
	size_t count;
	struct text *broken;  /* lines on files that cannot be read; may be NULL */
};

/* "zh" where LC_ALL, LC_MESSAGES or LANG asks for Chinese, else "en". */
const char *course_language(void);

/* Open the lessons of a language: in $STAVE_LESSONS, in lessons/ beside the program, or where make
 * install puts them. -1 with err when there are none. */
int course_open(const char *language, struct course *ret, struct error *err);
void course_done(struct course *course);
#define cleanup_course __attribute__((cleanup(course_done)))

/* Whether word is a lesson's number, "3" or "03". */
bool course_is_number(const char *word, uint64_t *number);

/* The lesson called name, or numbered so; NULL with err ("did you mean"). */
const struct lesson *course_find(const struct course *course, const char *name, struct error *err);

/* Whether what the lesson is to be played after is there, in its own folder, and is not to be played
 * after it in turn. -1 with err. */
int course_check(const struct lesson *lesson, struct error *err);

/* Whether path lies in the course that came with the program. */
bool course_owns(const char *path);
