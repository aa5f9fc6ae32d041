/* archive/guard: the walls around this program, and the process that watches over the others.
 * May include: archive/layer base.
 * Never: reads an archive itself.
 * Begin at: overseer.h. */
#pragma once
