/* Capabilities as bits of a set: bit N is capability number N, as in /proc/PID/status. */
#pragma once

#include "ops/op.h"

struct text;

#define CAPABILITY(cap) (UINT64_C(1) << (cap))

/* Their names as capabilities(7) spells them, "CAP_CHOWN", in the order of their numbers; ended
 * by { 0 }. */
extern const struct flag capability_flags[];

/* All that this program knows by name. */
extern const uint64_t capabilities_known;

/* Append a set for a report: "0" for none, the name of a single one, else its bits in
 * hexadecimal as /proc/PID/status has them, without zeros in front. */
void capability_say(uint64_t set, struct text *text);

/* Append the names of a set as setpriv(1) has them, "chown,kill", each after before ("-", "+"). */
void capability_list(uint64_t set, const char *before, const char *between, struct text *text);
