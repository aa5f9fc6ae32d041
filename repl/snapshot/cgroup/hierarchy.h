/* A hierarchy of control groups, looked at from outside. cgroups(7). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "snapshot/facts.h"

struct error;

/* Whether a word is in a list; the characters of parting lie between its words. */
bool list_has(const char *list, const char *word, const char *parting);

/* Whether a list such as "cpu memory pids" has a controller. */
bool hierarchy_lists(const char *list, enum controller controller);

/* The same of a list such as cgroup.controllers of the group in folder has a controller. false as well
 * when it cannot be read. */
bool hierarchy_has(const char *folder, const char *file, enum controller controller);

/* On v2: the highest group between the top and the shell's own that has a controller and does not
 * hand it down, as its folder. false where there is none. */
bool hierarchy_gap(const struct cgroup_place *place, enum controller controller, char *ret,
		   size_t size);

/* Why no group that is seen has a controller: /proc/cgroups says. Gives err the cause and its evidence. */
void hierarchy_lacks(const struct facts *facts, enum controller controller, struct error *err);

/* The group that keeps process pid frozen: its own or one above it, as its folder. false where
 * none does. facts must know the cgroups. */
bool hierarchy_frozen(const struct facts *facts, pid_t pid, char *ret, size_t size);
