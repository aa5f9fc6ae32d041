/* session/host: what is left on the host, and how it is taken back: journal, janitor.
 * May include: session/host/near child ops snapshot base.
 * Never: performs a step.
 * Begin at: journal.h, then janitor.c. */
#pragma once
