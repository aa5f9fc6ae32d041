/* doctor: what a container and the lessons need of this machine, tried; and what forbids the rest.
 * May include: snapshot base.
 * Never: changes the host, or takes a setting's word where a trial can tell.
 * Begin at: trials.c, the table. Add a trial: a line in list.h, a row there. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "doctor/forbid.h"

struct text;

/* WORKS: it was made. REFUSED: it was not. BEHIND: it comes after one that is refused, and was not tried.
 * NOT_FOR_YOU: nobody of this kind (root, an ordinary user) needs it. */
enum diagnosis_state { WORKS, REFUSED, BEHIND, NOT_FOR_YOU };

struct diagnosis {
	enum diagnosis_state state;
	enum trial_id behind; /* BEHIND: which one */
	struct outcome outcome;
	struct forbidder forbidder; /* REFUSED */
};

/* What one examination asks, and has found. Zero-initialised but for facts and site. */
struct doctor {
	const struct facts *facts;
	struct site site;
	bool asked[TRIALS];
	struct diagnosis diagnoses[TRIALS];
};

/* The diagnosis of a trial, tried now where it was not before; and so are those that it comes after. */
const struct diagnosis *doctor_ask(struct doctor *doctor, enum trial_id trial);

/* What takes a forbidder out of the way in this place; detail: what it names, such as a capability. */
void doctor_fix(const char *id, const char *detail, char *ret, size_t size);

/* Whether a container needs this trial to work: of root or of an ordinary user. */
bool doctor_needs(const struct doctor *doctor, enum trial_id trial);

/* Append the line of Stave's that does what the trial does; nothing where no line does. */
void doctor_line(const struct doctor *doctor, enum trial_id trial, struct text *ret);
