/* The file that execve(2) was to execute, and what its own bytes say of why it was not. */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/arena.h"

struct error;
struct failure;

/* The file that is executed: what was typed, or what that names as its loader. */
struct program {
	const struct failure *at;
	struct arena arena;
	const char *path;
	struct stat st;
	const char *by; /* the file that names it; NULL: the user has typed it */
	char head[4096];
	ssize_t length; /* of head; -1: it cannot be read */
};

/* Whose files are looked at: of a container that was joined those of its own process, for who joins it gives up what a
 * user may look at. */
pid_t program_looked_at(const struct failure *at);

/* Its path, and who names it; in its arena. */
const char *program_said(struct program *program);

/* Fill head and length. */
void program_read(struct program *program);

/* What the file names to be run with it: its interpreter after #!, or the loader of PT_INTERP; in its arena. NULL: none. */
const char *program_names(struct program *program);

/* Whether a file begins with #! or as an ELF file does: it is meant to be executed. false where it could not be read. */
bool program_is_meant(const struct program *program);

/* It is an ELF file of this architecture. */
bool program_is_own(const struct program *program);

/* The questions: ENOEXEC; ENOENT and ELOOP, which are about what it names. true: err has the cause. */
bool program_is_foreign(struct program *program, struct error *err);
bool program_lacks(struct program *program, const char *named, struct error *err);
bool program_is_too_deep(struct program *program, const char *named, struct error *err);
