/* base/process: processes as /proc shows them, their names and signals, programs that are sealed.
 * May include: base/causes.
 * Never: knows what isolation is.
 * Begin at: proc.h. */
#pragma once
