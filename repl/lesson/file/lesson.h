/* A lesson: a CommonMark file, read into steps. lessons/AUTHORING.md tells what it looks like.
 * Everything in it is somebody else's text: printable when it has been read, but not to be
 * believed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "lesson/check/check.h"
#include "lesson/file/need.h"

struct error;

enum { LESSON_BYTES = 1 << 20, LESSON_ID = 40 };

/* A piece of Markdown as it stands in the file. s is NULL where there is none. */
struct passage {
	const char *s;
	size_t length;
	int line; /* its first, 1-based */
};

/* One line of a block of commands. */
struct lesson_line {
	const char *s;
	const char *typed; /* the same without what it says of itself: "# fails, shows mount" */
	const char *shows; /* which calls a report of it tells, by their names, or "all"; "" for the telling ones */
	int line, column; /* where it stands in the file */
	bool comment;     /* "# ..." */
	bool fails;       /* it is to fail: "# fails" at its end */
};

struct lesson_lines {
	struct lesson_line *list;
	size_t count;
};

struct lesson_hint {
	struct passage text;
	const struct check *state; /* NULL: a plain one */
	const char *state_text;
	struct lesson_lines wrong; /* lead into that state */
};

/* One line of a check block. */
struct lesson_check {
	const struct check *check;
	const char *text;
	int line, column;
};

enum step_kind { STEP_DEMO, STEP_TASK, STEP_REMEMBER };

struct lesson_step {
	enum step_kind kind;
	const char *id;
	int line;
	const char *heading;         /* the last one at or before it, plain; "" for none */
	struct passage text, predict; /* predict: its choices have numbers */
	const char **choices;        /* of predict, plain */
	size_t choice_count, right;  /* right: the number of the one that comes true; 0: not said */
	struct passage words;        /* of a task, of what is to be remembered */
	struct passage explain;
	struct lesson_lines setup;   /* run unseen before it begins */
	struct lesson_lines lines;   /* of a demo; of a task's solution */
	struct lesson_check *checks, *states; /* states: what must hold when it begins */
	size_t check_count, state_count;
	struct lesson_hint *hints;
	size_t hint_count;
	struct need *needs;
	size_t need_count;
	struct lesson_lines *cheats, *also; /* from the task's start: must not reach it, and must */
	size_t cheat_count, also_count;
	bool riddle;                 /* the cause is the learner's to find: why and fix are withheld */
};

struct lesson {
	struct arena arena;
	const char *path, *name; /* name: "pid" of "02-pid.md" */
	int number;              /* 2; 0 where the file's name has none */
	const char *title, *summary;
	int minutes;
	struct need *needs;
	size_t need_count;
	const char **after;
	size_t after_count;
	int after_line;
	bool own_store;          /* images and volumes go to a store of its own, which goes with it */
	struct lesson_step *steps;
	size_t count;
	struct passage end;      /* after the last step */
};

/* Read the file at path: a regular file of at most LESSON_BYTES. NULL with err, whose what begins
 * with "PATH:LINE:COLUMN: " where a place in the file is to blame. */
struct lesson *lesson_read(const char *path, struct error *err);

/* The same from its text. */
struct lesson *lesson_parse(const char *path, const char *s, size_t length, struct error *err);

/* Its front matter alone: no steps. Cheap, for lists. */
struct lesson *lesson_glance(const char *path, struct error *err);
void lesson_free(struct lesson *lesson);

static inline void lesson_free_(struct lesson **lesson)
{
	lesson_free(*lesson);
}
#define cleanup_lesson __attribute__((cleanup(lesson_free_)))

/* Fail at a place of the file. Returns -1. */
int lesson_fail(const struct lesson *lesson, int line, int column, struct error *err,
		const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Put the place in front of a failure that has a column of its own in a line: column 1 of that
 * stands in column of the file. Returns -1. */
int lesson_fail_in(const struct lesson *lesson, int line, int column, struct error *err);

/* The step called id; -1 where there is none. */
int lesson_step_called(const struct lesson *lesson, const char *id);

/* The step that a person means, by its id or its number from 1. -1 with err. */
int lesson_step_meant(const struct lesson *lesson, const char *s, size_t *ret, struct error *err);

/* Whether a line may be among a lesson's commands: known words with fitting arguments, none that
 * reach beyond the child, and the store where that is the lesson's own. 0, or -1 with err and its column in the
 * line. */
int lesson_allows(const char *line, bool own_store, struct error *err);

/* The first need that is not met, of the lesson (step NULL) or of one of its steps; err says what
 * is missing. NULL when all are met. */
const struct need *lesson_lacks(const struct lesson *lesson, const struct lesson_step *step,
				struct facts *facts, struct error *err);
