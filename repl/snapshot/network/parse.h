/* Answers of rtnetlink(7), messages one after another, become rows. */
#pragma once

#include "base/text.h"
#include "snapshot/network/network.h"

/* Add what the messages tell; those that are not understood are passed over. */
void network_parse(const struct text *messages, struct network *ret);
