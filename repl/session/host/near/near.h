/* session/host/near: a child of the shell's own, and who recovers what it leaves.
 * May include: child ops snapshot base.
 * Never: performs a step, or lets a near child become what is not plain (ops/program/plain.h).
 * Begin at: near.c. */
/* A janitor that costs next to nothing, for a plan that makes one process which no other can see until it is
 * its program. The shell is that process's parent; who waits for the shell's end shares its memory and
 * descriptors, and runs the program again only when there is something to recover. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <termios.h>

#include "ops/op.h"

struct error;
struct near;

/* The name that the program has as the janitor, by which main() knows it. */
#define JANITOR "stave-janitor"

/* What is left to recover. terminal and folder as janitor_new() has them; journal is the path of the journal, or NULL
 * as long as there is none. NULL with err. */
struct near *near_new(int terminal, const char *folder, const char *journal, struct error *err);

/* Start the child by this clone op; the other end of socket is the shell's. outcome says what clone3(2) did. */
void near_start(struct near *near, uint32_t number, const struct op *clone, int socket, struct op_outcome *outcome);

/* Whether it is or was the child of this number. */
bool near_has(const struct near *near, uint32_t number);

/* Its pid until it has been waited for, then 0. */
pid_t near_child(const struct near *near);

/* As janitor_wait() and janitor_end() have it; false: it is not the child of this number. */
int near_wait(struct near *near, int patience, int *status);
bool near_end(struct near *near, uint32_t number);

/* As janitor_journal(), janitor_hold() and janitor_let_go() have it. */
void near_journal(struct near *near, const char *path);
void near_hold(struct near *near, int number, int parent);
void near_let_go(struct near *near, int number);

/* Who waits for the shell's end, until another does; then near_child(), and a descriptor of it. */
pid_t near_watcher(const struct near *near);
pid_t near_hand_over(struct near *near, int *pidfd);

/* The child ends, and who waits. */
void near_free(struct near *near);

/* What a killed shell has left that had no janitor but session/host/near. Descriptors are -1 where there is none. */
struct remains {
	const char *folder, *journal; /* "": no journal */
	int journal_file, terminal, pidfd;
	pid_t child; /* 0: none */
	struct termios modes;
	int *parents; /* by record number, -1 where none */
	size_t parent_count;
};

/* Whether the program was started with these arguments to recover, and what: janitor_recover() does. */
bool near_remains(int argc, char **argv, struct remains *ret);
