/* What could stand at the cursor. Knows nothing of readline. */
#pragma once

#include <stddef.h>

#include "shell/lines/candidates.h"

struct session;

/* The candidates for the end of s[0..length), which is what stands before the cursor. session: its
 * child's files and programs are meant, and its jobs; NULL, or no child: the host's. Foreign names are as they are:
 * the caller that shows them makes them visible. */
void complete(const char *s, size_t length, const struct session *session, struct candidates *ret);
