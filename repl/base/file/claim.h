/* User and group numbers that sessions claim from each other, so that no two of them give the same ones
 * to their containers: open file description locks on a file of root's in which byte N stands for
 * number N. fcntl(2), "Open file description locks". The kernel lets go of them when the session
 * ends, however it does. */
#pragma once

struct error;

/* What one session has claimed; nothing to begin with. */
struct claims;
struct claims *claims_new(void);

/* Claim count numbers from first on. 1; 0 where another session has one of them; -1 with err where the
 * file is not available. What claims has already it gets again. */
int claims_take(struct claims *claims, unsigned long first, unsigned long count, struct error *err);

/* Release all of them, claims too (NULL: none); the last session takes the file away. */
void claims_free(struct claims *claims);
