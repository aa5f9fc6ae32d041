/* Whom a looking command is about: the child, the host, or any process by its number. */
#pragma once

#include "snapshot/snapshot.h"
#include "words/language/command.h"

struct limits;

/* A reading that is the context's own, or one taken for the occasion. */
struct subject {
	const struct reading *reading;
	struct reading taken;
};

/* The process that word means: a number, or the name of a container or job. 0 with err. */
pid_t subject_pid(const struct context *context, const char *word, int column,
		  struct error *err);

/* The process that word means: NULL for the child, "host", or as subject_pid(). Returns 0, or -1 with
 * err filled (no such process, not ours to look at). */
int subject_find(const struct context *context, const char *word, int column,
		 struct subject *ret, struct error *err);
/* PID, which may be left out: the argument that names one. */
extern const struct arg_spec subject_args[];

void subject_done(struct subject *subject);
#define cleanup_subject __attribute__((cleanup(subject_done)))

/* Tell the namespaces that it has joined from its own: of the child the session knows that, of others it
 * takes a look at every process of the machine. */
void subject_find_joined(const struct context *context, struct subject *subject);

/* Whom the first of words means, as subject_find() finds it, with all that wall_standing() asks for: what it
 * has joined, and in limits those of its groups. -1 with err, also where /proc hides its namespaces. */
int subject_find_sides(const struct context *context, const struct words *words, struct subject *ret,
		       struct limits *limits, struct error *err);

/* One line that says which process this is: "process 5121 (stave), 1 inside". Before the first
 * child it says that there is none. */
void subject_title(const struct context *context, const struct subject *subject,
		   struct text *ret);

/* Explain a failure to read something of another process: what /proc asks for. err is filled
 * with what; code is the errno. Returns -1. */
int subject_refused(const struct context *context, const struct reading *reading, int code, const char *what,
		    struct error *err);
