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

#include "child/turns.h"
#include "ops/op.h"
#include "session/host/near/remains.h"

struct ended;
struct error;
struct near;

/* What is left to recover. terminal and folder as janitor_new() has them; journal is the path of the journal, or NULL
 * as long as there is none. NULL with err. */
struct near *near_new(int terminal, const char *folder, const char *journal, struct error *err);

/* Whether there may be one child more at a time, of NEAR_CHILDREN. */
bool near_has_room(struct near *near);

/* Start a child, for which there is room, by this clone op; the other end of socket is the shell's. outcome says what
 * clone3(2) did. */
void near_start(struct near *near, uint32_t number, const struct op *clone, int socket, struct op_outcome *outcome);

/* Who waits for the shell's end is there from now on, for a process that the shell starts itself and that ends with it. 0, or -1
 * with errno set. */
int near_watch(struct near *near);

/* The first child is to share the shell's memory: who waits for the shell's end is there from now on, and waits to clone it by
 * this op. turns are near's. 0, or -1 with errno set. */
int near_expect(struct near *near, const struct op *clone, struct turns *turns);

/* That child, with its first turn, over in patience ms at most. outcome says what clone(2) did. near_turn() is the next.
 * After TURN_SILENT, and TURN_UNGIVEN of near_turn(), the shell calls near_stop() as soon as it can: it kills the child, and
 * waits for its end. */
enum turned near_share(struct near *near, uint32_t number, struct turn *turn, int patience, struct op_outcome *outcome);
enum turned near_turn(struct near *near, struct turn *turn, int patience);
void near_stop(struct near *near);

/* A pidfd of the shell. */
int near_shell(const struct near *near);

/* Whether one of them is or was the child of this number. */
bool near_has(struct near *near, uint32_t number);

/* Those that have not been waited for; returns how many. */
size_t near_children(const struct near *near, struct orphan ret[NEAR_CHILDREN]);

/* As janitor_wait() and janitor_end() have it; false: none is the child of this number. */
int near_wait(struct near *near, uint32_t number, int patience, struct ended *ret);
bool near_end(struct near *near, uint32_t number);

/* As janitor_journal(), janitor_hold() and janitor_let_go() have it. */
void near_journal(struct near *near, const char *path);
void near_hold(struct near *near, int number, int parent);
void near_let_go(struct near *near, int number);

/* Who waits for the shell's end, until another does; then near_children(). */
pid_t near_watcher(const struct near *near);
size_t near_hand_over(struct near *near, struct orphan ret[NEAR_CHILDREN]);

/* Nothing is left to recover: who waits begins to end, while the shell goes on. false, with nothing done, where a child is
 * left. */
bool near_dismiss(struct near *near);

/* The children end, and who waits. Frees near, which may be NULL. */
void near_free(struct near *near);
