/* What the files that read a lesson share: read.c begins, no file but theirs includes it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lesson/file/lesson.h"

enum { STEPS_MOST = 200, LINES_MOST = 200, HINTS_MOST = 20, WAYS_MOST = 20, CHOICES_MOST = 9 };

enum block {
	BLOCK_DEMO, BLOCK_TASK, BLOCK_REMEMBER, BLOCK_PREDICT, BLOCK_NEEDS, BLOCK_CHECK, BLOCK_HINT,
	BLOCK_WRONG, BLOCK_SOLUTION, BLOCK_EXPLAIN, BLOCK_RIDDLE, BLOCK_STATE, BLOCK_SETUP,
	BLOCK_CHEAT, BLOCK_ALSO, BLOCK_PLAIN
};

/* One fenced block. */
struct fence {
	enum block block;
	const char *word;         /* its kind, as written */
	const char *rest;         /* of the info string, after the kind */
	int rest_column;
	const char *s;            /* what is in it */
	size_t length;
	int line, column;         /* of the fence */
};

struct reader {
	struct lesson *lesson;
	struct error *err;
	const char *s;            /* the file after the front matter */
	size_t length;
	int first;                /* the line it begins with */
	struct lesson_step *step; /* being read: the prose before it, then its blocks */
	bool begun;               /* it has its demo, task or remember */
	bool solved;              /* it has its solution */
	bool led;                 /* its text has ended, its demo or task comes next */
	int text_line;            /* where the prose that is being gathered begins, 0 for none */
	const char *heading;
};

/* ---- document.c ---- */

/* Read the Markdown after the front matter into the lesson's steps. -1 with the reader's err. */
int read_document(struct reader *reader);

/* ---- lines.c ---- */

/* The lines of a block, in the lesson's arena, one at least. -1 with err. */
int read_commands(struct reader *reader, const struct fence *fence, struct lesson_lines *ret);
int read_checks(struct reader *reader, const struct fence *fence, struct lesson_check **ret,
		size_t *count);

/* ---- blocks.c ---- */

/* Take a block of ours into the step that is being read, or begin one with it. -1 with err. */
int take_fence(struct reader *reader, const struct fence *fence);

/* A block that cannot stand there: what is wrong with it, and what would be right (may be NULL). -1. */
int refuse_fence(struct reader *reader, const struct fence *fence, const char *what, const char *fix);

/* Nothing more belongs to the step: see that it has what it must have. -1 with err. */
int close_step(struct reader *reader);

/* The prose gathered so far ends before a line. */
struct passage end_text(struct reader *reader, int line);
