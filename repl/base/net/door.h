/* A socket of rtnetlink(7) in a network namespace that this process is not in. A socket asks the namespace that
 * it was made in, whoever holds it: so one that was there serves all that a line asks. */
#pragma once

struct inside;

/* The socket: a new one, or the one that was made there before. It stays this room's. While it is open the
 * namespace, and with it its veth pairs, lives on: so door_close_all() comes as soon as nothing more is asked,
 * and after a request that failed, whose answer may still be on its way. -1 with errno. */
int door_open(const struct inside *inside);
void door_close_all(void);
