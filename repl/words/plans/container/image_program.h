/* Parts of plans: how an image says that its program is run. */
#pragma once

#include <stdbool.h>

#include "words/plans/container/image.h"

/* Words as typed for a program of the image, completed by what the image says: Entrypoint and Cmd
 * (where no program was typed, and one of --run, -i, -t, -d was), Env, WorkingDir, User. Names of
 * users become numbers, by the image's own /etc/passwd and /etc/group; *groups those that the user is
 * in, "0 10 33", or NULL where nothing says it. -1 with err. */
int image_program(const struct root_image *image, struct plan *plan, const struct words *typed,
		  struct words *ret, const char **groups, struct error *err);

/* Whether these words ask for a program to run, typed or the image's own. */
bool image_program_wanted(const struct words *typed);
