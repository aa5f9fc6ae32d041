/* Control groups that no journal records any more: of a session that was killed together with its
 * janitor, and whose runtime folder was cleared before another session began in it. */
#pragma once

struct facts;
struct text;

/* Hold a group for this session, as long as the descriptor is open. -1 where that cannot be. */
int stray_hold(const char *group);

/* Remove the groups that are called like a session's, are this user's, are empty, and are held by
 * nobody; a line for each is appended to told. facts must know the cgroups. */
void strays_remove(const struct facts *facts, struct text *told);
