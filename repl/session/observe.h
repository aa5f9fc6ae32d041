/* Files that a step is about, as they are before and after it: looked at from outside. */
#pragma once

#include <sys/types.h>

struct session;
struct step;

/* Look before; begins step->note where the plan asks for it (show). */
void observe_before(struct session *session, struct step *step);

/* The container stands, as process pid: what is bound into it, and whether the host's mount table is
 * what it was. */
void observe_ready(struct session *session, struct step *step, pid_t pid);

/* Look after; completes step->note (show, show_entry, show_origin, forms, twins,
 * bindings). The text has a line for each
 * thing seen, printable, without a newline at its end. */
void observe_after(struct session *session, struct step *step);
