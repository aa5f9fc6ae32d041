/* archive/program: main(): options, and the walls before a byte is read.
 * May include: archive/image archive/guard archive/layer base.
 * Never: reads an archive itself.
 * Begin at: main.c. */
#pragma once
