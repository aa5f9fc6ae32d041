/* Jobs that are stopped, said above the next prompt. */
#pragma once

#include <stdbool.h>

struct job;
struct shell;
struct text;

void job_tell_stopped(const struct job *job, struct text *ret);

/* Before a shell at the prompt leaves: whether jobs are stopped, which would be lost. Then it says so, as
 * shells do, and the next exit is meant. */
bool jobs_tell_parting(const struct shell *shell, struct text *ret);
