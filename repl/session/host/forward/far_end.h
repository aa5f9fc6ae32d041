/* The end of a veth that is left when the network namespace of the other has no process any more. The kernel
 * dismantles that some time later, and this end with it: veth(4), network_namespaces(7). */
#pragma once

#include <sys/types.h>

/* Wait, for a while at most, until the network namespace of process pid has no interface of this name. */
void far_end_await(pid_t pid, const char *name);
