/* Whether limits can be set: a controller, and a group of the session's own. */
#pragma once

#include "doctor/forbid.h"

/* Whether a group with the controller of the trial can be made: one is, and removed. Else ret says what is in the way. */
bool group_look(const struct inquiry *at, struct forbidder *ret);
