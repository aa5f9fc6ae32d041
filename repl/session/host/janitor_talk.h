/* What a shell and its janitor say to each other: session/host/janitor.h has what for. */
#pragma once

struct remains;

/* What the two say to each other, in the header's tag. What is numbered is about the child whose
 * number is the header's serial. */
enum {
	ASK_START = 100, /* numbered; a clone op; beside: the child's socket and perhaps a cgroup */
	ASK_END,         /* numbered */
	ASK_JOURNAL,     /* path; beside: the file */
	ASK_HOLD,        /* int number; beside: the folder */
	ASK_LET_GO,      /* int number */
	ASK_COLLECT,     /* beside: a pipe and the ring for what comes out of it */
	ASK_CATCH_UP,
	ASK_NEAR,        /* pid_t; beside: its pidfd. A child of the shell's own, which ends with it */
	ASK_QUIT,
	SAY_STARTED,     /* an outcome */
	SAY_DONE,
	SAY_EXIT,        /* numbered; struct ended */
};

/* The janitor's own side: does not return. socket: to the shell; terminal and folder as janitor_new() has
 * them. The process lets go of all other descriptors. */
_Noreturn void janitor_main(int socket, int terminal, const char *folder);

/* The same for one that a killed shell had no other for. */
_Noreturn void janitor_recover(struct remains *remains);
