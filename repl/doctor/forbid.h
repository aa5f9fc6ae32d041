/* Who forbids what a trial was refused, and what to do about it here. */
#pragma once

#include "doctor/site.h"
#include "doctor/trial.h"

struct facts;

struct forbidder {
	const char *id;     /* of the one that forbids it: "sysctl", "filter"; kept by --json */
	char evidence[400]; /* how that is known */
	char fix[600];      /* for this place */
};

/* A refused trial, and where to look for evidence. */
struct inquiry {
	const struct trial *trial;
	const struct outcome *outcome;
	const struct site *site;
	const struct facts *facts;
};

/* Ask one forbidder after another until one has evidence. */
void forbid_find(const struct inquiry *at, struct forbidder *ret);

/* The fix for the place of at: detail is what stands for %s in it. fixes.c. */
void fix_find(const struct inquiry *at, const char *detail, struct forbidder *ret);
