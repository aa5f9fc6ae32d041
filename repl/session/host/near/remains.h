/* What a killed shell has left that had no janitor but session/host/near, as arguments of the program that recovers it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <termios.h>

/* The name that the program has as the janitor, by which main() knows it. */
#define JANITOR "stave-janitor"

/* The arguments by which the program is run to recover. */
enum { AS, WHAT, FOLDER, JOURNAL, FILE_, TERMINAL, MODES, CHILDREN, FOLDERS, ARGUMENTS };

/* How many children there may be at a time. */
enum { NEAR_CHILDREN = 2 };

/* A child as another process has it: its pid, and a descriptor of it or -1. */
struct orphan {
	pid_t pid;
	int pidfd;
};

/* Descriptors are -1 where there is none. */
struct remains {
	const char *folder, *journal; /* "": no journal */
	int journal_file, terminal;
	struct orphan children[NEAR_CHILDREN];
	size_t child_count;
	struct termios modes;
	int *parents; /* by record number, -1 where none */
	size_t parent_count;
};

/* Whether the program was started with these arguments to recover, and what: janitor_recover() does. */
bool near_remains(int argc, char **argv, struct remains *ret);

/* Let those that live come first; returns how many. */
size_t near_orphans(struct orphan *list, size_t count);

/* End one that lives. It was to die with the shell, by PR_SET_PDEATHSIG; a program may have asked for that not to be. */
void near_end_orphan(const struct orphan *orphan);

/* The other way: the descriptor stays open in the program; and "NUMBER:DESCRIPTOR," is appended to a list of its arguments.
 * Nothing is allocated. */
void remains_keep_open(int fd);
void remains_pass_on(int number, int fd, char *list, size_t size);
