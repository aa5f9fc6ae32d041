/* A program being attended to: what the files of the relay share; no file but theirs includes it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <termios.h>

#include "base/text.h"
#include "shell/terminal/modes.h"

struct job;
struct program;
struct shell;

enum { CHUNK = 16 * 1024 };

struct relay {
	struct shell *shell;
	struct program *program;
	struct job *job;      /* whose ring has the output; NULL: the program's ends have */
	struct text *capture; /* NULL: passed on */
	struct text typed;    /* for the program, not written yet */
	int peer;             /* the end that the program reads from, see unread.h */
	bool keys;            /* the shell's standard input is read for it */
	bool ended, leave, warned;
	bool stoppable;       /* the person who typed the line can bring it back */
	bool keeps;           /* one that stands still becomes a job; else it is ended */
	unsigned still;       /* looks in a row that saw it so */
	int64_t looked;       /* when the last look was, in ms */
	int64_t taken;        /* when it was read from, in ms */
	unsigned fast;        /* how often in a row soon after the time before */
	bool rests;           /* its standard output is not looked at until rest_end() */
	unsigned interrupts, ends;
	int64_t interrupted;  /* when that was */
	int64_t deadline;     /* in ms of CLOCK_MONOTONIC, 0 for none */
	struct modes modes;
	struct termios before;
	bool raw;
};

/* ---- relay.c ---- */

/* Give a signal to the program, by the child where the shell may not. */
void relay_signal(struct relay *relay, int signal);

/* length bytes for the descriptor to, or into the capture. */
void relay_pass_on(struct relay *relay, int to, const char *s, size_t length);

/* ---- still.c ---- */

/* How long to wait for what is polled, in ms, if it is wait without a look at the program: never without an end. */
int still_wait(const struct relay *relay, int wait);

/* Look whether a stop signal holds the program; then it is stopped, or ended where nobody could continue it. */
void still_look(struct relay *relay);

/* ---- output.c ---- */

/* Read once from one of the program's ends: how much. */
size_t output_take(struct relay *relay, int *fd, int to);

/* The same of its standard output; all that lies there where it has said something of an error after it. */
void output_take_out(struct relay *relay, bool all);

/* What it had printed when it was stopped. What others of its own print from now on goes to the ring. */
void output_take_rest(struct relay *relay);

/* How long to wait for what is polled, in ms, if it is wait without a rest. */
int rest_wait(const struct relay *relay, int wait);

/* The rest is over: whether there was one. */
bool rest_end(struct relay *relay);

/* ---- keys.c ---- */

/* No more is typed: the program is told by Ctrl-D or the end of its pipe. */
void keys_end(struct relay *relay);

/* Read what has been typed; write to the program what it has not got yet. Neither waits. */
void keys_take(struct relay *relay);
void keys_give(struct relay *relay);

/* Before all others: what a script or the prompt has read ahead. */
void keys_take_ahead(struct relay *relay);

/* The program has ended: what it has not read is the prompt's or the script's again. */
void keys_give_back(struct relay *relay);

/* Stop the program, or say why it cannot be. */
void relay_stop(struct relay *relay);
