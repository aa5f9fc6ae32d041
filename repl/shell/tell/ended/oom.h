/* The OOM killer, in words. */
#pragma once

#include "snapshot/cgroup/killed.h"

struct text;

/* Append how it is known that it ended a program: a sentence without its full stop. */
void oom_tell(const struct oom *oom, struct text *ret);
