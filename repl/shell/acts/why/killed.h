/* Who sent a signal, as the kernel saw it. */
#pragma once

#include <jansson.h>

struct refusals;
struct text;

/* The signal by which a program ended that ended with this status, as docker counts; 0: by none, or by one that ends nobody. */
int killed_signal(int status);

/* Append who sent it to the program, or that nobody did. */
void add_killed(const struct refusals *refusals, int signal, struct text *ret);

/* All of them. */
json_t *killed_json(const struct refusals *refusals);
