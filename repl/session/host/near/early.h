/* The janitor's process as it begins. It can start a child before it runs the sealed program: the shell goes on
 * with that while the program is executed. Such a child still is the shell's program, so it may only hold a network
 * and make interfaces in it (ops/program/plain.h), until early_seal_child(). */
#pragma once

#include <stdint.h>
#include <sys/types.h>

struct child;
struct error;
struct op;

/* What the process is started with, all its own but the terminal. sealed: the program that it becomes; -1 for none, in
 * tests. shell: beginning_process() fills it. */
struct beginning {
	int sealed, socket, terminal;
	const char *folder;
	pid_t shell;
};

/* A child: its number, the clone op, and its end of the socket to the shell. */
struct early {
	uint32_t number;
	const struct op *clone;
	int socket;
};

/* Begin the process, which inherits nothing of the shell's memory or environment. It says over the socket what came of
 * early (may be NULL), as of ASK_START, and goes on as janitor_main(). Its pid, or -1 with err; beginning is empty after
 * either, its descriptors -1. */
pid_t beginning_process(struct beginning *beginning, const struct early *early, struct error *err);

/* A descriptor of the shell's program that nothing leads back from, by which others run it. -1 with err. */
int early_seal(const char *program, struct error *err);

/* Let an early child be that as well: then it may do anything. 0, or -1 with err. */
int early_seal_child(struct child *child, const char *program, struct error *err);
