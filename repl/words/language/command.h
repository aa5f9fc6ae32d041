/* The vocabulary. A word is one file in this folder and one row in list.h. Its entry declares
 * its arguments once: they are checked, completed, and told in help from there.
 *
 * A command is one of three kinds. BUILDS: turns its arguments into a plan; changes nothing,
 * looks at files only by the eyes of its context (snapshot/eyes/eyes.h), and prints nothing. LOOKS: renders readings. ACTS: a word of the shell itself, which the
 * session or the shell carries out. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "ops/plan.h"
#include "snapshot/union/layers.h"

struct difference;
struct arg_spec;
struct claims;
struct context;
struct eyes;
struct store_eyes;
struct facts;
struct reading;
struct result;
struct shell;
struct text;
struct words;

enum command_kind { BUILDS, LOOKS, ACTS };
enum command_group { GROUP_LOOKING, GROUP_WALLS, GROUP_RUNNING, GROUP_LESSONS, GROUP_STORY, GROUPS };

/* What a word is, for checking and completion. */
enum word_kind {
	WORD_TEXT,
	WORD_PATH,      /* as the child sees it */
	WORD_HOST_PATH, /* as the shell sees it */
	WORD_NS_TYPE,   /* mnt ... or mount ..., all */
	WORD_PID,       /* a number or a name; completion shows the command names */
	WORD_NUMBER,
	WORD_CHOICE,    /* one of choices, and nothing else */
	WORD_COMMAND,   /* a word of this vocabulary */
	WORD_PROGRAM,   /* a program in the child, and its arguments */
	WORD_SIGNAL,
	WORD_CAPABILITY,
	WORD_CALL,      /* a system call's name */
	WORD_LESSON,    /* the name of a lesson */
	WORD_CHECK,     /* an expression of lesson/check.h, and all that follows it */
};

/* What completion offers for a word: what its kind has, or something that is no kind of its own. */
enum offers {
	OFFERS_ITS_KIND,
	OFFERS_IMAGES,      /* and busybox, and folders */
	OFFERS_MOUNT_TYPES, /* of the running kernel */
	OFFERS_BINDINGS,    /* SRC:DST */
	OFFERS_VOLUMES,
	OFFERS_PROFILES,    /* seccomp's */
	OFFERS_JOBS,        /* by name and %N, then processes */
	OFFERS_JOBS_ALONE,
	OFFERS_CHILDREN,    /* of this session */
	OFFERS_TOPICS,      /* all that help and explain know */
};

/* How far a word reaches, from near to far; a lesson's own commands reach no further than the
 * child. */
enum extent {
	REACH_CHILD, /* the child and its story */
	REACH_SHELL, /* how this shell goes on: its settings, the lesson that is played */
	REACH_STORE, /* images and volumes, which outlive the session */
	REACH_HOST,  /* files and programs of the host, or walls between it and the child */
};

/* One of the words that an argument or option takes. A subcommand is a choice with arguments of its
 * own; one of build, look and act carries it out: of build and look that which the command's only_looks says. */
struct choice {
	const char *name;
	const char *means; /* may be NULL */
	enum extent reach; /* of the line that has it */
	const struct arg_spec *args; /* what follows it, ended by { 0 }; NULL: as the argument says itself */
	int (*build)(const struct context *context, const struct words *words, struct plan *plan,
		     struct error *err);
	int (*look)(const struct context *context, const struct words *words, struct text *ret,
		    struct error *err);
	int (*act)(struct shell *shell, const struct words *words, struct result *result);
	bool bare;         /* what the command does without any argument; its argument is optional */
};

/* One option. value is the name of what follows ("DIR"), NULL for a switch. A switch with choices may have
 * one of them behind "=", and "" is its value without. */
struct flag_spec {
	const char *name; /* "--ro" */
	char letter;      /* 'i' for -i, 0 for none; letters may be joined: -it */
	const char *value;
	enum word_kind kind;
	bool many;        /* may be given more than once */
	const char *means;
	const char *of;   /* the subcommands that it belongs to: "learn, audit"; NULL: the word itself */
	bool changes;     /* and to no subcommand that looks */
	bool whole;       /* and not to a subcommand with arguments of its own */
	const struct choice *choices; /* of its value, ended by { 0 }: all there are for WORD_CHOICE, else some */
	enum extent reach; /* how far the line reaches that has it */
	/* Where that depends on its value or on the words beside it: not further than reach. */
	enum extent (*reaches)(const struct words *words, const char *value);
	enum offers offers;
	const char *alias; /* docker's name for it, understood as well; NULL for none */
};

/* Whether a line with this subcommand (NULL: none) may have the option. */
bool flag_fits(const struct flag_spec *flag, const struct choice *choice);

/* Append what a switch may have behind it: "[=auto]"; nothing for other options. */
void flag_choices(const struct flag_spec *flag, struct text *ret);

/* One positional argument. */
struct arg_spec {
	const char *name; /* "TYPE" */
	enum word_kind kind;
	bool optional;
	bool many; /* this and all that follow it; only for the last, or the last but fixed ones */
	const struct choice *choices; /* ended by { 0 }: all there are for WORD_CHOICE, else some */
	const char *means;
	bool distinct; /* with many: each is something that the line changes, and is given once */
	size_t most; /* with many: as many of them at the most; 0: any number */
	enum offers offers;
};

/* What follows a subcommand that takes no arguments. */
extern const struct arg_spec no_args[];

/* One word as typed. */
struct word {
	const char *s;
	int column;  /* 1-based */
	bool quoted; /* it had quotes, or a backslash */
};

/* The checked words of a line: the command's name, the flags given and the rest. */
struct words {
	struct word name;
	struct { const struct flag_spec *spec; struct word value; } *flags;
	size_t flag_count;
	struct word *args;
	size_t count;
	const struct choice *choice; /* the first argument's, NULL where it has no choices */
};

/* What a command may look at. child is the last reading of the child; before the first child is
 * started it is the host's own, for they share everything. */
struct context {
	const struct facts *facts;
	const struct reading *host, *child;
	const struct difference *last; /* of the last step; NULL before the first */
	pid_t pid;            /* the child's, 0 before the first */
	const char *name;     /* the child's; NULL where it has no siblings */
	const char *scratch;  /* folder for writable layers: a mount point in the child */
	unsigned serial;      /* fresh number of this step, for names that must differ */
	const char *session;  /* name of this session, "stave-4711": for its cgroups */
	struct claims *claims; /* of ids for containers: base/file/claim.h */
	const char *busybox;  /* folder of the default root, made on the host; see NEEDS_BUSYBOX */
	/* Have the child, or before the first this shell, make one call that changes nothing, to learn what it answers:
	 * for what no file of /proc tells. 0, or -1 with err. */
	int (*ask)(const struct context *context, enum op_kind kind, struct op_outcome *ret, struct error *err);
	/* The process of a container or job of this name, 0 when there is none. */
	pid_t (*named)(const struct context *context, const char *name);
	/* Number i of the containers that run in the background: its name or its line, and its first
	 * process; NULL after the last. May be NULL itself. */
	const char *(*container)(const struct context *context, size_t i, pid_t *pid);
	/* Number i of the session's children: its name and its process, 0 where it has none; NULL behind
	 * the last. May be NULL itself. */
	const char *(*sibling)(const struct context *context, size_t i, pid_t *pid);
	/* Plan i of those that made process pid what it is, the child or a container of this
	 * session; NULL after the last. May be NULL itself. */
	const struct plan *(*plan_of)(const struct context *context, pid_t pid, size_t i);
	const void *names;    /* where named() and plan_of() look */
	struct kept_folders kept; /* folders that containers have handed out */
	const struct eyes *eyes;  /* how a word that builds looks at files; NULL: the real ones */
	const struct store_eyes *store; /* and at the store: image/eyes.h; NULL: the real one */
	bool tries;           /* the line is tried in a sandbox: what its user has asked of control groups it does without */
	const char *exe;      /* path of this program, for its own commands in examples */
	size_t rows, columns; /* of the terminal; 24 and 80 where there is none */
	bool color, utf8, full;
	bool in_lesson;       /* the line is a lesson's own, not the learner's */
	bool throwaway;       /* the host is a sandbox, whose own changes are lost with it: nothing is refused for them */
};

/* What the shell must have ready before a command builds or looks. */
enum {
	NEEDS_BUSYBOX = 1, /* context.busybox */
	NEEDS_CGROUPS = 2, /* the part of context.facts that facts_cgroups() fills */
	NEEDS_CONTROLLERS = 128, /* the same, without a look at the end for groups that others left */
	NEEDS_LIMITS = 64, /* of that the part that facts_limits() fills */
	NEEDS_JOBS = 16,   /* jobs that have ended to be noticed: what they held is free then */
	NEEDS_VOLUMES = 8, /* the store with its folder for volumes */
	NEEDS_WALLS = 32, /* the part of context.facts that facts_walls() fills */
	NEEDS_NO_SIGHT = 4, /* neither context.host nor child but for their pid and hostname, nor
			     * what facts_site() fills */
};

struct command {
	const char *name;
	const char *const *aliases; /* ended by NULL; may be NULL */
	enum command_kind kind;
	enum command_group group;
	const char *summary; /* one line, lower case, no full stop */
	const char *explain; /* paragraphs, filled to 78 columns by help */
	const char *example; /* lines that run, each with what must come before it */
	const struct flag_spec *flags; /* ended by { 0 }; may be NULL */
	const struct arg_spec *args;   /* ended by { 0 }; may be NULL */
	bool late;  /* joined after scripts had been written: shorter prefixes are the others' */
	enum stage_id stage; /* BUILDS: of its ops, where no part of the plan says another */
	bool host_safe; /* BUILDS: harmless whatever is shared; else the build must refuse */
	unsigned (*needs)(const struct words *words); /* NEEDS_*; NULL: nothing */
	bool (*runs)(const struct words *words); /* BUILDS: whether a program runs that nobody typed; may be NULL */
	/* BUILDS: a line that has to be carried out before, such as what makes the router; asked again after
	 * each. NULL, and none at all: nothing. */
	const char *(*before)(const struct context *context, const struct words *words);
	bool (*only_looks)(const struct words *words); /* BUILDS, ACTS with a look() too: which it is */
	int (*build)(const struct context *context, const struct words *words, struct plan *plan,
		     struct error *err);
	int (*look)(const struct context *context, const struct words *words, struct text *ret,
		    struct error *err);
	/* ACTS: carry it out. What it has to say goes to result->output. Returns 0, or -1 with
	 * result->error; shell->status is what it is to be, when that is not 0. */
	int (*act)(struct shell *shell, const struct words *words, struct result *result);
	enum extent reach;  /* ACTS: of every line; choices and options may reach further */
	bool moves_story;  /* ACTS: steps or processes of the child may be gone afterwards */
	bool tells;        /* ACTS: it changes nothing */
};

/* Whether a word that builds acts with these arguments: a subcommand of it is the shell's own. */
bool command_acts(const struct command *command, const struct words *words);

/* How a group is called, and what help writes over it. */
extern const struct command_heading { const char *name, *heading; } command_groups[GROUPS];

/* All commands in the order of vocabulary.c. */
extern const struct command *const commands[];
extern const size_t command_count;

/* The command whose row and whose name are called so: all but "!", whose row is host. NULL: none. */
const struct command *command_named(const char *name);

/* The command that is called so, by its whole name or an alias of it. NULL: none. */
const struct command *command_called(const char *name);

/* The command called name: by name, alias or unique prefix. NULL with err filled ("did you
 * mean", "could be:") otherwise. */
const struct command *command_find(const struct word *name, struct error *err);

/* Whether a way out begins with a line that is about a child: a word that looks or builds a wall, not "mount it elsewhere". */
bool is_line_for_child(const char *fix);

/* Check words[1..count) against the command's spec. ret's arrays live in arena. */
int command_accept(const struct command *command, const struct word *words, size_t count,
		  struct arena *arena, struct words *ret, struct error *err);

/* Make ready what the command needs for these words: the facts' cgroups, the folder of the default
 * root (make: also on the host, where it is missing) into *busybox, on the heap. -1 with err. */
int command_ready(const struct command *command, const struct words *words, bool make,
		  struct facts *facts, char **busybox, struct error *err);

/* Append "usage" of a command from its spec: "bindmount SRC DST [--ro] [--norec]". choice: of this
 * subcommand alone, "cgroup cpu QUOTA [PERIOD]"; may be NULL. */
void command_usage(const struct command *command, const struct choice *choice, struct text *ret);

/* Append the arguments of a subcommand as usage has them: " QUOTA [PERIOD]". */
void args_usage(const struct arg_spec *args, struct text *ret);

/* Whether the first argument is a subcommand: its choices have arguments of their own. */
bool command_parts(const struct command *command);

/* The choice called name, NULL where there is none. choices may be NULL. */
const struct choice *choice_find(const struct choice *choices, const char *name);

/* The spec behind arg, where arg is the word given. */
const struct arg_spec *arg_after(const struct arg_spec *arg, const char *given);

/* The spec that argument i of args falls under, NULL where that is one too many. */
const struct arg_spec *arg_of(const struct command *command, const struct word *args, size_t i);

/* How far the checked words reach: the furthest of the command, its choices and its options.
 * *furthest: the option or the command that does. */
enum extent words_reach(const struct command *command, const struct words *words,
			struct word *furthest);

/* The column of the word whose text is s itself or ends with it (the same bytes, not equal ones);
 * otherwise that of argument i. */
int words_column(const struct words *words, const char *s, size_t i);

/* A flag's value, "" for a switch that was given, NULL when it was not. i: which of several. */
const char *words_flag(const struct words *words, const char *name);
const char *words_flag_nth(const struct words *words, const char *name, size_t i);

/* Argument i, NULL when it was not given. */
static inline const char *words_arg(const struct words *words, size_t i)
{
	return i < words->count ? words->args[i].s : NULL;
}

/* Argument i as a number (WORD_NUMBER), fallback where it is missing; a huge one is cut. */
size_t words_number(const struct words *words, size_t i, size_t fallback);

/* Let the usage of the word, or of its subcommand, be an error's way out. Returns -1. */
int command_fix_usage(const struct command *command, const struct words *words, struct error *err);

/* Where an error about an argument or an option says no way out, that is the word's usage; of a path that is not there,
 * a look at those that are. Returns -1. */
int command_advise(const struct command *command, const struct words *words, struct error *err);

/* fail_id() about argument i, with its column. */
int fail_arg(struct error *err, enum error_id id, const struct words *words, size_t i,
	     const char *format, ...) __attribute__((format(printf, 5, 6)));
