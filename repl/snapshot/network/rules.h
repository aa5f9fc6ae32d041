/* Rules of nftables, nft(8). */
#pragma once

#include "base/text.h"
#include "snapshot/network/network.h"

/* Add the chains and rules of the text of "nft -a list ruleset". */
void rules_parse(const char *text, struct network *ret);

/* In the network namespace itself: whether it has any table at all, by the kernel's own list, so that where
 * there is none nobody asks for nft(8). -1 with errno where the kernel does not tell. */
int rules_any(void);
