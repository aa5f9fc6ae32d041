/* container --like: the walls of a running process, as options of container. */
#pragma once

#include <stdbool.h>

#include "snapshot/cgroup/limits.h"
#include "walls/walls.h"
#include "words/language/command.h"

/* A process being read, and the words that it becomes. */
struct like {
	const struct context *context;
	const struct flag_spec *specs; /* container's own, ended by { 0 } */
	const struct words *typed;
	struct plan *plan;
	const struct reading *target;
	const char *status;  /* its /proc/PID/status */
	struct sides sides;
	struct limits limits;
	struct words words;  /* so far: all but what was typed; flags on the heap */
	size_t room;
	bool userns;         /* the container has a user namespace of its own */
	bool reaches_user;   /* and its user can be the process's */
	struct rebuilt rebuilt; /* lost on the heap */
	size_t lost_room;
};

/* The words with the options of container that rebuild the walls of the process that the value of --like
 * names: a line without it has ret as typed. What was typed goes before what was read. The plan gets its
 * like. specs: the options of container. -1 with err: there is no such process, it may not be looked at, it has no
 * walls (a thread of the kernel's, one that has ended, one that nothing parts from the host). */
int like_words(const struct context *context, const struct words *typed, const struct flag_spec *specs,
	       struct plan *plan, struct words *ret, struct error *err);

/* ---- for its own files alone ---- */

/* Add an option, unless the line has it already; many: it may have others. value "" for a switch. */
void like_give(struct like *like, const char *flag, const char *value);
void like_add(struct like *like, const char *flag, const char *value);

/* What could not be rebuilt of a wall, and why: a sentence in the user's language. */
void like_lose(struct like *like, const char *wall, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* like_files.c: its root, and what is mounted there. */
void like_files(struct like *like);

/* like_rights.c: its user, capabilities, no_new_privs, seccomp, masked paths and limits. */
void like_rights(struct like *like);
