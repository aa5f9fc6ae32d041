/* session/testimony: what the kernel itself says of capabilities that it refused: a tracing instance of this session.
 * May include: session/host ops base.
 * Never: changes how the machine is traced otherwise.
 * Begin at: instance.c; parse.c reads what it recorded. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/text.h"
#include "ops/undo/undo.h"

struct error;
struct session;

/* ---- the recording ---- */

/* Each is recorded in the session's journal before it is made. */
struct instance {
	struct undo undo;
	int record; /* -1: there is none */
};

enum instance_id {
	INSTANCE_ASKED,  /* capabilities, and who starts whom: of the processes that this one starts */
	INSTANCE_KILLED, /* who sends SIGKILL, and the signal that is asked about, of the whole machine */
	INSTANCES
};

struct testimony {
	int tracefs;
	int signal; /* whose senders are recorded, beside those of SIGKILL; 0: of no other */
	struct instance of[INSTANCES];
};

/* What they have recorded, as the file trace has it. */
struct testified {
	struct text asked, killed;
	int signal; /* as struct testimony has it */
	bool cut; /* there was more than there was room for */
};

/* Record what the processes that this one starts are refused, and with granted also what they are given, from now on,
 * until testimony_end(); and who sends SIGKILL or signal (0: none besides). root of the whole machine alone may. 0, or -1 with err (kernel.root, kernel.tracefs,
 * kernel.event), and nothing is left. */
int testimony_begin(struct session *session, bool granted, int signal, struct testimony *ret, struct error *err);

/* By one of those processes, root in its own user namespace: what comes after this, and only that, is asked about;
 * and its user namespace stands for the host's. */
void testimony_mark(void);

/* Stop recording, and append what was recorded to *ret. 0, or -1 with err. */
int testimony_read(const struct testimony *testimony, struct testified *ret, struct error *err);
void testified_done(struct testified *testified);

/* Remove it. Where that fails its record stays, for the next start. */
void testimony_end(struct session *session, struct testimony *testimony);

/* ---- what it says ---- */

enum over { OVER_INITIAL, OVER_HOSTS, OVER_OWN };

/* One kind of refusal. Names are visible. */
struct refusal {
	char program[33];    /* the process's comm */
	int cap;
	enum over over;      /* the user namespace: the initial one, the sandbox's in the host's place, one below it */
	char function[64];   /* which asked, of the kernel's; "" where there is no stack */
	char call[40];       /* in which system call; "" where the stack does not say */
	size_t count;        /* how often */
};

/* What made the kernel send a signal, by the functions that the stack of its event shows. */
enum killed_how {
	KILLED_HOW_UNSEEN,
	KILLED_HOW_CALL,    /* a system call for that: kill(2), pidfd_send_signal(2), ... */
	KILLED_HOW_CGROUP,  /* a write to cgroup.kill */
	KILLED_HOW_OOM,     /* memory, of a group or of the machine, was used up */
	KILLED_HOW_INIT,    /* the first process of its pid namespace ended */
	KILLED_HOW_CPU,     /* RLIMIT_CPU was reached: the hard limit by SIGKILL, else the other */
	KILLED_HOW_PARENT,  /* its parent ended, prctl(2): PR_SET_PDEATHSIG */
	KILLED_HOW_TRACER,  /* its tracer ended, ptrace(2): PTRACE_O_EXITKILL */
	KILLED_HOW_FAULT,   /* an instruction of the program's own, or the memory that it touched */
	KILLED_HOW_FILTER,  /* a seccomp filter answered so */
	KILLED_HOW_TIMER,   /* a timer of some process ran out: setitimer(2), timer_create(2) */
	KILLED_HOW_TERMINAL, /* a key was pressed, or the terminal is gone */
	KILLED_HOW_MEANWHILE /* a call of the program's own that is not for that, as write(2) to a pipe that nobody reads */
};

/* A signal that was sent to one of the programs. Names are visible. */
struct killing {
	int signal;
	char sender[33], target[33]; /* comm of the process that sent it, or was running when the kernel did, and of whom it ended */
	pid_t pid;                   /* the sender's, in the initial pid namespace */
	enum killed_how how;
	char call[40];               /* the call, where how says so */
	bool kernel;                 /* no process asked for it */
	bool itself, outside;        /* sender and target are one; the sender is no process of the replay */
};

/* In the order in which each was met last. */
struct refusals {
	struct refusal *list;
	size_t count, room;
	struct killing *killed; /* in their order */
	size_t killed_count, killed_room;
	uint64_t granted;    /* bits of the capabilities that were given, where these were recorded */
	bool marked;         /* the mark is there: else too much was recorded after it */
};

/* Read what testimony_read() has recorded: the tracepoint's, or the two probes'. Only what programs were refused after
 * the mark counts, and not what is asked at each mapping of memory; of the signals, those to such programs which the
 * processes around them did not send. */
void refusals_parse(const struct testified *testified, struct refusals *ret);
void refusals_done(struct refusals *refusals);
