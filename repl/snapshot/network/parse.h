/* Answers of rtnetlink(7), messages one after another, become rows. */
#pragma once

#include "base/text.h"
#include "snapshot/network/network.h"

/* Messages that the helper puts between those of the kernel, whose types are smaller: text. */
enum { NOTES = 0xff00, NOTE_FORWARD4 = NOTES, NOTE_FORWARD6, NOTE_RULES, NOTE_NO_NFT, NOTE_NO_RULES };

/* Add what the messages tell; those that are not understood are passed over. */
void network_parse(const struct text *messages, struct network *ret);
