/* Errors: one struct, filled where the call failed, reported once by the shell. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/ids.h"

/* What went wrong, in the four parts every message of Stave has. All texts are
 * printable: foreign text in them has been made visible. */
struct error {
	char id[40];    /* of base/ids.h, or PRIMITIVE.ERRNO */
	char cause[40]; /* of base/causes/causes.h; "" where no look at the state has found one */
	int code;       /* errno, or 0 when no system call failed */
	int column;     /* 1-based column in the typed line, 0 when unknown */
	char what[512]; /* the call and its object, or what was wrong with the words */
	char why[512];  /* the cause, as it is here; may be empty */
	char fix[512];  /* what to type; may be empty */
};

/* Fill err with a failure and return -1, so that failing is one line. code is an errno or 0.
 * Clears cause, why and fix. err may not be NULL. fail() is for system calls: its id is ERR_SYSTEM, and its words
 * are the call's, which no language changes. All others say theirs in the user's (base/message.h). */
int fail(struct error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int fail_id(struct error *err, enum error_id id, int code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Give a failure the id that it has here. Returns -1. */
int fail_as(struct error *err, enum error_id id);

/* Put the outer story in front of what: "outer: inner". Returns -1. */
int fail_wrap(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Add the cause, or the way out, to a failure. Both return -1, so that they can end a
 * function as fail() does. */
int fail_why(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
int fail_fix(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The name of an errno as errno(3) spells it, "EPERM"; "E?" for an unknown number. */
const char *errno_name(int code);

/* Whether it says nothing of what was asked for: no descriptors or memory are left, a device fails, a signal came in
 * between. The same call may do at another time. */
bool errno_may_pass(int code);

/* What strerror(3) says of it, in the user's language. */
const char *errno_text(int code);

/* The same untranslated, as programs without a language print it; NULL: not known. */
const char *errno_words(int code);

/* End the program: out of memory is the one failure that is not returned. */
_Noreturn void out_of_memory(void);

/* malloc(3), or the end of the program: for libraries that would go on without what they could not keep. */
void *memory_of(size_t size);
