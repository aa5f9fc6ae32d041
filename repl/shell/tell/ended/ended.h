/* shell/tell/ended: how a program ended, and why, as far as that can be looked at.
 * May include: session words/language walls snapshot ops base.
 * Never: follows a program, or starts one.
 * Begin at: ended.c; why.c says the cause. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct oom;
struct room;
struct session;
struct shell;
struct step;
struct text;

/* How a program ended: status as docker counts. */
void report_ended(const struct shell *shell, int status, struct text *ret);

/* What the OOM killer's counter says, a line. */
void report_oom(const struct shell *shell, const struct oom *oom, struct text *ret);

/* How many bytes the writable layer of the container that the child pid is may hold; 0: it is none, or none were said. */
uint64_t storage_of(const struct session *session, pid_t pid);

/* The name of the program that the step has started: of busybox that of its part; "" where there is none. */
const char *ended_program(const struct step *step);

/* Of a ping that failed for want of a capability: what it is for, and two ways on. False where it is none. */
bool ended_raw(const struct step *step, struct text *why, struct text *fix);

/* Of one that printed EROFS of a path that an option of its container's line has mounted read-only. false: it did not. */
bool ended_read_only(const struct step *step, const char *printed, struct text *why, struct text *fix);

/* Of one that failed in a container whose writable layer was full then. */
void ended_full(const struct step *step, const struct room *full, struct text *why, struct text *fix);

/* What can be said of an end by its status, and by the signal; 0: the program ended itself. */
void ended_by_status(int status, int signal, struct text *why);

/* The signal of the end that is to be explained: that which ended the program or, by the status of a program that starts others,
 * as a shell, perhaps one of these; 0: none. */
int ended_signal(const struct step *step);

/* Why the step's program ended as it did: one cause with its evidence, appended to why, and what to type, to fix;
 * either may stay empty. printed: the end of what it wrote on its standard error; NULL: that was not seen. A line in fix that is about the child begins with to: "@b ", or nothing. */
void ended_why(const struct session *session, const struct step *step, const char *printed, const char *to, struct text *why, struct text *fix);
