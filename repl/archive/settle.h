/* What depends on the layers below: done when all of them are unpacked. */
#pragma once

struct error;

/* Layer number of those in folder (as "0", "1", ...), each with its list of implied folders (in
 * lists, by the same names). An implied folder gets what the topmost layer below says of it: it
 * would otherwise change modes and owners in the union. A root that is opaque hides each name of
 * the roots below one by one, for overlay merges roots whatever they say. The process has folder
 * as its root. -1 with err. */
int settle_layer(int folder, int lists, unsigned number, int overseer, struct error *err);
