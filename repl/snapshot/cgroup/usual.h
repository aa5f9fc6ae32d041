/* The usual places of the control groups, asked one by one: the table of mounts is as long as the host has
 * mounts. cgroups(7). */
#pragma once

#include <stdbool.h>

struct reading;
struct text;

/* Append to ret, as lines of a mountinfo text, the mounts below /sys/fs/cgroup of those hierarchies of self
 * (reading_parse_cgroups() has filled it) that have limits. false, with ret empty, where one of them does not show
 * its whole hierarchy there, or where self is in a cgroup namespace of its own: only the table tells then. */
bool usual_cgroups(const struct reading *self, struct text *ret);
