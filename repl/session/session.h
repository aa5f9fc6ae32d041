/* session: the story: steps performed, observed, undone, redone.
 * May include: session/host session/network advice child ops snapshot base.
 * Never: parses words, prints, or knows how a step is told.
 * Begin at: session.h, then perform.c. */
/* The story so far: the steps, and the way from a plan to an observed difference. One session
 * has one story, one journal and one janitor. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/error.h"
#include "base/text.h"
#include "child/ender.h"
#include "ops/plan.h"
#include "session/host/forward/names.h"
#include "session/host/forward/ties.h"
#include "session/host/mount_table.h"
#include "session/host/runtime.h"
#include "snapshot/facts.h"
#include "snapshot/snapshot.h"

struct child;
struct claims;
struct janitor;
struct halts;
struct journal;
struct ring;
struct text;
struct undo;
struct watch;

/* A program that a plan started. Descriptors are -1 where it has none; the struct owns them. */
struct program {
	pid_t pid;    /* as the host sees it; 0: it had ended before it was looked at */
	pid_t inside; /* in its own pid namespace, 0 when unknown */
	int pidfd;    /* readable once it has ended */
	int pty;      /* master of its pseudo-terminal */
	int in, out, err; /* the shell's ends of its pipes */
	int gate;     /* of one that is traced: a socket, and it begins when this is shut down */
	struct child *child; /* who waits for it */
	bool own_child;      /* child is its own, beside the session's: a container, an exec */
	bool own;            /* it is a child of the shell's, who waits for it; child is NULL */
	bool traced;         /* a tracer follows it, whose end ends it: it cannot become a job */
	const struct halts *halts; /* of one that is traced: what its tracer sees of stops */
	pid_t tracer; /* whose own stop holds it as well; 0: none */
	bool halted;         /* a stop signal held it that did not come from the prompt */
	bool stopped;        /* while it was attended to, by Ctrl-Z or a signal: it becomes a job */
	enum killed_by killed; /* what sent it SIGKILL last, of this session's own */
	int signal;          /* that ended it; 0: it ended itself, whatever its status */
	int64_t spent;       /* the CPU time that it had used when it ended, in microseconds; -1: not known */
	int64_t limit;       /* the seconds of RLIMIT_CPU that ended it; -1: it ended otherwise */
	char *screen;        /* what puts the terminal into the modes that it left on; NULL: nothing */
};

/* A program in the background. */
struct job {
	int number;
	char *label;
	struct program program;
	bool ended;
	bool told;            /* its end has been shown */
	int status;
	struct oom *oom;      /* the group in which the OOM killer ended it; NULL: it did not, or no group tells */
	struct ring *output;  /* what it has printed: session/host/ring.h; NULL: it is dropped */
	uint64_t dropped;     /* how many bytes that was */
	uint64_t shown;       /* how many bytes the foreground has shown */
	struct step *remains; /* what it has on the host; NULL for nothing */
	struct plan walls;    /* what it gave up, struct op_info's gives_up, and the ports of the host that lead to it */
};

/* What ended jobs may keep: so many of them are listed, and their output together has so many bytes. */
enum { JOBS_KEPT = 100, JOBS_OUTPUT = 16 << 20 };

/* A child whose process a step names: it has joined its namespaces, or has made it the end of a wire. */
struct reference {
	struct sibling *whom;
	pid_t pid;  /* by which the plan names its process, or one of its programs */
	bool wire;
	bool loose; /* the step can be repeated whatever became of it: a port of its bridge, a user namespace */
};

/* One typed line and what it did. */
struct step {
	int number;
	struct sibling *owner;       /* the child that it belongs to */
	struct reference *references;
	size_t reference_count;
	char *line;
	struct plan plan;
	struct op_outcome *outcomes; /* one for each op of the plan, while it is performed; then */
	struct kept_outcome *kept;   /* one for each op that was: step_outcome() has either */
	size_t done;                 /* ops performed, a failing one included */
	bool ok;
	struct error *error;         /* why it failed; NULL: it did not */
	pid_t pid;                   /* the child it was performed on, as the host sees it */
	const struct reading *before, *after; /* reading_none: not read */
	struct difference difference;
	int status;                  /* of its program as docker counts; -1 when it ran none */
	int signal;                  /* as struct program has it */
	struct oom *oom;             /* the group in which the OOM killer ended it; NULL: it did not, or */
	bool oom_unseen;             /* no group of its own tells */
	enum killed_by killed;       /* who sent it SIGKILL, where that is known otherwise */
	int64_t spent, limit;        /* as struct program has them */
	char *output;                /* what the program printed, when it was captured */
	struct undo *undos;          /* what ending the child does not take back, in order */
	int *records;                /* their numbers in the journal */
	size_t undo_count;
	struct ties ties;            /* what leads to it from the host and the router */
	struct host_look host;       /* its mount table before it, where that is to be compared */
	char *network;               /* its network as lines, before it; NULL when it is done */
	struct kept_network *was;    /* all of it, where the step took something away; else NULL */
	char *note;                  /* what was seen of the files the step is about, or NULL */
	bool by_program;             /* a program changed something: replay does not repeat it */
	bool unanswered;             /* the child did not say how its calls ended */
	bool incomplete;             /* a call failed, and those before it were left standing */
	bool lost;                   /* it stands no longer, while the story is put in order */
	struct timespec began, ended; /* CLOCK_REALTIME_COARSE, CLOCK_REALTIME */
};

struct oom; /* snapshot/cgroup/killed.h */

/* How op i of the step ended, in room where that is not kept as it is; NULL: it was not performed. */
const struct op_outcome *step_outcome(const struct step *step, size_t i, struct op_outcome *room);

/* Its errno: 0 for success, -1 where it was not performed. */
int step_code(const struct step *step, size_t i);

enum { SIBLING_NAME = 64 /* bytes */ };

/* How far what was read of a child is behind: not at all; by steps of which none could have changed a mount
 * that was there before it; by anything. */
enum stale { STALE_NOT, STALE_BY_STEPS, STALE_BY_ANYTHING };

/* One of the session's children, by its name: its process and what was read of it. Most sessions have
 * the first alone. What a session does is for the one that it is at. */
struct sibling {
	struct sibling *next;      /* in the order in which they were made; NULL: the last */
	char name[SIBLING_NAME];
	struct child *child;       /* NULL before its first step */
	struct reading now;        /* of it; the host's until there is one */
	const struct reading *kept; /* now as steps hold it; NULL or reading_none: none does */
	struct watch *watch;
	uint64_t ooms;             /* kills in its group that were told already */
	enum stale stale;          /* now is older than the last step */
	bool joins;                /* a step has joined namespaces since now was read */
	struct reading imagined;   /* in a dry run: now, but with the namespaces that the plans so far */
	bool imagining;            /* would make; it owns nothing */
	bool planned;              /* in a dry run it would be there */
	bool anew;                 /* it is built again, while that is going on */
};

/* Why something would be lost: to take back a line that failed, steps by undo, all of them by reset; with a
 * child that ends; with a bridge that goes. */
enum loss { LOSS_BY_FAILURE, LOSS_BY_UNDO, LOSS_BY_RESET, LOSS_BY_END, LOSS_BY_CUT };

/* How the shell watches a plan being performed. Every member may be NULL. */
struct view {
	void *context;
	bool pause; /* before() is wanted for each op: ops go to the child one at a time */
	/* Before op i; false stops there and leaves what stands. */
	bool (*before)(void *context, const struct step *step, size_t i);
	/* After op i, failed or not. */
	void (*after)(void *context, const struct step *step, size_t i);
	/* The child stands as the plan's program is about to start: step->after and difference
	 * are filled. */
	void (*ready)(void *context, const struct step *step);
	/* Start the program of a traced plan, whose op has its descriptors, as a child of the shell's, follow it, and open its gate,
	 * whose other end is program's: *pid, also where it then fails, 0 if there is none. 0, or -1 with err. */
	int (*start)(void *context, const struct step *step, const struct op *op, const struct program *program, pid_t *pid,
		     struct error *err);
	/* Pass the program's input and output on until it has ended or its output is closed and
	 * it has ended; what is captured is appended to output. Returns 0, or -1 with err. */
	int (*attend)(void *context, const struct step *step, struct program *program,
		      struct text *output, struct error *err);
};

/* What a line lost without being asked for it. */
struct fall {
	size_t count;       /* steps that stood before it, right behind those that stand now: a replay could not
			     * perform the first of them again, or their child has died */
	int number;         /* of that first one; 0: the child has died */
	struct error error; /* why it could not be performed */
	struct text lost;   /* what taking back a failed line lost, a line each */
};

struct session {
	struct facts facts;
	struct reading host;       /* the shell's own, at the start */
	struct sibling first;      /* of its children, and the others behind it */
	struct sibling *at;        /* the one that lines are for */
	struct host_table *host_table; /* NULL before the first look */
	struct names names;        /* in networks of containers */
	struct ties loose_ports;   /* of a container that has ended: session_cut_loose() */
	struct step **steps;       /* all, those that were undone included */
	size_t count;              /* steps that stand */
	size_t total;              /* and those that redo can bring back */
	size_t forgone;            /* steps that were undone until another one took their place */
	int forgone_for;           /* the number of that one */
	struct timespec step_ended, program_ended; /* the last one, of any child */
	struct fall fall;          /* by what the present line did */
	struct step *loose;        /* the last step that did not join: it failed or changed nothing */
	struct job *jobs;
	size_t job_count;
	int jobs_forgotten;        /* how many have ended so long ago that jobs no longer has them */
	struct journal *journal;   /* NULL until something is to be recorded */
	struct janitor *janitor;   /* NULL until the first child */
	uint32_t started;          /* children so far: the number of the last */
	const char *program;       /* the shell's own, as its children are to run it; NULL: they are forks */
	char name[32];             /* "stave-4711": session/host/identity.h */
	char scratch[RUNTIME_BYTES + 40];         /* folder for writable layers, in the runtime folder */
	int runtime;               /* holds the runtime folder */
	struct claims *claims;     /* of ids for its containers: base/file/claim.h */
	struct step *performing;   /* while it is; NULL otherwise */
	unsigned serial;
	int next_number;           /* of the next step */
	int terminal;              /* the terminal to restore on any way out, -1 for none */
	bool quiet;                /* no report is wanted: readings only where a plan needs one */
	bool replaying;            /* steps that stand are performed again */
	bool seen;                 /* host (and now of those without a child) has been read */
	/* Whether to go on where that loses what is listed, a line each; NULL: yes. */
	bool (*consent)(void *context, const char *losses, enum loss loss);
	void *consents;            /* its context */
	struct text news;          /* what has ended by itself since it was told, a line each */
	bool left_something;       /* what could not be taken back stands in the journal */
};

/* Make of zeros a session that has no child yet, and can be told about even if it cannot be opened. terminal:
 * descriptor of the shell's terminal or -1. */
void session_init(struct session *session, int terminal);

/* Begin: facts, and the cleaning up after sessions that were killed. What was
 * cleaned is appended to told, a line each. */
int session_open(struct session *session, struct text *told, struct error *err);

/* End: jobs and child ended, everything that was made on the host taken back in reverse. What
 * could not be is appended to told. */
void session_close(struct session *session, struct text *told);

/* Perform a plan, which the session takes over (also on failure). *ret is the step, valid until
 * the next call; it has joined the story when step->ok and the plan changes something. Returns 0,
 * or -1 with err filled (and the same in step->error). What a failing line had done so far is taken
 * back: call by call where each has one that undoes it, else by a replay of the steps before. Where
 * that would lose something and session->consent says no, the calls stay, and the step joins the story
 * as an incomplete one. */
int session_perform(struct session *session, const char *line, struct plan *plan,
		    const struct view *view, struct step **ret, struct error *err);

/* Perform a plan that runs a program, to learn how it ends (*status, as docker counts) and what it
 * prints, if the view captures that. It is not a step, and no line was typed for it. Returns 0, or -1
 * with err. */
int session_ask(struct session *session, struct plan *plan, const struct view *view, int *status,
		struct text *output, struct error *err);

/* Have the child make one call that takes no arguments and changes nothing, to learn what it answers: for
 * what no file of /proc tells. 0, or -1 with err. */
int session_tell(struct session *session, enum op_kind kind, struct op_outcome *ret, struct error *err);

/* Take back the last n steps: call by call in the child where each call has one that undoes it, else
 * end the child, undo host-side ops in reverse, start a fresh child and replay what stands. Lines on
 * what was lost, or could not be restored, are appended to lost. -1 with err also where
 * session->consent says no: then nothing has changed. */
int session_undo(struct session *session, size_t n, struct text *lost, struct error *err);

/* Perform the next n undone steps again. */
int session_redo(struct session *session, size_t n, struct text *lost, struct error *err);

/* Steps that redo can bring back, put aside while lines are performed that may have to go again. */
struct undone {
	struct step **steps;
	size_t count;
};
void session_put_aside(struct session *session, struct undone *ret);

/* The end of that. back: they take the place of what has been undone since; else those steps have taken theirs. */
void session_settle_aside(struct session *session, struct undone *undone, bool back);

/* Before anybody looks at the router, or makes anything there: ports of containers that have ended in the foreground go.
 * The kernel removes them by itself some time later, which the end of the container does not wait for. */
void session_cut_loose(struct session *session);

/* What was lost by lines so far has been told. */
void session_forget_fall(struct session *session);

/* Forget all steps: end the child and take back everything. steps: what session->consent is to hear
 * of the steps that would be forgotten, a line; NULL: nothing. */
int session_reset(struct session *session, const char *steps, struct text *lost, struct error *err);

/* Ask, before a reset that itself asks for nothing, whether the files in memory of all children may go. -1 with err where
 * they may not. */
int session_forgo_files(struct session *session, struct error *err);

/* The child of this name, as it stands; NULL when there is none. */
struct sibling *session_sibling(struct session *session, const char *name);

/* Number i of the children that there are, in the order in which they were made; NULL behind the last. */
struct sibling *session_sibling_at(const struct session *session, size_t i);

/* Its process as the host sees it, also where no report is wanted and none was read; 0 before its first step. */
pid_t sibling_pid(const struct sibling *sibling);

/* Whether there is more than one child, or has been in steps that redo can bring back. */
bool session_has_siblings(const struct session *session);

/* In a dry run: what the plan would make of the children there are, and of which one lines are for. The next
 * plan is made for the child as this one would have left it. */
void session_imagine(struct session *session, const struct plan *plan);

/* That dry run is over. */
void session_imagine_no_more(struct session *session);

/* What the session does from now on is for this child. */
void session_turn(struct session *session, struct sibling *sibling);

/* Where the one that the session was at is gone, be at the one that the last step belongs to. */
void session_stay(struct session *session);

/* Append the step's line as it reads whatever child it is typed for: "@b unshare uts", where there was
 * more than one as it was made. */
void step_line(const struct session *session, const struct step *step, struct text *ret);

/* Read the host, if that has not been done: every look at host and now takes it, but a single
 * container started with -q does not. */
int session_see(struct session *session, struct error *err);

/* Take a fresh reading of the child into session->at->now. When the child has died, says how, and
 * forgets it (the next step starts a new one). */
int session_look(struct session *session, struct error *err);

/* Whether the session's child has ended, which only session_look() forgets. */
bool session_died(const struct session *session);

/* After program->pidfd has become readable: its status as docker counts (128+N for a signal). */
int session_status(struct session *session, struct program *program, int *ret,
		   struct error *err);

/* Close a program's descriptors. */
void program_done(struct program *program);

/* A signal to the program's process group where it leads one, so that what it has started there
 * receives it too; else to the program alone. -1 with errno set. */
int program_signal(const struct program *program, int signal);

/* Whether the kernel has the job's program stopped: state T of proc_pid_stat(5). */
bool job_is_stopped(const struct job *job);

/* The job of that number; 0: the last that is stopped, else the last that runs. NULL when there is none. */
struct job *session_job(struct session *session, size_t number);

/* Append what the job has printed since the foreground last showed it, and count it as shown. What the
 * ring no longer has is told in a line. */
void job_news(struct session *session, struct job *job, struct text *ret);

/* Notice jobs that have ended; returns how many newly have. Of those that had ended before, the oldest
 * are forgotten, and their output is dropped, as JOBS_KEPT and JOBS_OUTPUT say. */
size_t session_reap(struct session *session);

/* Fill in what poll(2) is to wait for to notice that a job ends, of up to room of them; returns how many. */
struct pollfd;
size_t session_ends(const struct session *session, struct pollfd *ret, size_t room);

/* What job number n has printed, appended to ret; *dropped is how many bytes came before that and
 * are gone. -1 when there is no such job. */
int session_output(struct session *session, size_t n, struct text *ret, uint64_t *dropped);

/* End and forget all jobs, with what they have on the host; what of that must stay goes to told.
 * Programs in the world of the session's child are forgotten, and end with it. */
void session_end_jobs(struct session *session, struct text *told);

/* Processes, a line each by pid, were sent SIGKILL by cgroup kill: jobs among them remember it. */
void session_note_killed(struct session *session, const struct text *pids);

/* The process of the job or container of this name, as the host sees it; 0 when there is none. */
pid_t session_named(const struct session *session, const char *name);

/* Number i of the containers that run in the background: its label, and its first process as the host
 * sees it; NULL after the last. */
const char *session_container(const struct session *session, size_t i, pid_t *pid);

/* A folder of pid's mount namespace that was handed to the shell, path or one above it: its
 * descriptor, borrowed, and the rest of path in *inside. -1 when there is none. */
int session_handed(const struct session *session, pid_t pid, const char *path,
		   const char **inside);

/* Plan i of those that made process pid what it is: the child by its steps, a container in the
 * background by the one that started it (what it gave up alone).
 * NULL after the last, and for other processes. */
const struct plan *session_plan(const struct session *session, pid_t pid, size_t i);

/* Send a signal to a job or any process of the child's world; all others are refused. */
int session_kill(struct session *session, pid_t pid, int signal, struct error *err);

/* Append the lines of the steps that stand, but for one (NULL: none), as a script has them. */
void session_script(const struct session *session, const struct step *but, struct text *script);

/* Write the steps that stand as a script, as base/file/writer.h does. */
int session_save(const struct session *session, const char *path, struct error *err);
