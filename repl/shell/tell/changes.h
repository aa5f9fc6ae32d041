/* What a step changed, as the kernel tells it: namespaces, mounts and the rest. */
#pragma once

#include <stdbool.h>

struct difference;
struct reading;
struct shell;
struct text;

/* The lines on /proc/PID/ns and mountinfo and on whatever else differs, dim where nothing does; whole
 * tables where the shell is to show all. difference may be NULL: nothing is marked. folded: in as few
 * rows as say it, without what the stages of the step have said. */
void report_changes(const struct shell *shell, const struct reading *before,
		    const struct reading *after, const struct difference *difference, bool folded,
		    struct text *ret);

/* The walls that the child lacks to be confined as a container is: "ipc net root". Nothing is
 * appended when none is missing. */
void missing_walls(const struct reading *child, const struct reading *host, struct text *ret);
