/* child: the sandboxed child: started, sent ops, listened to; and the loop inside it.
 * May include: ops base.
 * Never: parses words or decides what an op means.
 * Begin at: child.h, then loop.c, which runs inside. */
/* The shell's end of the sandboxed child: send ops, receive what came of them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "ops/plan.h"

struct error;

/* A program of the child's that has ended: its pid as the child sees it, and wait(2)'s status. */
struct ended {
	pid_t pid;
	int status;
	int64_t spent; /* process_spent() of it */
	int64_t limit; /* limit_reached() by it; -1 as well where it was not looked at */
};

/* Collect the child of this process that has ended, which or, for -1, the next one, with what it had used; flags: WNOHANG. limits:
 * look at its own, which a filter around this process may forbid. false where there is none; ret->pid is -1 then, with errno where
 * none is left to wait for. wait(2). */
bool ended_collect(struct ended *ret, pid_t which, int flags, bool limits);

/* A descriptor that the shell holds for a child: of a folder that the child has handed out, by
 * the path that led to it then, or of a file that is locked while the child is there. */
struct kept {
	char *path;
	int fd;
};

/* The child as the shell knows it. The socket (SOCK_SEQPACKET) and the pidfd are owned; the pidfd is
 * -1 once a program has taken the child's place, and it with it. pid is the process that answers, as
 * the kernel told it with the last reply (SCM_CREDENTIALS): it changes when the child has forked a
 * successor. first is the process that was started, which ends when its successor does. */
struct child {
	int socket, pidfd;
	int proc;         /* child_proc()'s, -1 until it was asked for */
	pid_t pid, first;
	uint32_t number;  /* by which its parent knows it, and no other child of the session */
	uint32_t serial;  /* of the last request; answers to older ones are dropped */
	bool gone;        /* the socket is closed at the other end */
	bool near;        /* it is the shell's own, and may not do all: session/host/near */
	struct ended *ended;
	size_t ended_count;
	struct kept *kept; /* what the shell holds open for it until it is freed */
	size_t kept_count;
	char hostname[65]; /* uname(2) of the child, as of the last reply */
};

/* Two sockets that belong together: ends[0] for child_new(), which is told who sends (SO_PASSCRED, unix(7)), and
 * ends[1] for the process that becomes the child. Both are the caller's. 0, or -1 with err. */
int child_pair(int ends[2], struct error *err);

/* A child over a socket whose other end is in the hands of process pid. Takes socket and pidfd. */
struct child *child_new(int socket, pid_t pid, int pidfd);
void child_free(struct child *child);

/* Hold fd, which the child takes over, until it is freed. path is copied. */
void child_keep(struct child *child, const char *path, int fd);

/* Its folder in /proc, which stays its own whoever has its number later: base/process/proc.h. The descriptor is
 * the child's; -1 with errno set. */
int child_proc(struct child *child);

/* Let go of what was last held by this path. */
void child_drop(struct child *child, const char *path);

/* Have an answer without asking for anything: child->hostname is up to date then. 0, or -1 with
 * err. */
int child_greet(struct child *child, struct error *err);

/* Let the child perform ops [0, count), which are all of the child's side and whose descriptors
 * are open, in order up to the first failure. outcomes has room for count. Returns how many were
 * performed, the failing one included (its outcome's code tells which that is). An exec op that
 * succeeds counts as performed: the socket is closed then, and the child gone.
 * -1 with err: EPIPE when the child is gone, ETIMEDOUT when it does not answer for five
 * seconds, E2BIG, EBADMSG. */
int child_do(struct child *child, const struct planned *ops, size_t count,
	     struct op_outcome *outcomes, struct error *err);

/* How long the answer to so many ops may take, in ms; and why there is none: code EPIPE when the child is gone, ETIMEDOUT
 * and EINTR when it is silent. Returns -1. */
int child_patience(const struct planned *ops, size_t count);
int child_fail(struct child *child, int code, int patience, struct error *err);

/* Whether the child's program with this pid (as the child sees it) has ended; takes in what the
 * child has sent. It waits for that, for patience ms at most (0: not at all), unless the child is
 * gone. False with errno: ETIMEDOUT, EINTR (base/await.h), or what receiving failed with. */
bool child_ended(struct child *child, pid_t inside, int patience, struct ended *ret);

/* The loop that runs inside: the process performs what comes over socket until it is closed, then
 * exits. Everything else it had open is closed, but for the standard descriptors. */
_Noreturn void child_main(int socket);
