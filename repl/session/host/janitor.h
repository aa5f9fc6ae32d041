/* The janitor: a process that outlives the shell for as long as cleaning up takes. It is the parent of
 * every child and, as subreaper (prctl(2)), of every orphan, so that none escapes; it holds what is
 * needed to take back what was made on the host; it restores the terminal. It acts when the shell's end
 * of their socket is closed, however the shell ended. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <termios.h>

#include "ops/plan.h"

struct child;
struct ended;
struct error;
struct janitor;
struct near;

/* Start one. terminal: descriptor of the terminal it restores, or -1. folder: the runtime folder,
 * which goes when the shell is killed and nothing is in it. program: the shell's own, which the
 * janitor and so all its children run by seal_program(): an image can have the kernel run again what
 * they are (#! /proc/self/exe). NULL for a mere fork(2), in tests. NULL with err. */
struct janitor *janitor_new(int terminal, const char *folder, const char *program,
			    struct error *err);

/* One that is a process only once it has to be: until then it starts a child by session/host/near, which must be
 * plain (ops/program/plain.h). journal: the path of the journal, if there is one by now, else NULL. NULL with err. */
struct janitor *janitor_near(int terminal, const char *folder, const char *journal, struct error *err);

/* Make it a process that starts any child. 1: it is one now, and knows neither the journal nor the records; 0: it
 * was one before; -1 with err. */
int janitor_complete(struct janitor *janitor, int terminal, const char *folder, const char *program,
		     struct error *err);

/* For main(): goes on as the janitor where the program was started as that, else false. */
bool janitor_begin(int argc, char **argv);

/* Have it start a child by this clone op (cgroup descriptor open). number is the child's from now on,
 * as no other's was before, because the kernel reuses pids. NULL with err; *outcome says what clone3(2)
 * did. */
struct child *janitor_start(struct janitor *janitor, uint32_t number, const struct op *clone,
			    struct op_outcome *outcome, struct error *err);

/* End the child of this number, and whatever orphans it had, and wait for all of them. */
void janitor_end(struct janitor *janitor, uint32_t number);

/* Wait for a child that it started to end by itself, for patience ms at most, and what is known of it then.
 * -1 with errno: ETIMEDOUT, EINTR (base/await.h), EPIPE when the janitor is gone. */
int janitor_wait(struct janitor *janitor, uint32_t number, int patience, struct ended *ret);

/* The journal to recover after the shell, even where its name is gone by then; and a descriptor on
 * a record's folder, until it is let go of; nothing where it has none. */
void janitor_journal(struct janitor *janitor, const char *path);
void janitor_hold(struct janitor *janitor, int number, int parent);
void janitor_let_go(struct janitor *janitor, int number);

/* Have it put what comes out of the pipe into the ring (session/host/ring.h), until the end of both. */
int janitor_collect(struct janitor *janitor, int pipe, int ring, struct error *err);

/* After it, the rings have all that was in the pipes before it. */
void janitor_catch_up(struct janitor *janitor);

/* Before janitor_free(), where nothing is left to recover: one that only waits for the shell's end begins to end, and the
 * shell goes on meanwhile. Any other, whose children end first, is freed here, and *janitor is NULL. */
void janitor_dismiss(struct janitor **janitor);

/* It ends now; everything it was parent of ends first. Frees janitor, which may be NULL. */
void janitor_free(struct janitor *janitor);

pid_t janitor_pid(const struct janitor *janitor);

/* The shell's own children that are not orphans; returns how many. */
enum { JANITOR_SPARES = 3 };
size_t janitor_spares(const struct janitor *janitor, pid_t ret[JANITOR_SPARES]);

/* What would start one more child without the janitor becoming a process; NULL: it is one. */
struct near *janitor_takes_near(const struct janitor *janitor);

/* Whether it still lives: it may have been killed, and is when it did not answer for ten seconds. */
bool janitor_lives(const struct janitor *janitor);
