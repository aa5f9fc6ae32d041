/* Who sent a program SIGKILL, in words. */
#pragma once

#include "session/session.h"

struct shell;

/* spent: the CPU time that it had used, in microseconds. Append who did, a sentence without its full stop, and what to type, to fix; false: it is not known. */
bool killer_tell(enum killed_by by, int64_t spent, int64_t limit, struct text *why, struct text *fix);

/* The same of a job that has ended: also where the OOM killer did. */
bool job_killer_tell(const struct job *job, struct text *why, struct text *fix);

/* How a job has ended, and who sent it SIGKILL where that is known. */
void report_job_ended(const struct shell *shell, const struct job *job, struct text *ret);
