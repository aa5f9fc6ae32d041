/* Why the kernel refuses the shell what belongs to a process: ptrace(2), "Ptrace access mode checking". */
#pragma once

#include <stdbool.h>

struct error;
struct facts;
struct reading;

/* Give err the cause, the evidence and the way out. false where neither user, capabilities nor a security module tell. */
bool closed_tell(const struct facts *facts, const struct reading *target, struct error *err);

/* The same of a path below /proc/PID, where PID is the host's number: the shell may not look there, or child, which is in a user
 * namespace of its own. */
bool closed_path(const struct facts *facts, const struct reading *child, const struct reading *host, const char *path, struct error *err);
