/* A process that proves one lesson: this program once more, as who it is or as an ordinary user. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct error;
struct text;

enum { PROVER_NOBODY = 65534, PROVER_CANNOT = 126 /* its status: this user cannot read the lesson, or the program */ };

struct prover {
	const char *path;  /* the file of the lesson */
	bool as_user;      /* what root may, hides what a lesson asks of others */
	pid_t pid;         /* 0: not begun */
	int pidfd, output; /* readable once it has ended; the file that it writes to. -1: none */
	char home[32];     /* the folder made for it, "" for none */
	bool ended;
	int status;        /* as waitpid(2) tells it */
};

/* Begin it. It is told to go (SIGTERM) when this process ends. 0, or -1 with err. */
int prover_begin(struct prover *prover, bool json, struct error *err);

/* Ask it to go. */
void prover_stop(const struct prover *prover);

/* It has ended with a status of waitpid(2): what it has said is appended to ret, and what was made for it is
 * removed. */
void prover_end(struct prover *prover, int status, struct text *ret);

/* The last that a process does which may be one: a user's removes the folder that was made for it, for who began
 * it may have been killed. */
void prover_leave(void);

/* Whether this process is one; *as_user: started by root, as an ordinary user. */
bool prover_is(bool *as_user);
