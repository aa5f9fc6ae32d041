#include "doctor/doctor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "doctor/forbid.h"
#include "doctor/group.h"
#include "snapshot/facts.h"

static const struct trial *row(enum trial_id trial)
{
	return &trials[trial];
}

bool doctor_needs(const struct doctor *doctor, enum trial_id trial)
{
	switch (row(trial)->demanded) {
	case BY_NOBODY:
		return false;
	case BY_USERS:
		return !doctor->facts->root;
	case BY_UNIONS:
		return (doctor->facts->root && doctor->facts->initial_userns) || facts_kernel(doctor->facts, 5, 11);
	case BY_ALL:
		return true;
	}
	return false;
}

/* Root stands on the host's own user namespace. */
static int comes_after(const struct doctor *doctor, const struct trial *trial)
{
	return trial->after == TRIAL_USER && doctor->facts->root && trial->ground != GROUND_HERE ? -1 : trial->after;
}

static void make(struct doctor *doctor, enum trial_id trial, struct diagnosis *ret)
{
	const struct trial *its = row(trial);
	const struct inquiry at = { its, &ret->outcome, &doctor->site, doctor->facts };

	if (its->ground == GROUND_SEEN) {
		ret->state = group_look(&at, &ret->forbidder) ? WORKS : REFUSED;
		return;
	}
	trial_make(its, doctor->facts->root, &ret->outcome);
	ret->state = ret->outcome.code ? REFUSED : WORKS;
	if (ret->state == REFUSED)
		forbid_find(&at, &ret->forbidder);
}

const struct diagnosis *doctor_ask(struct doctor *doctor, enum trial_id trial)
{
	struct diagnosis *ret = &doctor->diagnoses[trial];
	int after = comes_after(doctor, row(trial));

	if (doctor->asked[trial])
		return ret;
	doctor->asked[trial] = true;
	if (row(trial)->whose == (doctor->facts->root ? USERS : ROOTS)) {
		ret->state = NOT_FOR_YOU;
		return ret;
	}
	const struct diagnosis *before = after < 0 ? NULL : doctor_ask(doctor, (enum trial_id)after);
	if (before && before->state != WORKS && before->state != NOT_FOR_YOU) {
		ret->state = BEHIND;
		ret->behind = before->state == BEHIND ? before->behind : (enum trial_id)after;
		return ret;
	}
	make(doctor, trial, ret);
	return ret;
}

void doctor_fix(const char *id, const char *detail, char *ret, size_t size)
{
	const struct site site = { "" };
	const struct inquiry at = { .site = &site };
	struct forbidder forbidder = { .id = id };

	fix_find(&at, detail, &forbidder);
	snprintf(ret, size, "%s", forbidder.fix);
}

void doctor_line(const struct doctor *doctor, enum trial_id trial, struct text *ret)
{
	const struct trial *its = row(trial);

	if (!its->line)
		return;
	if (!doctor->facts->root && its->ground != GROUND_HERE && its->ground != GROUND_SEEN)
		text_add(ret, "unshare user; ");
	text_add(ret, its->line);
}
