/* ops: THE table of primitives, one file each, and the walkers over it.
 * May include: base.
 * Never: knows that a shell, a session or a socket exists.
 * Begin at: op.h, then one short row: namespace/sethostname.c. */
#pragma once
