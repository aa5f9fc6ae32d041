/* Walls lifted from plans: every wall's switch, numbered, and a set of them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "walls/switches.h"
#include "walls/walls.h"

struct plan;
struct text;

/* Room for all switches; tests/walls holds that it is enough. */
enum { LIFTS_MOST = 128 };

/* One switch: a wall, or one part of it. */
struct lift {
	enum wall_id wall;
	unsigned part;
};

/* A set of switches, by their numbers. */
struct lifts {
	bool on[LIFTS_MOST];
};

/* Switch number i; false behind the last. */
bool lift_nth(size_t i, struct lift *ret);

/* How late it is lifted. */
enum lift_tier lift_tier(size_t i);

/* Append what it is called: "capability net_admin", "masked paths", "seccomp"; and the option of container that
 * leaves it out, false where there is none. */
void lift_name(size_t i, struct text *ret);
bool lift_fix(size_t i, struct text *ret);

/* The option of container that asks for it, where leaving that out is all there is; NULL: none. */
const char *lift_option(size_t i);

/* The controller of control groups whose limit it is, as the files of groups have it; NULL for the others. */
const char *lift_controller(size_t i);

/* Take what builds the lifted walls out of the plan. builds (may be NULL): gets the switches that the plan has
 * something for, lifted or not. Where a namespace or the tree is lifted, calls that fail for that are passed over. */
void lift_plan(const struct lifts *lifts, struct plan *plan, struct lifts *builds);

/* The same for a plan that stays as it is: add the switches that it has something for to ret. */
void lift_find(const struct plan *plan, struct lifts *ret);
