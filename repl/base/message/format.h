/* The conversions of printf(3)'s formats. */
#pragma once

#include <stdbool.h>

/* Whether ours takes the same arguments as english: a translation may move them ("%2$s") or leave the
 * form ("%-8s") to itself, but neither add, drop nor retype one. What has no conversions is not a
 * format. */
bool formats_agree(const char *english, const char *ours);
