/* What the trials stand on, for those that make it again. */
#pragma once

#include "doctor/trial.h"

/* Enter a user namespace as its root, without the help of anybody. */
int ground_user(struct outcome *outcome);

/* Enter a mount namespace in which nothing goes to others. */
int ground_mounts(struct outcome *outcome);

/* Run it in a new process, which a new pid namespace begins with. 0, or -1 with errno. */
int ground_in_child(int (*run)(const struct trial *trial, struct outcome *outcome), const struct trial *trial,
		    struct outcome *outcome);
