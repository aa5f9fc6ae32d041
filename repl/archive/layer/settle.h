/* What depends on the layers below: done when all of them are unpacked. */
#pragma once

#include "archive/layer/below.h"

struct error;

/* Settle new layer number. A whiteout that hides nothing is taken away: the union would list a name
 * that nothing stands behind. An implied folder gets what the topmost layer below says about it: it
 * would otherwise change modes and owners in the union. A root that is opaque hides each name of the
 * roots below one by one, for overlay merges roots whatever they say. -1 with err. */
int settle_layer(const struct settling *all, unsigned number, struct error *err);
