/* Jobs: those that are stopped, said above the next prompt, and what they have printed. */
#pragma once

#include <stdbool.h>

struct job;
struct shell;
struct text;

/* What a job has printed, as it came; on a terminal what that has turned on there, and not off again, is turned off. */
void job_tell_bytes(const struct shell *shell, const struct text *printed, struct text *ret);

/* The same of what it has printed since the foreground last showed it, which counts as shown. */
void job_tell_printed(struct shell *shell, struct job *job, struct text *ret);

void job_tell_stopped(const struct job *job, struct text *ret);

/* Before a shell at the prompt leaves: whether jobs are stopped, which would be lost. Then it says so, as
 * shells do, and the next exit is meant. */
bool jobs_tell_parting(const struct shell *shell, struct text *ret);
