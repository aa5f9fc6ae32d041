/* Who sent SIGKILL, as the kernel saw it. */
#pragma once

#include <jansson.h>

struct refusals;
struct text;

/* Append who sent it to the program, or that nobody did. */
void add_killed(const struct refusals *refusals, struct text *ret);

/* All of them. */
json_t *killed_json(const struct refusals *refusals);
