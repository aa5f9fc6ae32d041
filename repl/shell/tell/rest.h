/* What a step changed besides namespaces and mounts. */
#pragma once

#include <stdbool.h>

struct difference;
struct reading;
struct shell;
struct text;

/* A line for each file of /proc/PID that says something else than before. folded: but for what the
 * lines of the stages have said. */
void report_rest(const struct shell *shell, const struct reading *before,
		 const struct reading *after, const struct difference *difference, bool folded,
		 struct text *ret);
