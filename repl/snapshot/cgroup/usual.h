/* The usual places of the control groups, asked one by one: the table of mounts is as long as the host has
 * mounts. cgroups(7). */
#pragma once

#include <stddef.h>

#include "snapshot/facts.h"
#include "snapshot/snapshot.h"

enum { USUAL_CGROUPS = CONTROLLERS + 1 };

/* Bits of enum controller. */
enum { ALL_CONTROLLERS = (1 << CONTROLLERS) - 1 };

/* The mounts below /sys/fs/cgroup of those hierarchies of self (reading_parse_cgroups() has filled it) that have limits:
 * point, root, type, options and super of each, in the arena of self; returns how many. 0 where one of them does not
 * show its whole hierarchy there, or where self is in a cgroup namespace of its own: only the table tells then.
 * wanted: not all of them, but those of v1 that have one of these controllers. */
size_t usual_cgroups(struct reading *self, unsigned wanted, struct mount ret[USUAL_CGROUPS]);
