/* ops/cgroup: primitives on control groups: make, write, join, empty, remove.
 * May include: ops/undo base.
 * Never: chooses a group.
 * Begin at: mkdir.c, then control.c. */
#pragma once
