/* session/host/near: a child of the shell's own, and who recovers what it leaves.
 * May include: child ops snapshot base.
 * Never: performs a step, or lets a near child become what is not plain (ops/program/plain.h).
 * Begin at: near.c. */
/* A janitor that costs next to nothing, for a plan that makes one process which no other can see until it is
 * its program, and for one that only holds a network. The shell is the parent of such a process; who waits for the
 * shell's end shares its memory and descriptors, and runs the program again only when there is something to recover. */
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

/* How many children there may be at a time, and whether there may be one more. */
enum { NEAR_CHILDREN = 2 };
bool near_has_room(const struct near *near);

/* Start a child, for which there is room, by this clone op; the other end of socket is the shell's. outcome says what
 * clone3(2) did. */
void near_start(struct near *near, uint32_t number, const struct op *clone, int socket, struct op_outcome *outcome);

/* Whether one of them is or was the child of this number. */
bool near_has(struct near *near, uint32_t number);

/* A child as another process has it: its pid, and a descriptor of it or -1. */
struct orphan {
	pid_t pid;
	int pidfd;
};

/* Those that have not been waited for; returns how many. */
size_t near_children(const struct near *near, struct orphan ret[NEAR_CHILDREN]);

/* As janitor_wait() and janitor_end() have it; false: none is the child of this number. */
int near_wait(struct near *near, uint32_t number, int patience, int *status);
bool near_end(struct near *near, uint32_t number);

/* As janitor_journal(), janitor_hold() and janitor_let_go() have it. */
void near_journal(struct near *near, const char *path);
void near_hold(struct near *near, int number, int parent);
void near_let_go(struct near *near, int number);

/* Who waits for the shell's end, until another does; then near_children(). */
pid_t near_watcher(const struct near *near);
size_t near_hand_over(struct near *near, struct orphan ret[NEAR_CHILDREN]);

/* The children end, and who waits. */
void near_free(struct near *near);

/* What a killed shell has left that had no janitor but session/host/near. Descriptors are -1 where there is none. */
struct remains {
	const char *folder, *journal; /* "": no journal */
	int journal_file, terminal;
	struct orphan children[NEAR_CHILDREN];
	size_t child_count;
	struct termios modes;
	int *parents; /* by record number, -1 where none */
	size_t parent_count;
};

/* Whether the program was started with these arguments to recover, and what: janitor_recover() does. */
bool near_remains(int argc, char **argv, struct remains *ret);

/* Let those that live come first; returns how many. */
size_t near_orphans(struct orphan *list, size_t count);

/* End one that lives. It was to die with the shell, by PR_SET_PDEATHSIG; a program may have asked for that not to be. */
void near_end_orphan(const struct orphan *orphan);
