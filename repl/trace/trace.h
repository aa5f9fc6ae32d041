/* trace: the system calls of a program, as they happen, and how each ended.
 * May include: ops base.
 * Never: judges why a call failed, knows a session or a word.
 * Begin at: trace.h, then tracer.c. */
/* A tracer is a process of its own: the shell stays one thread that waits for nothing but what it attends to.
 * It follows a program and all that descends from it by ptrace(2), PTRACE_SEIZE, and stops it at calls
 * alone. What it saw lies in memory that both share. Where a seccomp filter of the program's own chooses
 * the calls (trace_filter), the others are not slowed down. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/process/standpoint.h"
#include "base/process/strait.h"

struct arena;
struct error;
struct halts;
struct op;
struct sock_filter;
struct text;
struct tracer;

/* More calls than this are counted, and not kept. */
enum { TRACE_KEPT = 16384, TRACE_NUMBERS = 512, TRACE_OTHERS = 3 };

/* One call that has ended. */
struct traced {
	pid_t pid;         /* as the host sees it */
	int number;        /* of this architecture */
	int code;          /* errno, 0 for success */
	int64_t value;     /* what it returned where it succeeded */
	bool endless;      /* it did not return: the process ended in it */
	uint64_t args[6];  /* as the kernel saw them */
	uint64_t caps;     /* of one that failed, but with ENOENT: the effective set of who made it */
	bool known_ids;    /* of one that failed with EACCES or EPERM: the next two could be read */
	uint32_t uid, gid; /* its file system ids then, as the host sees them: credentials(7) */
	struct strait strait;
	uint32_t said;     /* where in the text the call as C stands, with its NUL: "openat(AT_FDCWD, ...)" */
	uint32_t path;     /* the same of the path that it is about, 0 for none */
	uint32_t written;  /* of a write(2) to a control group that failed: the line, 0 for none */
	uint32_t others[TRACE_OTHERS]; /* of one that failed and does what a primitive does: the other strings in their order, 0 for none */
	struct standpoint from; /* of such a one, and of one that failed with ENOENT or ENOTDIR: where who made it stood */
};

/* What is wanted: all calls or those of numbers below TRACE_NUMBERS that are marked, all or those that
 * failed. All are counted that the tracer stops at. */
struct trace_wish {
	bool some;                  /* only those marked */
	bool marked[TRACE_NUMBERS];
	bool failed;                /* only those that failed */
	size_t shown;               /* so many that succeeded are kept, of the others how many there were; 0: all */
	bool chosen;                /* the program loads trace_filter() before it begins */
	bool counts;                /* none is kept: each is counted as it begins, of every architecture */
	const struct sock_filter *filter; /* with counts: what is asked about each; NULL: nothing */
	size_t filter_count;
};

/* Mark the calls of a list: names of system calls, or of groups (file, process, mount, network, namespace,
 * privilege), separated by commas. false where a word is neither: *bad is where it begins. */
bool trace_mark(struct trace_wish *wish, const char *list, const char **bad);

/* Whether a call that makes a process or a thread is wanted. */
bool trace_forks(const struct trace_wish *wish);

/* Whether a call changes what a path means to who makes it, and may to others. */
bool trace_moves(int number);

/* A filter that stops at the marked calls and at those that move, for the program itself to load before it begins:
 * SECCOMP_RET_TRACE. In arena. */
const struct sock_filter *trace_filter(const struct trace_wish *wish, struct arena *arena, size_t *count);

/* Follow process pid, which waits behind its gate (ops/program); the caller opens that when this has returned.
 * NULL with err. */
struct tracer *tracer_new(const struct trace_wish *wish, pid_t pid, struct error *err);

/* The same of a program that the tracer starts by a spawn op, spawn_beside(): a child of this process's, *pid, also where NULL is
 * returned, 0 if there is none. It has begun then: its gate, of which gate is the other end, is opened by the tracer. */
struct tracer *tracer_start(const struct trace_wish *wish, const struct op *op, int gate, pid_t *pid, struct error *err);

/* The same of a wish that counts, by a listener: the program loads a filter (ops/program) that has the kernel ask
 * the tracer about each call, which always says to go on: seccomp_unotify(2), Linux 5.5. It goes by the program's
 * gate, and that is still to be opened. Where there can be no listener it is tracer_new(), and tracer_unheard() the
 * errno. A tracer is better: a signal that comes before a question is read interrupts the call, so that a handler
 * without SA_RESTART makes it fail with EINTR, fork(2) too. */
struct tracer *tracer_listen(const struct trace_wish *wish, pid_t pid, int gate, struct error *err);

/* Wait for the tracer to end, as it does with the program, and with it what that has left running: 0. -1 with err where it
 * was killed, or does not end within ten seconds after the program did. */
int tracer_wait(struct tracer *tracer, struct error *err);

/* What it has seen; valid until tracer_free(). dropped: how many wanted calls were not kept. */
size_t tracer_count(const struct tracer *tracer);
const struct traced *tracer_call(const struct tracer *tracer, size_t i);
const char *tracer_text(const struct tracer *tracer, uint32_t at); /* NULL for 0 */
uint64_t tracer_dropped(const struct tracer *tracer);

/* How many calls that succeeded were not kept for nobody wants to see them: trace_wish.shown. With those that were kept they are
 * TRACE_KEPT at most, and the others dropped. */
uint64_t tracer_unshown(const struct tracer *tracer);

/* How many calls were another architecture's (32 bits on a kernel of 64): their numbers mean other calls. */
uint64_t tracer_foreign(const struct tracer *tracer);

/* How often a call ended, and how often in an error. */
void tracer_tally(const struct tracer *tracer, int number, uint64_t *calls, uint64_t *failed);

/* Of a wish that counts. Whether the program has begun: execve(2) was done. */
bool tracer_began(const struct tracer *tracer);

/* Its process. */
pid_t tracer_pid(const struct tracer *tracer);

/* Whether the kernel asks it, as a listener. */
bool tracer_listens(const struct tracer *tracer);

/* Why the program was followed by ptrace(2) and not by a listener: an errno of seccomp(2), 0 if it was not. */
int tracer_unheard(const struct tracer *tracer);

/* The architectures whose calls were made, ours first, the kernel's AUDIT_ARCH_*: which one number i is, 0 behind the
 * last. tracer_made(): how often its call was. tracer_refused(): how often the filter answered other than to let it
 * pass, and what, the last time. */
enum { TRACE_ARCHITECTURES = 3 };
uint32_t tracer_architecture(const struct tracer *tracer, size_t i);
uint64_t tracer_made(const struct tracer *tracer, size_t i, int number);
uint64_t tracer_refused(const struct tracer *tracer, size_t i, int number, uint32_t *answer);

/* Whether a filter chose the calls, so that only those were counted. */
bool tracer_filtered(const struct tracer *tracer);

/* What a stop signal holds of the program, as it is now. */
const struct halts *tracer_halts(const struct tracer *tracer);

/* End the tracer, and what it still follows with it (PTRACE_O_EXITKILL). NULL is none. */
void tracer_free(struct tracer *tracer);

/* Whether programs expect a call to fail so: what is looked for and not there, what is only waited for. */
bool trace_is_usual(int code);

/* The name of a call: "call 999" for one that libseccomp does not know. ret has room for 40 bytes. */
const char *trace_name(int number, char *ret);
