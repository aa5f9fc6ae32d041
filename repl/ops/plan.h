/* A plan: the ops of one typed line, in order. It owns one arena; the words and strings of its
 * ops live there. It can be shown, performed, kept and performed again. */
#pragma once

#include "base/arena.h"
#include "ops/op.h"
#include "ops/stages.h"

enum {
	PLAN_MAY_EXIST = 1, /* EEXIST is as good as success */
	PLAN_MAY_FAIL = 2,  /* a failure is reported and passed over, unless it is for want of memory, room or descriptors */
	PLAN_TAKE_BACK = 4, /* what it makes on the host's file systems is removed by undo and exit */
	PLAN_PRIVATE = 8,   /* said as a folder that only one user may enter, with those above it */
	PLAN_MAY_BE_GONE = 32, /* ENODEV is as good as success */
	PLAN_ON_HOST = 16,  /* the shell makes the call, and what it changes is the host's; undo takes it back by "back" */
};

struct planned {
	struct op op;
	unsigned flags;
	enum stage_id stage;
	const char *back; /* with PLAN_ON_HOST: the op that takes it back, ops/line.h; NULL: none is needed */
};

/* Which process the plan is performed on. */
enum plan_child {
	PLAN_CURRENT, /* the session's child */
	PLAN_FRESH,   /* a fresh child, which takes the place of the session's */
	PLAN_ASIDE,   /* a process of its own beside the session's child, ended with its program */
	PLAN_NEW,     /* a fresh child beside the session's others, called by the plan's sibling */
	PLAN_END,     /* that one ends */
	PLAN_SWITCH,  /* no process: lines are for that one from now on */
};

/* How the program that the plan starts is attended to. */
enum plan_program {
	PROGRAM_NONE,
	PROGRAM_WAIT,       /* its output is passed on, its status is the command's */
	PROGRAM_INPUT,      /* the same, and the shell's standard input goes to it */
	PROGRAM_TERMINAL,   /* a pseudo-terminal of its own, in the foreground */
	PROGRAM_BACKGROUND, /* a job */
	PROGRAM_PROBE,      /* its output is for the shell alone */
	PROGRAM_METER,      /* a load (burn): what it gets is measured and shown; Ctrl-C ends it */
};

/* Whether a packet of the program is followed, and how that is told. */
enum plan_follows { FOLLOWS_NONE, FOLLOWS_TEXT, FOLLOWS_JSON };

/* What becomes of the counts where traced counts calls. */
struct learning {
	const char *profile; /* the profile that grows by them; NULL: none */
	bool fresh;          /* and loses what it had */
	const char *policy;  /* whose filter was asked about each; NULL: none was */
	bool admin;          /* docker's, which lets mount(2) and its like pass, for the child may have sys_admin */
	bool listens;        /* a listener is asked, where there can be one; a tracer otherwise */
	const char *unheard; /* why there can be none; NULL: there can */
};

/* A folder of the host's that is seen in a container. */
struct binding {
	const char *source, *target; /* the host's path; the container's */
	const char *hidden; /* what the image has there: "3 entries: a, b, c"; NULL for nothing */
	bool fresh;         /* the image has no such name */
};

/* A wall of another process that could not be rebuilt, and why: a sentence without its end. */
struct unbuilt {
	const char *wall, *why;
};

/* The process that a container is made like. */
struct rebuilt {
	pid_t pid;
	const char *comm; /* as read, not visible */
	const char *line; /* the same container by its options alone */
	struct unbuilt *lost;
	size_t lost_count;
};

struct plan {
	struct arena arena;
	struct planned *ops;
	size_t count, room;
	enum stage_id stage; /* of the ops that are added next */
	enum plan_child child;
	enum plan_program program;
	bool untyped;        /* a script's text is not typed into the program's terminal: -t without -i */
	bool changes;        /* false: the plan runs a program and changes no wall */
	const char *meaning; /* what the step means, one or two sentences; may be NULL */
	const char *details; /* more of that, told where all calls are; may be NULL */
	const char *same_as; /* the commands that do all of it; NULL: those of its ops, "" for none */
	const char *differs; /* what same_as leaves out; may be NULL */
	const char *man;     /* the page of the call that it is about; NULL: ops/same.h finds it */
	const char *layer;   /* of its root below the writable one, where it is the only one, nobody else changes it,
			      * and only /proc, /dev, /sys and the bindings lie over it; NULL: not so */
	uint64_t storage;    /* bytes for all that its container writes, as was asked for or followed from its memory; 0: none were said */
	const char *label;   /* the name of a job or container; may be NULL */
	const char *options; /* of its program, as trace takes them as well: "-u 5 "; NULL or "": none */
	const char *joins;   /* what the line calls the process whose namespaces its program is in; NULL: it joins none */
	const char *sibling; /* the name of the child that PLAN_NEW and those behind it are about */
	const char *show;    /* a folder of the child's: its names are shown before and after */
	const char *show_entry; /* a name in a union: what its writable layer has after the step */
	const char *show_origin; /* a name in a union: which layer gives it, before and after */
	const char *const *forms; /* paths of the child's, ended by NULL: shown as what they hide */
	const struct binding *bindings; /* shown to be one inode, once the container stands */
	size_t binding_count;
	bool network;              /* what changed in the child's network namespace is shown */
	const char *ask;           /* a question to be answered before anything is done, or NULL */
	const struct trace_wish *traced; /* the calls of its program that are followed: trace/trace.h; NULL: none */
	const struct learning *learns; /* of a plan that is traced; NULL: nothing */
	enum plan_follows follows; /* whether the packets of its program are */
	const struct rebuilt *like; /* the process whose walls it rebuilds; NULL: no other has a say */
	const char *twins[2];   /* two paths of the child's: shown to be one inode after the step */
};

/* Add an op; returns it, to be filled. Its strings belong in the plan's arena. The pointer is
 * good until the next call. */
struct op *plan_add(struct plan *plan, enum op_kind kind);
struct op *plan_add_with(struct plan *plan, enum op_kind kind, unsigned flags);

/* Add a copy of the op, strings, lists and bytes of its own with it. */
void plan_copy(struct plan *plan, const struct op *op);

/* Whether a plan goes on after this outcome: success, or a failure that its flags pass over. */
bool plan_passes(const struct planned *planned, const struct op_outcome *outcome);

void plan_done(struct plan *plan);
