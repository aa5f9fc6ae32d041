/* A child that shares the shell's memory until it is its program, so that no page is copied and nothing is packed: ops
 * are read, and outcomes written, where they lie. Of the two one runs at a time, as errno(3) is shared, too: the shell
 * waits in futex(2) with all signals blocked while the child has its turn, and the child in read(2). What the child
 * performs allocates nothing, so that it may be killed anywhere: ops/program/plain.h. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "ops/plan.h"

struct error;
struct turns;

enum turned {
	TURN_OVER,  /* the child has performed its ops, or one has failed, and waits */
	TURN_LEFT,  /* it is its program now, or has ended: the memory is the shell's alone */
	TURN_SILENT, /* it has its turn still */
	TURN_UNGIVEN /* it could not be told that it has one: errno */
};

/* What the child does in a turn: ops of its side up to the first failure, with their descriptors open in the shell as the
 * child is cloned. outcomes has room for count. */
struct turn {
	const struct planned *ops;
	size_t count;
	struct op_outcome *outcomes;
	size_t done; /* of them, a failing one included; an exec that succeeds is not */
};

/* shell: a pidfd of this process. NULL with err. */
struct turns *turns_new(int shell, struct error *err);

/* The child must have ended, or be its program. */
void turns_free(struct turns *turns);

/* The shell's end of the socket, which the caller closes from now on; it must stay open as long as there are turns. */
int turns_socket(struct turns *turns);

/* In a process that shares memory and descriptors with the shell: wait until turns_give() is called first. False: the shell
 * has ended. All signals are blocked. */
bool turns_await(struct turns *turns);

/* In a process that shares memory and descriptors with the shell: clone(2) the child, a child of the shell's by
 * these flags, which has its first turn then, and stay until it has left; *pidfd is set meanwhile. */
void turns_clone(struct turns *turns, unsigned long flags, int *pidfd);

/* The child's number, from its first turn on; 0 before. Why there is no child: errno of clone(2), or 0. */
pid_t turns_pid(const struct turns *turns);
int turns_code(const struct turns *turns);

/* The child has its turn now; the first time it is cloned for it. 0, or -1 with errno set: it has none. */
int turns_give(struct turns *turns, struct turn *turn);

/* Wait until it is over, patience ms at most from when the child has begun, or until a signal came that ends the shell, or
 * helper has ended, the process of turns_clone(). All signals are blocked. */
enum turned turns_wait(struct turns *turns, pid_t helper, int patience);
