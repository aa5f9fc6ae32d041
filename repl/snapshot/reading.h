/* The files of /proc/PID taken to pieces. Nothing here opens one: texts go in. */
#pragma once

#include "snapshot/snapshot.h"

/* Fill what /proc/PID/status says; lines that are missing or do not parse leave zeros.
 * proc_pid_status(5). */
void reading_parse_status(const char *text, struct reading *ret);

/* Fill cgroups from a /proc/PID/cgroup text; strings go to ret's arena. cgroups(7). */
void reading_parse_cgroups(const char *text, struct reading *ret);

/* Where all texts of ret are those of before, have before's instead of its own. */
void reading_share_texts(const struct reading *before, struct reading *ret);
