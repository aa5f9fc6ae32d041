/* shell/tell/trace: a traced program's system calls, as text and as JSON.
 * May include: shell/tell advice trace session image snapshot ops base.
 * Never: follows a program.
 * Begin at: judged.c, then rows.c. */
#pragma once

#include <jansson.h>

#include "snapshot/cgroup/groups.h"
#include "trace/trace.h"

enum { TOLD_MOST = 200 /* calls on a screen; --json has all that were kept */ };

struct arena;
struct error;
struct learning;
struct result;
struct session;
struct shell;
struct text;

/* A call that may have been short of room. */
struct failed_room {
	int number, code;
	const struct strait *strait;
	const char *path;
	uint64_t storage; /* of the program's container, as struct last_failure has it */
};

/* What the control group said no to while a program was traced. */
struct fork_limit {
	char folder[GROUP_PATH]; /* of the group that has the bound */
	uint64_t most;           /* its pids.max */
	uint64_t refused;        /* how many forks pids.events counts since the program began; NO_LIMIT: not known */
};

/* What is the same for all of its calls, looked at once. */
struct scene {
	struct fork_limit forks;
	struct standpoint from; /* of the child, when the program had ended */
};

/* The rules of Landlock that refuse a call, "ro /usr, rw /tmp", by the child's steps; "" where it changes a mount,
 * which they refuse whatever they are; NULL where none do, or where file modes may be what refuses it. */
const char *landlock_refuses(const struct session *session, const struct traced *call, const char *path,
			     struct arena *arena);

/* Append why a call failed that a program outside of the child made, as a container's does: what ids, capabilities and the
 * user namespace alone tell, and of path (NULL: none) what the kernel shows as files, for neither its tree nor its other namespaces are
 * the child's. The id of the cause; NULL, and nothing, where they do not. */
const char *trace_explain(const struct session *session, const struct traced *call, const char *path, struct text *ret);

/* Why a call was short of room, by what its file system had left: the id of the cause, and why and fix are appended; NULL where
 * it was not. child: the program had the files of the child, as it is now; path: absolute, or NULL. */
const char *trace_room(const struct session *session, const struct failed_room *call, bool child, struct text *why, struct text *fix);

/* What a program that was not followed says itself of a call that failed, as "mkdir: cannot create directory '/x/y': No such file or
 * directory": where the last line of printed is that, and name is who says it, the path is looked at as it is now for the child, and
 * why and fix are appended. false where the line is another, or what is seen now does not make the call fail so. */
bool trace_printed(const struct session *session, const char *name, const char *printed, struct text *why, struct text *fix);

/* A call, how it ended, and the wall of the child's that refused it. */
struct judged {
	const struct traced *call;
	const char *said;   /* the call as C */
	const char *path;   /* NULL for none */
	const char *wall;   /* its name in the table of walls; NULL: none said no */
	const char *cause;  /* the id of why it failed; NULL: not known */
	const char *why, *fix; /* how that is known; what to type, perhaps ""; NULL with cause */
	size_t times;       /* so many of them in a row are the same, by one process */
};

/* Judge call i by the state of the child as it is now, and by the shell's scene; *i becomes the first that is not the same call with the
 * same end. Strings live in arena or in the tracer. */
struct judged trace_judge(const struct shell *shell, const struct tracer *tracer, size_t *i, struct arena *arena);

/* Append the calls, a line each and below it the wall; and the table that counts them. */
void trace_tell(const struct shell *shell, const struct tracer *tracer, struct text *ret);

/* Append what was counted: the profile that has grown by it, which is written first, or what a filter would have refused;
 * and why there was no listener. In JSON: {"profile": ..., "calls": N, "runs": N, "added": [...], "architectures":
 * {...}}, {"policy": ..., "refused": [...]}. -1 with err where the profile could not be written, or the program did not
 * begin. */
int learned_tell(const struct shell *shell, const struct learning *learns, const struct tracer *tracer,
		 struct result *result, struct error *err);

/* {"calls": [...], "counts": [...], "dropped": N, "foreign": N, "filtered": BOOL}. */
json_t *trace_json(const struct shell *shell, const struct tracer *tracer);
