/* Provers side by side: as many as keep the processors busy, for most of them wait. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/text.h"
#include "shell/acts/lesson/prover.h"

/* One lesson's prover and what came of it. */
struct proving_of {
	struct prover prover;
	struct text said;   /* a line of JSON once it has ended */
	struct error error; /* why it could not begin: what[0] is not NUL */
	bool over;          /* it has ended, or could not begin */
};

struct provers {
	struct proving_of *list;
	size_t count;
	bool json;
	void *context;
	/* Whether it is to stop: those that run are then asked to go, and no other begins. */
	bool (*stopped)(void *context);
	/* One is over, and so are all before it. */
	void (*over)(void *context, const struct proving_of *proving);
};

/* Run them all. Returns once nothing of them is left. */
void provers_run(struct provers *provers);
