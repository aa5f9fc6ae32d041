/* shell: the person's side: prompt, history, scripts, dispatch.
 * May include: shell/terminal lesson/play session words snapshot ops image base.
 * Never: performs an op itself.
 * Begin at: shell.h, then lines/dispatch.h. */
/* The shell: a session, and how a person wants to be told about it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/causes/room.h"
#include "base/text.h"
#include "lesson/play/stage.h"
#include "session/session.h"

struct command;
struct context;
struct scene;
struct last_failure;
struct lessons;
struct json_t;
struct script;
struct tracer;

enum setting { CHOICE_AUTO, CHOICE_ON, CHOICE_OFF };
enum show { SHOW_CHANGES, SHOW_AUTO, SHOW_FULL };
enum { STATUS_STAVE = 125 }; /* Stave itself failed: no status of a program that it was to run, as docker has it */

/* The window that is written to. */
struct screen {
	size_t rows, columns; /* 24 and 80 where there is none */
	bool terminal;        /* standard output is one */
	bool color, utf8;     /* what may be written to it */
};

struct shell {
	struct session session;
	bool keep_going, quiet, dry_run, json, yes; /* as the options of the same names */
	bool echo;                 /* a script shows its comments too, and its lines when quiet */
	bool interactive;
	bool next;                 /* at the prompt: what to type next, below each step */
	enum setting color, marks;
	enum show show;
	struct screen screen;      /* as of the command being run */
	struct script *script;     /* the innermost that is being read, NULL at the prompt */
	char *busybox;             /* folder of the default root, once it was needed; on the heap */
	const char *exe;           /* how this program was called */
	int status;                /* of the last command */
	int ended;                 /* with what the last line's program did, 0 where it ran none */
	bool failed;               /* some command has */
	bool leaving;
	bool parting;              /* it was said that jobs are stopped: the next exit leaves */
	bool unwritten;            /* standard output has not taken all */
	bool lost;                 /* nor was it that nobody reads it, which was said: no program's status stands for that */
	bool muted;                /* nothing is printed, programs are ended when they take long */
	const struct scene *scene; /* while a traced program is told: shell/tell/trace/trace.h; else NULL */
	struct error *failure;     /* where the next failure goes, in addition to its report; may be NULL */
	/* In a sandbox of why --try: takes the walls that are lifted out of a plan. NULL: it is no sandbox. */
	void (*lift)(void *context, struct plan *plan);
	void (*traced)(void *context, const struct tracer *tracer); /* there: is shown what a tracer has seen; NULL: nothing is */
	void *lifts;               /* the context of both */
	struct last_failure *last; /* of shell/tell/ended/last.h; NULL: no line has failed yet */
	bool interrupted;          /* Ctrl-C: the rest of the line is not run */
	int ended_by;              /* the signal that made it leave, 0 for none */
	bool riddle;               /* errors come without why and fix: a lesson's learner is to find them */
	struct sibling *turned_from; /* the line being run began with @NAME, and the session is at that child
				      * for it: whom other lines are for. NULL otherwise */
	bool in_lesson;            /* the line being run is a lesson's own */
	const char *shows;         /* of that line: the names of the calls that are told, "all", "" for the
				    * telling ones; NULL outside of lessons */
	struct stage stage;        /* the shell as a lesson has it: of lines/stage.h */
	struct lessons *lessons;   /* of acts/lesson/lessons.h, NULL until one is asked for */
	struct text said;          /* by a lesson while the shell speaks JSON */
	struct text printed;       /* what the line's program wrote last on its standard error, its end */
	struct text pending;       /* goes out with the next that is written */
	struct text walls_told;    /* the walls that were missing when that was last said */
};

/* What came of one command, to be told as text or as JSON. */
struct result {
	const char *line;              /* as typed */
	int column;                    /* of line in the typed line, 1-based */
	const struct command *command; /* NULL when none was found */
	struct step *step;             /* of a plan that was performed; the session's */
	struct plan plan;              /* of a plan that was only made */
	struct text output;            /* of a command that looks or acts */
	char refused_why[512], refused_fix[256]; /* of the one of its calls by which it failed, as far as is known; "": of none */
	bool refused_sure;             /* that call is none that programs expect to fail */
	bool refused_perhaps;          /* it is, and nothing of the line names what it was about */
	int refused, refused_code;     /* of a program that was traced: the call that failed last, and its errno, 0 for none */
	bool is_full;                  /* when the program ended its container's writable layer had nothing left: */
	struct room full;
	struct json_t *trace;          /* in JSON: the calls of the step's program that was traced; NULL: it was not */
	bool failed, failure_told;
	struct error error;
	size_t ops_told;               /* what has been told while it went on */
	bool meaning_told, changes_told;
	size_t not_made;               /* calls that were left when it was stopped */
};

/* Take notice of what signals ask of the shell itself: noted is signals_take()'s. To leave, and
 * where it reads a script, to stop that. */
void shell_hear(struct shell *shell, unsigned noted);

/* What a command may look at now. */
void shell_context(const struct shell *shell, struct context *ret);

/* Whether standard output wants colours and which marks; the size of its window. */
void shell_screen(struct shell *shell);

/* Write to standard output in one write(2), behind what is pending. When that fails the shell leaves,
 * with status 1, and says why but where nobody reads any more. */
void shell_write(struct shell *shell, const struct text *text);
void shell_complain(struct shell *shell, const struct text *text); /* to standard error */

/* The same for a caller whose own write to fd failed: errno says why. */
void shell_unwritten(struct shell *shell, int fd);
